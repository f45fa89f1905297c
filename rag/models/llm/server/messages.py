"""A prompt as the messages of a chat, for a server that has the model's own template.

In:  a `Prompt` laid out in roles (`rag.models.llm.chat_template.ROLES`).
Out: `{"role", "content"}` messages, the wording as in a prompt for a local model.

A server reads control tokens wherever they stand. In articles and questions they are broken by a
space, so that "<|im_start|>" in an article stays a string there too.
"""

from __future__ import annotations

import re

from rag.models.llm.chat_template import ROLES, Prompt, get_chat_template

_CONTROL_TOKENS = re.compile(r"<(?=[|｜]|/?\w+>)|\[(?=/?[A-Z][A-Z_]+\])")


def chat_messages(prompt: Prompt, *, system_role: bool = True) -> list[dict[str, str]]:
    """The messages of `prompt`; without `system_role` the system's text opens the first message.

    Raises:
        ValueError: `prompt` is laid out in the control tokens of a model family.
    """
    template = get_chat_template(ROLES)
    messages: list[tuple[str, list[str]]] = []
    for segment in (*prompt.prefix, *prompt.suffix):
        if not segment.special:
            messages[-1][1].append(segment.text)
        elif segment.text in (template.system, template.user, template.assistant):
            messages.append((segment.text, []))
        elif segment.text != template.end:
            raise ValueError(f"no role: {segment.text!r}")
    contents = [(role, without_control_tokens("".join(parts))) for role, parts in messages]
    contents = [each for each in contents if each[1]]  # the answer is still to be written
    if not system_role and contents[0][0] == template.system:
        (_, system), (role, first), *rest = contents
        contents = [(role, f"{system}\n\n{first}"), *rest]
    return [{"role": role, "content": content} for role, content in contents]


def without_control_tokens(text: str) -> str:
    """`text` with a space in whatever a chat template could take for a control token."""
    return _CONTROL_TOKENS.sub(r"\g<0> ", text)
