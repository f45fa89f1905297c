"""The words of a question about the records that say what the articles are about.

In:  the words of a question by their roles; the `Records` of an index, for the names in them.
Out: which words are the topic; the roles that words have by their place.
Left to others: what the other words ask for (`rag.retrieval.records.query`). Pure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.retrieval.records.description import ONE_OF, ORDERS
from rag.retrieval.records.languages import language_code
from rag.retrieval.records.records import Records
from rag.retrieval.records.wording import Role, Word, is_ambiguous

# what hangs on another clause, so that the topic would be more than a thing
_CLAUSE = frozenset(
    re.findall(r"\S+", "as while before after because if when or it they he she this them him")
)
BYLINED = (Role.OUTLET, Role.OUTLETS, Role.AUTHOR, Role.AUTHORS)
VERBS = (Role.WRITE, Role.REPORT, Role.PUBLISH)
_BEFORE_TOPIC = (*ONE_OF, *BYLINED, *VERBS, Role.NAME, Role.SAY)
PASSED = (Role.FILLER, Role.PREPOSITION)
# what may follow a topic: "… published", "… do you have", "… in the collection"
_ENDS = (*PASSED, Role.PERIOD, Role.PUBLISH, Role.WRITE, Role.AUXILIARY, Role.COLLECTION)
_TAIL = (*_ENDS, Role.ABOUT, Role.GIVE, Role.SAY, Role.CALLED, Role.REPORT)
_OF_EACH = (*BYLINED, Role.DATE_WORD)
_ABOUT_PERSONS = frozenset(re.findall(r"\S+", "obituary obit obituaries profile interview"))
_ARTICLES = ("the", "a", "an")
_POSSESSIVES = ("its", "their", "his", "her")
_DETERMINERS = (*_ARTICLES, *_POSSESSIVES)
_RELATIVE = (Role.WHO, Role.WHICH, Role.THAT)
_COVER = frozenset(re.findall(r"\S+", "cover covers covered covering carrying"))


@dataclass(frozen=True, slots=True)
class Topic:
    """The words `[first:last]` of a question; the word before them introduces them."""

    first: int
    last: int
    mentioned: bool = False
    is_clause: bool = False


def in_place(words: list[Word]) -> list[Word]:
    """`words`, those that are a noun or a verb by their place with the role they have there."""
    placed: list[Word] = []
    for word, following in zip(words, [*words[1:], None], strict=True):
        placed.append(
            replace(word, role=_role_at(placed, word, following.role if following else None))
        )
    return placed


def _role_at(before: Sequence[Word], word: Word, following: Role | None) -> Role:
    """The role of `word` between the words `before` it and a word of the role `following`."""
    last = before[-1].role if before else None
    role = word.role
    if word.value in ("report", "reports") and _is_verb(before):
        role = Role.SAY if any(each.role in ONE_OF for each in before) else Role.REPORT
    elif word.value in ("name", "names") and last in ONE_OF:
        role = Role.MENTION
    elif word.value == "last" and following in (Role.DATE_WORD, Role.SPAN_WORD):
        role = Role.CONTENT  # "last year"
    elif word.value == "publication" and following is Role.DATE_WORD:
        role = Role.FILLER
    elif role is Role.OUTLET and following in ONE_OF:
        role = Role.FILLER  # "newspaper articles"
    elif role is Role.ABOUT and following in (Role.WHICH, Role.PERIOD):
        role = Role.PREPOSITION  # "on what day"
    return role


def _is_verb(before: Sequence[Word]) -> bool:
    """Whether "report" after these words is what somebody does."""
    if not before or before[-1].possessive:
        return False
    last = before[-1]
    if last.role in (*ONE_OF, Role.THAT, Role.OUTLET, Role.OUTLETS, Role.AUTHORS):
        return True
    does = any(each.value in ("do", "did", "does") for each in before)
    return does and last.role in (Role.NAME, Role.CONTENT, *ORDERS)


def find_topic(words: Sequence[Word], records: Records) -> Topic | None:
    """The words of the topic, and how they are introduced; None where no word introduces any."""
    for n, word in enumerate(words[:-1], start=1):
        if not _introduces(words, n - 1, records):
            continue
        last = _topic_end(words, n, records)
        if last > n:
            return Topic(n, last, word.role is Role.MENTION, word.role is Role.THAT)
    return None


def _introduces(words: Sequence[Word], at: int, records: Records) -> bool:
    """Whether the word at `at` introduces a topic."""
    word, before, behind = words[at], words[:at], words[at + 1 :]
    nouns = [each.role for each in before if each.role in _BEFORE_TOPIC]
    if not nouns or _is_headline(behind, records):
        return False
    if word.role in (Role.ABOUT, Role.MENTION):
        article_follows = any(each.role in ONE_OF for each in behind)
        return any(each in (*ONE_OF, *VERBS) for each in nouns) or not article_follows
    if word.role is Role.THAT:
        return before[-1].role in (Role.REPORT, Role.WRITE, Role.ARTICLE) and len(behind) > 1
    if word.role is Role.REPORT:
        return _is_covered(word, before, behind)
    if word.value == "with":
        return before[-1].value in ("interview", "interviews")
    return word.value == "of" and before[-1].role in ONE_OF and _is_matter_of(words, at, records)


def _is_headline(words: Sequence[Word], records: Records) -> bool:
    """Whether `words` are a headline of the records alone: "whose byline is on “…”"."""
    roles = [each.role for each in words if each.role is not Role.FILLER]
    return roles == [Role.HEADLINE] and records.headline(words[-1].value) is not None


def _is_matter_of(words: Sequence[Word], at: int, records: Records) -> bool:
    """Whether what follows "the story of" is its topic, and not who wrote or published it."""
    owner = next((each for each in words[at + 1 :] if each.role is not Role.FILLER), None)
    if owner is None or owner.role in (Role.COLLECTION, *ONE_OF):
        return False
    is_person = not records.is_outlet(owner.value)
    return owner.role is not Role.NAME or (is_person and words[at - 1].value in _ABOUT_PERSONS)


def _is_covered(verb: Word, before: Sequence[Word], behind: Sequence[Word]) -> bool:
    """Whether the object of a verb is the topic: "which outlets covered the storm"."""
    if any(each.role in ONE_OF for each in (*before, *behind)):
        return False
    is_question = any(each.role in (*BYLINED, Role.NAME) for each in before)
    follows = next((each.role for each in behind if each.role is not Role.FILLER), None)
    direct = follows in (Role.CONTENT, Role.NAME, *ORDERS)
    return direct and (is_question or verb.value in _COVER)


def _topic_end(words: Sequence[Word], first: int, records: Records) -> int:
    """Where the topic that begins at `first` ends: what limits the articles follows it."""
    end = len(words)
    while end > first:
        word = words[end - 1]
        if word.role is Role.NAME and end - 1 > first:
            at = end - 2
            while at > first and words[at].value == "the":
                at -= 1
            links = ("by", "from", "in", "for") if records.is_outlet(word.value) else ("by", "from")
            if words[at].value not in links:
                break
            end = at
        elif word.role in _OF_EACH and words[end - 2].value in ("per", "each", "every"):
            end -= 2
        elif word.role in _TAIL and not (word.role is Role.PERIOD and word.value[:3] == "of "):
            end -= 1
        else:
            break
    return end


def is_topic(words: Sequence[Word], is_clause: bool) -> bool:
    """Whether `words` are a thing that articles can be about, and no clause of another question.

    "The keeper who was cleared" is one, "the war did the censor ban" and "the fire first" are not.
    """
    if is_clause or not words:
        return True
    for before, word in zip([None, *words], words, strict=False):
        relative = before is not None and before.role in _RELATIVE
        if word.value in _CLAUSE or (word.role is Role.AUXILIARY and not relative):
            return False
        if word.role in (Role.WHEN, Role.WHERE, Role.HOW_MANY):
            return False
    return words[-1].role not in (Role.NEWEST, Role.OLDEST, *_RELATIVE)


def tells_of_release(words: Sequence[Word]) -> bool:
    """Whether somebody who is no outlet and no author is said to publish something of their own.

    "When did the harbour board release its report?" asks for an event that articles tell of; only
    outlets and authors publish articles. What is published is theirs ("its report", "the board's
    report", "a report by the board"), or they are the subject of "did".
    """
    if any(each.role in (Role.NAME, Role.HEADLINE, *BYLINED) for each in words):
        return False
    return _does(words) or any(
        word.role in ONE_OF and is_ambiguous(word) and _is_owned(words, n)
        for n, word in enumerate(words)
    )


def _does(words: Sequence[Word]) -> bool:
    """Whether a thing that is no article is what "did" something.

    Not in "did the harbour story appear", but in "did the board report a fault".
    """
    at = next((n for n, each in enumerate(words, 1) if each.value in ("did", "does", "has")), 0)
    while at < len(words) and words[at].value in _ARTICLES:
        at += 1
    end = at
    while end < len(words) and words[end].role is Role.CONTENT:
        end += 1
    if not at or end == at or words[at].value == "coverage":
        return False
    is_noun = [each.role for each in words[end : end + 1] if each.role in ONE_OF]
    return not is_noun or any(w.value in _DETERMINERS for w in words[end + 1 : end + 2])


def _is_owned(words: Sequence[Word], at: int) -> bool:
    """Whether the word for an article at `at` is that of somebody whom the records do not know."""
    before, behind = words[:at], words[at + 1 :]
    if before and before[-1].value in _POSSESSIVES:
        return any(each.role is Role.CONTENT for each in before)
    if before and before[-1].possessive and before[-1].role is Role.CONTENT:
        return True
    owner = [each for each in behind[1:3] if each.value not in _ARTICLES]
    is_by = bool(behind) and behind[0].value in ("by", "from")
    return is_by and bool(owner) and owner[0].role is Role.CONTENT


def without_language(words: Sequence[Word]) -> tuple[list[Word], str]:
    """`words` without those that tell the language of the articles, and its name; else "".

    "The French piece", "the French-language piece", "the piece in French".
    """
    for n, word in enumerate(words):
        if not language_code(word.value):
            continue
        name = word.value.removesuffix("-language").capitalize()
        last = n + 2 if [each.value for each in words[n + 1 : n + 2]] == ["language"] else n + 1
        if [each.role for each in words[last : last + 1] if each.role in ONE_OF]:
            return [*words[:n], *words[last:]], name
        if words[n - 1].value == "in" and any(each.role in ONE_OF for each in words[:n]):
            return [*words[: n - 1], *words[last:]], name
    return list(words), ""


def before_article(words: Sequence[Word]) -> list[Word]:
    """The content directly before the first word for an article: "the tidal farm story"."""
    at = next((n for n, each in enumerate(words) if each.role in ONE_OF), 0)
    first = at
    while first and words[first - 1].role is Role.CONTENT:
        first -= 1
    return list(words[first:at])
