"""Questions on one line; follow-ups ("and who said that?") made self-contained before the search.

In:  a question as it was typed, earlier turns, the model.
Out: a question that can be understood alone.

The model is asked only where the question leans on what came before; a question that stands
alone is searched as it is, so that nothing is lost in rewriting.
"""

from __future__ import annotations

import re
from contextlib import closing

from rag.errors import ModelUnavailable, QuestionError
from rag.models.llm.base import LanguageModel
from rag.prompts.templates import rewrite_prompt
from rag.runtime.cancellation import NEVER, CancelToken
from rag.text.citation_marks import EARLIER, strip_citation_marks
from rag.text.stemming import stem_tokens
from rag.types import LONGEST_QUESTION, History

_LEANS = re.compile(
    r"\b(he|she|it|they|him|her|them|his|hers|its|their|theirs|this|that|these|those|there|then|"
    r"same|former|latter|else)\b",
    re.IGNORECASE,
)
_OPENS = re.compile(r"^(and|but|so|or|also|what about|how about|why|when|where|how)\b", re.I)
_LONGEST = 300  # characters of an earlier answer that are shown to the model


def normalize_question(question: str) -> str:
    """`question` on one line. Raises `QuestionError` where it is empty or too long."""
    asked = " ".join(question.split())
    if not re.search(r"\w", asked):
        raise QuestionError('the question is empty: type one, such as rag ask "Who said …?"')
    if len(asked) > LONGEST_QUESTION:
        raise QuestionError(
            f"the question has {len(asked):,} characters: shorten it to {LONGEST_QUESTION:,}"
        )
    return asked


def is_follow_up(question: str) -> bool:
    """Whether the question seems to lean on an earlier one."""
    if _LEANS.search(question):
        return True
    few = len(stem_tokens([question])[0]) <= 2
    return few or bool(_OPENS.match(question) and len(question.split()) <= 5)


def rewrite_followup(
    question: str,
    history: History,
    model: LanguageModel,
    cancel: CancelToken = NEVER,
) -> str:
    """`question` with what it leans on spelled out.

    Where the model's rewriting is no question, or there is no model for a while, the last
    question is put before it instead: the search then still sees what was talked about.

    Raises:
        ModelError: the model failed.
        Cancelled: `cancel` was cancelled.
    """
    turns = [(asked[:LONGEST_QUESTION], _bare(told)) for asked, told in history]
    prompt = rewrite_prompt(model.chat_template, question, turns)
    try:
        with closing(model.generate(prompt, max_tokens=80, cancel=cancel)) as tokens:
            written = " ".join("".join(token.text for token in tokens).split())
    except ModelUnavailable:  # told with the passages, which are searched for all the same
        written = ""
    if written.endswith("?") and 8 <= len(written) <= 400:
        return written
    return f"{turns[-1][0]} {question}"


def _bare(answer: str) -> str:
    return strip_citation_marks(answer, EARLIER)[:_LONGEST]
