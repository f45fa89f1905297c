"""Example questions for the page, from the corpus itself.

In:  an open generation, the model, a way to search.
Out: a few questions, each of which finds the passage it was made from. Kept beside the
     generation, so that they are written once.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing, suppress

from rag.index.snapshot import Snapshot
from rag.models.llm.base import LanguageModel
from rag.prompts.templates import question_prompt
from rag.runtime.atomic_file import write_atomically
from rag.types import Hit


def suggest_questions(
    generation: Snapshot,
    model: LanguageModel,
    search: Callable[[str], list[Hit]],
    count: int,
) -> list[str]:
    """At most `count` questions, one an article, newest articles first."""
    kept = generation.folder / "examples.json"
    with suppress(OSError, ValueError):  # none yet, or damaged: written anew
        told: list[str] = json.loads(kept.read_text())
        return told[:count]
    articles = sorted(
        generation.documents.articles(), key=lambda a: (a.published or "", a.id), reverse=True
    )
    written: list[str] = []
    for article in articles[: count * 2]:
        if len(written) == count:
            break
        first = generation.documents.first_passage(article.id)
        prompt = question_prompt(model.chat_template, first.text)
        with closing(model.generate(prompt, max_tokens=40)) as tokens:
            question = " ".join("".join(token.text for token in tokens).split())
        found = search(question) if question.endswith("?") else []
        if found and found[0].passage.article == article.id and question not in written:
            written.append(question)
    with suppress(OSError):  # a read-only index: written again at the next start
        write_atomically(kept, json.dumps(written))
    return written
