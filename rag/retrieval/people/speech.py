"""Who says what a text reports. Pure functions.

    find_speaker(text, start, end)  ->  who says `text[start:end]`, and the sentences that tell it
    speeches(text)                  ->  the sentences that report what somebody says, in order
    spoken_by(text, name)           ->  those of one person
    naming_sentence(text, ...)      ->  the sentence that names whom another one calls "he"

In:  the text of a passage. Out: spans of it.
Left to others: what a verb of speech means (`rag.retrieval.people.acts`), who is named and whom
"she" means (`rag.retrieval.people.mentions`), which speech answers a question
(`rag.retrieval.people.requests`); attribution in a draft (`rag.grounding.attribution`).

Only what stands outside quotation marks tells who speaks: the subject of a verb of speech, before
it ("Lena Holt of the Union said") or, behind a quotation, after it ("said the mayor, Lena Holt").
A sentence within a quotation has the speaker of the sentence that holds the verb.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from rag.retrieval.people.acts import Act, SpokenAct, acts_in
from rag.retrieval.people.introductions import is_role
from rag.retrieval.people.mentions import antecedent, full_name, people_in
from rag.retrieval.people.wording import (
    PERSON,
    Span,
    find_words,
    trimmed,
    without_quotations,
)
from rag.text.sentences import sentence_spans

_ADVERB = r"(?:\w+ly|also|had|has|have|then|later|again|once|now|still|never|already|first|only)"
_PREDICATE = re.compile(rf",?(?: {_ADVERB})*(?: (?:and|but))? $")  # between subject and verb
_ATTRIBUTE = re.compile(  # behind a name: "of the Union", ", the mayor,", ", who keeps the shop,"
    r"(?: (?:of|with|from|for|at|in) [^,;:“”\"]{2,80}?)?"
    r"(?:, (?!(?:and|whose|which) )[^;:“”\"]{2,160}?,|,)?$"
)
_SECOND_PREDICATE = re.compile(rf"\b(?:and|but)(?: {_ADVERB})* $")  # "She came and said"
_PRONOUN = re.compile(r"\b(?P<word>he|she)\b", re.I)
_POSSESSIVE = re.compile(r"\b(?P<word>his|her) (?:office|lawyer|department|party|letter)\b", re.I)
_INVERTED = re.compile(r"[,”\"»“—–!?…-]\s*(?:\w+ly )?$")  # what a verb before its subject follows
_SUBJECT_AFTER = re.compile(
    r" (?:(?!(?:that|to|if|on|in|at|by|it|there|yesterday)\b)[\w’'-]+,? ){0,8}?"
    rf"(?:(?P<pronoun>he|she)\b|(?P<name>{PERSON}))"
)
_BEFORE_NAME = frozenset(  # a name right behind these is never their object
    re.findall(
        r"\w+",
        "said says added adds dijo explicó dit explique estime assure lance sagt sagte erklärte "
        "berichtete сказал сказала",
    )
)
_NOT_INVERTED = frozenset(["told", "tells", "tell"])
_ACCORDING = re.compile(rf"\b[Aa]ccording to (?:[a-z’'-]+,? ){{0,6}}?(?P<who>{PERSON})")


_NAME_BEHIND = re.compile(rf" {PERSON}")
_NOBODY: Span = (-1, -1)
_MOST_BACK = 6  # sentences


class Speech(NamedTuple):
    """The sentences at `[start:end]` tell who speaks: the words at `[who_start:who_end]`.

    What is said begins at `place`; `act` is what is done by saying it.
    """

    start: int
    end: int
    who_start: int
    who_end: int
    act: Act
    place: int


def find_speaker(text: str, start: int, end: int) -> Speech | None:
    """Who says what stands at `[start:end]`; None where the passage does not name anybody.

    The sentences run from where the speaker is named to the end of what is said.
    """
    outside = without_quotations(text)
    sentences = sentence_spans(text)
    inside = [n for n, (first, last) in enumerate(sentences) if first < end and start < last]
    if not inside:
        return None
    own = (sentences[inside[0]][0], sentences[inside[-1]][1])
    for n in _telling_sentences(outside, sentences, inside):
        if not inside[0] <= n <= inside[-1] and text[slice(*own)] == outside[slice(*own)]:
            return None  # no quotation, that another sentence could tell the speaker of
        if teller := _teller(text, outside, sentences[n], start):
            who, act = teller
            if who is None:
                return None
            first = min(own[0], sentences[n][0], _sentence_start(sentences, who[0]))
            last = max(own[1], sentences[n][1])
            return Speech(*trimmed(text, first, last), *who, act, own[0])
    return None


def speeches(text: str) -> Iterator[Speech]:
    """The sentences of `text` that report what somebody says who is named in it."""
    outside = without_quotations(text)
    for start, end in sentence_spans(text):
        narration = outside[start:end]
        if narration.strip() and not any(acts_in(narration)) and "ccording" not in narration:
            continue
        if speech := find_speaker(text, start, end):
            yield speech


def spoken_by(text: str, name: str) -> Iterator[Speech]:
    """The sentences of `text` that report what `name`, in full or the surname, says."""
    outside = without_quotations(text)
    named = find_words(text, name)
    for speech in speeches(text):
        who = (speech.who_start, speech.who_end)
        if any(first < who[1] and who[0] < last for first, last in named) or (
            find_words(full_name(outside, who), name) or find_words(name, text[slice(*who)])
        ):
            yield speech


def naming_sentence(text: str, start: int, end: int) -> Span | None:
    """The sentence that names the person whom `text[start:end]` calls "he" or "she", or quotes.

    None where it names somebody itself, speaks of nobody, or leaves a doubt.
    """
    outside = without_quotations(text)
    if people_in(outside, start, end):
        return None
    pronoun = _PRONOUN.search(outside, start, end)
    if pronoun:
        who = antecedent(outside, pronoun.start(), pronoun["word"])
    else:
        quotes = text[start:end] != outside[start:end]
        speech = find_speaker(text, start, end) if quotes else None
        who = (speech.who_start, speech.who_end) if speech else None
    if who is None or start <= who[0] < end:
        return None
    first, last = next(span for span in sentence_spans(text) if span[0] <= who[0] < span[1])
    return trimmed(text, first, last)


def _telling_sentences(outside: str, sentences: list[Span], inside: list[int]) -> Iterator[int]:
    """The sentences that may tell who says something, nearest first.

    Those that hold it; where these name nobody, the next one if the quotation runs on into it, and
    then those before, as far back as one quotation follows another.
    """
    yield from reversed(inside)
    if any(_tells_of_somebody(outside, sentences[n]) for n in inside):
        return
    after, own = inside[-1] + 1, outside[slice(*sentences[inside[-1]])]
    if after < len(sentences) and not own.strip() and not own.endswith("\n"):
        yield after
    for n in range(inside[0] - 1, max(-1, inside[0] - _MOST_BACK), -1):
        yield n
        if _tells_of_somebody(outside, sentences[n]):
            return


def _tells_of_somebody(outside: str, span: Span) -> bool:
    narration = outside[slice(*span)]
    return bool(people_in(outside, *span) or _PRONOUN.search(narration) or any(acts_in(narration)))


def _teller(text: str, outside: str, span: Span, place: int) -> tuple[Span | None, Act] | None:
    """Who speaks in the sentence at `span`, by what act; None where nobody does.

    Where several do, the one whose verb stands nearest to `place`. The person is None where it is
    somebody whom the text does not name.
    """
    start, end = span
    acts = [
        SpokenAct(each.act, each.start + start, each.end + start)
        for each in acts_in(outside[start:end])
    ]
    tellers: list[tuple[bool, int, Span | None, Act]] = []
    for act in acts:
        subject = _subject(text, outside, span, act)
        if subject is not _NOBODY:
            tellers.append((subject is None, abs(act.start - place), subject, act.act))
    for match in _ACCORDING.finditer(outside, start, end):
        people = people_in(outside, *match.span("who"))[:1]
        tellers += [(False, abs(match.start() - place), each, "say") for each in people]
    if not tellers:
        return _quoted_subject(text, outside, span)
    _, _, who, act_ = min(tellers, key=lambda each: each[:2])
    return who, act_


def _quoted_subject(text: str, outside: str, span: Span) -> tuple[Span, Act] | None:
    """The subject of a sentence that quotes somebody without a verb of speech, if it has one."""
    start, end = span
    if text[start:end] == outside[start:end]:
        return None
    people = people_in(outside, start, end)
    if people and _opens(outside, start, people[0][0]):
        return people[0], "say"
    pronoun = _PRONOUN.match(outside, start)
    who = antecedent(outside, start, pronoun["word"]) if pronoun else None
    return (who, "say") if who else None


def _subject(text: str, outside: str, span: Span, act: SpokenAct) -> Span | None:
    """The subject of the verb of `act`: `_NOBODY` for none, None for one that is not named."""
    clause = _Clause(outside, *span, act, bool(_INVERTED.search(text[span[0] : act.start])))
    for find in (clause.right_behind, clause.named_before, clause.pronoun_before):
        if (subject := find()) is not _NOBODY:
            return subject
    subject = clause.behind()
    return subject if subject is not _NOBODY else clause.of_first_predicate()


@dataclass(frozen=True, slots=True)
class _Clause:
    """A verb of speech in the sentence `text[start:end]`, whose quotations are blanked.

    `inverted`: it follows a quotation or a comma, so that its subject may stand behind it. Each
    method finds the subject in one place: `_NOBODY` where there is none, None where it is there but
    the text does not name them.
    """

    text: str
    start: int
    end: int
    act: SpokenAct
    inverted: bool

    @property
    def verb(self) -> str:
        """The verb in small letters."""
        return self.text[self.act.start : self.act.end].lower()

    def right_behind(self) -> Span | None:
        """The name that stands right behind a verb that takes no person as its object."""
        match = _NAME_BEHIND.match(self.text, self.act.end, self.end)
        if not (self.inverted and match and self.verb in _BEFORE_NAME):
            return _NOBODY
        return next(iter(people_in(self.text, *match.span())), _NOBODY)

    def named_before(self) -> Span | None:
        """The name before the verb, with what is told of its bearer in between."""
        people = people_in(self.text, self.start, self.act.start)
        fitting = (p for p in people if _joins(self.text[p[1] : self.act.start]))
        return next(fitting, _NOBODY)

    def pronoun_before(self) -> Span | None:
        """Whom "she" or "her office" before the verb means."""
        for pattern in (_PRONOUN, _POSSESSIVE):
            for match in pattern.finditer(self.text, self.start, self.act.start):
                if _PREDICATE.fullmatch(self.text[match.end() : self.act.start]):
                    return antecedent(self.text, match.start(), match["word"])
        return _NOBODY

    def behind(self) -> Span | None:
        """The name or the pronoun behind the verb: "said the cox, Jorunn Vik"."""
        match = _SUBJECT_AFTER.match(self.text, self.act.end, self.end)
        if not (self.inverted and match) or self.verb in _NOT_INVERTED:
            return _NOBODY
        if match["pronoun"]:
            return antecedent(self.text, self.start, match["pronoun"])
        near = people_in(self.text, *match.span("name"))
        return next(iter(near or people_in(self.text, self.act.end, self.end)), None)

    def of_first_predicate(self) -> Span | None:
        """The subject of a sentence whose second predicate the verb is: "She came and said"."""
        if not _SECOND_PREDICATE.search(self.text[self.start : self.act.start]):
            return _NOBODY
        people = people_in(self.text, self.start, self.act.start)
        if people and _opens(self.text, self.start, people[0][0]):
            return people[0]
        pronoun = _PRONOUN.search(self.text, self.start, self.act.start)
        return antecedent(self.text, pronoun.start(), pronoun["word"]) if pronoun else _NOBODY


def _joins(between: str) -> bool:
    """Whether what stands between a name and a verb lets the one be the subject of the other."""
    if _PREDICATE.fullmatch(between):
        return True
    predicate = re.search(rf"(?: {_ADVERB})* $", between)
    return bool(predicate and _ATTRIBUTE.fullmatch(between[: predicate.start()]))


def _opens(outside: str, start: int, place: int) -> bool:
    """Whether a name at `place` is the subject of the sentence that begins at `start`."""
    before = outside[start:place].strip()
    return not before or is_role(before) or (before.endswith(",") and is_role(before[:-1]))


def _sentence_start(sentences: list[Span], place: int) -> int:
    return next(start for start, end in sentences if start <= place < end)
