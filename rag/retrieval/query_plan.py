"""What a question asks for, one thing at a time. Pure functions on its wording.

In:  a question. Out: its clauses, each of which can be searched for by itself; the question that
     is put to each article where accounts are to be compared.
Left to others: searching (`rag.retrieval.search`), answering each apart (`rag.retrieval.retriever`).
"""

from __future__ import annotations

import re

_SECOND = re.compile(
    r",?\s+and\s+(?=(?:\w+\s+){0,2}?(?:what|which|who|whom|whose|when|where|how|why)\b)", re.I
)
_PARTS = 4  # of a question: each costs a draft
_BY_EACH = re.compile(
    r"(?P<asked>.+?)(?P<by>,? (?:by|according to|in the words of)) (?P<one>[^,?]+?),?"
    r" and (?:by|according to|in the words of) (?P<other>[^,?]+)\W*",
    re.I,
)
_TELLERS = r"(?:accounts|articles|reports|versions|sources|outlets|news ?papers|papers)"
_MANY = r"(?:different|differing|conflicting|various|several|both|two|each of)"
_EACH_SAYS = re.compile(
    r"(?:^|,? )(?:by|in|across|among|between|according to) (?:all |all of )?(?:the )?"
    rf"{_MANY} (?:the )?{_TELLERS}\b",
    re.I,
)
_THEY_DIFFER = re.compile(
    rf"(?:how|where|in what) (?:do|did) (?:the )?(?:{_MANY} )?(?:the )?{_TELLERS} "
    r"(?:differ|disagree) (?:about|on|over|as to) ",
    re.I,
)


def split_question(question: str) -> list[str]:
    """The question and, where it asks two things or more, each of them (from the fourth on as one).

    "When did A start, and who ended B?" finds passages on B only if B is searched alone too. So
    does "How strong was it, by A and by B?", which asks what each of two said.
    """
    parts = [part.strip(" ,;") for part in _SECOND.split(question, _PARTS - 1)]
    if each := _BY_EACH.fullmatch(question):
        parts = [f"{each['asked']}{each['by']} {who}" for who in (each["one"], each["other"])]
    whole = len(parts) > 1 and all(len(part.split()) > 2 for part in parts)
    return [question, *parts] if whole else [question]


def comparison_question(question: str) -> str | None:
    """What is asked of each article by itself, where accounts are to be compared; else None.

    "How many were hurt, by the different accounts?" becomes "How many were hurt?", and "How do
    the reports differ about the fire?" "What is said about the fire?".
    """
    asked, said = _EACH_SAYS.subn("", question, count=1)
    if differ := _THEY_DIFFER.match(question):
        asked, said = f"What is said about {question[differ.end() :]}", 1
    return as_question(asked.strip(" ,")) if said and len(asked.split()) > 2 else None


def as_question(clause: str) -> str:
    """A clause with a capital and a question mark."""
    return clause[:1].upper() + clause[1:].rstrip(" ?.") + "?"
