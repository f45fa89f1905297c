"""What articles say of one day: sentences that name it, or mean it by "on Monday".

In:  an open `Snapshot`, its `Records`, a day, a `SearchFilter`.
Out: (article, start, end) of sentences, by date of publication; the same wording once.
Left to others: what was published on that day (`rag.retrieval.records.selection`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import islice
from typing import NamedTuple

from rag.index.snapshot import Snapshot
from rag.retrieval.filters import SearchFilter
from rag.retrieval.index_filter import allowed_rows
from rag.retrieval.records.records import Records
from rag.retrieval.search import rows_with_all
from rag.text.dates.forms import MONTHS, date_range
from rag.text.dates.relative import resolve_days
from rag.text.folding import fold_spaces
from rag.text.sentences import sentence_spans
from rag.types import Article

_WEEK = 6  # days after it within which a day is called by its name alone
_LATER, _EARLIER = timedelta(days=60), timedelta(days=300)  # around which a day needs no year
_MOST_READ = 200  # articles


class DayStatement(NamedTuple):
    """A sentence about the day: the text of `article` at `[start:end]`."""

    article: Article
    start: int
    end: int


def statements_of_day(
    index: Snapshot, records: Records, day: date, filters: SearchFilter
) -> Iterator[DayStatement]:
    """The sentences that date something to `day`, at most one of each article."""
    ids = dict.fromkeys((*_published_after(records, day), *_naming(index, day)))
    visible = allowed_rows(index, filters)
    matching = (id for id in ids if visible is None or id in visible)
    articles = map(index.documents.article, islice(matching, _MOST_READ))
    return _first_of_each(sorted(articles, key=lambda each: (each.published or "", each.id)), day)


def _published_after(records: Records, day: date) -> list[str]:
    """Articles of the day itself and of the week after it."""
    week = SearchFilter(day.isoformat(), (day + timedelta(days=_WEEK)).isoformat())
    return [each.id for each in records.by_id.values() if week.matches(each.published or "", "")]


def _naming(index: Snapshot, day: date) -> list[str]:
    """Articles with a passage that has the words of day and month."""
    words = f"{day.day} {MONTHS[day.month - 1]}"
    return list(index.documents.articles_of(rows_with_all(index, words)))


def _first_of_each(articles: Iterable[Article], day: date) -> Iterator[DayStatement]:
    earlier: set[str] = set()
    for article in articles:
        for start, end in sentence_spans(article.text):
            sentence = article.text[start:end].strip()
            wording = fold_spaces(sentence).casefold()
            if not _is_of(sentence, day, article.published) or wording in earlier:
                continue
            earlier.add(wording)
            at = article.text.index(sentence, start)
            yield DayStatement(article, at, at + len(sentence))
            break


def _is_of(sentence: str, day: date, published: str | None) -> bool:
    """Whether a sentence of an article of the day `published` dates something to `day`."""
    if any(each.day == day for each in resolve_days(sentence, published)):
        return True
    month = MONTHS[day.month - 1]
    name = rf"(?:{month}|{month[:3]}\.?)"
    ordinal = r"(?:st|nd|rd|th)?"
    written = rf"(?:\b{day.day}{ordinal}(?: of)? {name}|\b{name} {day.day}{ordinal})"
    if re.search(rf"{written},? {day.year}\b|\b{day.isoformat()}\b", sentence):
        return True
    days = date_range(published or "")
    near = days is not None and day - _LATER <= days[0] and days[1] <= day + _EARLIER
    return near and re.search(rf"{written}\b(?!,? (?:of )?\d{{4}})", sentence) is not None
