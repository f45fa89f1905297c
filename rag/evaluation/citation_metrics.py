"""Whether the cited quotes carry what is shown: citation recall and precision, unfounded sentences.

In:  an answer in plain form (`Answer.to_dict()`), the question, authors of the cited articles.
Out: one number or boolean a sentence or a citation.
Left to others: figures, names, quotations (`rag.evaluation.fact_check`), averages (`intervals`).

Sources: citation recall and precision after ALCE (Gao, Yen, Yu and Chen, "Enabling Large Language
Models to Generate Text with Citations", EMNLP 2023, section 3), with `entailed` in place of its
judge model: a rule that can be read and tested, stricter on names and figures, blind to
relations between true words ("A sold to B" for "B sold to A").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from rag.evaluation.fact_check import missing_names, missing_numbers, missing_quotations
from rag.text.stemming import stem_tokens

MIN_SHARE = 0.5  # of the sentence's content stems that the question does not hold


class CitedSentence(NamedTuple):
    """A shown sentence and what it cites: quotes, and the record of the article of each."""

    text: str
    quotes: tuple[str, ...]
    records: tuple[str, ...]  # title, source, author, date, as one text


def cited_sentences(
    answer: Mapping[str, Any], authors: Mapping[str, str] = {}
) -> list[CitedSentence]:
    """The sentences that a person is shown, with their quotes; none where it was refused.

    `authors` gives the author of an article by its id, where one is known.
    """
    if answer["abstained"]:
        return []
    by_number = {each["number"]: each for each in answer["citations"]}
    found = []
    for sentence in answer["sentences"]:
        if sentence["supported"]:
            own = [by_number[n] for n in sentence["citations"] if n in by_number]
            records = tuple(_record(each, authors) for each in own)
            found.append(
                CitedSentence(sentence["text"], tuple(each["quote"] for each in own), records)
            )
    return found


def is_supported(
    sentence: str, quotes: Sequence[str], record: str = "", question: str = ""
) -> bool:
    """Whether `quotes` together carry `sentence`.

    Every figure, quotation (two words or more) and name of the sentence stands in the quotes or
    in `record` (title, source, author and date of the cited articles: an outlet that a sentence
    names is not invented), and at least half of its content stems that `question` does not hold
    stand in the quotes; where there are no such stems, half of all its content stems.
    """
    if not quotes:
        return False
    joined = "\n".join(quotes)
    if unsupported_facts(sentence, quotes, record) or missing_quotations(
        sentence, f"{joined}\n{record}"
    ):
        return False
    own, held, asked = (_content(each) for each in stem_tokens([sentence, joined, question]))
    told = own - asked or own
    return not told or len(told & held) / len(told) >= MIN_SHARE


def unsupported_facts(sentence: str, quotes: Sequence[str], record: str = "") -> tuple[str, ...]:
    """The figures, dates and names of `sentence` that neither `quotes` nor `record` hold."""
    text = "\n".join((*quotes, record))
    return missing_numbers(sentence, text) + missing_names(sentence, text)


def citation_recall(cited: CitedSentence, question: str) -> bool:
    """ALCE's citation recall of one sentence: it cites, and its quotes together carry it."""
    return is_supported(cited.text, cited.quotes, " ".join(cited.records), question)


def citation_precision(cited: CitedSentence, question: str) -> list[bool]:
    """ALCE's citation precision, one boolean a citation of the sentence.

    Where the whole set does not carry the sentence, none counts. Where it does, a citation
    counts if it carries the sentence alone, or if the others without it do not.
    """
    if not citation_recall(cited, question):
        return [False] * len(cited.quotes)

    def carries(kept: Sequence[int]) -> bool:
        quotes = [cited.quotes[n] for n in kept]
        return is_supported(cited.text, quotes, " ".join(cited.records[n] for n in kept), question)

    every = range(len(cited.quotes))
    return [carries([n]) or not carries([m for m in every if m != n]) for n in every]


def _record(citation: Mapping[str, Any], authors: Mapping[str, str]) -> str:
    told = (citation.get(key) for key in ("title", "source", "published"))
    return ", ".join(filter(None, (*told, authors.get(citation.get("article", "")))))


def _content(stemmed: Sequence[str]) -> frozenset[str]:
    """Stems without figures, which are compared by value."""
    return frozenset(word for word in stemmed if not any(map(str.isdigit, word)))
