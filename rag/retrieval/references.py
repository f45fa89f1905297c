"""What a follow-up refers to, where the turn before leaves no doubt: without a language model.

    resolve_reference(question, history)  ->  a self-contained question, or None

In:  a question, earlier turns. Out: "How old is she?" with the only person that the last answer
names, "And the Harbour List?" as the last question about that. Left to others: every other
reference (`rag.retrieval.rewrite`). Pure functions.
"""

from __future__ import annotations

import re

from rag.text.citation_marks import EARLIER, strip_citation_marks
from rag.text.dates import MONTH
from rag.text.names import extract_full_names
from rag.types import History

_PRONOUNS = re.compile(r"\b(?:(?P<he>he|him|his)|(?P<she>she|her|hers))\b", re.I)
_OTHERS = re.compile(r"\b(?:it|its|they|them|their|theirs|this|that|these|those|there)\b", re.I)
_POSSESSIVE = re.compile(r"(?:his|hers)$", re.I)
_NOUN_BEHIND = re.compile(r"\s+(?!(?:and|or|in|on|at|for|to|by|with|from|of|as|when|if)\b)\w")
_ELLIPSIS = re.compile(r"(?:and|but|(?:and )?what about|how about)\s+(?P<rest>.+?)\W*$", re.I)
_YEAR = re.compile(r"(?:in )?(?P<year>(?:1\d|20)\d\d)$", re.I)
_ANY_YEAR = re.compile(r"\b(?:1\d|20)\d\d\b")
_NAME = r"(?:the )?[A-Z][\w’'-]+(?: (?:of |the )?[A-Z][\w’'-]+)*"
_SUBJECT = re.compile(
    rf"\b(?P<verb>did|does|do|is|are|was|were|has|have|had|will|would|can|could) {_NAME}"
)
_NOT_A_PERSON = re.compile(
    rf"\b(?:{MONTH}|Street|Road|University|Party|Union|League|Council|Cup)\b"
)


def resolve_reference(question: str, history: History) -> str | None:
    """`question` with what it refers to, from the last turn of `history`; None where in doubt."""
    earlier, answer = history[-1]
    if ellipsis := _ELLIPSIS.fullmatch(question):
        return _about(earlier, ellipsis["rest"])
    if _OTHERS.search(question) or not (pronoun := _PRONOUNS.search(question)):
        return None
    name = _only_person(strip_citation_marks(answer, EARLIER), earlier)
    return name and _with_name(question, "he" if pronoun["he"] else "she", name)


def _about(earlier: str, rest: str) -> str | None:
    """The question `earlier`, about `rest` in the place of its year or of its subject."""
    if year := _YEAR.fullmatch(rest):
        changed, count = _ANY_YEAR.subn(year["year"], earlier)
        return changed if count == 1 else None
    if not re.fullmatch(_NAME, rest):
        return None
    changed, count = _SUBJECT.subn(lambda match: f"{match['verb']} {rest}", earlier, count=1)
    return changed if count else None


def _only_person(answer: str, earlier: str) -> str | None:
    """The one full name that the answer adds to the question; else the only one of the question."""
    new = [each for each in extract_full_names(answer) if each not in earlier]
    for names in (new, extract_full_names(earlier)):
        persons = {each for each in names if not _NOT_A_PERSON.search(each)}
        if persons:
            return persons.pop() if len(persons) == 1 else None
    return None


def _with_name(question: str, gender: str, name: str) -> str:
    def replace(match: re.Match[str]) -> str:
        if not match[gender]:
            return match[0]
        behind = match.string[match.end() :]
        owns = _POSSESSIVE.match(match[0]) or (
            match[0].lower() == "her" and _NOUN_BEHIND.match(behind)
        )
        return f"{name}'s" if owns else name

    return _PRONOUNS.sub(replace, question)
