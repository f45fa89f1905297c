"""Questions about the metadata records, and not about what the articles say: a small grammar.

    parse_record_query(question, records)  ->  a `RecordQuery`, or None for any other question

In:  a question; the `Records` of an index, for the names in them.
Out: what is to be given (a count, a list, an author …) and of which articles.
Left to others: finding the articles (`rag.retrieval.records.selection`), the answer
(`rag.grounding.record_answer`). Pure functions of the wording and the names.

A question is taken for one of these only where the whole of it fits a form below, to the last word:
"How many articles of the treaty were dropped?" asks what the articles say. A name counts as that of
an author or an outlet only where a record has it, and so does a headline without the word
"article". `_constraints` takes what limits the articles ("about X", "by X", "in 2021") off the rest
of a question piece by piece, in whatever order the pieces come.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal, NamedTuple

from rag.retrieval.filters import NO_FILTER, SearchFilter
from rag.retrieval.records.records import Records, comparable_name
from rag.text.dates import DATE_PATTERN, date_range, parse_date
from rag.text.stemming import stem_tokens
from rag.types import RecordField

RecordRequest = Literal[
    "count", "list", "newest", "oldest", "outlets", "authors", "dates", "summary", "day", "field"
]


@dataclass(frozen=True, slots=True)
class RecordQuery:
    """What a question asks of the metadata records, and which articles it means.

    count, list       the articles
    newest, oldest    one of them, by day of publication
    outlets, authors  their outlets or authors
    dates             from when to when they were published
    summary           number, outlets and dates
    day               what was published on a day, or in a month or year, and what happened then
    field             `field` of the one article that is meant

    `topic` is what the articles are about, in the question's words; with `mentioned` they need
    only name it. `headline` was quoted. `byline` is an author or an outlet, as the records spell
    it. `within` holds the days of publication. Empty values limit nothing.
    """

    request: RecordRequest
    topic: str = ""
    mentioned: bool = False
    headline: str = ""
    byline: str = ""
    within: SearchFilter = NO_FILTER
    field: RecordField | None = None

    @property
    def is_metadata(self) -> bool:
        """Whether it is about what a record says, rather than about the collection."""
        return self.request in ("field", "day") or (self.request == "list" and bool(self.byline))


_POLITE = re.compile(
    r"^(?:please,? |(?:can|could|would|will) you (?:please )?|(?:tell|show) me,? (?=how|wh)|"
    r"(?:i(?:['’]d| would) like|i want) to know,? |do you know,? )+",
    re.I,
)
_ARTICLE = r"(?:(?:news|newspaper|press) )?articles?"
_ONE = r"(?:the|an|this|that) (?:(?:news|newspaper|press) )?article"
_ITEMS = r"(?:documents|stories|texts|files|news stories)"
_OUTLETS = r"(?:(?:news )?outlets?|newspapers?|news sources|publications?|papers|media|sources)"
_OUTLET = r"(?:(?:news )?outlets?|newspapers?|papers?|publications?|magazines?|news agenc(?:y|ies))"
_AUTHORS = r"(?:authors?|journalists?|reporters?|writers?|correspondents?)"
_HERE = r"(?:the|this|your|my|our) (?:collection|corpus|archive|index|database|folder)"
_OURS = (
    r"(?:(?:this|your|my|our) (?:collection|corpus|archive|index|database|folder)|"
    r"the (?:index|corpus))"
)
_ALL = r"(?:the|these|those|your|my|our|all|all the|all of the|all these)"
_WROTE = r"(?:wrote|written|reported|report|published|publish|covered|cover|carried)"
_WRITE = r"(?:write|written|report|reported|publish|published|print|printed|cover|covered|carry)"
_SPAN = r"(?:date range|range of dates|time ?span|time range|period|dates?|years?)"
_COVER = r"(?:cover|covered|span|come from|date from|from)"
# "What did she report on in March?"
_DANGLING = r" (?:on|about)(?= (?:in|on|during|since|between|before|after|until) |$)"
_ASK_FOR = r"(?:list|show|name|give|find|enumerate)(?: me| us)?(?: a list of)?"
_QUOTED = r"[“\"‘'«„](?P<headline>[^“”\"«»]+)[”\"’'»“]"
_AUXILIARY = re.compile(
    r"\b(?<!who )(?<!that )(?<!which )"
    r"(?:was|were|is|are|did|does|do|has|have|had|will|would|can|could|must|should)\b",
    re.I,
)
_PRONOUN = re.compile(r"(?:it|this|that|them|these|those|him|her|us|me|you)$", re.I)

# what limits nothing: "are there", "do you have", "in this collection"
_FILLER = (
    r"(?:(?:are|is|were|was) (?:there|available|included|indexed|stored|published)|"
    r"(?:do|did) (?:you|we|i) (?:have|hold|know(?: of)?|store)|have (?:you|we|i)(?: got| indexed)?|"
    r"there (?:are|is)|exist|in total|in all|altogether|"
    rf"(?:(?:are|is) )?(?:there )?(?:in|from|of) {_HERE}|(?:does|do) {_HERE} (?:have|hold|contain)|"
    r"(?:are )?here)"
)
_LEADING_FILLER = re.compile(rf"{_FILLER}(?: |$)", re.I)
_TRAILING_FILLER = re.compile(rf"(?:^| ){_FILLER}$", re.I)
_PERIOD = re.compile(
    r"(?:^| )(?:(?:that )?(?:are|were|was|is) )?(?:(?:published|written|printed|dated|appeared) )?"
    r"(?:"
    rf"(?:between|from) (?P<first>{DATE_PATTERN}) (?:and|to|until|till) (?P<last>{DATE_PATTERN})"
    r"|(?P<bound>in|from|on|of|during|since|after|before|until|up to)(?: the year)?"
    rf" (?P<date>{DATE_PATTERN})"
    r")$",
    re.I,
)
_BY = re.compile(
    r"(?:^| )(?:(?:that )?(?:are|were|was|is) )?(?:(?:written|published|reported|printed) )?"
    r"(?:by|from|in|of) ",
    re.I,
)
_WRITTEN_BY = re.compile(
    rf"(?:did|has|have|does|do) (?P<name>.+?) (?:{_WRITE})(?: (?P<rest>.*))?", re.I
)
_ABOUT = re.compile(
    r"(?:(?:that|which) )?(?:(?:are|is|was|were) )?"
    r"(?:about|on|concerning|regarding|covering|dealing with|reporting(?: on)?|reports? on|"
    r"deals? with|covers?|discuss(?:es)?|describes?|(?:that|which) (?:reported|reports|says|said))"
    r"(?: that| how)? (?P<topic>.+)",
    re.I,
)
_MENTION = re.compile(
    r"(?:(?:that|which) )?(?:mention(?:s|ing|ed)?|nam(?:e|es|ing)|contain(?:s|ing)?|"
    r"refer(?:s|ring)? to|with the words?) (?P<topic>.+)",
    re.I,
)
_HEADLINE = re.compile(
    rf"(?:(?:with the )?(?:headline|title)|titled|entitled|headlined|called)?,? ?{_QUOTED}", re.I
)


_Builder = Callable[[re.Match[str], Records], RecordQuery | None]


def parse_record_query(question: str, records: Records) -> RecordQuery | None:
    """What `question` asks of the metadata records; None where it asks something else."""
    text = _POLITE.sub("", question.strip(" .?!¿¡"))
    for form, build in _FORMS:
        match = form.fullmatch(text)
        if match is not None and (query := build(match, records)) is not None:
            return query
    return None


def _articles(request: RecordRequest) -> _Builder:
    """The form "…articles REST": REST limits them."""

    def build(match: re.Match[str], records: Records) -> RecordQuery | None:
        rest = match["rest"] or ""
        query = _constraints(rest, records, RecordQuery(_direction(match) or request))
        if query is None or (query.topic and _AUXILIARY.search(query.topic)):
            return None
        return query

    return build


def _direction(match: re.Match[str]) -> RecordRequest | None:
    word = match.groupdict().get("end")
    if not word:
        return None
    return "oldest" if word.lower() in ("oldest", "earliest", "first") else "newest"


def _limited(match: re.Match[str], records: Records) -> RecordQuery | None:
    """ "Articles by Jon Vale": a list, where anything limits it."""
    query = _articles("list")(match, records)
    return query if query != RecordQuery("list") else None


def _fixed(request: RecordRequest) -> _Builder:
    """A form that says all by itself, or limits the articles in `rest`."""

    def build(match: re.Match[str], records: Records) -> RecordQuery | None:
        rest = match.groupdict().get("rest") or ""
        return _constraints(rest, records, RecordQuery(request))

    return build


def _field(field: RecordField) -> _Builder:
    """The form "… the article REST": REST says which article."""

    def build(match: re.Match[str], records: Records) -> RecordQuery | None:
        query = _constraints(match["rest"] or "", records, RecordQuery("field", field=field))
        return query if query != RecordQuery("field", field=field) else None

    return build


def _field_about(field: RecordField) -> _Builder:
    """The form "who wrote about TOPIC"."""

    def build(match: re.Match[str], records: Records) -> RecordQuery | None:
        query = RecordQuery("field", field=field)
        if re.search(r"\bfirst$", match["rest"], re.I):  # who was first is another question
            return None
        return _constraints(f"about {match['rest']}", records, query)

    return build


def _field_of_headline(field: RecordField) -> _Builder:
    """The form "when was “HEADLINE” published", where a record has that headline."""

    def build(match: re.Match[str], records: Records) -> RecordQuery | None:
        headline = records.headline(match["headline"])
        return RecordQuery("field", headline=headline, field=field) if headline else None

    return build


def _published_by(match: re.Match[str], records: Records) -> RecordQuery | None:
    """ "When did the Courier report on the flood?"."""
    if (byline := records.byline(match["name"])) is None:
        return None
    query = RecordQuery("field", byline=byline, field="published")
    return _constraints(f"about {match['rest']}", records, query)


def _written_by(match: re.Match[str], records: Records) -> RecordQuery | None:
    """ "What did Jon Vale write about the dam?"."""
    if (byline := records.byline(match["name"])) is None:
        return None
    return _constraints(match["rest"] or "", records, RecordQuery("list", byline=byline))


def _on_day(match: re.Match[str], records: Records) -> RecordQuery | None:
    """ "What happened on 14 May 2024?"."""
    within = _period("on", match["date"])
    return RecordQuery("day", within=within) if within else None


def _constraints(text: str, records: Records, query: RecordQuery) -> RecordQuery | None:
    """`query` with all that `text` limits it to; None where a word of it is not understood."""
    text = text.strip(" ,")
    while text:
        steps = (limit(text, records, query) for limit in _LIMITS)
        step = next((each for each in steps if each is not None), None)
        if step is None:
            return None
        text, query = step.rest.strip(" ,"), step.query
    return query


class _Step(NamedTuple):
    """What is left of a text when a part of it was understood, and the query with that part."""

    rest: str
    query: RecordQuery


def _limit_headline(text: str, records: Records, query: RecordQuery) -> _Step | None:
    """ "with the headline “…”": the whole text."""
    match = _HEADLINE.fullmatch(text)
    headline = match["headline"].strip(" .") if match else ""
    if not comparable_name(headline):
        return None
    return _Step("", replace(query, headline=records.headline(headline) or headline))


def _limit_nothing(text: str, records: Records, query: RecordQuery) -> _Step | None:
    """ "are there", at either end."""
    match = _LEADING_FILLER.match(text) or _TRAILING_FILLER.search(text)
    return match and _Step(text[: match.start()] + text[match.end() :], query)


def _limit_writer(text: str, records: Records, query: RecordQuery) -> _Step | None:
    """ "did Jon Vale write", at the beginning."""
    match = _WRITTEN_BY.fullmatch(text)
    byline = records.byline(match["name"]) if match else None
    return _Step(match["rest"] or "", replace(query, byline=byline)) if match and byline else None


def _limit_period(text: str, records: Records, query: RecordQuery) -> _Step | None:
    """ "published in 2021", at the end."""
    match = None if query.within else _PERIOD.search(text)
    within = _within(match) if match else NO_FILTER
    return _Step(text[: match.start()], replace(query, within=within)) if match and within else None


def _limit_byline(text: str, records: Records, query: RecordQuery) -> _Step | None:
    """ "by Jon Vale", "from the Courier", at the end."""
    for match in () if query.byline else reversed(list(_BY.finditer(text))):
        if byline := records.byline(text[match.end() :]):
            return _Step(text[: match.start()], replace(query, byline=byline))
    return None


def _limit_topic(text: str, records: Records, query: RecordQuery) -> _Step | None:
    """ "about the flood": the whole text."""
    mention = _MENTION.fullmatch(text)
    match = mention or _ABOUT.fullmatch(text)
    topic = re.sub(r"^(?:the|a|an) ", "", match["topic"].strip(" ,"), flags=re.I) if match else ""
    if _PRONOUN.match(topic) or not stem_tokens([topic])[0]:
        return None
    quoted = re.fullmatch(_QUOTED, topic)
    topic = quoted["headline"] if quoted else topic
    return _Step("", replace(query, topic=topic, mentioned=mention is not None))


_LIMITS = (
    *(_limit_headline, _limit_nothing, _limit_writer),
    *(_limit_period, _limit_byline, _limit_topic),
)


def _within(match: re.Match[str]) -> SearchFilter:
    """The days that a match of `_PERIOD` means; false for none."""
    if match["first"]:
        return _between(match["first"], match["last"])
    bound = match["bound"].lower()
    if bound == "of" and match.start():  # "about the flood of 2020": part of the topic
        return NO_FILTER
    return _period(bound, match["date"])


def _period(bound: str, text: str) -> SearchFilter:
    """The days that "in 2021", "since May 2024", "before 14 May 2024" mean; false for none."""
    iso = parse_date(text)
    days = date_range(iso or "")
    if iso is None or days is None:
        return NO_FILTER
    if bound == "since":
        return SearchFilter(since=iso)
    if bound in ("until", "up to"):
        return SearchFilter(until=iso)
    if bound == "after":
        return SearchFilter(since=_shifted(days[1], 1))
    if bound == "before":
        return SearchFilter(until=_shifted(days[0], -1))
    return SearchFilter(since=iso, until=iso)


def _shifted(day: date, days: int) -> str:
    return (day + timedelta(days=days)).isoformat()


def _between(first: str, last: str) -> SearchFilter:
    """The days from `first` to `last`; false where either is no date, or they are in disorder."""
    since, until = parse_date(first), parse_date(last)
    days, end = date_range(since or ""), date_range(until or "")
    if since is None or until is None or days is None or end is None or days[0] > end[1]:
        return NO_FILTER
    return SearchFilter(since, until)


# Each builder with the forms of questions that it is for, in the order in which they are tried.
_REST = r"(?:,? (?P<rest>.+))?"
_SOME = r"(?P<rest>.+)"
_END = r"(?P<end>newest|latest|most recent|last|oldest|earliest|first)"
_HOW_MANY = r"how many(?: different)?"
_WHAT = r"(?:what|which)"
_PRINTED = r"(?:published|printed|written|posted)"
_APPEAR = r"(?:appear|come out|get published)"
_GRAMMAR: tuple[tuple[_Builder, tuple[str, ...]], ...] = (
    (
        _articles("count"),
        (
            rf"how many (?:of {_ALL} )?{_ARTICLE}{_REST}",
            rf"(?:(?:what is|what['’]s) )?the (?:total )?number of {_ARTICLE}{_REST}",
        ),
    ),
    (
        _fixed("count"),
        (
            rf"how many {_ITEMS} (?:are (?:there )?in {_OURS}|do you have|are indexed)",
            rf"how many {_ITEMS} does {_OURS} (?:have|hold|contain)",
            rf"how (?:large|big) is {_OURS}",
        ),
    ),
    (
        _fixed("dates"),
        (
            rf"{_WHAT} (?:is|are) the (?:oldest|earliest) and (?:the )?(?:newest|latest) articles?",
            rf"{_WHAT} (?:is|are) the {_SPAN}(?: of| covered by)? (?:{_ALL} articles|{_HERE})",
            rf"{_WHAT} {_SPAN} (?:do|does|is|are) (?:{_ALL} articles|{_HERE}) {_COVER}",
            rf"from when(?: (?:to|until) when)? (?:are|do) {_ALL} articles(?: (?:date|come))?",
            rf"how far back (?:do|does) (?:{_ALL} articles|{_HERE}) (?:go|reach)",
            rf"how old are {_ALL} articles",
            rf"between which dates were {_ALL} articles {_PRINTED}",
        ),
    ),
    (_articles("dates"), (rf"when were {_ALL} articles(?: {_SOME})? {_PRINTED}",)),
    (
        _articles("newest"),  # or "oldest": `_END` decides
        (
            rf"(?:{_WHAT} (?:is|was|are|were)|what['’]s|{_ASK_FOR})? ?the {_END} {_ARTICLE}{_REST}",
            rf"which (?:of {_ALL} )?{_ARTICLE} (?:is|was) the {_END}{_REST}",
            rf"when was the {_END} {_ARTICLE}(?: {_SOME})? {_PRINTED}",
        ),
    ),
    (
        _articles("list"),
        (
            rf"{_WHAT} (?:of {_ALL} )?{_ARTICLE} {_SOME}",
            rf"{_ASK_FOR}(?: all| every)?(?: of)?(?: the| your| my| these)? {_ARTICLE}{_REST}",
            rf"what are the {_ARTICLE}{_REST}",
            rf"(?:is|are) there(?: an| any| some)? {_ARTICLE}{_REST}",
            rf"(?:do you have|have you(?: got)?)(?: an| any| some)? {_ARTICLE}{_REST}",
        ),
    ),
    (_limited, (rf"(?:all )?(?:the )?{_ARTICLE} {_SOME}",)),
    (_fixed("list"), (rf"what (?:are|do) {_ALL} articles (?:about|deal with|report on)",)),
    (
        _fixed("outlets"),
        (
            rf"(?:{_ASK_FOR}(?: all)?(?: the)?|{_WHAT}|{_HOW_MANY}|what are the) {_OUTLETS} "
            rf"(?:are|is) (?:there )?(?:in|part of) {_HERE}",
            rf"(?:{_WHAT}|{_HOW_MANY}) {_OUTLETS} (?:do|did|are|were) {_ALL} articles"
            r"(?: (?:come|taken|drawn))?(?: (?:from|published in|in))?",
            rf"(?:{_WHAT}|{_HOW_MANY}) {_OUTLETS} (?:published|wrote|carried) {_ALL} articles",
            rf"(?:{_WHAT}|{_HOW_MANY}) (?:news )?outlets (?:are there|do you (?:have|cover))",
            rf"(?:{_WHAT}|{_HOW_MANY}) (?:news )?outlets are (?:covered|included|represented)",
            rf"(?:{_ASK_FOR}(?: all)?(?: of)?(?: the)?|what are the) (?:news )?outlets"
            rf"(?: (?:in|of) (?:{_HERE}|{_ALL} articles))?",
            rf"(?:(?:from|in) {_WHAT} {_OUTLETS}|where) (?:do|did|are|were) {_ALL} articles"
            r"(?: (?:come|taken|published))?(?: from)?",
        ),
    ),
    (
        _articles("outlets"),
        (rf"{_WHAT} {_OUTLETS} (?:have )?{_WROTE}(?: articles)?(?= (?:about|on) ) {_SOME}",),
    ),
    (
        _fixed("authors"),
        (
            rf"who (?:are|were) the authors(?: of {_ALL} articles)?",
            rf"who (?:are|were) the {_AUTHORS} (?:of {_ALL} articles|in {_HERE})",
            rf"(?:{_WHAT}|{_HOW_MANY}) {_AUTHORS} wrote {_ALL} articles",
            rf"(?:{_WHAT}|{_HOW_MANY}) {_AUTHORS} are (?:there )?in {_HERE}",
            rf"(?:{_WHAT}|{_HOW_MANY}) authors (?:are there|do you have)",
            rf"(?:{_ASK_FOR}(?: all)?(?: of)?(?: the)?|what are the) authors"
            rf"(?: (?:in|of) (?:{_HERE}|{_ALL} articles))?",
        ),
    ),
    (
        _articles("authors"),
        (
            rf"who (?:are|were) the authors of {_ALL} articles {_SOME}",
            rf"who wrote {_ALL} articles{_REST}",
            rf"{_WHAT} {_AUTHORS} (?:have )?{_WROTE}(?: articles)?(?= (?:about|on) ) {_SOME}",
        ),
    ),
    (
        _fixed("summary"),
        (
            rf"what (?:is|do you have) in {_OURS}",
            rf"what is {_OURS} about",
            rf"describe {_OURS}",
            rf"what does {_OURS} (?:contain|hold)",
        ),
    ),
    (
        _field("published"),
        (
            rf"when (?:was|were) {_ONE} (?P<rest>.+?) (?:first )?{_PRINTED}",
            rf"when did {_ONE} (?P<rest>.+?) {_APPEAR}",
            rf"(?:on |in )?{_WHAT} (?:date|day|month|year) (?:was|did) {_ONE} (?P<rest>.+?) "
            rf"(?:{_PRINTED}|{_APPEAR})",
            rf"what (?:is|was) the (?:publication )?date (?:of|on) {_ONE} {_SOME}",
            rf"what (?:is|was) the (?:date|day) of publication of {_ONE} {_SOME}",
            rf"how old is {_ONE} {_SOME}",
        ),
    ),
    (_field_of_headline("published"), (rf"when was {_QUOTED} {_PRINTED}",)),
    (
        _published_by,
        (
            r"when did (?P<name>.+?) (?:report|publish|write|print)(?: on| about| that)? "
            r"(?P<rest>.+)",
        ),
    ),
    (
        _field("author"),
        (
            rf"(?:who|{_WHAT} {_AUTHORS}) (?:wrote|authored|reported|penned|signed) {_ONE} {_SOME}",
            rf"who (?:is|was) (?:the )?(?:author|writer|reporter|journalist)(?: of| behind) {_ONE} "
            rf"{_SOME}",
            rf"(?:by whom|who) (?:was|is) {_ONE} (?P<rest>.+?) {_PRINTED}(?: by)?",
        ),
    ),
    (
        _field_about("author"),
        (rf"who (?:has )?(?:wrote|written|reported) (?:an article )?(?:about|on) {_SOME}",),
    ),
    (
        _field_of_headline("author"),
        (rf"(?:who wrote|who is the author of|by whom is) {_QUOTED}",),
    ),
    (
        _field("source"),
        (
            rf"{_WHAT} {_OUTLET} (?:published|printed|carried|ran|reported|has) {_ONE} {_SOME}",
            rf"(?:in )?{_WHAT} {_OUTLET} (?:was|did|is) {_ONE} (?P<rest>.+?) "
            rf"(?:{_PRINTED}|{_APPEAR}|from|in)",
            rf"where (?:was|is|did) {_ONE} (?P<rest>.+?) (?:{_PRINTED}|{_APPEAR}|from)",
        ),
    ),
    (
        _field_about("source"),
        (
            # an agency is the source that a text credits more often than the outlet of its record
            rf"{_WHAT} (?:(?:news )?outlets?|newspapers?) "
            rf"(?:reported|wrote|carried|covered|reports|writes)(?: about| on| that| how)? {_SOME}",
        ),
    ),
    (
        _field_of_headline("source"),
        (rf"where was {_QUOTED} {_PRINTED}", rf"which {_OUTLET} (?:published|carried) {_QUOTED}"),
    ),
    (
        _field("title"),
        (
            rf"{_WHAT} (?:is|was) the (?:headline|title) of {_ONE} {_SOME}",
            rf"what is {_ONE} {_SOME} (?:called|titled|headlined|entitled)",
            rf"under {_WHAT} (?:headline|title) (?:did|was) {_ONE} {_SOME} "
            rf"(?:{_PRINTED}|{_APPEAR})",
        ),
    ),
    (
        _written_by,
        (
            rf"what (?:else )?(?:did|has|have|does) (?P<name>.+?) {_WRITE}"
            rf"(?:{_DANGLING})?(?: {_SOME})?",
        ),
    ),
    (
        _on_day,
        (
            r"what (?:happened|took place|occurred)(?: in the news)? (?:on|in|during) "
            rf"(?P<date>{DATE_PATTERN})",
            r"what was (?:in the news|published|reported) (?:on|in|during) "
            rf"(?P<date>{DATE_PATTERN})",
            r"what (?:(?:was|is) the news|news (?:was|is) there) (?:on|in|from|of) "
            rf"(?P<date>{DATE_PATTERN})",
            r"what (?:do|did) the (?:articles|papers|newspapers|outlets) (?:report|say|write) "
            rf"(?:on|in) (?P<date>{DATE_PATTERN})",
        ),
    ),
)
_FORMS = tuple(
    (re.compile(pattern, re.I), build) for build, patterns in _GRAMMAR for pattern in patterns
)
