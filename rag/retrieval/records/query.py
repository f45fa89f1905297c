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
from dataclasses import replace
from itertools import pairwise

from rag.retrieval.records.description import ONE_OF, RecordQuery, RecordRequest
from rag.retrieval.records.periods import period
from rag.retrieval.records.reading import Reading
from rag.retrieval.records.records import Records
from rag.retrieval.records.topic import VERBS
from rag.retrieval.records.wording import Role, Word, hide_quotes
from rag.text.dates.forms import DATE_PATTERN
from rag.types import RecordField

_POLITE = re.compile(
    r"^(?:please,? |(?:can|could|would|will) you (?:please )?|(?:tell|show) me,? (?=how|wh)|"
    r"(?:i(?:['’]d| would) like|i want) to know,? |do you know,? |"
    r"i(?:['’]m| am) (?:checking|citing|looking (?:at|for)|working on) )+|,? please$",
    re.I,
)
_QUESTION_LAST = re.compile(
    r"(?P<first>.+?) ?[:;,–—-] +"
    r"(?P<last>(?:(?:in|by|on|from) )?(?:wh(?:ich|at|o|om|en|ere)|how many)\b.+"
    r"|(?:the )?(?:date|day|author|byline|headline|title|outlet|newspaper)\b.*)",
    re.I,
)
_COUNT_OF = re.compile(
    r"(?:the )?(?:total )?(?:number|count|tally) of (?:the |all )?"
    r"|(?:count|tally)(?: up)? (?:the |all )?",
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
_ALL_OF = (Role.COLLECTION, Role.AUXILIARY, Role.GIVE)  # "which outlets are there", "list …"


def parse_record_query(question: str, records: Records) -> RecordQuery | None:
    """What `question` asks of the metadata records; None where it asks something else."""
    text = _POLITE.sub("", question.strip(" .?!¿¡"))
    if count := _COUNT_OF.match(text):
        text = f"how many {text[count.end() :]}"
    if on_day := _ON_DAY.fullmatch(text):
        within = period("on", on_day["date"])
        return RecordQuery("day", within=within) if within else None
    hidden = hide_quotes(text, records.headlines_in(text))
    if swapped := _QUESTION_LAST.fullmatch(hidden):
        (first, end), (last, _) = swapped.span("first"), swapped.span("last")
        text = f"{text[last:]} {text[first:end]}"
    reading = Reading.of(text, records)
    return None if reading is None else requested(reading)


def requested(reading: Reading) -> RecordQuery | None:
    """What a question asks of the articles that its `reading` describes."""
    requests = (request(reading) for request in _REQUESTS)
    return next((each for each in requests if each is not None), None)


def _count(reading: Reading) -> RecordQuery | None:
    """ "How many articles …", "How many outlets …", "How many articles per outlet …"."""
    counts = reading.has(Role.HOW_MANY) or reading.lead[:1] in ((Role.ARTICLES,), (Role.GIVE,))
    if counts and (of_each := of_each_what(reading.words)) and reading.has(*ONE_OF):
        return replace(reading.described, request=of_each)
    if reading.lead[:1] != (Role.HOW_MANY,):
        return None
    counted = next((each for each in reading.lead if each in _COUNTED), None)
    if counted is None and reading.described.bylines and reading.has(Role.WRITE):
        return replace(reading.described, request="count")
    if counted is None or (counted is Role.COLLECTION and not reading.names_index):
        return None
    return replace(reading.described, request=_COUNTED[counted])


def of_each_what(words: Sequence[Word]) -> RecordRequest | None:
    """What the articles are counted for, each by itself: "per outlet", "each author"."""
    nouns = [each for each in words if each.value not in _ARTICLES]
    of_each = (_OF_EACH.get(other.value) for one, other in pairwise(nouns) if one.value in _EACH)
    return next(filter(None, of_each), None)


def _dates(reading: Reading) -> RecordQuery | None:
    """ "What period do the articles cover?", "When were the articles about … published?"."""
    spans = reading.has(Role.SPAN_WORD) or reading.has(Role.WHEN, Role.DATE_WORD)
    both = reading.has(Role.NEWEST) and reading.has(Role.OLDEST)
    if (spans and reading.has(Role.ARTICLES) and not reading.has(Role.ARTICLE)) or (
        (reading.has(Role.SPAN_WORD) and reading.has(Role.COLLECTION))
        or (both and reading.has_article)
    ):
        return replace(reading.described, request="dates", order=None)
    return None


def _title(reading: Reading) -> RecordQuery | None:
    """ "What is the headline of …?", "What is the article about … called?"."""
    called = reading.lead[:1] == (Role.WHICH,) and reading.has(Role.CALLED)
    if called and not reading.described.headline and reading.means_one:
        return _field_of(reading, "title")
    if not reading.asks_for(Role.HEADLINE_WORD) or not reading.described.limits:
        return None
    if reading.has(Role.ARTICLES):
        return replace(reading.described, request="list")
    return _field_of(reading, "title")


def _author(reading: Reading) -> RecordQuery | None:
    """ "Who wrote …?", "Which reporters …?", "byline on …?"."""
    described, several = reading.described, reading.has(Role.ARTICLES)
    if reading.asks_for(Role.AUTHORS):
        known = several or described.limits or reading.has(*_ALL_OF)
        return replace(described, request="authors") if known else None
    wrote = reading.lead[:1] == (Role.WHO,) and reading.has(Role.WRITE)
    whose = reading.words[0].value == "whose"
    wrote = wrote or (whose and (reading.has(Role.ARTICLE) or reading.has_headline))
    if wrote or reading.asks_for(Role.AUTHOR):
        if several:
            return replace(described, request="authors")
        if reading.means_one or (whose and described.topic):
            return _field_of(reading, "author")
        about = described.topic and reading.after in VERBS
        return replace(described, request="authors") if about else None
    covered = reading.lead[:1] == (Role.WHO,) and reading.has(Role.REPORT) and described.topic
    return replace(described, request="authors") if covered else None


def _source(reading: Reading) -> RecordQuery | None:
    """ "Which outlet …?", "Where was the article … published?", "Who published …?"."""
    described, several = reading.described, reading.has(Role.ARTICLES)
    if reading.asks_for(Role.OUTLETS):
        known = several or described.limits or reading.has(*_ALL_OF)
        return replace(described, request="outlets") if known else None
    where = reading.lead[:1] == (Role.WHERE,) and reading.has_article | reading.has_headline
    who = reading.lead[:1] == (Role.WHO,) and reading.has(Role.PUBLISH)
    who = who and not any(each.value == "whose" for each in reading.words)  # "whose byline"
    if not (where or who or reading.asks_for(Role.OUTLET)):
        return None
    if several:
        return replace(described, request="outlets")
    if reading.means_one or described.bylines:
        return _field_of(reading, "source")
    about = described.topic and not (where or who)
    return replace(described, request="outlets") if about else None


def _published(reading: Reading) -> RecordQuery | None:
    """ "When was the article … published?", "date of …?", "When did the Courier report …?"."""
    if reading.lead[:1] != (Role.WHEN,) and not reading.asks_for(Role.DATE_WORD):
        return None
    described = reading.described
    reported = described.bylines and described.topic and reading.has(*VERBS)
    if reading.means_one or reported:
        return _field_of(reading, "published")
    return None


def _gist(reading: Reading) -> RecordQuery | None:
    """ "Summarise the article …", "What is the Courier's piece on … about?"."""
    if not reading.means_one:
        return None
    described = reading.described
    if _is_matter(reading):
        return None
    says = reading.lead[:1] == (Role.WHICH,) and (
        (reading.has(Role.SAY) and (reading.after in (None, *ONE_OF) or described.genre))
        or reading.words[-1].role is Role.ABOUT
        or any(each.value == "in" for each in reading.words[1:3])
    )
    if says or reading.has(Role.SUMMARY):
        return replace(described, request="gist")
    return None


def _is_matter(reading: Reading) -> bool:
    """Whether "the story of …" is what happened, rather than an article."""
    nouns = [each.value for each in reading.words if each.role in ONE_OF]
    named = reading.described.bylines or reading.described.headline or reading.described.order
    return nouns == ["story"] and not named


def _article(reading: Reading) -> RecordQuery | None:
    """ "What is the newest article about …?"."""
    opens = (Role.WHICH, Role.GIVE, Role.NEWEST, Role.OLDEST, Role.NAME)
    if not reading.described.order or reading.has(Role.SAY) or reading.lead[0] not in opens:
        return None
    return replace(reading.described, request="article") if reading.has_article else None


def _list(reading: Reading) -> RecordQuery | None:
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
    which = lead[0] is Role.WHICH and reading.asks_for(*ONE_OF) and lead[1:2] != (_IS,)
    which = which or lead[:3] == _WHAT_ARE_ARTICLES
    exists = exists or bool(described.bylines and reading.has(Role.WRITE))
    is_question = which or lead[0] is Role.ARTICLES or (lead[0] is Role.AUXILIARY and exists)
    return listed if is_question and described.limits else None


def _summary(reading: Reading) -> RecordQuery | None:
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


def _field_of(reading: Reading, field: RecordField) -> RecordQuery:
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
_EACH = ("per", "each", "every", "by")
_ARTICLES = ("the", "a", "an", "single")
_OF_EACH: dict[str, RecordRequest] = {
    **dict.fromkeys(("outlet", "outlets", "newspaper", "newspapers", "paper"), "outlets"),
    **dict.fromkeys(("source", "publication", "magazine", "broadcaster"), "outlets"),
    **dict.fromkeys(("author", "authors", "journalist", "reporter", "writer"), "authors"),
    **dict.fromkeys(("year", "years"), "years"),
    **dict.fromkeys(("month", "months"), "months"),
}
_REQUESTS: tuple[Callable[[Reading], RecordQuery | None], ...] = (
    *(_count, _dates, _title, _source, _author, _published),
    *(_gist, _article, _list, _summary),
)
