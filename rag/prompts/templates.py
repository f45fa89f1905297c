"""All text that a model reads, and the sentences shown when nothing can be said.

In:  a question, numbered passages, earlier turns; the name of the model's chat frame.
Out: a `Prompt`: a constant part, processed once and kept, and the part of this question.
Left to others: tokens and generation (`rag.models.llm.local`), the worked examples (`rag.prompts.few_shot`).

A passage is a piece of its own that is read `alone`, behind the constant part and without the
passages beside it: what it cost is kept for the next question it is found for (`rag.models.llm.local`). Its
number stands behind it and is read in its place: a number that was read before, or by itself, tells
the model nothing of which passage it names.
Pieces marked `frame` are ours alone and may hold control tokens. All else, articles and
questions included, is tokenised as plain text: "<|im_start|>" in an article stays a string. Of
passages and quotes a model is given what is `readable` (`rag.prompts.injection`).
"""

from __future__ import annotations

from collections.abc import Sequence

from rag.models.llm.chat_template import Prompt, PromptSegment, get_chat_template, render_prompt
from rag.prompts.few_shot import (
    ANSWER_EXAMPLES,
    QUESTION_EXAMPLES,
    REWRITE_EXAMPLES,
    VERIFICATION_EXAMPLES,
)
from rag.prompts.injection import sanitize_for_prompt
from rag.types import History, Reason

REFUSALS: dict[Reason, str] = {
    "not_in_corpus": "The articles do not say: nothing in them is about this.",
    "not_stated": "The articles do not say: they touch on this, but do not state it.",
    "outside_filter": "The articles do not say within the chosen dates and outlets.",
}


_ANSWER_SYSTEM = (
    "You answer questions from numbered passages of news articles. Use only what the passages "
    "say. Answer exactly what is asked in one or two short sentences with the names, dates and "
    "figures of the passages; give each part of the question a sentence of its own. Say who "
    "said or reported a thing. End every sentence with the number of the passage it comes from, "
    "like [2]."
)

_READING_SYSTEM = (
    "You check answers against a passage. Say No when the passage speaks of another person, "
    "thing, time or relation than the one asked about. Reply Yes or No."
)

_REWRITE_SYSTEM = (
    "You rewrite the last question of a conversation so that it can be understood alone: put "
    "the names in place of words such as he, it, they, that, there. Change nothing else. Do not "
    "answer it."
)


def answer_prompt(frame: str, question: str, passages: Sequence[str]) -> Prompt:
    """The prompt that asks for a cited answer; passage n is `passages[n-1]`."""
    examples = [
        (f"{_passages(shown)}\nQuestion: {asked}", told) for shown, asked, told in ANSWER_EXAMPLES
    ]
    return render_prompt(
        get_chat_template(frame),
        _ANSWER_SYSTEM,
        examples,
        *(
            piece
            for number, text in enumerate(passages, start=1)
            for piece in (
                PromptSegment(sanitize_for_prompt(text), isolated=True),
                PromptSegment(_numbered(number)),
            )
        ),
        PromptSegment(f"\nQuestion: {question}"),
    )


def verification_prompt(frame: str, question: str, quotes: Sequence[str], answer: str) -> Prompt:
    """The prompt after which "Yes" or "No" tells whether `quotes` state `answer` to `question`."""
    examples = [
        (_reading(asked, [quote], told), "Yes" if right else "No")
        for quote, asked, told, right in VERIFICATION_EXAMPLES
    ]
    asked = PromptSegment(_reading(question, quotes, answer))
    return render_prompt(get_chat_template(frame), _READING_SYSTEM, examples, asked)


def rewrite_prompt(frame: str, question: str, history: History) -> Prompt:
    """The prompt that makes a follow-up self-contained."""
    return render_prompt(
        get_chat_template(frame),
        _REWRITE_SYSTEM,
        [(_conversation(turns, asked), told) for turns, asked, told in REWRITE_EXAMPLES],
        PromptSegment(_conversation(history, question)),
    )


def question_prompt(frame: str, passage: str) -> Prompt:
    """The prompt that asks for one question which `passage` answers (for the page's examples)."""
    examples = [(f"Passage: {passage}", question) for passage, question in QUESTION_EXAMPLES]
    system = (
        "You write one short question that the passage answers. The question names the people "
        "or things it is about."
    )
    return render_prompt(
        get_chat_template(frame),
        system,
        examples,
        PromptSegment(f"Passage: {sanitize_for_prompt(passage)}"),
    )


def _reading(question: str, quotes: Sequence[str], answer: str) -> str:
    return (
        f"Passage: {sanitize_for_prompt(' '.join(quotes))}\nAnswer: {_one_line(answer)}\n"
        f"Question: {_one_line(question)}\n"
        "Does the passage state that this answer is right for exactly this question?"
    )


def _passages(texts: Sequence[str]) -> str:
    return "".join(f"{text}{_numbered(number)}" for number, text in enumerate(texts, start=1))


def _numbered(number: int) -> str:
    """What stands behind a passage: its number, which so is read with the passage before it."""
    return f" [{number}]\n"


def _conversation(history: Sequence[tuple[str, str]], question: str) -> str:
    turns = "\n".join(f"Q: {_one_line(asked)}\nA: {_one_line(told)}" for asked, told in history)
    return f"{turns}\nLast question: {_one_line(question)}"


def _one_line(text: str) -> str:
    return " ".join(text.split())
