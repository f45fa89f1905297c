"""Earlier turns of a conversation, as a question is asked with them.

Left to others: how many of them count (`rag.retrieval.rewrite`), how they are stored
(`rag.conversations`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rag.types.answers import Answer


class Turn(NamedTuple):
    """An earlier question, the text of its answer, and the ids of the articles that it quotes.

    Without ids the articles are looked up by the words of the answer.
    """

    question: str
    answer: str
    articles: tuple[str, ...] = ()

    @classmethod
    def of(cls, question: str, answer: str | Answer) -> Turn:
        """The turn of `question` and its answer, or the text of that."""
        if isinstance(answer, Answer):
            return cls(question, answer.text, answer.quoted_articles)
        return cls(question, answer)


History = Sequence[Turn | tuple[str, str | Answer]]
"""What a question may be asked with, oldest first: a pair is a question with its answer."""
