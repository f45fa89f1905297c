"""How the sentences and citations of a checked draft are shown. Pure functions.

In:  a `CitedDraft`. Out: the same in the quotes' own words, with another article's account, or
     behind the name of its outlet; the text of an answer with its marks; how sure it is, in
     words.
Left to others: which of these is called for (`rag.grounding.review`).

Text of an article that goes into an answer loses what could be taken for one of our marks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from rag.grounding.citations import CitedDraft, make_citation
from rag.grounding.conflicts import Conflict
from rag.text.citation_marks import strip_nested_citation_marks
from rag.text.folding import fold_spaces
from rag.types import Answer, Article, Sentence

_SURE = ((0.9, "Very sure"), (0.75, "Sure"), (0.5, "Fairly sure"), (0.0, "Not very sure"))


def as_extractive(cited: CitedDraft) -> CitedDraft:
    """`cited` with each quote as a sentence in quotation marks in place of its own wording."""
    quoted = (
        Sentence(
            f"“{strip_nested_citation_marks(fold_spaces(each.quote))}”",
            (each.number,),
            supported=True,
        )
        for each in cited.citations
    )
    unsupported = (each for each in cited.sentences if not each.supported)
    return replace(cited, sentences=(*quoted, *unsupported))


def append_conflict(cited: CitedDraft, conflict: Conflict, article: Article) -> CitedDraft:
    """`cited` and, after it, what `article` says otherwise, in its own words and cited."""
    number = len(cited.citations) + 1
    outlet = article.source or f"“{article.title}”"
    text = strip_nested_citation_marks(f"{outlet} has it otherwise: {fold_spaces(conflict.text)}")
    citation = make_citation(number, article, conflict.start, conflict.end)
    return replace(
        cited,
        sentences=(*cited.sentences, Sentence(text, (number,), supported=True)),
        citations=(*cited.citations, citation),
    )


def prefix_outlet(article: Article, sentences: Sequence[Sentence]) -> tuple[Sentence, ...]:
    """`sentences` with the article's outlet before the first that is shown: "Nordpress: …".

    Unchanged where the outlet is not known.
    """
    first = next((n for n, each in enumerate(sentences) if each.supported), None)
    return tuple(
        replace(each, text=strip_nested_citation_marks(f"{article.source}: {each.text}"))
        if n == first and article.source
        else each
        for n, each in enumerate(sentences)
    )


def render_with_marks(sentences: Sequence[Sentence]) -> str:
    """The supported sentences, each with its marks: "It rained. [1][2]"."""
    return " ".join(
        sentence.text + " " + "".join(f"[{number}]" for number in sentence.citations)
        for sentence in sentences
        if sentence.supported
    )


def share_in_words(share: float) -> str:
    """A share as people say it: 0.1 is "1 in 10", 0.12 is "12 in 100"."""
    fraction = Fraction(share).limit_denominator(100)
    if fraction.numerator == 1:
        return f"1 in {fraction.denominator}"
    return f"{share * 100:.0f} in 100"


def at_most_wrong(max_wrong: float) -> str:
    """The promise of a share: "at most 1 in 10 is wrong"."""
    words = share_in_words(max_wrong)
    return f"at most {words} {'is' if words.startswith('1 ') else 'are'} wrong"


def confidence_in_words(answer: Answer) -> str:
    """How sure an answer is and what was promised for it; empty where nothing was promised."""
    if answer.abstained or answer.confidence is None or answer.max_wrong is None:
        return ""
    sure = next(words for least, words in _SURE if answer.confidence >= least)
    return f"{sure}: of answers like this {at_most_wrong(answer.max_wrong)}."
