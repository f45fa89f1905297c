"""Who says what an answer quotes, where the question asks "according to whom?".

    with_source(shown, article_of)  ->  the answer with the sentence that names its source

In:  an answer with its citations. Out: the same, with one sentence more where the source is named
beside what is quoted, and a note where it is named nowhere.
Left to others: who speaks (`rag.retrieval.people.speech`), the question's form
(`rag.retrieval.clauses`).
"""

from __future__ import annotations

from dataclasses import replace

from rag.grounding.attribution import attributes
from rag.grounding.citations import ArticleLookup, CitedDraft, make_citation
from rag.grounding.rendering import in_quotation_marks
from rag.retrieval.people.speech import find_speaker
from rag.retrieval.people.wording import trimmed
from rag.text.sentences import sentence_spans
from rag.types import Citation, Note, Sentence

_UNNAMED = Note("unanswered", "The article says this itself and names no source for it.")


def with_source(
    shown: CitedDraft, article_of: ArticleLookup
) -> tuple[CitedDraft, tuple[Note, ...]]:
    """`shown`, and after it the sentence that tells who says so, where its wording does not.

    The note says that no source is named; there is none where one is.
    """
    first = next(iter(shown.citations), None)
    if first is None or first.start is None or first.end is None:  # none, or that of a record
        return shown, ()
    article = article_of(first.article)
    speech = find_speaker(article.text, first.start, first.end)
    if speech is None:
        if not attributes(first.quote):
            return shown, (_UNNAMED,)
        return (shown if attributes(shown.text) else _with_quote(shown, first)), ()
    if article.text[speech.who_start : speech.who_end] in shown.text:
        return shown, ()
    if first.start <= speech.who_start < first.end:
        return _with_quote(shown, first), ()
    spans = sentence_spans(article.text)
    naming = next(span for span in spans if span[0] <= speech.who_start < span[1])
    number = max(each.number for each in shown.citations) + 1
    citation = make_citation(number, article, *trimmed(article.text, *naming))
    return _with_quote(shown, citation), ()


def _with_quote(shown: CitedDraft, source: Citation) -> CitedDraft:
    """`shown` with the quote of `source` after it, in quotation marks."""
    sentence = Sentence(in_quotation_marks(source.quote), (source.number,), supported=True)
    citations = tuple(dict.fromkeys((*shown.citations, source)))
    return replace(shown, sentences=(*shown.sentences, sentence), citations=citations)
