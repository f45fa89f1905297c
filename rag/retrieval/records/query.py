"""Which questions the metadata records answer, and what they ask of which articles.

    parse_record_query(question, records)  ->  a `RecordQuery`, or None for any other question

In:  a question; the `Records` of an index, for the names in them.
Out: what is to be given (a count, a list, a field, the gist …), and the description of the articles
     that are meant: topic, bylines, days, order, genre, headline.
Left to others: what single words may mean (`rag.retrieval.records.wording`), finding the articles
(`rag.retrieval.records.selection`), the answer (`rag.grounding.record_answer`). Pure functions of
the wording and the names.

A question is read in two steps, whatever the order of its words. First the words of the topic are
taken out: what follows "about" or "the obituary of", and what stands before a word for an article
("the tidal farm story"). Then the roles of all other words together tell what is asked for. If one
of them is content, the question asks for something that the articles tell: "How many articles of
the treaty were dropped?" and "Who wrote the book about the clocks?" are no questions about records.
A name counts as that of an author or an outlet only where a record has it. Words that may as well
be something that the articles tell of ("report", "letter") need a name beside them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from rag.retrieval.filters import NO_FILTER, SearchFilter
from rag.retrieval.records.periods import period
from rag.retrieval.records.records import Records
from rag.retrieval.records.wording import Role, Word, genre_pattern, is_ambiguous, read_words
from rag.text.dates.forms import DATE_PATTERN
from rag.text.stemming import stem_tokens
from rag.types import QuestionType, RecordField

RecordRequest = Literal[
    "count", "list", "article", "outlets", "authors", "dates", "summary", "day", "field", "gist"
]
Order = Literal["newest", "oldest"]


@dataclass(frozen=True, slots=True)
class RecordQuery:
    """What a question asks of the metadata records, and which articles it means.

    count, list       the articles
    article           which article it is, the newest or the oldest by `order`
    outlets, authors  their outlets or authors
    dates             from when to when they were published
    summary           number, outlets and dates
    day               what was published on a day, or in a month or year, and what happened then
    field             `field` of the one article that is meant
    gist              what the one article that is meant says

    `topic` is what the articles are about, in the question's words; with `mentioned` they need
    only name it. `headline` was quoted. `bylines` are authors or outlets, as the records spell
    them. `within` holds the days of publication. `genre` is a word such as "obituary". Empty values
    limit nothing.
    """

    request: RecordRequest
    topic: str = ""
    mentioned: bool = False
    headline: str = ""
    bylines: tuple[str, ...] = ()
    within: SearchFilter = NO_FILTER
    field: RecordField | None = None
    order: Order | None = None
    genre: str = ""

    @property
    def question_type(self) -> QuestionType:
        """About what a record says, about the collection, or about what an article says."""
        if self.request == "gist":
            return "overview"
        if self.request in ("field", "day") or (self.request == "list" and self.bylines):
            return "metadata"
        return "collection"

    @property
    def limits(self) -> bool:
        """Whether it describes the articles that are meant at all."""
        return bool(
            self.topic or self.headline or self.bylines or self.within or self.order or self.genre
        )


_POLITE = re.compile(
    r"^(?:please,? |(?:can|could|would|will) you (?:please )?|(?:tell|show) me,? (?=how|wh)|"
    r"(?:i(?:['’]d| would) like|i want) to know,? |do you know,? )+|,? please$",
    re.I,
)
_QUESTION_LAST = re.compile(
    r"(?P<first>.+?)[:;,–—-] +(?P<last>(?:(?:in|by|on|from) )?(?:wh(?:ich|at|o|om|en|ere))\b.+)",
    re.I,
)
_ON_DAY = re.compile(
    r"what (?:"
    r"(?:happened|took place|occurred)(?: in the news)? (?:on|in|during)"
    r"|was (?:in the news|published|reported) (?:on|in|during)"
    r"|(?:(?:was|is) the news|news (?:was|is) there) (?:on|in|from|of)"
    r"|(?:do|did) the (?:articles|papers|newspapers|outlets) (?:report|say|write) (?:on|in)"
    rf") (?P<date>{DATE_PATTERN})",
    re.I,
)
_OURS = re.compile(
    r"\b(?:(?:this|your|my|our) (?:collection|corpus|archive|index|database|folder)|"
    r"the (?:index|corpus|database))\b",
    re.I,
)
_DETERMINER = re.compile(r"^(?:the|a|an|its|their|his|her) ", re.I)
_QUOTED = re.compile(r"[“\"‘'«„](?P<inside>[^“”\"«»]+)[”\"’'»“]")
# what hangs on another clause, so that the topic would be more than a thing
_CLAUSE = frozenset(
    re.findall(r"\S+", "as while before after because if when or it they he she this them him")
)
_ONE_OF = (Role.ARTICLE, Role.ARTICLES)
_BYLINED = (Role.OUTLET, Role.OUTLETS, Role.AUTHOR, Role.AUTHORS)
_VERBS = (Role.WRITE, Role.REPORT, Role.PUBLISH)
_BEFORE_TOPIC = (*_ONE_OF, *_BYLINED, *_VERBS, Role.NAME, Role.SAY)
_PASSED = (Role.FILLER, Role.PREPOSITION)
# what may follow a topic: "… published", "… do you have", "… in the collection"
_ENDS = (*_PASSED, Role.PERIOD, Role.PUBLISH, Role.WRITE, Role.AUXILIARY, Role.COLLECTION)
_TAIL = (*_ENDS, Role.ABOUT, Role.GIVE, Role.SAY, Role.CALLED, Role.REPORT)
_ALL_OF = (Role.COLLECTION, Role.AUXILIARY, Role.GIVE)  # "which outlets are there", "list …"
_ABOUT_PERSONS = frozenset(re.findall(r"\S+", "obituary obit obituaries profile interview"))
_RELATIVE = (Role.WHO, Role.WHICH, Role.THAT)
_ORDERS = (Role.NEWEST, Role.OLDEST)
_ASKING = (Role.WHICH, Role.GIVE, Role.HOW_MANY, Role.WHO, Role.NEWEST, Role.OLDEST)
_BEFORE_ASKED = (*_ASKING, Role.AUXILIARY)
_COVER = frozenset(re.findall(r"\S+", "cover covers covered covering carrying"))


def parse_record_query(question: str, records: Records) -> RecordQuery | None:
    """What `question` asks of the metadata records; None where it asks something else."""
    text = _POLITE.sub("", question.strip(" .?!¿¡"))
    if on_day := _ON_DAY.fullmatch(text):
        within = period("on", on_day["date"])
        return RecordQuery("day", within=within) if within else None
    if swapped := _QUESTION_LAST.fullmatch(text):
        text = f"{swapped['last']} {swapped['first']}"
    reading = _Reading.of(text, records)
    if reading is None:
        return None
    requests = (request(reading) for request in _REQUESTS)
    return next((each for each in requests if each is not None), None)


@dataclass(frozen=True)
class _Reading:
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
    def of(cls, text: str, records: Records) -> _Reading | None:
        """The reading of a question; None where a word of it is content of another question."""
        words = _by_place(read_words(text, records))
        topic = _find_topic(words, records)
        inside = words[topic.first : topic.last] if topic else []
        rest = [*words[: topic.first], *words[topic.last :]] if topic else words
        if topic and words[topic.first - 1].role in (Role.ABOUT, Role.MENTION):
            rest = [each for each in rest if each is not words[topic.first - 1]]
        before = _before_article(rest)
        rest = [each for each in rest if each not in before]
        is_clause = topic is not None and topic.is_clause
        if any(each.role is Role.CONTENT for each in rest) or not _is_topic(inside, is_clause):
            return None
        parts = [text[each.start : each.end] for each in before]
        if inside:
            parts.append(text[inside[0].start : inside[-1].end])
        described = replace(
            describe_articles(rest),
            topic=bare_topic(" ".join(_DETERMINER.sub("", each) for each in parts)),
            mentioned=topic is not None and topic.mentioned,
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
        return tuple(each.role for each in self.words if each.role not in _PASSED)

    def has(self, *roles: Role) -> bool:
        """Whether a word has one of `roles`."""
        return not self.roles.isdisjoint(roles)

    @property
    def is_doubtful(self) -> bool:
        """Whether it may as well mean something that articles tell of.

        Its words for an article are used for other things ("report"), and nothing else tells; or
        something that is no article is the first or the last ("who was the first to").
        """
        nouns = [each for each in self.words if each.role in _ONE_OF]
        described = self.described
        if described.order and not nouns and not (described.bylines and described.topic):
            return True
        pairs = zip(self.words, self.words[1:], strict=False)
        if any(one.role in _ORDERS and other.value in ("to", "with") for one, other in pairs):
            return True  # "the first to report"
        named = described.bylines or self.has_headline or described.order
        certain = bool(named) or self.has(Role.COLLECTION)
        return bool(nouns) and all(map(is_ambiguous, nouns)) and not certain

    @property
    def means_one(self) -> bool:
        """Whether it describes one article, by a word for one or by its headline."""
        one = self.has(Role.ARTICLE) or self.has_headline
        return one and self.described.limits and not self.has(Role.ARTICLES)

    @property
    def has_article(self) -> bool:
        """Whether it has any word for articles."""
        return self.has(*_ONE_OF)

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


@dataclass(frozen=True, slots=True)
class _Topic:
    """The words `[first:last]` of a question; the word before them introduces them."""

    first: int
    last: int
    mentioned: bool = False
    is_clause: bool = False


def _by_place(words: list[Word]) -> list[Word]:
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
        role = Role.SAY if any(each.role in _ONE_OF for each in before) else Role.REPORT
    elif word.value in ("name", "names") and last in _ONE_OF:
        role = Role.MENTION
    elif word.value == "last" and following in (Role.DATE_WORD, Role.SPAN_WORD):
        role = Role.CONTENT  # "last year"
    elif word.value == "publication" and following is Role.DATE_WORD:
        role = Role.FILLER
    elif role is Role.OUTLET and following in _ONE_OF:
        role = Role.FILLER  # "newspaper articles"
    elif role is Role.ABOUT and following in (Role.WHICH, Role.PERIOD):
        role = Role.PREPOSITION  # "on what day"
    return role


def _is_verb(before: Sequence[Word]) -> bool:
    """Whether "report" after these words is what somebody does."""
    if not before or before[-1].possessive:
        return False
    last = before[-1]
    if last.role in (*_ONE_OF, Role.THAT, Role.OUTLET, Role.OUTLETS, Role.AUTHORS):
        return True
    does = any(each.value in ("do", "did", "does") for each in before)
    return does and last.role in (Role.NAME, Role.CONTENT, *_ORDERS)


def _find_topic(words: Sequence[Word], records: Records) -> _Topic | None:
    for n, word in enumerate(words[:-1], start=1):
        if not _introduces(words, n - 1, records):
            continue
        last = _topic_end(words, n, records)
        if last > n:
            return _Topic(n, last, word.role is Role.MENTION, word.role is Role.THAT)
    return None


def _introduces(words: Sequence[Word], at: int, records: Records) -> bool:
    """Whether the word at `at` introduces a topic."""
    word, before, behind = words[at], words[:at], words[at + 1 :]
    nouns = [each.role for each in before if each.role in _BEFORE_TOPIC]
    if not nouns:
        return False
    if word.role in (Role.ABOUT, Role.MENTION):
        article_follows = any(each.role in _ONE_OF for each in behind)
        return any(each in (*_ONE_OF, *_VERBS) for each in nouns) or not article_follows
    if word.role is Role.THAT:
        return before[-1].role in (Role.REPORT, Role.WRITE, Role.ARTICLE) and len(behind) > 1
    if word.role is Role.REPORT:
        return _is_covered(word, before, behind)
    if word.value == "with":
        return before[-1].value in ("interview", "interviews")
    return word.value == "of" and before[-1].role in _ONE_OF and _is_matter_of(words, at, records)


def _is_matter_of(words: Sequence[Word], at: int, records: Records) -> bool:
    """Whether what follows "the story of" is its topic, and not who wrote or published it."""
    owner = next((each for each in words[at + 1 :] if each.role is not Role.FILLER), None)
    if owner is None or owner.role in (Role.COLLECTION, *_ONE_OF):
        return False
    is_person = not records.is_outlet(owner.value)
    return owner.role is not Role.NAME or (is_person and words[at - 1].value in _ABOUT_PERSONS)


def _is_covered(verb: Word, before: Sequence[Word], behind: Sequence[Word]) -> bool:
    """Whether the object of a verb is the topic: "which outlets covered the storm"."""
    if any(each.role in _ONE_OF for each in (*before, *behind)):
        return False
    is_question = any(each.role in (*_BYLINED, Role.NAME) for each in before)
    follows = next((each.role for each in behind if each.role is not Role.FILLER), None)
    direct = follows in (Role.CONTENT, Role.NAME, *_ORDERS)
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
            links = ("by", "from", "in") if records.is_outlet(word.value) else ("by", "from")
            if words[at].value not in links:
                break
            end = at
        elif word.role in _TAIL and not (word.role is Role.PERIOD and word.value[:3] == "of "):
            end -= 1
        else:
            break
    return end


def _is_topic(words: Sequence[Word], is_clause: bool) -> bool:
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


def _before_article(words: Sequence[Word]) -> list[Word]:
    """The content directly before the first word for an article: "the tidal farm story"."""
    at = next((n for n, each in enumerate(words) if each.role in _ONE_OF), 0)
    first = at
    while first and words[first - 1].role is Role.CONTENT:
        first -= 1
    return list(words[first:at])


def describe_articles(words: Sequence[Word]) -> RecordQuery:
    """What limits the articles, besides their topic."""
    bylines = dict.fromkeys(each.value for each in words if each.role is Role.NAME)
    headlines = [each.value for each in words if each.role is Role.HEADLINE]
    periods = [each.within for each in words if each.role is Role.PERIOD]
    genres = [each.value for each in words if each.role in _ONE_OF and genre_pattern(each.value)]
    orders: list[Order] = [
        "newest" if each.role is Role.NEWEST else "oldest" for each in words if each.role in _ORDERS
    ]
    return RecordQuery(
        "list",
        headline=headlines[0] if headlines else "",
        bylines=tuple(bylines),
        within=periods[0] if periods else NO_FILTER,
        order=orders[0] if orders else None,
        genre=genres[0] if genres else "",
    )


def bare_topic(topic: str) -> str:
    """`topic` without quotation marks around it; "" where it has only stop words."""
    quoted = _QUOTED.fullmatch(topic)
    topic = quoted["inside"] if quoted else topic.strip(" ,:;")
    return topic if stem_tokens([topic])[0] else ""


def _count(reading: _Reading) -> RecordQuery | None:
    """ "How many articles …", "How many outlets …"."""
    if reading.lead[:1] != (Role.HOW_MANY,):
        return None
    counted = next((each for each in reading.lead if each in _COUNTED), None)
    if counted is None and reading.described.bylines and reading.has(Role.WRITE):
        return replace(reading.described, request="count")
    if counted is None or (counted is Role.COLLECTION and not reading.names_index):
        return None
    return replace(reading.described, request=_COUNTED[counted])


def _dates(reading: _Reading) -> RecordQuery | None:
    """ "What period do the articles cover?", "When were the articles about … published?"."""
    spans = reading.has(Role.SPAN_WORD) or reading.has(Role.WHEN, Role.DATE_WORD)
    both = reading.has(Role.NEWEST) and reading.has(Role.OLDEST)
    if (spans and reading.has(Role.ARTICLES) and not reading.has(Role.ARTICLE)) or (
        (reading.has(Role.SPAN_WORD) and reading.has(Role.COLLECTION))
        or (both and reading.has_article)
    ):
        return replace(reading.described, request="dates", order=None)
    return None


def _title(reading: _Reading) -> RecordQuery | None:
    """ "What is the headline of …?", "What is the article about … called?"."""
    called = reading.lead[:1] == (Role.WHICH,) and reading.has(Role.CALLED)
    if called and not reading.described.headline and reading.means_one:
        return _field_of(reading, "title")
    if not reading.asks_for(Role.HEADLINE_WORD) or not reading.described.limits:
        return None
    if reading.has(Role.ARTICLES):
        return replace(reading.described, request="list")
    return _field_of(reading, "title")


def _author(reading: _Reading) -> RecordQuery | None:
    """ "Who wrote …?", "Which reporters …?", "byline on …?"."""
    described, several = reading.described, reading.has(Role.ARTICLES)
    if reading.asks_for(Role.AUTHORS):
        known = several or described.limits or reading.has(*_ALL_OF)
        return replace(described, request="authors") if known else None
    wrote = reading.lead[:1] == (Role.WHO,) and reading.has(Role.WRITE)
    wrote = wrote or (reading.words[0].value == "whose" and reading.has(Role.ARTICLE))
    if wrote or reading.asks_for(Role.AUTHOR):
        if several:
            return replace(described, request="authors")
        if reading.means_one:
            return _field_of(reading, "author")
        about = described.topic and reading.after in _VERBS
        return replace(described, request="authors") if about else None
    covered = reading.lead[:1] == (Role.WHO,) and reading.has(Role.REPORT) and described.topic
    return replace(described, request="authors") if covered else None


def _source(reading: _Reading) -> RecordQuery | None:
    """ "Which outlet …?", "Where was the article … published?", "Who published …?"."""
    described, several = reading.described, reading.has(Role.ARTICLES)
    if reading.asks_for(Role.OUTLETS):
        known = several or described.limits or reading.has(*_ALL_OF)
        return replace(described, request="outlets") if known else None
    where = reading.lead[:1] == (Role.WHERE,) and reading.has_article | reading.has_headline
    who = reading.lead[:1] == (Role.WHO,) and reading.has(Role.PUBLISH)
    if not (where or who or reading.asks_for(Role.OUTLET)):
        return None
    if several:
        return replace(described, request="outlets")
    if reading.means_one or described.bylines:
        return _field_of(reading, "source")
    about = described.topic and not (where or who)
    return replace(described, request="outlets") if about else None


def _published(reading: _Reading) -> RecordQuery | None:
    """ "When was the article … published?", "date of …?", "When did the Courier report …?"."""
    if reading.lead[:1] != (Role.WHEN,) and not reading.asks_for(Role.DATE_WORD):
        return None
    described = reading.described
    reported = described.bylines and described.topic and reading.has(*_VERBS)
    if reading.means_one or reported:
        return _field_of(reading, "published")
    return None


def _gist(reading: _Reading) -> RecordQuery | None:
    """ "Summarise the article …", "What is the Courier's piece on … about?"."""
    if not reading.means_one:
        return None
    described = reading.described
    if _is_matter(reading):
        return None
    says = reading.lead[:1] == (Role.WHICH,) and (
        (reading.has(Role.SAY) and (reading.after in (None, *_ONE_OF) or described.genre))
        or reading.words[-1].role is Role.ABOUT
        or any(each.value == "in" for each in reading.words[1:3])
    )
    if says or reading.has(Role.SUMMARY):
        return replace(described, request="gist")
    return None


def _is_matter(reading: _Reading) -> bool:
    """Whether "the story of …" is what happened, rather than an article."""
    nouns = [each.value for each in reading.words if each.role in _ONE_OF]
    named = reading.described.bylines or reading.described.headline or reading.described.order
    return nouns == ["story"] and not named


def _article(reading: _Reading) -> RecordQuery | None:
    """ "What is the newest article about …?"."""
    opens = (Role.WHICH, Role.GIVE, Role.NEWEST, Role.OLDEST, Role.NAME)
    if not reading.described.order or reading.has(Role.SAY) or reading.lead[0] not in opens:
        return None
    return replace(reading.described, request="article") if reading.has_article else None


def _list(reading: _Reading) -> RecordQuery | None:
    """ "Which articles …?", "List …", "Are there …?", "What did Jon Vale write?"."""
    described, lead = reading.described, reading.lead
    listed = replace(described, request="list")
    if reading.has(Role.SAY, Role.SUMMARY) or not lead or _is_matter(reading):
        return None
    if not reading.has_article:
        wrote = lead[0] is Role.WHICH and reading.has(Role.WRITE, Role.REPORT)
        return listed if wrote and described.bylines else None
    if lead[0] is Role.GIVE:
        return listed
    if reading.words[-1].role is Role.ABOUT and lead[:3] == _WHAT_ARE_ARTICLES:
        return listed
    exists = any(each.value in ("there", "you", "we", "i") for each in reading.words)
    which = lead[0] is Role.WHICH and reading.asks_for(*_ONE_OF) and lead[1:2] != (_IS,)
    which = which or lead[:3] == _WHAT_ARE_ARTICLES
    exists = exists or bool(described.bylines and reading.has(Role.WRITE))
    is_question = which or lead[0] is Role.ARTICLES or (lead[0] is Role.AUXILIARY and exists)
    return listed if is_question and described.limits else None


def _summary(reading: _Reading) -> RecordQuery | None:
    """ "What is in this collection?"."""
    is_question = reading.lead[:1] == (Role.WHICH,) or reading.has(Role.SUMMARY)
    if (
        is_question
        and reading.names_index
        and reading.has(Role.COLLECTION)
        and not reading.has_article
    ):
        return replace(reading.described, request="summary")
    return None


def _field_of(reading: _Reading, field: RecordField) -> RecordQuery:
    return replace(reading.described, request="field", field=field)


_IS = Role.AUXILIARY
_WHAT_ARE_ARTICLES = (Role.WHICH, Role.AUXILIARY, Role.ARTICLES)
_COUNTED: dict[Role, RecordRequest] = {
    Role.ARTICLE: "count",
    Role.ARTICLES: "count",
    Role.COLLECTION: "count",
    Role.OUTLETS: "outlets",
    Role.AUTHORS: "authors",
}
_REQUESTS: tuple[Callable[[_Reading], RecordQuery | None], ...] = (
    *(_count, _dates, _title, _source, _author, _published),
    *(_gist, _article, _list, _summary),
)
