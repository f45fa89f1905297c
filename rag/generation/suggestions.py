"""Suggested questions, generated from the newest articles of the index.

In:  an open `Snapshot`, the model, a search.
Out: a few questions, each of which retrieves the article that it was generated from. They are
     stored in the folder of the index, so that they are generated once per snapshot.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing, suppress
from heapq import nlargest
from pathlib import Path

from rag.index.snapshot import Snapshot
from rag.models.llm.base import LanguageModel
from rag.prompts.templates import question_prompt
from rag.runtime.atomic_file import write_atomically
from rag.types import Hit

FILE_NAME = "suggestions.json"
_MAX_TOKENS = 40


def suggest_questions(
    index: Snapshot, model: LanguageModel, search: Callable[[str], list[Hit]], count: int
) -> list[str]:
    """At most `count` questions, one per article, newest articles first.

    Raises:
        ModelError: the model failed.
        IndexFault: a file of the index cannot be read.
    """
    file = index.folder.parent / FILE_NAME
    stored = _stored(file, index.name)
    if stored is not None:
        return stored[:count]
    articles = nlargest(
        count * 2,
        index.documents.article_metadata().values(),
        key=lambda article: (article.published or "", article.id),
    )
    questions: list[str] = []
    for article in articles:
        if len(questions) == count:
            break
        passage = index.documents.first_passage(article.id)
        prompt = question_prompt(model.chat_template, passage.text)
        with closing(model.generate(prompt, max_tokens=_MAX_TOKENS)) as tokens:
            question = " ".join("".join(token.text for token in tokens).split())
        hits = search(question) if question.endswith("?") else []
        if hits and hits[0].passage.article == article.id and question not in questions:
            questions.append(question)
    with suppress(OSError):  # a read-only index: generated again at the next start
        write_atomically(file, json.dumps({"snapshot": index.name, "questions": questions}))
    return questions


def _stored(file: Path, snapshot: str) -> list[str] | None:
    """The questions in `file`; None where it is missing, damaged, or of another snapshot."""
    with suppress(OSError, ValueError, TypeError, KeyError):
        values = json.loads(file.read_text(encoding="utf-8"))
        if values["snapshot"] == snapshot:
            return [str(each) for each in values["questions"]]
    return None
