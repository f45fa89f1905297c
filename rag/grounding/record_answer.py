"""Answers from the metadata records: how many articles, which outlets, who wrote one, and when.

In:  a `RecordQuery`, an open `Snapshot`, its `Records`; a `SearchFilter`.
Out: a `RecordReply`: sentences whose citations name the fields of records that they are made of.
Left to others: which articles are meant (`rag.retrieval.records`), the `Answer`
(`rag.pipeline`).

No model takes part. A count or a list cites the records it was made of, ten at most, and a note
says how many more there are. Text of an article that goes into an answer loses what could be taken
for one of our marks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from rag.grounding.citations import make_citation, make_record_citation
from rag.grounding.composition.overviews.about import TopicWords
from rag.grounding.composition.overviews.salience import choose_sentences
from rag.grounding.composition.overviews.standalone import with_continuation
from rag.index.snapshot import Snapshot
from rag.retrieval.filters import NO_FILTER, SearchFilter
from rag.retrieval.records.days import statements_of_day
from rag.retrieval.records.description import RecordQuery
from rag.retrieval.records.languages import Search
from rag.retrieval.records.records import Records
from rag.retrieval.records.selection import Selection, find_articles, select_articles
from rag.text.citation_marks import strip_nested_citation_marks
from rag.text.dates.forms import date_range, format_date
from rag.text.folding import fold_spaces
from rag.types import Article, Citation, Note, Reason, RecordField, Sentence

_MOST_CITED = 10  # records that a count or a list cites
_MOST_PERIODS = 24  # years or months that are named
_MOST_ONE = 3  # articles of which a field is given where the question means one
_MOST_OF_GIST = 5  # sentences that tell what an article says
_MOST_STATEMENTS = 5  # sentences about a day
_ABOUT_NOTE = Note(
    "records",
    "An article counts as about something where a passage has all the words, and headline and "
    "first sentence half of them, or all of them in words of the same sense.",
)
_MISSING: Mapping[RecordField, str] = {
    "published": "no date",
    "author": "no author",
    "source": "no outlet",
    "title": "no headline",
}
_BYLINE_WORDS: Mapping[RecordField, tuple[str, str, str]] = {
    "source": ("outlet", "comes from", "come from"),
    "author": ("author", "is by", "are by"),
}


@dataclass(frozen=True, slots=True)
class RecordReply:
    """What the records say; without citations nothing, for `reason`."""

    sentences: tuple[Sentence, ...] = ()
    citations: tuple[Citation, ...] = ()
    notes: tuple[Note, ...] = ()
    reason: Reason = "not_in_corpus"


@dataclass(frozen=True, slots=True)
class RecordSource:
    """What is asked: an index, its records, and a search by meaning."""

    index: Snapshot
    records: Records
    search: Search


@dataclass(frozen=True, slots=True)
class _Statement:
    """A sentence and what it cites; the citations have no numbers yet."""

    text: str
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class _Findings:
    statements: Sequence[_Statement] = ()
    notes: tuple[Note, ...] = ()
    reason: Reason = "not_in_corpus"


def reply_from_records(
    source: RecordSource, query: RecordQuery, filters: SearchFilter
) -> RecordReply:
    """What the records say to `query`, of the articles that match `filters`.

    Raises:
        IndexFault, ModelError: the index or the embedder failed.
    """
    assert not filters.limits_text  # records have no words of passages
    if query.request in ("field", "gist"):
        articles = find_articles(source.index, source.records, query, filters, source.search)
        findings = _field(query, articles) if query.request == "field" else _gist(source, articles)
    elif query.request == "day":
        findings = _day(source, query, filters)
    else:
        selection = select_articles(source.index, source.records, query, filters)
        if not selection and query.request not in ("count", "list"):
            articles = find_articles(source.index, source.records, query, filters, source.search)
            selection = Selection(articles)
        findings = _collection(query, selection, len(source.records.by_id))
    return _numbered(findings)


def _collection(query: RecordQuery, selection: Selection, total: int) -> _Findings:
    """What is said of many articles; of those that mention the topic where none is about it.

    `total` is the number of all articles.
    """
    if not selection:
        return _Findings()
    if not selection.articles:
        query, selection = replace(query, mentioned=True), Selection(selection.mentions)
    articles = selection.articles
    match query.request:
        case "article":
            statements = _extreme(query, articles)
        case "outlets":
            statements = _tally(query, articles, "source")
        case "authors":
            statements = _tally(query, articles, "author")
        case "dates":
            statements = _dates(query, articles)
        case "years" | "months":
            statements = _by_period(query, articles)
        case "summary":
            tally = _tally(query, articles, "source")
            statements = [_count(query, articles, total), *tally, *_dates(query, articles)]
        case "list":
            statements = [_count(query, articles, total), *map(_entry, articles[:_MOST_CITED])]
        case _:
            statements = [_count(query, articles, total)]
    if query.request in ("count", "list") and selection.mentions:
        statements += [_more_mentions(selection.mentions)]
    notes: tuple[Note, ...] = () if query.mentioned or not query.topic else (_ABOUT_NOTE,)
    if query.request in ("count", "list"):
        notes += _uncited(len(articles))
    return _Findings(statements, notes, "not_stated")


def _count(query: RecordQuery, articles: Sequence[Article], total: int) -> _Statement:
    """ "3 of the 24 articles are by Jon Vale and mention “dam”." """
    one = len(articles) == 1
    by = " and ".join(query.bylines)
    predicates = [f"{'is' if one else 'are'} by {by}"] if by else []
    if query.within:
        predicates.append(f"{'was' if one else 'were'} published {_period(query.within)}")
    if query.language:
        predicates.append(f"{'is' if one else 'are'} in {query.language}")
    if query.topic and query.mentioned:
        predicates.append(f"{'mentions' if one else 'mention'} “{query.topic}”")
    elif query.topic:
        predicates.append(f"{'is' if one else 'are'} about “{query.topic}”")
    count = _quantity(len(articles), "article")
    if not predicates and len(articles) < total:
        predicates = [f"{'matches' if one else 'match'} the filters"]
    if not predicates:
        text = f"There {'is' if one else 'are'} {count}."
    elif len(articles) == total:
        text = f"{'The only article' if one else f'All {count}'} {_joined(predicates)}."
    else:
        text = f"{len(articles):,} of the {_quantity(total, 'article')} {_joined(predicates)}."
    return _Statement(text, _cite(articles, "title"))


def _more_mentions(mentions: Sequence[Article]) -> _Statement:
    verb = "mentions" if len(mentions) == 1 else "mention"
    return _Statement(f"{len(mentions):,} more {verb} it.", _cite(mentions, "title"))


def _entry(article: Article) -> _Statement:
    return _Statement(f"{_title(article)}{_details(article)}.", _cite([article], "title"))


def _extreme(query: RecordQuery, articles: Sequence[Article]) -> list[_Statement]:
    """The newest or the oldest article, or all of that day."""
    names = [f"{_title(each)}{_details(each)}" for each in articles[:_MOST_CITED]]
    subject = "article" if len(articles) == 1 else "articles"
    verb = "is" if len(articles) == 1 else "are"
    text = f"The {query.order} {subject}{_description(query, articles)} {verb} {_joined(names)}."
    return [_Statement(text, _cite(articles, "published"))]


def _tally(query: RecordQuery, articles: Sequence[Article], field: RecordField) -> list[_Statement]:
    """The outlets or authors of `articles`, those with most articles first."""
    groups: dict[str, list[Article]] = {}
    for article in articles:
        if value := getattr(article, field):
            groups.setdefault(value, []).append(article)
    if not groups:
        return []
    ordered = sorted(groups, key=lambda name: (-len(groups[name]), name.casefold()))
    names = [f"{name} ({len(groups[name]):,})" for name in ordered]
    if len(names) > _MOST_CITED:
        names = [*names[:_MOST_CITED], f"{len(names) - _MOST_CITED:,} more"]
    named = [each for each in articles if getattr(each, field)]
    noun, one, several = _BYLINE_WORDS[field]
    subject = f"{_quantity(len(named), 'article')}{_description(query, named)}"
    subject = f"The {subject}" if len(named) == len(articles) else subject
    if len(articles) == 1:
        text = f"The article{_description(query, named)} {one} {ordered[0]}."
    else:
        verb = one if len(named) == 1 else several
        text = f"{subject} {verb} {_quantity(len(groups), noun)}: {_joined(names)}."
    newest_of_each = [groups[name][0] for name in ordered]
    statements = [_Statement(text, _cite(newest_of_each, field))]
    unnamed = [each for each in articles if not getattr(each, field)]
    return statements + ([_without(unnamed, field)] if unnamed else [])


def _without(articles: Sequence[Article], field: RecordField) -> _Statement:
    verb = "has" if len(articles) == 1 else "have"
    text = f"{_quantity(len(articles), 'article')} {verb} {_MISSING[field]}."
    return _Statement(text, _cite(articles, "title"))


def _dates(query: RecordQuery, articles: Sequence[Article]) -> list[_Statement]:
    dated = [each for each in articles if each.published]
    if not dated:
        return []
    newest, oldest = dated[0], dated[-1]
    first, last = _day_of(oldest), _day_of(newest)
    when = f"from {first} to {last}" if first != last else _on(oldest.published or "")
    description = _description(replace(query, within=NO_FILTER), dated)
    several = len(dated) > 1
    subject = (
        f"{len(dated):,} articles{description} were" if several else f"article{description} was"
    )
    text = f"The {subject} published {when}."
    ends = [oldest, newest] if oldest != newest else [oldest]
    statements = [_Statement(text, _cite(ends, "published"))]
    undated = [each for each in articles if not each.published]
    return statements + ([_without(undated, "published")] if undated else [])


def _by_period(query: RecordQuery, articles: Sequence[Article]) -> list[_Statement]:
    """How many of `articles` were published in each year or month, the first one first."""
    length = len("2024") if query.request == "years" else len("2024-05")
    dated = [each for each in articles if each.published]
    if not dated:
        return []
    groups: dict[str, list[Article]] = {}  # where only the year is known, it is one of the months
    for article in reversed(dated):  # they are the newest first
        groups.setdefault((article.published or "")[:length], []).append(article)
    names = [f"{format_date(period)} ({len(each):,})" for period, each in groups.items()]
    if len(names) > _MOST_PERIODS:
        names = [f"{len(names) - _MOST_PERIODS:,} earlier {query.request}", *names[-_MOST_PERIODS:]]
    subject = "article" if len(dated) == 1 else f"{len(dated):,} articles"
    verb = "was" if len(dated) == 1 else "were"
    description = _description(replace(query, within=NO_FILTER), dated)
    text = f"The {subject}{description} {verb} published in {_joined(names)}."
    statements = [_Statement(text, _cite([each[-1] for each in groups.values()], "published"))]
    undated = [each for each in articles if not each.published]
    return statements + ([_without(undated, "published")] if undated else [])


def _field(query: RecordQuery, articles: Sequence[Article]) -> _Findings:
    """A field of the article that is meant, or of each of the few that may be."""
    if not articles or query.field is None:
        return _Findings()
    field = query.field
    some = articles[:_MOST_ONE]
    statements = [
        _Statement(_field_sentence(each, field), _cite([each], field))
        for each in some
        if getattr(each, field)
    ]
    missing = [
        Note("records", f"The record of {_title(each)} has {_MISSING[field]}.")
        for each in some
        if not getattr(each, field)
    ]
    inferred = [
        Note("records", f"The date of {_title(each)} is {each.published_basis}.")
        for each in some
        if field == "published" and (each.published_basis or "").startswith("inferred")
    ]
    notes = (*missing, *inferred)
    if len(articles) > len(some):
        text = f"The words fit {len(articles):,} articles, of which {len(some)} are named."
        notes += (Note("records", text),)
    return _Findings(statements, notes, "not_stated")


def _gist(source: RecordSource, articles: Sequence[Article]) -> _Findings:
    """What the article that is meant says, in a few of its sentences; nothing where it may be
    one of several."""
    if len(articles) != 1:
        return _Findings()
    article = source.index.documents.article(articles[0].id)
    extracts = choose_sentences([article], TopicWords.parse(article.title), _MOST_OF_GIST)
    spans = sorted((each.start, each.end) for each in extracts)
    if spans:  # news tells the most important first
        spans[0] = with_continuation(article, *spans[0])
    return _Findings([_quotation(article, *each) for each in spans])


def _quotation(article: Article, start: int, end: int) -> _Statement:
    text = f"“{fold_spaces(article.text[start:end])}”"
    return _Statement(text, (make_citation(0, article, start, end),))


def _field_sentence(article: Article, field: RecordField) -> str:
    if field == "published":
        return f"{_title(article)} was published {_on(article.published or '')}."
    if field == "author":
        return f"{_title(article)} was written by {article.author}."
    if field == "source":
        return f"{_title(article)} was published by {article.source}."
    return f"The headline is {_title(article)}."


def _day(source: RecordSource, query: RecordQuery, filters: SearchFilter) -> _Findings:
    """What the articles say of the day, and what was published on it."""
    days = date_range(query.within.since)
    of_day: list[_Statement] = []
    if days is not None and days[0] == days[1]:
        sentences = statements_of_day(source.index, source.records, days[0], filters)
        of_day = [
            _quotation(each.article, each.start, each.end)
            for each in islice(sentences, _MOST_STATEMENTS)
        ]
    selection = select_articles(source.index, source.records, query, filters)
    if not selection:
        return _Findings(of_day)
    total = len(source.records.by_id)
    listing = _collection(replace(query, request="list"), selection, total)
    return _Findings([*of_day, *listing.statements], listing.notes)


def _numbered(findings: _Findings) -> RecordReply:
    """The findings as sentences; a citation has the same number wherever it is cited again."""
    numbers: dict[Citation, int] = {}
    sentences = tuple(
        Sentence(
            strip_nested_citation_marks(statement.text),
            tuple(numbers.setdefault(each, len(numbers) + 1) for each in statement.citations),
            supported=True,
        )
        for statement in findings.statements
    )
    citations = tuple(replace(each, number=number) for each, number in numbers.items())
    return RecordReply(sentences, citations, findings.notes, findings.reason)


def _cite(articles: Iterable[Article], field: RecordField) -> tuple[Citation, ...]:
    return tuple(make_record_citation(0, each, field) for each in islice(articles, _MOST_CITED))


def _uncited(articles: int) -> tuple[Note, ...]:
    if articles <= _MOST_CITED:
        return ()
    text = f"{_MOST_CITED} of the {articles:,} articles are cited, the newest first."
    return (Note("records", text),)


def _description(query: RecordQuery, articles: Sequence[Article]) -> str:
    """What limits the articles: " by Jon Vale about “the dam”"."""
    parts = [f" by {' and '.join(query.bylines)}"] if query.bylines else []
    parts += [f" in {query.language}"] if query.language else []
    parts += [f" published {_period(query.within)}"] if query.within else []
    if query.topic:
        mention = "that mentions" if len(articles) == 1 else "that mention"
        parts.append(f" {mention if query.mentioned else 'about'} “{query.topic}”")
    return "".join(parts)


def _period(within: SearchFilter) -> str:
    """ "in 2021", "since May 2024", "from 2019 to 2021"."""
    since, until = format_date(within.since), format_date(within.until)
    if since == until:
        return _on(within.since)
    if since and until:
        return f"from {since} to {until}"
    return f"since {since}" if since else f"until {until}"


def _title(article: Article) -> str:
    return f"“{fold_spaces(article.title)}”"


def _details(article: Article) -> str:
    """Outlet and day in brackets; empty where neither is known."""
    known = ", ".join(filter(None, (article.source, _day_of(article))))
    return f" ({known})" if known else ""


def _day_of(article: Article) -> str:
    return format_date(article.published or "")


def _on(published: str) -> str:
    """ "on 3 May 2024", "in May 2024"."""
    days = date_range(published)
    return f"{'on' if days and days[0] == days[1] else 'in'} {format_date(published)}"


def _quantity(number: int, thing: str) -> str:
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


def _joined(names: Sequence[str]) -> str:
    """ "A, B and C"."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
