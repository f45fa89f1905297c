"""A `Material` whose judgements are scripted: which words of which article answer what.

Nothing is judged; `judged_passages` has a `Material` whose passages are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rag.grounding.calibration import Verdict
from rag.grounding.composition.material import Material
from rag.retrieval.evidence.judgement import Judgement
from rag.retrieval.query_plan import plan_query
from rag.text.sentences import sentence_spans
from rag.types import Article, Evidence, Hit, Passage
from tests.scripted_reader import ScriptedReader

Answer = tuple[str, str, float]  # an article's id, words of its text, the score
CONFIDENCE = 0.8


def material(
    question: str,
    articles: Mapping[str, Article],
    answers: Mapping[str, Sequence[Answer]],
    reader: Any = None,
) -> Material:
    """The material of `question`: a question that contains a key of `answers` has these, best
    first; evidence is shown from a score above 0."""

    def judge(other: str) -> Judgement:
        script = next((some for phrase, some in answers.items() if phrase in other), ())
        hits = [_hit(articles[id], words, n) for n, (id, words, _) in enumerate(script)]
        evidence = [_evidence(articles[id], words, score) for id, words, score in script]
        signals = {"score": script[0][2], "missing_names": 0.0} if script else {}
        return Judgement(tuple(hits), tuple(evidence), signals)

    def decide(judgement: Judgement) -> Verdict:
        shown = bool(judgement.evidence) and judgement.evidence[0].score > 0
        return Verdict(shown, CONFIDENCE if shown else 0.1)

    return Material(
        plan_query(question),
        judge(question),
        articles.__getitem__,
        reader or ScriptedReader({}),
        judge,
        decide,
        0.1,
    )


def _evidence(article: Article, words: str, score: float) -> Evidence:
    start = article.text.index(words)
    end = start + len(words)
    first, last = next(s for s in sentence_spans(article.text) if s[0] <= start < s[1])
    text = article.text[first:last].rstrip()
    return Evidence(article.id, first, first + len(text), text, score, start, end)


def _hit(article: Article, words: str, rank: int) -> Hit:
    assert words in article.text
    passage = Passage(article.id, 0, len(article.text), article.text)
    return Hit(passage, 1.0 / (rank + 1), 0.5, 1.0)
