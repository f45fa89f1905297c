"""A question for yes or no as a statement that can be checked. Pure functions.

    statement_of("Did the port go to court?")  ->  "The port did go to court.", and its denial
    question_of("the port was closed")         ->  "Was the port closed?"

In:  a question, and a text that may have its compound nouns; a clause.
Out: a `Statement`, a question; None where there is no auxiliary verb to move.
Left to others: what an article says of the statement (`rag.grounding.composition.yes_no`).

The auxiliary goes behind the subject. Where the subject ends is read off its surface: a pronoun,
a name, an article and a noun, with what follows them by "of", "at" or "in". A compound noun is told
by the text in which its words stand side by side; another may be cut ("The eel has ladder been
built."), which the reader forgives, as it reads words in their context and no grammar.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_AUXILIARY = (
    r"(?:did|do|does|is|are|was|were|has|have|had|will|would|can|could|should|may|might|must)"
)
_OPENING = re.compile(rf"\W*(?P<auxiliary>{_AUXILIARY})(?P<not>n['’]t)?\s+", re.I)
_PRONOUN = re.compile(
    r"(?:there|it|he|she|they|we|you|one|this|that|these|those|nobody|no one"
    r"|(?:any|some|every)(?:one|body|thing))(?= (?!of\b))",
    re.I,
)
_DETERMINER = (
    r"(?:the|a|an|any|some|all|its|his|her|their|this|that|these|those|no|both|many|most|"
    r"one|two|three|four|five|six|\d+)"
)
_CAPITAL = r"(?:[^\W\d_a-zà-ÿß-]['’\w.-]*)"
_NAME = rf"{_CAPITAL}(?:(?: (?:of|de|la|von|van|and|&|the))* {_CAPITAL})*"
_POSSESSION = r"(?:(?<=['’]s) \w+|['’]s? \w+)?"
_NOUN_PHRASE = re.compile(
    rf"{_DETERMINER} (?:of (?:the )?)?(?:{_NAME}{_POSSESSION}|[\w-]+{_POSSESSION}(?: {_NAME})?)"
    rf"|(?:[a-z]+ )?{_NAME}{_POSSESSION}"
    r"|\w+"
)
_PREPOSITION = r"(?:of|in|on|at|from|for|by)"
_ATTRIBUTE = re.compile(
    rf" {_PREPOSITION} (?:{_DETERMINER} )?"
    rf"(?:{_NAME}|(?:\w+ed )?(?!(?:{_DETERMINER}|{_PREPOSITION}) )\w+)(?= \w)"
)
_BE = re.compile(r"(?:is|are|was|were)\b|(?:\w+ )?(?:be|been)\b")
_ANY = re.compile(r"\bany(?=one\b|body\b|thing\b|where\b|\b)", re.I)


@dataclass(frozen=True, slots=True)
class Statement:
    """What a question asks whether it is so, and the contrary, each one sentence.

    `subject` is what it is asked of, `predicate` what stands behind the auxiliary verb.
    `is_active`: the subject does something, rather than is or undergoes it.
    """

    affirmed: str
    denied: str
    subject: str
    predicate: str
    is_active: bool


def statement_of(question: str, text: str = "") -> Statement | None:
    """The statement that yes would affirm: "Was anyone hurt?" gives "Someone was hurt.".

    `text` is one about the same thing, in which compound nouns of the question may occur.
    """
    opening = _OPENING.match(question)
    if opening is None:
        return None
    rest = question[opening.end() :].strip(" ?.!")
    end = _subject_end(rest, text)
    subject, predicate = rest[:end], rest[end:].strip()
    if not subject or not predicate:
        return None
    subject, predicate = (_ANY.sub("some", each) for each in (subject, predicate))
    auxiliary = opening["auxiliary"].lower()
    subject = subject[:1].upper() + subject[1:]
    affirmed = f"{subject} {auxiliary} {predicate}."
    denied = f"{subject} {auxiliary} not {predicate}."
    is_active = not _BE.match(f"{auxiliary} {predicate}")
    return Statement(affirmed, denied, subject, predicate, is_active)


def _subject_end(rest: str, text: str) -> int:
    """Where the subject ends in `rest`, which begins with it; 0 where there is none."""
    if pronoun := _PRONOUN.match(rest):
        return pronoun.end()
    phrase = _NOUN_PHRASE.match(rest)
    ends = [_compound_end(rest, phrase.end(), text) if phrase else 0]
    while attribute := _ATTRIBUTE.match(rest, ends[-1]):
        ends.append(attribute.end())
    while len(ends) > 1 and rest.startswith(" of ", ends[-1]):
        ends.pop()
    return _compound_end(rest, ends[-1], text)


def question_of(clause: str) -> str | None:
    """The question whether `clause` is so: its first auxiliary verb goes to the front."""
    auxiliary = re.search(rf" {_AUXILIARY}(?= )", clause)
    if auxiliary is None:
        return None
    rest = clause[: auxiliary.start()] + clause[auxiliary.end() :]
    return f"{auxiliary[0].strip().capitalize()} {rest.rstrip(' .?')}?"


def _compound_end(rest: str, end: int, text: str) -> int:
    """`end` of a subject, or that of the compound noun that its last word begins in `text`."""
    last = re.search(r"[\w-]+$", rest[:end])
    following = re.match(rf" (?!{_PREPOSITION} )(?P<word>[a-z][a-z-]+)(?= \w)", rest[end:])
    if last is None or following is None or re.search(r"(?:ed|ing)$", following["word"]):
        return end
    compound = rf"\b{re.escape(last[0])} {re.escape(following['word'])}\b"
    return end + following.end() if re.search(compound, text, re.I) else end
