"""A `Material` of articles written in a test, whose passages `judge_passages` judges.

Every paragraph is a passage that was retrieved; `scripted_judgements` has judgements by a script.
"""

from __future__ import annotations

from collections.abc import Sequence

from rag.grounding.calibration import Verdict
from rag.grounding.composition.material import Material
from rag.retrieval.evidence.judgement import Judgement, judge_passages
from rag.retrieval.query_plan import plan_query
from rag.retrieval.search import RetrievalResult
from rag.types import Article, Hit, Passage
from tests.scripted_reader import ScriptedReader

FAR = 0.1  # cosine of the passages of an article that is not near the question


def passages_of(articles: Sequence[Article], near: Sequence[str] = ()) -> list[Hit]:
    """A hit for each paragraph; those of the articles `near` (default: all) have a high cosine."""
    hits = []
    for article in articles:
        start = 0
        for paragraph in article.text.split("\n\n"):
            start = article.text.index(paragraph, start)
            passage = Passage(article.id, start, start + len(paragraph), paragraph)
            cosine = 0.7 if not near or article.id in near else FAR
            hits.append(Hit(passage, 1.0 - 0.01 * len(hits), cosine, 1.0))
    return hits


def material_of(
    question: str,
    articles: Sequence[Article],
    reader: ScriptedReader | None = None,
    near: Sequence[str] = (),
) -> Material:
    """The material of `question`, with a reader that finds nothing unless one is given."""
    reader = reader or ScriptedReader({})
    by_id = {each.id: each for each in articles}
    hits = passages_of(articles, near)

    def judge(text: str) -> Judgement:
        result = RetrievalResult(tuple(hits), {}, 0.7, 1.0)
        return judge_passages(text, result, reader, by_id.__getitem__)

    def decide(judgement: Judgement) -> Verdict:
        return Verdict(bool(judgement.evidence) and judgement.evidence[0].score > 0)

    plan = plan_query(question)
    return Material(plan, judge(question), by_id.__getitem__, reader, judge, decide, 0.1)
