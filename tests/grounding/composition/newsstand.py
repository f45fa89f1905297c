"""Articles in memory, and the material that questions about them have."""

from __future__ import annotations

from collections.abc import Mapping

from rag.grounding.calibration import Verdict
from rag.grounding.composition.accounts import Account
from rag.grounding.composition.material import Material
from rag.retrieval.evidence.judgement import Judgement
from rag.retrieval.query_plan import plan_query
from rag.types import Article, Evidence, Hit, Passage
from tests.scripted_reader import ScriptedReader

SURE = 6.0  # log odds


def article(id, text, source="Nordpress", published="2023-03-02", title="News"):
    return Article(id, title, text, source, published)


def account(of, answer, sentence="", score=SURE):
    """What `of` says with the words `answer` of `sentence`, or of its whole text."""
    sentence = sentence or of.text
    start = of.text.index(sentence)
    first = start + sentence.index(answer)
    end = start + len(sentence)
    evidence = Evidence(of.id, start, end, sentence, score, first, first + len(answer))
    return Account(evidence, of)


def judgement(*accounts, contradicted=False):
    """The judgement that found `accounts`, best first; a passage is a whole article."""
    hits = tuple(
        Hit(Passage(each.article.id, 0, len(each.article.text), each.article.text), 0.1, 0.5, 1.0)
        for each in accounts
    )
    return Judgement(hits, tuple(each.evidence for each in accounts), {}, contradicted)


def material(question, *accounts, inner=(), doubted=(), shown=True, contradicted=False):
    """Material for `question`; `inner` are the accounts of any other question.

    The reader takes a claim with one of the phrases `doubted` to be contradicted.
    """
    articles: Mapping[str, Article] = {each.article.id: each.article for each in accounts}
    articles = {**articles, **{each.article.id: each.article for each in inner}}
    return Material(
        plan_query(question),
        judgement(*accounts, contradicted=contradicted),
        articles.__getitem__,
        ScriptedReader({}, contradicted=doubted),
        lambda other: judgement(*(inner or accounts)),
        lambda judged: Verdict(shown, 0.9),
        0.1,
    )


def text_of(composition):
    """The sentences of a composition with their marks; None for none."""
    if composition is None:
        return None
    return [(each.text, each.citations) for each in composition.sentences]
