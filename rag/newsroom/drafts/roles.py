"""The role by which a sentence introduces somebody, beside the one that an article gives.

    role_difference(claim, source, name)  ->  a `Difference`; None where the roles agree, or one of
                                              the two is not known

In:  the `Facts` of a sentence of a draft, a `Source`, a name of the sentence. Out: as above.
Left to others: reading a role off a text (`rag.retrieval.people.introductions`). Pure functions.
"""

from __future__ import annotations

import re

from rag.newsroom.drafts.facts import Facts, Name, facts_of
from rag.newsroom.drafts.matching import is_one_word
from rag.newsroom.drafts.result import Difference
from rag.newsroom.drafts.sources import Source
from rag.retrieval.people.introductions import find_role, is_role
from rag.text.folding import fold
from rag.text.names import NAME_WORD
from rag.text.senses import senses_of
from rag.text.sentences import Span

_UNNAMED = re.compile(rf"The (?P<role>[\w -]{{3,40}}?) (?:from|of) (?P<place>{NAME_WORD})")
_OWNER = re.compile(rf"({NAME_WORD})['’]s? $")
_FILLERS = frozenset(["former", "new", "old", "year", "last", "late"])


def role_difference(claim: Facts, source: Source, name: Name) -> Difference | None:
    """What the article calls `name`, where `claim` calls it otherwise."""
    article = source.article
    own = find_role(claim.text, name.text)
    if own is None:
        return None
    role = claim.text[slice(*own)]
    places = {each.text for each in facts_of(f"x {role}").names}
    theirs = find_role(article.text, name.text) or _role_beside(source, places)
    if theirs is None:
        return None
    other, owner = article.text[slice(*theirs)], _OWNER.search(article.text[: theirs[0]])
    if _is_another(role, other, source.text):
        return Difference("role", role, other, *own)
    bodies = {word for each in facts_of(f"x {role}").names for word in each.words}
    if bodies and owner and not bodies & set(fold(owner[1]).split()):
        return Difference("role", role, f"{owner[1]}’s {other}", *own)
    return None


def _is_another(role: str, other: str, sentence: str) -> bool:
    """Whether `role` is not `other`: by the word that names it, or by what qualifies it."""
    head, known = _head(role), _senses(f"{other} {sentence}")
    if not head:
        return False
    if not any(is_one_word(head, each) for each in known):
        return True
    qualified = _qualifiers(role)
    return bool(qualified and _qualifiers(other)) and not qualified & known


def _role_beside(source: Source, places: set[str]) -> Span | None:
    """The role of somebody whom a sentence beside the source tells of without a name: "The nurse
    from Saltby"; from one of `places`."""
    text = source.article.text
    for beside in (source.behind, source.before):
        match = _UNNAMED.match(beside)
        if match and match["place"] in places and is_role(match["role"]):
            start = text.find(beside)
            return start + match.start("role"), start + match.end("role")
    return None


def _head(role: str) -> str:
    """The sense of the word that names a role: "master" of "the harbour master of Skarvik"."""
    senses = [each.name for each in senses_of(_phrase(role))]
    return senses[-1] if senses and is_role(role) else ""


def _qualifiers(role: str) -> set[str]:
    """What stands before the word that names a role: "harbour" of "the harbour master"."""
    return {each.name for each in senses_of(_phrase(role))[:-1]} - _FILLERS


def _phrase(role: str) -> str:
    return re.split(r" (?:of|for|in|at|on|from|to|with|who|which|that)\b", role)[0]


def _senses(text: str) -> set[str]:
    return {each.name for each in senses_of(text)} - _FILLERS
