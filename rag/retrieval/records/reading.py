"""A question about the records without its topic: the roles of its words, and what they describe.

In:  the text of a question; the `Records` of an index, for the names in them.
Out: a `Reading`; None where a word of it is content of another question.
Left to others: what it asks for (`rag.retrieval.records.query`). Pure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property

from rag.retrieval.records.description import (
    ONE_OF,
    ORDERS,
    RecordQuery,
    bare_topic,
    describe_articles,
)
from rag.retrieval.records.records import Records
from rag.retrieval.records.topic import (
    PASSED,
    before_article,
    find_topic,
    in_place,
    is_topic,
    without_language,
)
from rag.retrieval.records.wording import Role, Word, is_ambiguous, read_words

_OURS = re.compile(
    r"\b(?:(?:this|your|my|our) (?:collection|corpus|archive|index|database|folder)|"
    r"the (?:index|corpus|database))\b",
    re.I,
)
_DETERMINER = re.compile(r"^(?:the|a|an|its|their|his|her) ", re.I)
_ASKING = (Role.WHICH, Role.GIVE, Role.HOW_MANY, Role.WHO, Role.NEWEST, Role.OLDEST)
_BEFORE_ASKED = (*_ASKING, Role.AUXILIARY)


@dataclass(frozen=True)
class Reading:
    """A question whose topic was taken out.

    `words` are its other words; none is content. `described` has what limits the articles, whatever
    the request. `after` is the role of the word before the one that introduces the topic.
    """

    words: tuple[Word, ...]
    described: RecordQuery
    after: Role | None
    has_headline: bool
    names_index: bool

    @classmethod
    def of(cls, text: str, records: Records) -> Reading | None:
        """The reading of a question; None where a word of it is content of another question."""
        words = in_place(read_words(text, records))
        topic = find_topic(words, records)
        inside = words[topic.first : topic.last] if topic else []
        rest = [*words[: topic.first], *words[topic.last :]] if topic else words
        if topic and words[topic.first - 1].role in (Role.ABOUT, Role.MENTION):
            rest = [each for each in rest if each is not words[topic.first - 1]]
        rest, language = without_language(rest)
        before = before_article(rest)
        rest = [each for each in rest if each not in before]
        is_clause = topic is not None and topic.is_clause
        if any(each.role is Role.CONTENT for each in rest) or not is_topic(inside, is_clause):
            return None
        parts = [text[each.start : each.end] for each in before]
        if inside:
            parts.append(text[inside[0].start : inside[-1].end])
        described = replace(
            describe_articles(rest),
            topic=bare_topic(" ".join(_DETERMINER.sub("", each) for each in parts)),
            mentioned=topic is not None and topic.mentioned,
            language=language,
        )
        reading = cls(
            tuple(rest),
            described,
            words[topic.first - 2].role if topic and topic.first > 1 else None,
            records.headline(described.headline) is not None,
            _OURS.search(text) is not None,
        )
        return None if reading.is_doubtful else reading

    @cached_property
    def roles(self) -> frozenset[Role]:
        """The roles of all words."""
        return frozenset(each.role for each in self.words)

    @cached_property
    def lead(self) -> tuple[Role, ...]:
        """The roles of the words in order, without those that mean nothing here."""
        return tuple(each.role for each in self.words if each.role not in PASSED)

    def has(self, *roles: Role) -> bool:
        """Whether a word has one of `roles`."""
        return not self.roles.isdisjoint(roles)

    @property
    def is_doubtful(self) -> bool:
        """Whether it may as well mean something that articles tell of.

        Its words for an article are used for other things ("report"), and nothing else tells; or
        something that is no article is the first or the last ("who was the first to").
        """
        nouns = [each for each in self.words if each.role in ONE_OF]
        described = self.described
        if described.order and not nouns and not (described.bylines and described.topic):
            return True
        pairs = zip(self.words, self.words[1:], strict=False)
        if any(one.role in ORDERS and other.value in ("to", "with") for one, other in pairs):
            return True  # "the first to report"
        named = described.bylines or self.has_headline or described.order
        certain = bool(named or described.language) or self.has(Role.COLLECTION)
        return bool(nouns) and all(map(is_ambiguous, nouns)) and not certain

    @property
    def means_one(self) -> bool:
        """Whether it describes one article, by a word for one or by its headline."""
        one = self.has(Role.ARTICLE) or self.has_headline
        return one and self.described.limits and not self.has(Role.ARTICLES)

    @property
    def has_article(self) -> bool:
        """Whether it has any word for articles."""
        return self.has(*ONE_OF)

    def asks_for(self, *roles: Role) -> bool:
        """Whether one of `roles` comes first after "which", "list" or "is the", or at all."""
        at = next((n for n, each in enumerate(self.lead) if each in roles), None)
        if at is None or (self._opens_with_action and at > 1):
            return False
        return all(each in _BEFORE_ASKED for each in self.lead[:at])

    @property
    def _opens_with_action(self) -> bool:
        """Whether it begins "what did": then what follows is who did it."""
        copulas = ("is", "are", "was", "were")
        first = next((each.value for each in self.words if each.role is Role.AUXILIARY), "is")
        return self.lead[1:2] == (Role.AUXILIARY,) and first not in copulas
