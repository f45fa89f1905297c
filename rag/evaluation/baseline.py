"""The baseline: the same model and passages, one prompt of instructions, nothing checked.

In:  an open `Assistant`, a question. Out: an answer in the plain form of `Answer.to_dict()`.
Left to others: scoring it (`rag.evaluation.runner` asks both and treats their answers alike).

What is shown is the draft. Citation n is passage n, whole; a number that names no passage stays
in the text, is no citation, and is counted (`phantom_citations`). It counts as a refusal where
its first sentence says that the passages do not say.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from typing import Any

from rag.assistant import Assistant
from rag.grounding.citations import citation
from rag.grounding.claims import split_claims
from rag.models.llm.chat_template import CHAT_TEMPLATES, Prompt, PromptSegment
from rag.text.citation_marks import ANY, find_citation_marks, replace_citation_marks
from rag.text.folding import fold_spaces
from rag.text.sentences import sentence_spans
from rag.types import Answer, Article, Citation, Hit, Passage, Sentence, Timings

INSTRUCTIONS = (
    "You answer questions from numbered passages of news articles. Answer using only the "
    "passages, in one or two short sentences. Cite the passage that each sentence comes from by "
    "its number in square brackets, like [2]. If the passages do not say, write: The articles do "
    "not say."
)

_SOURCE = (
    r"(?:(?:the|these|this|any|all|your|provided|given|numbered|available|above|news|of) )*"
    r"(?:articles?|passages?|texts?|sources?|information|context|documents?|excerpts?)"
    r"(?: \[[\d, -]+\])?(?: (?:provided|given|above|available|here))?"
)
_SAY = (
    r"(?:explicitly |specifically |directly |clearly |actually )?(?:say|state|mention|provide|"
    r"specify|tell|give|contain|include|indicate|answer|address|discuss|describe|reveal|disclose|"
    r"name|report|identify|clarify|explain|offer|list|cover|note)"
)
_REFUSAL = re.compile(
    rf"\b{_SOURCE} (?:do|does|did)(?: not|n't) {_SAY}\b"
    rf"|\b(?:not|never|n't) (?:been )?(?:explicitly |specifically |directly |clearly )?"
    rf"(?:said|stated|mentioned|provided|specified|given|indicated|disclosed|reported|named|"
    rf"identified|found|available|included|described|addressed|discussed) "
    rf"(?:anywhere )?(?:in|by|within|from) {_SOURCE}\b"
    rf"|\b(?:there is|there's|contains?|provides?|gives?|have|has) no (?:\w+ ){{0,2}}"
    rf"(?:information|mention|indication|answer)\b"
    rf"|^no (?:\w+ ){{0,2}}(?:information|mention|answer)\b"
    rf"|^(?:it|this|that|the answer) is not (?:\w+ )?(?:said|stated|mentioned|specified|provided|"
    rf"given|known)[ .]*$"
    rf"|^(?:i )?(?:cannot|can't|could not|am unable to) (?:be )?(?:answer|determine|find)",
    re.I,
)


def baseline_prompt(frame: str, question: str, passages: Sequence[str]) -> Prompt:
    """Instructions, passages best first, the question; the instructions are the constant part."""
    told = CHAT_TEMPLATES[frame]
    constant = [PromptSegment(told.user, True), PromptSegment(INSTRUCTIONS + "\n\n")]
    if told.system:
        system = (
            PromptSegment(told.system, True),
            PromptSegment(INSTRUCTIONS),
            PromptSegment(told.end, True),
        )
        constant = [*system, PromptSegment(told.user, True)]
    lines = [f"[{n}] {' '.join(text.split())}" for n, text in enumerate(passages, start=1)]
    ask = "\n".join(lines) + f"\n\nQuestion: {question}"
    rest = (PromptSegment(ask), PromptSegment(told.end, True), PromptSegment(told.assistant, True))
    return Prompt(tuple(constant), rest)


def warm_up(assistant: Assistant) -> None:
    """Process the constant part, as `Assistant.warm` does with its own."""
    model = assistant.model()
    model.prefill(baseline_prompt(model.chat_template, "", []))


def ask(assistant: Assistant, question: str) -> dict[str, Any]:
    """The baseline's answer to `question`.

    Raises:
        RagError: as `Assistant.ask`.
    """
    begun = time.perf_counter()
    hits = assistant.search(question, assistant.settings.k)
    retrieved = time.perf_counter()
    model = assistant.model()
    asked = baseline_prompt(model.chat_template, question, [hit.passage.text for hit in hits])
    draft, first = "", None
    for token in model.generate(asked, max_tokens=assistant.settings.max_tokens):
        if token.text:
            first = first or time.perf_counter() - begun
            draft += token.text
    written = time.perf_counter()
    timings = Timings(
        retrieve=retrieved - begun,
        first_token=first,
        generate=written - retrieved,
        total=time.perf_counter() - begun,
    )
    return baseline_answer(question, draft, hits, assistant.article, timings)


def baseline_answer(
    question: str,
    draft: str,
    hits: Sequence[Hit],
    article_of: Callable[[str], Article],
    timings: Timings,
) -> dict[str, Any]:
    """A draft as an answer in plain form, taken at its word."""
    draft = " ".join(draft.split())
    refused = is_refusal(draft)
    claims = split_claims(draft, len(hits))
    cited = {n + 1 for each in claims for n in each.passages} if not refused else set()
    answer = Answer(
        question=question,
        query=question,
        text=draft,
        abstained=refused,
        reason="not_stated" if refused else None,
        sentences=tuple(
            Sentence(each.text, tuple(n + 1 for n in each.passages if n + 1 in cited), True)
            for each in claims
        ),
        citations=tuple(_whole(n, hits[n - 1].passage, article_of) for n in sorted(cited)),
        passages=tuple(hits),
        draft=draft,
        timings=timings,
    )
    phantoms = sum(
        not 1 <= number <= len(hits)
        for mark in find_citation_marks(draft, ANY)
        for number in mark.numbers
    )
    return {**answer.to_dict(), "phantom_citations": phantoms}


def is_refusal(draft: str) -> bool:
    """Whether the first sentence of a draft says that the passages do not say; so does nothing."""
    spans = sentence_spans(draft)
    if not spans:
        return True
    first = draft[spans[0][0] : spans[0][1]]
    unmarked = replace_citation_marks(first, " ", ANY).replace("’", "'")
    return bool(_REFUSAL.search(fold_spaces(unmarked)))


def _whole(number: int, passage: Passage, article_of: Callable[[str], Article]) -> Citation:
    return citation(number, article_of(passage.article), passage.start, passage.end)
