"""Answers whose records and quotes have every mark that means something to some format."""

from __future__ import annotations

from dataclasses import dataclass

from rag.grounding.citations import make_citation, make_record_citation
from rag.types import Answer, Article, Sentence

MARKS = (
    r"""{ } {{x}} } { \ \n \textbf{b} % & && $5 #1 _a_ ^2 ~ "q" 'q' ''q'' `` « » <b> </b> [1] --"""
)
HEBREW = "הנמל נסגר ביום שני"
CHINESE = "港口於週一關閉。"


@dataclass(frozen=True)
class Sample:
    """An article, and its authors as (family, given), or (name of an organisation,)."""

    article: Article
    authors: tuple[tuple[str, ...], ...]
    date: tuple[int, ...]


def sample(id: str, title: str, text: str, authors: tuple[tuple[str, ...], ...] = (), **record):
    names = [f"{each[1]} {each[0]}" if len(each) > 1 else each[0] for each in authors]
    article = Article(id, title, text, author=", ".join(names) or None, **record)
    date = tuple(int(part) for part in (article.published or "").split("-") if part)
    return Sample(article, authors, date)


SAMPLES = (
    sample(
        "2024/ferry",
        "Ferry sinks",
        "The ferry sank on Monday.",
        (("van der Meer", "Ana Lucía"), ("O’Brien-Lee", "Mary")),
        source="Kurier & Söhne",
        published="2024-05-03",
        url="https://kurier.example/a_b?x=1&y=50%25;z=~u#top",
    ),
    sample(
        "marks",
        f"All of {MARKS}",
        f"The plan says {MARKS} and\nmore “here”.\n\nSecond paragraph \\end{{x}}.",
        (("Orrin {Water} \\ Board & 100% Sons",), ("Harbour News Agency",)),
        source=f"Outlet {MARKS}",
        published="2023-11",
        url="https://x.example/{a}/b_c%20d",
    ),
    sample("he", HEBREW, f"{HEBREW}.", (("עמוס עוז",),), source="הארץ", published="2020"),
    sample("zh/港口", CHINESE, CHINESE * 2, (("新華社",),), source="日報"),
    sample("bare", "", "Nothing is known of this."),
)


def answer_of(*articles: Article, question: str = "What happened?") -> Answer:
    """An answer that quotes the whole text of each article, and one that cites its headline."""
    citations = [make_citation(n, each, 0, len(each.text)) for n, each in enumerate(articles, 1)]
    if articles[0].author:
        citations.append(make_record_citation(len(citations) + 1, articles[0], "author"))
    sentences = tuple(
        Sentence(f"Sentence {each.number}.", (each.number,), True) for each in citations
    )
    text = " ".join(f"{each.text} [{each.citations[0]}]" for each in sentences)
    return Answer(question, question, text, False, None, sentences, tuple(citations))


ANSWER = answer_of(*(each.article for each in SAMPLES))
