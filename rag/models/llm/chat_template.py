"""Chat templates of model families, and prompts laid out in one. Pure functions.

In:  a system text, few-shot examples, the segments of this question; the name of a chat template.
Out: a `Prompt`: a prefix, processed once and cached, and the suffix with the question.
Left to others: the wording (`rag.prompts.templates`), tokens and generation (`rag.models.llm`).

Only segments marked `special`, which are ours, may hold control tokens. Everything else, articles
and questions included, is tokenized as plain text: "<|im_start|>" in an article stays a string.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rag.errors import ModelError


@dataclass(frozen=True, slots=True)
class PromptSegment:
    """A part of a prompt.

    `special`: it may hold control tokens. `isolated`: it attends to the prefix and itself alone, so
    its state can be cached.
    """

    text: str
    special: bool = False
    isolated: bool = False


@dataclass(frozen=True, slots=True)
class Prompt:
    """`prefix` is the same for every prompt of a kind; `suffix` holds this question."""

    prefix: tuple[PromptSegment, ...]
    suffix: tuple[PromptSegment, ...]


@dataclass(frozen=True, slots=True)
class ChatTemplate:
    """The control tokens around each message; `system` is empty where there is no such role."""

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
    "granite": ChatTemplate(
        "<|start_of_role|>system<|end_of_role|>",
        "<|start_of_role|>user<|end_of_role|>",
        "<|start_of_role|>assistant<|end_of_role|>",
        "<|end_of_text|>\n",
    ),
    "gemma": ChatTemplate("", "<start_of_turn>user\n", "<start_of_turn>model\n", "<end_of_turn>\n"),
}


ROLES = "roles"
"""The layout for a server, which has the model's own template: roles in place of control tokens."""
_ROLES = ChatTemplate("system", "user", "assistant", "end")


def get_chat_template(name: str) -> ChatTemplate:
    """The template of this name, of a model family or `ROLES`; `ModelError` for an unknown one."""
    try:
        return _ROLES if name == ROLES else CHAT_TEMPLATES[name]
    except KeyError:
        raise ModelError(
            f"unknown chat template {name!r} in the catalogue: "
            f"use one of {', '.join(CHAT_TEMPLATES)}"
        ) from None


def render_prompt(
    template: ChatTemplate,
    system: str,
    examples: Sequence[tuple[str, str]],
    *message: PromptSegment,
) -> Prompt:
    """Lay out the system text, few-shot examples (message, reply) and the user's message."""
    prefix: list[PromptSegment] = []
    lead = ""
    if template.system:
        prefix += [
            PromptSegment(template.system, True),
            PromptSegment(system),
            PromptSegment(template.end, True),
        ]
    else:
        lead = system + "\n\n"
    for question, reply in examples:
        prefix += [
            *(
                PromptSegment(template.user, True),
                PromptSegment(lead + question),
                PromptSegment(template.end, True),
            ),
            *(
                PromptSegment(template.assistant, True),
                PromptSegment(reply),
                PromptSegment(template.end, True),
            ),
        ]
        lead = ""
    prefix.append(PromptSegment(template.user, True))
    rest = (*message, PromptSegment(template.end, True), PromptSegment(template.assistant, True))
    return Prompt(tuple(prefix), rest)
