"""Questions on one line; follow-ups ("and who said that?") rewritten before the search.

In:  a question as typed, earlier turns, the language model.
Out: a self-contained question.

Only a question that refers to earlier turns is rewritten; any other is searched for as it is, so
that nothing is lost.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import closing

from rag.errors import ModelUnavailable, QuestionError
from rag.models.llm.base import LanguageModel
from rag.prompts.templates import rewrite_prompt
from rag.runtime.cancellation import NEVER, CancelToken
from rag.text.citation_marks import EARLIER, strip_citation_marks
from rag.text.names import extract_names
from rag.text.stemming import stem_tokens
from rag.types import LONGEST_QUESTION, Answer, History, Turn

_REFERS_BACK = re.compile(
    r"\b(he|she|it|they|him|her|them|his|hers|its|their|theirs|this|that|these|those|there|then|"
    r"same|former|latter|else|(?:next|last|previous|other|first|second) ones?)\b",
    re.IGNORECASE,
)
_CONTINUES = re.compile(r"^(and|but|so|or|also|what about|how about|why|when|where|how)\b", re.I)
LAST_TURNS = 3
"""Earlier turns that the words of a follow-up may refer to."""

_MOST_TURNS = 8  # that are looked back at
_LONGEST_ANSWER = 10_000  # characters of an earlier answer in which names are looked for
_MAX_ANSWER = 300  # characters of an earlier answer in the prompt
_MAX_TOKENS = 80
_MAX_NAMES = 2  # of the last turn before a follow-up
_REWRITTEN = range(8, 401)  # plausible lengths of a rewritten question, in characters


def normalize_question(question: str) -> str:
    """`question` on one line. Raises `QuestionError` where it is empty or too long."""
    line = " ".join(question.split())
    if not re.search(r"\w", line):
        raise QuestionError('the question is empty: type one, such as rag ask "Who said …?"')
    if len(line) > LONGEST_QUESTION:
        raise QuestionError(
            f"the question has {len(line):,} characters: shorten it to {LONGEST_QUESTION:,}"
        )
    return line


def recent_turns(history: History) -> tuple[Turn, ...]:
    """The last turns of `history`, each cut to what could have been asked and answered.

    Raises:
        QuestionError: one of them is no pair of a question and its answer.
    """
    turns = []
    for entry in list(history)[-_MOST_TURNS:]:
        turn = _as_turn(entry)
        question, answer = turn.question[:LONGEST_QUESTION], turn.answer[:_LONGEST_ANSWER]
        turns.append(turn._replace(question=question, answer=answer))
    return tuple(turns)


def _as_turn(entry: object) -> Turn:
    match entry:
        case Turn():
            return entry
        case (str(question), str() | Answer() as answer):
            return Turn.of(question, answer)
    raise QuestionError(
        "a turn of history has another form: give each as (QUESTION, ANSWER), the answer as "
        "rag.answer returned it or its text"
    )


def is_follow_up(question: str) -> bool:
    """Whether the question seems to refer to an earlier one."""
    if _REFERS_BACK.search(question):
        return True
    short = len(stem_tokens([question])[0]) <= 2
    return short or bool(_CONTINUES.match(question) and len(question.split()) <= 5)


def rewrite_followup(
    question: str, history: Sequence[Turn], model: LanguageModel, cancel: CancelToken = NEVER
) -> str:
    """`question` rewritten so that it can be understood without `history` (at least one turn).

    Empty where the rewrite is no question, or the model is unavailable.

    Raises:
        ModelError: the model failed.
        Cancelled: `cancel` was cancelled.
    """
    turns = [(turn.question, _plain(turn.answer)) for turn in history]
    prompt = rewrite_prompt(model.chat_template, question, turns)
    try:
        with closing(model.generate(prompt, max_tokens=_MAX_TOKENS, cancel=cancel)) as tokens:
            rewritten = " ".join("".join(token.text for token in tokens).split())
    except ModelUnavailable:  # raised again by the draft, once there are passages to show
        rewritten = ""
    is_question = rewritten.endswith("?") and len(rewritten) in _REWRITTEN
    return rewritten if is_question else ""


def with_previous_question(question: str, history: Sequence[Turn]) -> str:
    """The last question of `history` (at least one turn) before `question`: it has the subject."""
    return f"{history[-1].question} {question}"


def with_previous_names(question: str, history: Sequence[Turn]) -> str:
    """`question` behind the names of the last turn, which its pronouns may mean."""
    last = history[-1]
    names = extract_names(_plain(last.answer)) or extract_names(last.question)
    return f"{', '.join(names[:_MAX_NAMES])}: {question}" if names else question


def _plain(answer: str) -> str:
    return strip_citation_marks(answer, EARLIER)[:_MAX_ANSWER]
