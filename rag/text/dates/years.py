"""Whether what an article tells is of the year that a question names.

    accordance(years, sentence, passage, article)   ->  1 of that year, 0 left open, -1 of another
    reported_years(article)                         ->  the years that an article reports on
    without_year("Who won the 2018 cup?")           ->  "Who won the cup?"

In:  a question's years; a sentence, its passage, its article.
Out: what the sentence, else its article, says of its year.
Left to others: what follows from that (`rag.retrieval.evidence`). Pure functions.

A thing that happens every year is told of in one article a year, mostly without naming it: the year
is that of the day of publication. A report on last year's figures names that year at its beginning
("reported higher profit for 2021"), which then is the year of all its sentences that name none.
That a paragraph elsewhere recalls another year ("the races of 2020 were called off"), or somebody
by what they won in it ("Ada Moe, the 2019 winner"), makes no sentence one of that year.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Literal, Protocol

from rag.text.dates.forms import MONTH, resolve_relative_dates
from rag.text.sentences import sentence_spans


class Dated(Protocol):
    """A text with a headline and a day of publication, ISO 8601, where that is known."""

    @property
    def title(self) -> str:
        """Its headline."""

    @property
    def text(self) -> str:
        """All of it."""

    @property
    def published(self) -> str | None:
        """ISO 8601 day, month or year."""


Accordance = Literal[-1, 0, 1]

_STATED = r"(?<![\d.,])(?:1[5-9]\d\d|20[0-4]\d)(?!\d|[.,]\d)"
_YEAR = re.compile(_STATED)
_LEAD = 2  # sentences
_PERIOD = re.compile(rf"\b(?:in|for|of|during) (?P<year>{_STATED})|\blast year\b(?!['’]s)", re.I)
_NAMED = re.compile(
    rf"\b(?:(?:back )?in|of|for|during|from) {_STATED},?(?=\W|$)|{_STATED}(?:['’]s)? ?", re.I
)
_MONTH_AND_YEAR = re.compile(rf"\b{MONTH}\.?,? (?:of )?(?:\d{{1,2}},? )?{_STATED}|\d-{_STATED}")
_WON = re.compile(  # of whom it tells what they were: "the 2019 winner"
    rf"{_STATED}(?:['’]s)? (?:\w+(?:['’]s?)? )?"
    r"(?:champions?|finalists?|laureates?|medal(?:l?ist)?s?|runners?-up|title-?holders?|victors?"
    r"|winners?)\b",
    re.I,
)
_LEAST_WORDS = 3  # of a question without its year


def accordance(years: Collection[str], sentence: str, passage: str, article: Dated) -> Accordance:
    """Whether `sentence` of `passage` tells of one of `years`.

    Its own years go before those that its article reports on; those of its paragraph and of the
    sentence before that leave open what a sentence without a year is of. An article without a day
    of publication is known by the years that its headline and the passage name.
    """
    if not years:
        return 0
    published = article.published
    own = _years_meant(sentence, published)
    if own & set(years):
        return 1
    around = _years_meant(f"{article.title}\n{passage}", published)
    reported = reported_years(article)
    if not reported:
        return -1 if around and not around & set(years) else 0
    if reported & set(years):
        return 0 if own else 1
    if own:
        return -1
    near = _years_meant(_WON.sub(" ", f"{article.title}\n{_near(sentence, passage)}"), published)
    return 0 if (near | {(published or "")[:4]}) & set(years) else -1


def reported_years(article: Dated) -> frozenset[str]:
    """The years that `article` reports on: those that its beginning names, else its own.

    Of those named, that of its publication and the one before count: others are history or plans.
    Empty where the day of publication is not known.
    """
    published = (article.published or "")[:4]
    if not published.isdigit():
        return frozenset()
    lead = " ".join(article.text[slice(*span)] for span in sentence_spans(article.text)[:_LEAD])
    before = str(int(published) - 1)
    named = {match["year"] or before for match in _PERIOD.finditer(f"{article.title}\n{lead}")} & {
        published,
        before,
    }
    return frozenset(named or {published})


def without_year(question: str) -> str | None:
    """`question` without its only year; None where it names several, or a day or a month.

    Also None where little is left.
    """
    if len(set(_YEAR.findall(question))) != 1 or _MONTH_AND_YEAR.search(question):
        return None
    rest = " ".join(_NAMED.sub(" ", question).split()).lstrip(" ,")
    rest = re.sub(r" (?=[?,.])", "", rest)
    return rest[:1].upper() + rest[1:] if len(rest.split()) >= _LEAST_WORDS else None


def _near(sentence: str, passage: str) -> str:
    """The paragraph of `passage` that `sentence` stands in, and the sentence before that."""
    start = passage.find(sentence)
    if start < 0:
        return passage
    first = passage.rfind("\n", 0, start) + 1
    last = passage.find("\n", start)
    before = passage[:first].rstrip()
    spans = sentence_spans(before)
    previous = before[spans[-1][0] :] if spans else ""
    return f"{previous}\n{passage[first : last if last >= 0 else len(passage)]}"


def _years_meant(text: str, published: str | None) -> set[str]:
    return {*_YEAR.findall(text), *_YEAR.findall(resolve_relative_dates(text, published))}
