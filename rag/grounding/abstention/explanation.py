"""Which constraint of a question failed, and what the articles have instead, in words.

    explain(question, hits, article_of)  ->  a `Note` of the kind "constraint", or None
    nearest_note(evidence, ...)          ->  the nearest sentence alone, in the question's language

In:  a question that was not answered, its passages as they were judged, best first.
Out: one to three short sentences, and the nearest sentence in quotation marks with its source:

    The nearest articles tell of 2019 and 2021, not of 2020.
    The nearest articles do not name Kestrel Bay; they name Kestrel Point.
    The nearest articles name Lena Holt, but not with “resignation”.

Left to others: what is missing (`rag.grounding.abstention.shortfall`); the sentence that declines
to answer (`rag.text.messages`). It says only what can be looked up in the passages that were
retrieved: that they "do not name" somebody, not that nothing was ever written of them. Of questions
in other languages than English the nearest sentence alone is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from textwrap import shorten

from rag.grounding.abstention.elements import Element, ElementKind
from rag.grounding.abstention.shortfall import Shortfall, find_shortfall
from rag.text.citation_marks import strip_nested_citation_marks
from rag.text.dates.forms import format_date
from rag.text.messages import message
from rag.types import Article, Evidence, Hit, Note

_THEY = "The nearest articles"
_MOST_WORDS = 3  # of a question that are named
_MOST_YEARS = 4
_LONGEST_QUOTE = 280  # characters


def explain(
    question: str, hits: Sequence[Hit], article_of: Callable[[str], Article]
) -> Note | None:
    """Why nothing was found that answers `question`; None where there is nothing to say of it."""
    shortfall = find_shortfall(question, hits, article_of)
    sentences = [*(_elsewhere(shortfall) or _lacking(shortfall)), *_nearest(shortfall)]
    return Note("constraint", " ".join(sentences)) if sentences else None


def nearest_note(evidence: Evidence, article: Article, language: str) -> Note:
    """The sentence of `evidence` as that which comes nearest to a question in `language`."""
    source = ", ".join(_record(article))
    text = message("nearest", language, quote=_shortened(evidence.text), source=source)
    return Note("constraint", text)


def _elsewhere(shortfall: Shortfall) -> list[str]:
    """What the articles do not have at all, or have of something else than what was asked."""
    sentences = [
        f"{_THEY} do not have the words “{each.words}”."
        for each in _of_kind("quotation", shortfall.absent)
    ]
    for name, like in shortfall.unnamed:
        instead = f"; they name {_listed(like)}" if like else ""
        sentences.append(f"{_THEY} do not name {name.words}{instead}.")
    if shortfall.years:
        wanted = _listed(_words(_of_kind("year", shortfall.lacks)))
        years = _listed(shortfall.years[-_MOST_YEARS:])
        sentences.append(f"{_THEY} tell of {years}, not of {wanted}.")
    sentences += [
        f"{_THEY} tell of another than the “{each.words}”."
        for each in _of_kind("edition", shortfall.lacks)
    ]
    if shortfall.apart:
        others = _together(shortfall.met)
        sentences.append(f"{_THEY} name {_listed(_words(shortfall.apart))}, but not with {others}.")
    return sentences


def _lacking(shortfall: Shortfall) -> list[str]:
    """The words of the question that are not there."""
    if shortfall.unsaid:
        names = _listed(_words(_of_kind("name", shortfall.met)))
        return [f"{_THEY} name {names}, but not with {_quoted(shortfall.unsaid, 'or')}."]
    if absent := _of_kind("word", shortfall.absent):
        return [f"{_THEY} do not have {_quoted(absent, 'or')}."]
    if shortfall.lacks:
        return [f"The sentence that comes nearest lacks {_quoted(shortfall.lacks)}."]
    return []


def _together(met: Sequence[Element]) -> str:
    """The words and years that the nearest sentence has."""
    words = [f"“{each.words}”" for each in _of_kind("word", met)[:_MOST_WORDS]]
    return _listed([*words, *_words(_of_kind("year", met))]) or "the rest"


def _nearest(shortfall: Shortfall) -> Iterator[str]:
    """The nearest sentence, in quotation marks, with its outlet and day."""
    if shortfall.place is None:
        return
    quote, record = _shortened(shortfall.place.sentence), _record(shortfall.place.article)
    years = _listed(_words(_of_kind("year", shortfall.met)))
    on = f" on {years}" if years else ""
    yield f"Nearest{on}: “{quote}” ({', '.join(record)})."


def _shortened(sentence: str) -> str:
    plain = strip_nested_citation_marks(sentence)
    cut = plain if " " in plain[:_LONGEST_QUOTE] else plain[:_LONGEST_QUOTE]  # no spaces: Chinese
    return shorten(cut, _LONGEST_QUOTE, placeholder=" …")


def _record(article: Article) -> list[str]:
    """Outlet or headline, and day; the id where neither is known."""
    known = (article.source or article.title, format_date(article.published or ""))
    return [each for each in known if each] or [article.id]


def _of_kind(kind: ElementKind, elements: Iterable[Element]) -> list[Element]:
    return [each for each in elements if each.kind == kind]


def _words(elements: Iterable[Element]) -> list[str]:
    return [each.words for each in elements]


def _quoted(elements: Sequence[Element], joint: str = "and") -> str:
    return _listed([f"“{each.words}”" for each in elements[:_MOST_WORDS]], joint)


def _listed(words: Sequence[str], joint: str = "and") -> str:
    """ "a, b and c"."""
    *first, last = words or ("",)
    return f"{', '.join(first)} {joint} {last}" if first else last
