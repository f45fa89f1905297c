"""Prompt injection: what an article says to a machine instead of to its readers. Pure functions.

    injection_spans(text)      ->  the parts that speak to whoever answers or imitate our prompts
    sanitize_for_prompt(text)  ->  what the model sees of it: the rest on one line, without `[n]`

Only what the model sees changes: what is stored, quoted and shown is always the article's own
text. No filter of this kind is complete (anyone can word a new instruction): the reader is trained
on such passages too, and every claim is checked against its quote. News about machines, requests
to readers and a newspaper's corrections are left alone (`tests/prompts/test_injection.py`). The
effect is measured by `python -m tests.injections`.
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
# lines that imitate our prompts: "[1] …", "[2] …" as passages, "Answer: … [1]", "[passage 1]"; one
# numbered line by itself begins with a footnote of the sentence before it
_IMITATIONS = re.compile(
    r"^\[\d{1,3}\]\s.*(?:\n+\[\d{1,3}\]\s.*)+"
    r"|^.*\[passages? \d{1,3}\].*|\b(?:question|answer) ?:.*\[\d{1,3}\].*",
    re.IGNORECASE | re.MULTILINE,
)
# data in place of prose: JSON, an element with its end tag, in pointed or square brackets
_DATA = re.compile(
    r"^[ \t]*[\[{]{1,3} ?\"[^\"\n]+\" ?:.*|<([a-z]\w*)\b[^<>\n]*>.{0,300}?</\1>"
    r"|\[([a-z]\w*)\b[^\[\]\n]*\].{0,300}?\[/\2\]",
    re.IGNORECASE | re.MULTILINE,
)

_MACHINE = (
    r"(?:AIs?|assistants?|(?:chat ?)?bots?|robots?|crawlers?|machines?|(?:language )?models?|LLMs?"
    r"|(?:answer|search) engines?|software|programs?|databases?|algorithms?|machine-readable"
    r"|(?:AI|answering|automat(?:ed|ic)|digital|indexing|machine|virtual) (?:agents?|assistants?"
    r"|bots?|engines?|models?|readers?|services?|software|summari\w+|systems?|tools?))"
    r"(?! \w*(?:compan|develop|firm|maker|work))"  # those are people
)
_NOTICE = (
    r"(?:notes?|notices?|memos?|messages?|attention|corrected|corrections?|dear|errat(?:um|a)"
    r"|information|instructions?|reminders?|requests?|retractions?|updates?|words?|N\. ?B)"
)
_ANSWER = r"(?:answers?|repl(?:y|ies)|responses?|output)"
_OTHER_TEXTS = (
    r"(?:other|older|earlier|previous|neighbouring|all) (?:\w+ )?(?:accounts?|articles?"
    r"|entr(?:y|ies)|newspapers?|passages?|reports?|sources?|texts?|versions?)"
)
_IN_CONTEXT = (
    r"(?:instruct|prompt|rule|passage|article|source|context|everything|anything|told|question"
    rf"|every other|elsewhere|above|{_OTHER_TEXTS})"
)
_CLAUSE = r"(?:^|[,;:–—] |^please |\band )"  # where an imperative may begin
_NOT_REPORTED = (
    r"(?!.*\b(?:said|says|told|announced|decided|wrote|writes|reported|ruled|according)\b)"
)

# "Note to assistants: …", "For any software that reads this: …"
_ADDRESS = (
    rf"^{_NOT_REPORTED.replace('.*', '[^:]*')}"
    rf"(?:(?:[\w'’]+ ){{0,3}}{_NOTICE}\b(?:[.,]? (?:[\w'’]+,? ){{0,4}}(?:to|for|by|of)\b|,|\W*\(|)"
    rf"|for) ?(?:[\w'’]+ ){{0,4}}(?:{_MACHINE}|whoever)\b[^.:“”\"]{{0,60}}(?:[:–—]|(?<=AI),)",
    rf"^{_NOT_REPORTED}(?:all |any )?{_MACHINE} (?:are to|have to|must|shall|should) (?:\w+ )?"
    r"(?:answer|cite|give|name|quote|reply|report|respond|say|state|tell|use|write)\b",
    r"^(?-i:SYSTEM|ASSISTANT)\b[^.:\n]{0,20}:",
    rf"\byou are (?:now )?an? (?:\w+ )?{_MACHINE}\b",
    r"\bsystem prompt\b",
)
# "Disregard all other reports", "The other articles were withdrawn"
_SETTING_ASIDE = (
    rf"{_CLAUSE}(?:ignore|disregard|forget|override|set aside|leave out)\b.{{0,60}}\b{_IN_CONTEXT}",
    rf"{_CLAUSE}do not (?:believe|cite|mention|quote|read|trust|use) (?:any|the|other)\b",
    rf"^{_NOT_REPORTED}.*\b{_OTHER_TEXTS}\b.{{0,40}}"
    r"\b(?:misprints?|superseded|taken back|withdrawn)\b",
    rf"\b(?:replaces|supersedes) (?:all|every|any) {_OTHER_TEXTS}",
)
# "Reply with …", "Give … as your answer", "Whoever asks must be told …"
_DEMANDS = (
    rf"{_CLAUSE}(?:always |only |just |ever )*(?:answer|reply|respond)\b "
    r"(?:only|exactly|nothing|every question|with\b|that\b|this\b|:)",
    r"^(?:please |now )?(?:always |only |just |ever |you must |you should )+"
    r"(?:say|output|repeat|print|answer|reply|respond)\b",
    r"^(?:please |now )?(?:say|output|repeat|print)\b (?:only|exactly|nothing|with\b|:)",
    rf"\bas your (?:\w+ )?{_ANSWER}\b",
    rf"{_CLAUSE}(?:give|name|report|return|state|use)\b.{{0,80}}"
    rf"\bas the (?:\w+ )?(?:{_ANSWER}|result)\b",
    r"\b(?:when|if) (?:answering|asked|summari[sz]ing)\b,? (?:\w+ )?"
    r"(?:answer|give|name|reply|report|say|state|use|write)\b",
    rf"\b(?:{_ANSWER}|details?|figures?|names?|values?) (?:that (?:is|are) )?to be given\b",
    r"\btell (?:anyone|everyone|the person|those|whoever)\b.{0,10}\basks?\b",
    rf"\b(?:anyone|everyone|whoever)\b.{{0,10}}\basks?\b.{{0,120}}\b(?:{_ANSWER}|be told)\b",
)
_ORDERS = re.compile("|".join((*_ADDRESS, *_SETTING_ASIDE, *_DEMANDS)), re.IGNORECASE)
_LABELS = re.compile(r"\b(Question|Answer|Passage|Last question) ?:")


def without_orders(text: str) -> str:
    """`text` with blanks in place of what speaks to a machine: it is text, never evidence."""
    for start, end in injection_spans(text):
        text = text[:start] + " " * (end - start) + text[end:]
    return text


def injection_spans(text: str) -> list[Span]:
    """The `[start, end)` spans of `text`, in order, that speak to a machine.

    An order extends to the end of its paragraph, a control token to the end of the text. What
    stands in quotation marks is reported, not ordered.
    """
    if (token := _CONTROL_TOKENS.search(text)) is not None:
        start = text.rfind("\n", 0, token.start()) + 1
        return [*injection_spans(text[:start]), (start, len(text))]
    spans = [match.span() for each in (_IMITATIONS, _DATA) for match in each.finditer(text)]
    for start, end in sentence_spans(text):
        if _ORDERS.search(_unquoted(text[start:end])):
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


def _unquoted(sentence: str) -> str:
    """`sentence` from its first word or quotation mark on, without what is in quotation marks."""
    return re.sub(r"“[^”]*(?:”|$)|\"[^\"]*(?:\"|$)", "“”", re.sub(r"^[^\w“”\"]+", "", sentence))


def _merged(spans: list[Span]) -> list[Span]:
    """Sorted `spans` with those that touch or overlap as one."""
    merged: list[Span] = []
    for start, end in spans:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
