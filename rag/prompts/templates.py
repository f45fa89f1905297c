"""Prompt templates.

In:  a question, passages, earlier turns; the name of the model's chat template.
Out: a `Prompt`: a prefix, the same for every question, and the suffix of this question.
Left to others: tokens and decoding (`rag.models.llm.local`), the examples (`rag.prompts.few_shot`).

Each passage is an `isolated` segment: it attends to the prefix but not to the passages beside it,
so that its KV cache can be reused for the next question that retrieves it. Its number follows it
as a segment of its own that is processed in place: a number that is cached with the passage, or by
itself, does not tell the model which passage it refers to.
Only `special` segments, which are ours alone, may contain control tokens. All else, articles and
questions included, is tokenised as plain text: "<|im_start|>" in an article stays a string.
Passages and quotes are sanitized first (`rag.prompts.injection`).
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
from rag.text.folding import fold_spaces

_ANSWER_SYSTEM = (
    "You answer questions from numbered passages of news articles. Use only what the passages "
    "say. Answer exactly what is asked in one or two short sentences with the names, dates and "
    "figures of the passages; give each part of the question a sentence of its own. Say who "
    "said or reported a thing. End every sentence with the number of the passage it comes from, "
    "like [2]."
)

_VERIFICATION_SYSTEM = (
    "You check answers against a passage. Say No when the passage speaks of another person, "
    "thing, time or relation than the one asked about. Reply Yes or No."
)

_REWRITE_SYSTEM = (
    "You rewrite the last question of a conversation so that it can be understood alone: put "
    "the names in place of words such as he, it, they, that, there. Change nothing else. Do not "
    "answer it."
)


def answer_prompt(chat_template: str, question: str, passages: Sequence[str]) -> Prompt:
    """The prompt for a cited answer; passage n is `passages[n - 1]`."""
    examples = [
        (f"{_numbered_passages(texts)}\nQuestion: {example}", answer)
        for texts, example, answer in ANSWER_EXAMPLES
    ]
    return render_prompt(
        get_chat_template(chat_template),
        _ANSWER_SYSTEM,
        examples,
        *(
            segment
            for number, text in enumerate(passages, start=1)
            for segment in (
                PromptSegment(sanitize_for_prompt(text), isolated=True),
                PromptSegment(_passage_number(number)),
            )
        ),
        PromptSegment(f"\nQuestion: {question}"),
    )


def verification_prompt(
    chat_template: str, question: str, quotes: Sequence[str], answer: str
) -> Prompt:
    """The prompt for "Yes" or "No": do `quotes` state that `answer` answers `question`?"""
    examples = [
        (_verification(example, [quote], proposed), "Yes" if right else "No")
        for quote, example, proposed, right in VERIFICATION_EXAMPLES
    ]
    suffix = PromptSegment(_verification(question, quotes, answer))
    return render_prompt(get_chat_template(chat_template), _VERIFICATION_SYSTEM, examples, suffix)


def rewrite_prompt(chat_template: str, question: str, history: Sequence[tuple[str, str]]) -> Prompt:
    """The prompt for a self-contained form of `question`, a follow-up to `history`."""
    return render_prompt(
        get_chat_template(chat_template),
        _REWRITE_SYSTEM,
        [(_conversation(turns, last), rewritten) for turns, last, rewritten in REWRITE_EXAMPLES],
        PromptSegment(_conversation(history, question)),
    )


def question_prompt(chat_template: str, passage: str) -> Prompt:
    """The prompt for one question that `passage` answers (a suggestion on the page)."""
    examples = [(f"Passage: {passage}", question) for passage, question in QUESTION_EXAMPLES]
    system = (
        "You write one short question that the passage answers. The question names the people "
        "or things it is about."
    )
    return render_prompt(
        get_chat_template(chat_template),
        system,
        examples,
        PromptSegment(f"Passage: {sanitize_for_prompt(passage)}"),
    )


def _verification(question: str, quotes: Sequence[str], answer: str) -> str:
    return (
        f"Passage: {sanitize_for_prompt(' '.join(quotes))}\nAnswer: {fold_spaces(answer)}\n"
        f"Question: {fold_spaces(question)}\n"
        "Does the passage state that this answer is right for exactly this question?"
    )


def _numbered_passages(texts: Sequence[str]) -> str:
    return "".join(f"{text}{_passage_number(number)}" for number, text in enumerate(texts, start=1))


def _passage_number(number: int) -> str:
    """The number of a passage, as it follows the passage."""
    return f" [{number}]\n"


def _conversation(history: Sequence[tuple[str, str]], question: str) -> str:
    turns = "\n".join(
        f"Q: {fold_spaces(turn_question)}\nA: {fold_spaces(answer)}"
        for turn_question, answer in history
    )
    return f"{turns}\nLast question: {fold_spaces(question)}"
