"""The answer in an article's own words, and whether a draft says the same.

    quote(question, evidence, article)  ->  the sentence that answers, in quotation marks and cited
    choose_wording(...)                 ->  the draft where it can be relied on, else None
    with_conflict(...)                  ->  the draft and another article's account

In:  the `Judgement` of a question's passages, a draft, a reader that checks claims.
Out: a `CitedDraft`.
Left to others: which sentence answers (`rag.retrieval.evidence`), whether a passage supports the
draft (`rag.grounding.citations`), how likely the answer is to be right
(`rag.grounding.calibration`).

A draft takes the place of the quotation where every rule of `rag.grounding.citations` holds for
it, it says what the question asks for, it holds the words that answer, and the reader does not
find that its quotes contradict it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from rag.generation.draft import Draft
from rag.grounding.citations import ArticleLookup, CitedDraft, build_citations, make_citation
from rag.grounding.conflicts import find_conflict
from rag.grounding.rendering import append_conflict, as_extractive
from rag.retrieval.evidence import Judgement
from rag.retrieval.retriever import SubQuestion
from rag.text.answer_types import TIME_TYPES, expected_answer_type, lacks_answer_type
from rag.text.dates import format_date, resolve_relative_dates
from rag.text.numbers import number_forms
from rag.text.relative_days import resolve_days
from rag.text.stemming import stem_tokens
from rag.types import Article, ClaimReading, Evidence

_CONTRADICTED = 0.6  # probability from which a draft is taken to contradict its quotes
_MIN_CONFLICT_SCORE = 1.0  # log odds from which another article's account is evidence


class ClaimReader(Protocol):
    """What is needed of `rag.models.reader.Reader`."""

    def check(self, claim: str, passages: Sequence[str]) -> Sequence[ClaimReading]:
        """What each of `passages` says of `claim`."""


def quote(question: str, evidence: Evidence, article: Article) -> CitedDraft:
    """The sentence of `evidence` as an answer: in quotation marks, with its citation.

    Where the question asks when, and the sentence says "on Sunday" or "last month", the date that
    this means by the day of publication stands before it.
    """
    citation = make_citation(1, article, evidence.start, evidence.end)
    quoted = as_extractive(CitedDraft(citations=(citation,)))
    if meaning := date_meant(question, evidence, article):
        (sentence,) = quoted.sentences
        text = f"{meaning}: {sentence.text}"
        quoted = replace(quoted, sentences=(replace(sentence, text=text),))
    return quoted


def date_meant(question: str, evidence: Evidence, article: Article) -> str:
    """The date that the evidence for a question of time means without stating it, else ""."""
    if expected_answer_type(question) not in TIME_TYPES or number_forms(evidence.answer):
        return ""
    mentions = resolve_days(evidence.text, article.published)
    if not mentions:
        return resolve_relative_dates(evidence.text, article.published)
    middle = (evidence.answer_start + evidence.answer_end) / 2 - evidence.start
    nearest = min(mentions, key=lambda each: abs((each.start + each.end) / 2 - middle))
    return f"{nearest.day:%A}, {format_date(nearest.day.isoformat())}"


def choose_wording(
    draft: Draft,
    sub_question: SubQuestion,
    judgement: Judgement,
    article_of: ArticleLookup,
    reader: ClaimReader,
) -> CitedDraft | None:
    """`draft` with its citations, or None: the quotation stays."""
    query, best = sub_question.query, judgement.evidence[0]
    cited = build_citations(query, draft.text, draft.passages, article_of)
    if (
        not cited.citations
        or cited.repeats_question
        or lacks_answer_type(query, cited.text)
        or date_meant(query, best, article_of(best.article))
        or not says_the_same(cited.text, best.answer)
        or _is_contradicted(cited, reader)
    ):
        return None
    return cited


def with_conflict(
    cited: CitedDraft,
    sub_question: SubQuestion,
    judgement: Judgement,
    article_of: ArticleLookup,
) -> CitedDraft:
    """`cited` and another article's account, where the reader takes that to answer as well."""
    answering = {each.article for each in judgement.evidence if each.score >= _MIN_CONFLICT_SCORE}
    articles = [each.article for each in cited.citations]
    claim = next(each.text for each in cited.sentences if each.supported)
    conflict = find_conflict(
        claim, sub_question.query, sub_question.evidence.idf, judgement.hits, articles
    )
    if conflict is None or conflict.article not in answering:
        return cited
    return append_conflict(cited, conflict, article_of(conflict.article))


def says_the_same(text: str, answer: str) -> bool:
    """Whether `text` holds the numbers and most of the words of the span `answer`."""
    if not number_forms(answer) & number_forms(text) and number_forms(answer):
        return False
    answer_stems, text_stems = (frozenset(each) for each in stem_tokens([answer, text]))
    return not answer_stems or len(answer_stems & text_stems) * 2 >= len(answer_stems)


def _is_contradicted(cited: CitedDraft, reader: ClaimReader) -> bool:
    quotes = {each.number: each.quote for each in cited.citations}
    return any(
        reader.check(each.text, [" ".join(quotes[n] for n in each.citations)])[0].contradicted
        >= _CONTRADICTED
        for each in cited.sentences
        if each.supported
    )
