"""From a checked draft to numbered sentences and citations.

In:  a draft, the passages it was written from, a way to look up articles.
Out: `Sentence`s in order, `Citation`s numbered from 1 in order of appearance, the text to show.
Left to others: whether a passage supports a sentence (`rag.grounding`).

One number stands for one quote. A sentence that nothing supports keeps its place with
`supported=False` and is not shown; nor is an answer that only repeats the question.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rag.grounding import claims_of, distinct, is_new, supports
from rag.types import Article, Citation, Hit, Sentence


def cited(
    question: str, draft: str, hits: Sequence[Hit], article_of: Callable[[str], Article]
) -> tuple[tuple[Sentence, ...], tuple[Citation, ...]]:
    """Check `draft`, written for `question`, against the passages of `hits`.

    Each quote is the article's own text at [start:end].
    """
    texts = [hit.passage.text for hit in hits]
    articles = {hit.passage.article: article_of(hit.passage.article) for hit in hits}
    around = [_all_of(articles[hit.passage.article]) for hit in hits]
    numbers: dict[tuple[str, int, int], int] = {}
    sentences = []
    for claim in distinct(claims_of(draft, len(texts)), question):
        own = []
        for carried in supports(claim, texts, question, around):
            passage = hits[carried.passage].passage
            start, end = (passage.start + offset for offset in carried.span)
            own.append(numbers.setdefault((passage.article, start, end), len(numbers) + 1))
        unique = tuple(dict.fromkeys(own))
        sentences.append(Sentence(claim.text, unique, supported=bool(unique)))
    if not is_new([each.text for each in sentences if each.supported], question):
        return tuple(Sentence(each.text, (), supported=False) for each in sentences), ()
    citations = tuple(
        _citation(number, articles[id], start, end) for (id, start, end), number in numbers.items()
    )
    return tuple(sentences), citations


def shown(sentences: Sequence[Sentence]) -> str:
    """The supported sentences, each with its numbers behind it."""
    return " ".join(
        sentence.text + " " + "".join(f"[{number}]" for number in sentence.citations)
        for sentence in sentences
        if sentence.supported
    )


def _all_of(article: Article) -> str:
    return "\n".join(filter(None, (article.title, article.source, article.author, article.text)))


def _citation(number: int, article: Article, start: int, end: int) -> Citation:
    return Citation(
        number=number,
        article=article.id,
        title=article.title,
        source=article.source,
        published=article.published,
        url=article.url,
        quote=article.text[start:end],
        start=start,
        end=end,
    )
