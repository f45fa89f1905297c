"""How a family of models marks who speaks, and prompts laid out in such a frame. Pure functions.

In:  a system text, few-shot examples, the segments of this question; the name of a chat template.
Out: a `Prompt`: a prefix, processed once and cached, and the suffix of this question.
Left to others: the wording (`rag.prompts.templates`), tokens and generation (`rag.models.llm`).

Segments marked `special` are ours alone and may hold control tokens. All else, articles and
questions included, is tokenised as plain text: "<|im_start|>" in an article stays a string.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rag.errors import ModelError


@dataclass(frozen=True, slots=True)
class PromptSegment:
    """Text for the model; `frame`: may hold control tokens; `alone`: sees the constant part."""

    text: str
    special: bool = False
    isolated: bool = False


@dataclass(frozen=True, slots=True)
class Prompt:
    """`constant` is the same for every question of a kind; `rest` is this one's."""

    prefix: tuple[PromptSegment, ...]
    suffix: tuple[PromptSegment, ...]


@dataclass(frozen=True, slots=True)
class ChatTemplate:
    """How a family of models marks who speaks. `system` is empty where it knows no such role."""

    system: str
    user: str
    assistant: str
    end: str


CHAT_TEMPLATES = {
    "chatml": ChatTemplate(
        "<|im_start|>system\n", "<|im_start|>user\n", "<|im_start|>assistant\n", "<|im_end|>\n"
    ),
    "llama3": ChatTemplate(
        "<|start_header_id|>system<|end_header_id|>\n\n",
        "<|start_header_id|>user<|end_header_id|>\n\n",
        "<|start_header_id|>assistant<|end_header_id|>\n\n",
        "<|eot_id|>",
    ),
    "gemma": ChatTemplate("", "<start_of_turn>user\n", "<start_of_turn>model\n", "<end_of_turn>\n"),
}


def get_chat_template(name: str) -> ChatTemplate:
    """The template of this name. Raises `ModelError` for an unknown one."""
    try:
        return CHAT_TEMPLATES[name]
    except KeyError:
        raise ModelError(
            f"unknown chat frame {name!r} in the catalogue: use one of {', '.join(CHAT_TEMPLATES)}"
        ) from None


def render_prompt(
    frame: ChatTemplate, system: str, examples: Sequence[tuple[str, str]], *ask: PromptSegment
) -> Prompt:
    """Lay out system text, worked examples and the question in the model's own frame."""
    constant: list[PromptSegment] = []
    lead = ""
    if frame.system:
        constant += [
            PromptSegment(frame.system, True),
            PromptSegment(system),
            PromptSegment(frame.end, True),
        ]
    else:
        lead = system + "\n\n"
    for asked, told in examples:
        constant += [
            *(
                PromptSegment(frame.user, True),
                PromptSegment(lead + asked),
                PromptSegment(frame.end, True),
            ),
            *(
                PromptSegment(frame.assistant, True),
                PromptSegment(told),
                PromptSegment(frame.end, True),
            ),
        ]
        lead = ""
    constant.append(PromptSegment(frame.user, True))
    rest = (*ask, PromptSegment(frame.end, True), PromptSegment(frame.assistant, True))
    return Prompt(tuple(constant), rest)
