"""The answer in an article's own words, and whether a draft says the same.

    quote(question, evidence, article)  ->  the sentence that answers, in quotation marks and cited
    undated_note(...)                   ->  a note where "on Friday" cannot be written out
    lacks_date(question, quoted)        ->  whether it gives no day where a day is asked for
    choose_wording(...)                 ->  the draft where it can be relied on, else None

In:  the `Judgement` of a question's passages, a draft, a reader that checks claims.
Out: a `CitedDraft`.
Left to others: which sentence answers (`rag.retrieval.evidence`), whether a passage supports the
draft (`rag.grounding.citations`), how likely the answer is to be right
(`rag.grounding.calibration`), what another article says otherwise
(`rag.grounding.composition.accounts`).

A draft takes the place of the quotation where every rule of `rag.grounding.citations` holds for
it, it says what the question asks for, it keeps every word that answers, no sentence of it breaks
off before its end, and the reader does not find that its quotes contradict it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from rag.generation.draft import Draft
from rag.grounding.citations import ArticleLookup, CitedDraft, build_citations, make_citation
from rag.grounding.rendering import as_extractive
from rag.retrieval.evidence.judgement import Judgement
from rag.retrieval.people.speech import naming_sentence
from rag.retrieval.retriever import SubQuestion
from rag.text.dates.forms import format_date
from rag.text.dates.mentions import DateMention, mention_at, resolve_mentions
from rag.text.dates.partial import stated_date
from rag.text.languages import language_of
from rag.text.numbers import number_forms
from rag.text.questions.answer_types import TIME_TYPES, expected_answer_type, lacks_answer_type
from rag.text.sentences import Span
from rag.text.stemming import stem_tokens
from rag.types import Article, ClaimReading, Evidence, Note

_CONTRADICTED = 0.6  # probability from which a draft is taken to contradict its quotes
_ANY_DAY = "2000-01-03"  # by which it is seen whether words need a day of publication
_FROM_SENTENCE = 0.8  # share of a draft's words that a sentence has, from which it says no more


class ClaimReader(Protocol):
    """What is needed of `rag.models.reader.Reader`."""

    def check(self, claim: str, passages: Sequence[str]) -> Sequence[ClaimReading]:
        """What each of `passages` says of `claim`."""


def quote(question: str, evidence: Evidence, article: Article) -> CitedDraft:
    """The sentence of `evidence` as an answer: in quotation marks, with its citation.

    Where the question asks when, and the sentence says "on Sunday" or "last month", the date that
    this means by the day of publication stands before it. Where it asks for a person, and the
    sentence has "she", the one that names her is quoted too: before it where nothing stands
    between, else after it, with a citation of its own.
    """
    spans = _with_naming_sentence(question, evidence, article)
    citations = (make_citation(n, article, *span) for n, span in enumerate(spans, 1))
    quoted = as_extractive(CitedDraft(citations=tuple(citations)))
    if meaning := date_meant(question, evidence, article):
        first, *others = quoted.sentences
        first = replace(first, text=f"{meaning}: {first.text}")
        quoted = replace(quoted, sentences=(first, *others))
    return quoted


def _with_naming_sentence(question: str, evidence: Evidence, article: Article) -> list[Span]:
    """The span of `evidence`, and that of the sentence that names whom it speaks of, if any."""
    own = (evidence.start, evidence.end)
    if expected_answer_type(question) != "person":
        return [own]
    naming = naming_sentence(article.text, *own)
    if naming is None:
        return [own]
    if naming[1] <= own[0] and not article.text[naming[1] : own[0]].strip():
        return [(naming[0], own[1])]
    return [own, naming]


def date_meant(question: str, evidence: Evidence, article: Article) -> str:
    """The date that the evidence for a question of time means without stating it, else "".

    A day and month are a date; the year is added where that is what the question asks for.
    """
    mention = _mention(question, evidence, article.published)
    year = expected_answer_type(question) == "year"
    states_a_day = mention is not None and stated_date(evidence.answer) is not None
    if mention is None or (states_a_day and mention.date and mention.date.day and not year):
        return ""
    return mention.words


def undated_note(question: str, evidence: Evidence, article: Article) -> Note | None:
    """That a date cannot be written out, as the day of publication is not known well enough."""
    if _mention(question, evidence, article.published):
        return None
    mention = _mention(question, evidence, _ANY_DAY)
    if mention is None:
        return None
    words = evidence.text[mention.start : mention.end]
    known = format_date(article.published or "")
    only = f"only that it is of {known}" if known else "not known"
    return Note(
        "date", f"“{words}” counts from the day the article was published, and that is {only}."
    )


def lacks_date(question: str, quoted: CitedDraft) -> bool:
    """Whether the question asks for a day, a month or a year, and `quoted` gives none of it."""
    asks_for_date = expected_answer_type(question) in ("day", "month", "year")
    return asks_for_date and lacks_answer_type(question, quoted.text)


def _mention(question: str, evidence: Evidence, published: str | None) -> DateMention | None:
    """The date that the words that answer mean, or the sentence where they state no number."""
    if expected_answer_type(question) not in TIME_TYPES:
        return None
    start, end = evidence.answer_start - evidence.start, evidence.answer_end - evidence.start
    if mention := mention_at(evidence.text, start, end, published):
        return mention
    if number_forms(evidence.answer):
        return None
    mentions = resolve_mentions(evidence.text, published)
    middle = (start + end) / 2
    return min(mentions, key=lambda each: abs((each.start + each.end) / 2 - middle), default=None)


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
        or cited.breaks_off
        or lacks_answer_type(query, cited.text)
        or date_meant(query, best, article_of(best.article))
        or not says_the_same(query, cited.text, best.answer)
        or not keeps_span(cited.text, best.answer)
        or _is_contradicted(cited, reader)
    ):
        return None
    return cited


def says_the_same(question: str, text: str, answer: str) -> bool:
    """Whether `text` answers as the span `answer` does.

    It has one of the span's numbers, if there are any, and half of the other words by which the
    span adds to the question ("Legendre's conjecture" is not "Brocard's conjecture" where it was
    asked which conjecture).
    """
    if not number_forms(answer) & number_forms(text) and number_forms(answer):
        return False
    texts = stem_tokens([answer, text, question], language_of(question))
    answer_stems, text_stems, own = map(frozenset, texts)
    informative = frozenset(
        each for each in answer_stems - own or answer_stems if not each.isdigit()
    )
    return not informative or len(informative & text_stems) * 2 >= len(informative)


def adds_nothing(question: str, text: str, sentence: str) -> bool:
    """Whether the words by which `text` adds to the question are those of `sentence`, or nearly.

    False where it adds none.
    """
    texts = stem_tokens([text, sentence, question], language_of(question))
    stems, known, own = map(frozenset, texts)
    added = stems - own
    return bool(added) and len(added & known) >= _FROM_SENTENCE * len(added)


def keeps_span(text: str, answer: str) -> bool:
    """Whether `text` has every word of the span `answer`, in any form."""
    answer_stems, text_stems = (frozenset(each) for each in stem_tokens([answer, text]))
    return answer_stems <= text_stems


def _is_contradicted(cited: CitedDraft, reader: ClaimReader) -> bool:
    quotes = {each.number: each.quote for each in cited.citations}
    return any(
        reader.check(each.text, [" ".join(quotes[n] for n in each.citations)])[0].contradicted
        >= _CONTRADICTED
        for each in cited.sentences
        if each.supported
    )
