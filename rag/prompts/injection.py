"""What an article says to the machine instead of to its readers. Pure functions.

    order_spans(text)  ->  the parts of a passage that give a model orders or imitate our frame
    readable(text)     ->  what a model is given of it: the rest on one line, without [n]
    unnumbered(text)   ->  what may stand in an answer beside our own [n]

Only what the model reads changes: what is stored, quoted and shown stays the article's own text.
This is no proof against orders (anyone can word a new one), but the check of every claim is behind
it. How much it helps is measured by `python -m tests.injections`.
"""

from __future__ import annotations

import re

from rag.text.sentences import Span, sentence_spans

# tokens of chat frames: nothing behind one, to the end of the passage, is an article's prose
_TOKENS = re.compile(
    r"<\|[^|<>\n]{1,40}\|>|<<\s*/?SYS\s*>>|\[/?INST\]|</?s>|</?(?:start|end)_of_turn>"
    r"|#{2,} ?(?:instruction|response|system|assistant|user|input|human)s?\b ?:?",
    re.IGNORECASE,
)
# lines that look like ours: "[2] …" as a passage, "Answer: … [1]", "[passage 1]"
_LINES = re.compile(
    r"^\s*\[\d{1,3}\]\s.*|^.*\[passages? \d{1,3}\].*|\b(?:question|answer) ?:.*\[\d{1,3}\].*",
    re.IGNORECASE | re.MULTILINE,
)
_WHO = r"(?:AIs?|assistants?|language models?|LLMs?|chat ?bots?|bots?|models?|machines?)"
_WHAT = r"(?:instruct|prompt|rule|passage|article|source|context|everything|anything|told|question)"
# sentences that address a machine; "He told them to ignore the rules" is none, nor is a quotation
_ORDERS = re.compile(
    rf"^[^\w“”\"]*(?:please |now |and )?(?:ignore|disregard|forget|override)\b.{{0,60}}\b{_WHAT}"
    rf"|^[^\w“”\"]*(?:\w+ )?(?:note|message|notice|attention|instructions?),? "
    rf"(?:to |for )?(?:any |all |the )?{_WHO}\b[^.:]{{0,40}}:"
    rf"|\byou are (?:now )?an? (?:\w+ )?{_WHO}\b|\bsystem prompt\b"
    r"|^[^\w“”\"]*(?:please |now |always |only |just |ever |you must |you should )*"
    r"(?:reply|respond|answer|say|output|repeat|print)\b "
    r"(?:only|exactly|nothing|every question|with\b|that\b|this\b|:)"
    r"|^[^\w“”\"]*(?:only|always) (?:ever )?(?:say|reply|answer|respond)\b"
    r"|^[^\w“”\"]*do not (?:mention|cite|use|read) (?:any|the|other)\b",
    re.IGNORECASE,
)
_NUMBERS = re.compile(r"\s*\[(?:passages? )?\d{1,4}(?:\s*[,;\u2013-]\s*\d{1,4})*\]", re.IGNORECASE)
_FRAME = re.compile(r"\b(Question|Answer|Passage|Last question) ?:")


def injection_spans(text: str) -> list[Span]:
    """The `[start, end)` spans of `text`, in order, that speak to a machine.

    An order reaches to the end of its paragraph: what follows it is what it orders.
    """
    if (found := _TOKENS.search(text)) is not None:
        start = text.rfind("\n", 0, found.start()) + 1
        return [*injection_spans(text[:start]), (start, len(text))]
    spans = [match.span() for match in _LINES.finditer(text)]
    for start, end in sentence_spans(text):
        if _ORDERS.search(text[start:end]):
            stop = text.find("\n", start)
            spans.append((start, len(text) if stop < 0 else max(stop, end)))
    return _joined(sorted(spans))


def strip_citation_marks(text: str) -> str:
    """`text` without [n]: in an answer such a mark is ours alone."""
    while (fewer := _NUMBERS.sub("", text)) != text:  # "[[1]1]" is one that hides another
        text = fewer
    return text


def sanitize_for_prompt(text: str) -> str:
    """`text` as a model may read it."""
    kept, at = [], 0
    for start, end in injection_spans(text):
        kept.append(text[at:start])
        at = end
    rest = strip_citation_marks(" … ".join([*kept, text[at:]]))
    return " ".join(_FRAME.sub(r"\1 –", rest).split())


def _joined(spans: list[Span]) -> list[Span]:
    joined: list[Span] = []
    for start, end in spans:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined
