"""What somebody does by saying something: deny it, ask for it, warn of it. Pure functions.

    acts_in(words)                 ->  the acts of speech in a text, with the place of each verb
    act_of(word)                   ->  the act of which `word` is the verb, or None
    accords(wanted, act, sentence) ->  how well an act of an article fits the one that is asked for

In:  the words of a question, or those of an article outside its quotation marks.
Out: `SpokenAct`s: which act it is, and the span of its verb.
Left to others: who speaks (`rag.retrieval.people.speech`).

An act is known by its verb, whatever the wording around it. Verbs of one meaning are one act, so
that "Who insisted that he was not leaving?" is near "she denied that he would go".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

Act = Literal[
    "say", "deny", "insist", "demand", "confirm", "refuse", "warn", "promise", "blame", "expect",
    "apologise", "report",
]  # fmt: skip

_VERBS: dict[Act, str] = {
    "say": "say tell add state remark explain announce argue note write recall joke quip ask "
    "mention declare describe call stress believe think testify reply answer suggest point "
    "comment compare liken speak whisper shout cry exclaim marvel muse tease conclude",
    "deny": "deny reject dispute refute contest contradict dismiss rebut",
    "insist": "insist maintain assert swear claim allege defend",
    "demand": "demand want urge plead",
    "confirm": "confirm admit acknowledge concede accept verify agree",
    "refuse": "refuse decline",
    "warn": "warn caution fear alert worry",
    "promise": "promise pledge vow guarantee offer",
    "blame": "blame accuse criticise criticize complain condemn attack lament",
    "expect": "expect predict forecast reckon estimate foresee hope doubt",
    "apologise": "apologise apologize regret thank",
    "report": "report reveal learn",
}
_DOUBLED = ("admit", "rebut", "quip")
_IRREGULAR: dict[Act, str] = {
    "say": "said told wrote written thought spoke spoken "
    # the commonest in other languages; what follows them is read as in English
    "dijo explicó recordó dit déclaré explique estime assure lance sagt sagte erklärte berichtete "
    "сказал сказала говорит",
    "insist": "swore",
    "demand": "pidió fordert forderte",
    "expect": "foresaw",
}
_PHRASES: dict[Act, str] = {
    "deny": r"ruled out|rules? out|threw out|throws? out|turn(?:s|ed)? down"
    r"|did(?:n['’]t| not) accept",
    "demand": r"call(?:s|ed)? (?:for|on)|ask(?:s|ed)? for|push(?:es|ed)? for|press(?:es|ed)? for"
    r"|(?:said|says?) [^.;]{3,60}? (?:should|must|ought to)\b",
    "refuse": r"(?:would|will|did|could)(?:n['’]t| not) (?:say|confirm|comment|reveal|tell|answer"
    r"|disclose)",
    "blame": r"put(?:s)? [^.;]{3,60} down to",
    "expect": r"put(?:s)? [^.;]{3,60}? at",
    "apologise": r"(?:said|says?|say) (?:sorry|she was sorry|he was sorry)",
}


def _inflected(verb: str) -> list[str]:
    if verb.endswith("y") and verb[-2] not in "aeo":
        return [verb, verb[:-1] + "ies", verb[:-1] + "ied"]
    if verb in _DOUBLED:
        return [verb, verb + "s", verb + verb[-1] + "ed"]
    if verb.endswith(("ss", "sh", "ch")):
        return [verb, verb + "es", verb + "ed"]
    return [verb, verb + "s", verb + ("d" if verb.endswith("e") else "ed")]


_ACT_OF: dict[str, Act] = {
    form: act
    for act, verbs in _VERBS.items()
    for verb in verbs.split()
    for form in _inflected(verb)
} | {form: act for act, forms in _IRREGULAR.items() for form in forms.split()}
_WORD = re.compile(r"[^\W\d_]+(?:['’]t)?")
_PHRASE = re.compile(
    r"\b(?:" + "|".join(f"(?P<{act}>{pattern})" for act, pattern in _PHRASES.items()) + r")(?!\w)",
    re.I,
)
_NEGATION = re.compile(
    r"\b(?:not|never|no|none|nobody|neither|nothing|nowhere|without)\b|n['’]t\b|\bno one\b", re.I
)
_NEAR: dict[Act, tuple[Act, ...]] = {  # acts by which the one asked for may be told as well
    "say": tuple(_VERBS),
    "deny": ("insist",),
    "insist": ("say", "deny"),
    "demand": (),
    "confirm": ("say", "report"),
    "refuse": (),
    "warn": ("say",),
    "promise": ("say",),
    "blame": ("say",),
    "expect": ("say", "warn"),
    "apologise": (),
    "report": ("say", "confirm"),
}
FITS, MAY_FIT, DIFFERS = 2.0, 0.0, -3.0
"""Log odds for an act that is the one asked for, one by which it may be told, any other."""


class SpokenAct(NamedTuple):
    """An act of speech; its verb stands at `[start:end]`, the first word of it at the start."""

    act: Act
    start: int
    end: int


def acts_in(words: str) -> Iterator[SpokenAct]:
    """The acts of speech in `words`, in order; a phrase ("ruled out") before its verb alone."""
    taken = -1
    phrases = {match.start(): match for match in _PHRASE.finditer(words)}
    for match in _WORD.finditer(words):
        if match.start() < taken:
            continue
        if phrase := phrases.get(match.start()):
            act: Act = phrase.lastgroup  # type: ignore[assignment]
            taken = match.end() if act in ("demand", "blame", "expect") else phrase.end()
            yield SpokenAct(act, match.start(), taken)
        elif known := _ACT_OF.get(match[0].lower()):
            yield SpokenAct(known, *match.span())


def act_of(word: str) -> Act | None:
    """The act that the verb `word`, in any form, is of; None for a word that is no such verb."""
    return _ACT_OF.get(word.lower())


def accords(wanted: Act, act: Act, sentence: str) -> float:
    """Log odds for or against `sentence`, whose act is `act`, where `wanted` is asked for.

    Who says that something is not so denies it.
    """
    if act == wanted:
        return FITS
    if wanted in ("deny", "insist") and act in ("say", "insist") and _NEGATION.search(sentence):
        return FITS / 2
    return MAY_FIT if act in _NEAR[wanted] else DIFFERS
