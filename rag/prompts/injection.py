"""Prompt injection: what an article says to a machine instead of to its readers. Pure functions.

    injection_spans(text)      ->  the parts that instruct a model or imitate our prompts
    sanitize_for_prompt(text)  ->  what the model sees of it: the rest on one line, without `[n]`

Only what the model sees changes: what is stored, quoted and shown is always the article's own
text. No filter of this kind is complete (anyone can word a new instruction); behind it, every
claim is checked against its quote. Its effect is measured by `python -m tests.injections`.
"""

from __future__ import annotations

import re

from rag.text.citation_marks import strip_nested_citation_marks
from rag.text.folding import fold_spaces
from rag.text.sentences import Span, sentence_spans

# control tokens of chat templates: nothing behind one is an article's prose
_CONTROL_TOKENS = re.compile(
    r"<\|[^|<>\n]{1,40}\|>|<<\s*/?SYS\s*>>|\[/?INST\]|</?s>|</?(?:start|end)_of_turn>"
    r"|#{2,} ?(?:instruction|response|system|assistant|user|input|human)s?\b ?:?",
    re.IGNORECASE,
)
# lines that imitate our prompts: "[2] …" as a passage, "Answer: … [1]", "[passage 1]"
_IMITATIONS = re.compile(
    r"^\s*\[\d{1,3}\]\s.*|^.*\[passages? \d{1,3}\].*|\b(?:question|answer) ?:.*\[\d{1,3}\].*",
    re.IGNORECASE | re.MULTILINE,
)
_MACHINE = r"(?:AIs?|assistants?|language models?|LLMs?|chat ?bots?|bots?|models?|machines?)"
_OBJECT = (
    r"(?:instruct|prompt|rule|passage|article|source|context|everything|anything|told|question)"
)
# sentences that instruct a machine; "He told them to ignore the rules" and quotations are none
_INSTRUCTIONS = re.compile(
    rf"^[^\w“”\"]*(?:please |now |and )?(?:ignore|disregard|forget|override)\b.{{0,60}}\b{_OBJECT}"
    rf"|^[^\w“”\"]*(?:\w+ )?(?:note|message|notice|attention|instructions?),? "
    rf"(?:to |for )?(?:any |all |the )?{_MACHINE}\b[^.:]{{0,40}}:"
    rf"|\byou are (?:now )?an? (?:\w+ )?{_MACHINE}\b|\bsystem prompt\b"
    r"|^[^\w“”\"]*(?:please |now |always |only |just |ever |you must |you should )*"
    r"(?:reply|respond|answer|say|output|repeat|print)\b "
    r"(?:only|exactly|nothing|every question|with\b|that\b|this\b|:)"
    r"|^[^\w“”\"]*(?:only|always) (?:ever )?(?:say|reply|answer|respond)\b"
    r"|^[^\w“”\"]*do not (?:mention|cite|use|read) (?:any|the|other)\b",
    re.IGNORECASE,
)
_LABELS = re.compile(r"\b(Question|Answer|Passage|Last question) ?:")


def injection_spans(text: str) -> list[Span]:
    """The `[start, end)` spans of `text`, in order, that speak to a machine.

    An instruction extends to the end of its paragraph, a control token to the end of the text.
    """
    if (token := _CONTROL_TOKENS.search(text)) is not None:
        start = text.rfind("\n", 0, token.start()) + 1
        return [*injection_spans(text[:start]), (start, len(text))]
    spans = [match.span() for match in _IMITATIONS.finditer(text)]
    for start, end in sentence_spans(text):
        if _INSTRUCTIONS.search(text[start:end]):
            stop = text.find("\n", start)
            spans.append((start, len(text) if stop < 0 else max(stop, end)))
    return _merged(sorted(spans))


def sanitize_for_prompt(text: str) -> str:
    """What a model may see of `text`: "…" in place of each injection, no marks, one line."""
    pieces, end_of_last = [], 0
    for start, end in injection_spans(text):
        pieces.append(text[end_of_last:start])
        end_of_last = end
    rest = strip_nested_citation_marks(" … ".join([*pieces, text[end_of_last:]]))
    return fold_spaces(_LABELS.sub(r"\1 –", rest))


def _merged(spans: list[Span]) -> list[Span]:
    """Sorted `spans` with those that touch or overlap as one."""
    merged: list[Span] = []
    for start, end in spans:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
