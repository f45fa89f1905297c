"""What earlier turns asked of the metadata records, for a question that goes on from there.

    earlier_query(context, question)  ->  the `RecordQuery` of the turn before, or None

In:  the `Context` of a question, whose turns are questions and answers as they were shown, with
     the articles that these quote, where those are known.
Out: the articles that the turn before was about, and what it asked of them; after an answer from
     the texts the articles that it cites, where the question asks for their records ("Which outlet
     reported that?").
Left to others: what the question asks of them (`rag.retrieval.records.several.parts`).

A turn that has the text of its answer alone may rest on an article that has the words which the
answer quotes, or on one of which a passage has nearly all words of a sentence. All of these are
meant, since naming one of them would be a guess.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.pipeline.tools import PASSAGES_READ, Context
from rag.retrieval.coverage import coverage
from rag.retrieval.query_plan import SURE, plan_query
from rag.retrieval.records.description import RecordQuery
from rag.retrieval.records.several.cited_article import asks_of_article, names_article
from rag.retrieval.records.wording import read_words
from rag.text.citation_marks import EARLIER, replace_citation_marks
from rag.text.folding import fold, has_phrase
from rag.text.languages import language_of
from rag.types import Turn

_FIELDS = ("author", "outlet", "headline")
_QUOTED = re.compile(r"“([^“”]+)”")
_MIN_COVERAGE = 0.8  # of a sentence's words, weighted by IDF, in the passage that it rests on


def earlier_query(context: Context, question: str) -> RecordQuery | None:
    """What the turn before `question` asked of the records, or the articles that it cites."""
    turns = context.request.history
    earlier: RecordQuery | None = None
    for n, turn in enumerate(turns, start=1):
        following = turns[n].question if n < len(turns) else question
        intent = context.tools.intent_of(turn.question)
        plan = plan_query(turn.question, context.records, intent, earlier)
        if plan.records:
            earlier = plan.records[-1].query
        elif _asks_of_article(context, following):
            earlier = _cited_by(context, turn)
        else:
            earlier = None
    return earlier


def _asks_of_article(context: Context, question: str) -> bool:
    """Whether `question` asks for the record of an article that it does not describe.

    By the classifier not for the day: "when was that?" is asked of what happened.
    """
    if asks_of_article(question, context.records):
        return True
    intent = context.tools.intent_of(question)
    if intent is None or intent.probability < SURE or intent.topic:
        return False
    words = read_words(question, context.records)
    return intent.aspect in _FIELDS and names_article(words)


def _cited_by(context: Context, turn: Turn) -> RecordQuery | None:
    """Its articles as far as they are still in the index, else those that its words lead to."""
    ids = tuple(id for id in turn.articles if id in context.records.by_id)
    if not ids:
        sentences = _sentences(turn.answer)
        ids = tuple(dict.fromkeys(id for each in sentences for id in _with(context, each)))
    return RecordQuery("article" if len(ids) == 1 else "list", ids=ids) if ids else None


def _sentences(answer: str) -> Iterator[str]:
    """What stands before each mark of `answer`, without the marks."""
    return filter(None, map(str.strip, replace_citation_marks(answer, "\n", EARLIER).split("\n")))


def _with(context: Context, sentence: str) -> list[str]:
    """The articles that `sentence` of an answer may rest on; none where that cannot be told."""
    retriever, index = context.tools.retriever, context.index
    hits = retriever.search(index, sentence, PASSAGES_READ, context.request.filters)
    if quotes := [fold(each) for each in _QUOTED.findall(sentence)]:
        texts = {hit.passage.article: context.article_of(hit.passage.article).text for hit in hits}
        folded = {id: fold(text) for id, text in texts.items()}
        return [id for id, text in folded.items() if all(has_phrase(text, q) for q in quotes)]
    weights = retriever.word_weights(index, sentence, language_of(sentence))
    return [
        hit.passage.article
        for hit in hits
        if coverage([hit.passage.text], weights) >= _MIN_COVERAGE
    ]
