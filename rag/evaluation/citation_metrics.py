"""Whether the cited quotes support what is shown: citation recall, precision, unsupported facts.

In:  an `Answer`, its question, the authors of the cited articles.
Out: one boolean per sentence or per citation.
Left to others: numbers, names, quotations (`rag.evaluation.fact_check`), averages (`bootstrap`).

Source: citation recall and precision of ALCE (Gao, Yen, Yu and Chen, "Enabling Large Language
Models to Generate Text with Citations", EMNLP 2023, section 3), with `is_supported` in place of
its NLI model: a rule that can be read and tested. It is stricter on names and numbers, and blind
to relations between words that are all present ("A sold to B" for "B sold to A").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from rag.evaluation.fact_check import missing_names, missing_numbers, missing_quotations
from rag.text.stemming import stem_tokens
from rag.types import Answer, Citation

MIN_OVERLAP = 0.5  # least share of the sentence's new content stems that the quotes hold


class CitedSentence(NamedTuple):
    """A shown sentence with its quotes and, for each, the record of its article."""

    text: str
    quotes: tuple[str, ...]
    records: tuple[str, ...]  # title, outlet, date, author, as one text


def cited_sentences(answer: Answer, authors: Mapping[str, str] = {}) -> list[CitedSentence]:
    """The supported sentences of an answer, with their quotes; none of an abstention.

    Sentences that cite metadata records are left out: they are computed from the records (a count,
    a date in words), so no quote holds their words. Whether they are right is a question of
    `rag.evaluation.metrics.is_correct_and_cited`.

    `authors` gives the author of an article by its id, where one is known.
    """
    if answer.abstained:
        return []
    by_number = {each.number: each for each in answer.citations}
    sentences = []
    for sentence in answer.sentences:
        if sentence.supported:
            cited = [by_number[n] for n in sentence.citations if n in by_number]
            if any(each.field for each in cited):
                continue
            records = tuple(_record(each, authors) for each in cited)
            quotes = tuple(each.quote for each in cited)
            sentences.append(CitedSentence(sentence.text, quotes, records))
    return sentences


def is_supported(
    sentence: str, quotes: Sequence[str], record: str = "", question: str = ""
) -> bool:
    """Whether `quotes` together support `sentence`.

    Every number, quotation (two words or more) and name of the sentence must be in the quotes or
    in `record` (title, outlet, date and author of the cited articles: an outlet that a sentence
    names is not invented), and the quotes must hold at least half of the content stems that the
    sentence adds to `question`; where it adds none, half of all its content stems.
    """
    if not quotes:
        return False
    joined = "\n".join(quotes)
    if unsupported_facts(sentence, quotes, record) or missing_quotations(
        sentence, f"{joined}\n{record}"
    ):
        return False
    sentence_stems, quote_stems, question_stems = (
        _content_stems(stems) for stems in stem_tokens([sentence, joined, question])
    )
    new = sentence_stems - question_stems or sentence_stems
    return not new or len(new & quote_stems) / len(new) >= MIN_OVERLAP


def unsupported_facts(sentence: str, quotes: Sequence[str], record: str = "") -> tuple[str, ...]:
    """The numbers, dates and names of `sentence` that neither `quotes` nor `record` hold."""
    text = "\n".join((*quotes, record))
    return missing_numbers(sentence, text) + missing_names(sentence, text)


def citation_recall(sentence: CitedSentence, question: str) -> bool:
    """ALCE's citation recall of one sentence: it has quotes, and together they support it."""
    return is_supported(sentence.text, sentence.quotes, " ".join(sentence.records), question)


def citation_precision(sentence: CitedSentence, question: str) -> list[bool]:
    """ALCE's citation precision: one boolean per citation of the sentence.

    Where all citations together do not support the sentence, none counts. Otherwise a citation
    counts if it supports the sentence alone, or if the others do not support it without it.
    """
    if not citation_recall(sentence, question):
        return [False] * len(sentence.quotes)

    def supported_by(numbers: Sequence[int]) -> bool:
        quotes = [sentence.quotes[n] for n in numbers]
        record = " ".join(sentence.records[n] for n in numbers)
        return is_supported(sentence.text, quotes, record, question)

    every = range(len(sentence.quotes))
    return [supported_by([n]) or not supported_by([m for m in every if m != n]) for n in every]


def _record(citation: Citation, authors: Mapping[str, str]) -> str:
    fields = (citation.title, citation.source, citation.published)
    return ", ".join(filter(None, (*fields, authors.get(citation.article, ""))))


def _content_stems(stems: Sequence[str]) -> frozenset[str]:
    """Stems without digits: numbers are compared by value."""
    return frozenset(stem for stem in stems if not any(map(str.isdigit, stem)))
