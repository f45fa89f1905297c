"""The baseline: the same model and passages, one prompt of instructions, nothing checked.

In:  an open `Assistant`, a question. Out: an `Answer`.
Left to others: scoring it (`rag.evaluation.runner` asks both systems and treats them alike).

The draft is shown as it is. Citation n is passage n, whole; a number without a passage stays in
the text, is no citation, and is counted (`count_phantom_citations`). A draft whose first sentence
says that the passages do not say counts as an abstention.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from rag.assistant import Assistant
from rag.grounding.citations import make_citation
from rag.grounding.claims import split_claims
from rag.models.llm.chat_template import Prompt, PromptSegment, get_chat_template
from rag.runtime.observability.stages import stage
from rag.text.citation_marks import ANY, find_citation_marks, replace_citation_marks
from rag.text.folding import fold_spaces
from rag.text.sentences import sentence_spans
from rag.types import Answer, Article, Hit, Sentence, Timings

INSTRUCTIONS = (
    "You answer questions from numbered passages of news articles. Answer using only the "
    "passages, in one or two short sentences. Cite the passage that each sentence comes from by "
    "its number in square brackets, like [2]. If the passages do not say, write: The articles do "
    "not say."
)

_EVIDENCE = (
    r"(?:(?:the|these|this|any|all|your|provided|given|numbered|available|above|news|of) )*"
    r"(?:articles?|passages?|texts?|sources?|information|context|documents?|excerpts?)"
    r"(?: \[[\d, -]+\])?(?: (?:provided|given|above|available|here))?"
)
_STATE = (
    r"(?:explicitly |specifically |directly |clearly |actually )?(?:say|state|mention|provide|"
    r"specify|tell|give|contain|include|indicate|answer|address|discuss|describe|reveal|disclose|"
    r"name|report|identify|clarify|explain|offer|list|cover|note)"
)
_ABSTENTION = re.compile(
    rf"\b{_EVIDENCE} (?:do|does|did)(?: not|n't) {_STATE}\b"
    rf"|\b(?:not|never|n't) (?:been )?(?:explicitly |specifically |directly |clearly )?"
    rf"(?:said|stated|mentioned|provided|specified|given|indicated|disclosed|reported|named|"
    rf"identified|found|available|included|described|addressed|discussed) "
    rf"(?:anywhere )?(?:in|by|within|from) {_EVIDENCE}\b"
    rf"|\b(?:there is|there's|contains?|provides?|gives?|have|has) no (?:\w+ ){{0,2}}"
    rf"(?:information|mention|indication|answer)\b"
    rf"|^no (?:\w+ ){{0,2}}(?:information|mention|answer)\b"
    rf"|^(?:it|this|that|the answer) is not (?:\w+ )?(?:said|stated|mentioned|specified|provided|"
    rf"given|known)[ .]*$"
    rf"|^(?:i )?(?:cannot|can't|could not|am unable to) (?:be )?(?:answer|determine|find)",
    re.I,
)


def baseline_prompt(template_name: str, question: str, passages: Sequence[str]) -> Prompt:
    """Instructions, passages best first, the question; the instructions are the prompt prefix."""
    template = get_chat_template(template_name)
    user = PromptSegment(template.user, True)
    prefix = [user, PromptSegment(INSTRUCTIONS + "\n\n")]
    if template.system:
        system = PromptSegment(template.system, True)
        prefix = [system, PromptSegment(INSTRUCTIONS), PromptSegment(template.end, True), user]
    lines = [f"[{n}] {' '.join(text.split())}" for n, text in enumerate(passages, start=1)]
    suffix = (
        PromptSegment("\n".join(lines) + f"\n\nQuestion: {question}"),
        PromptSegment(template.end, True),
        PromptSegment(template.assistant, True),
    )
    return Prompt(tuple(prefix), suffix)


def warm_up(assistant: Assistant) -> None:
    """Process the prompt prefix, as `Assistant.warm_up` does with its own."""
    model = assistant.model()
    model.prefill(baseline_prompt(model.chat_template, "", []))


def ask(assistant: Assistant, question: str) -> Answer:
    """The baseline's answer to `question`.

    Raises:
        RagError: as `Assistant.ask`.
    """
    with stage("baseline") as whole:
        with stage("retrieve") as retrieving:
            hits = assistant.search(question, assistant.settings.k)
        with stage("generate") as generating:
            model = assistant.model()
            hit_texts = [hit.passage.text for hit in hits]
            prompt = baseline_prompt(model.chat_template, question, hit_texts)
            draft, first_token = "", None
            for token in model.generate(prompt, max_tokens=assistant.settings.max_tokens):
                if token.text:
                    first_token = first_token or whole.seconds
                    draft += token.text
    timings = Timings(
        retrieve=retrieving.seconds,
        first_token=first_token,
        generate=generating.seconds,
        total=whole.seconds,
    )
    return assemble_answer(question, draft, hits, assistant.article, timings)


def assemble_answer(
    question: str,
    draft: str,
    hits: Sequence[Hit],
    article_of: Callable[[str], Article],
    timings: Timings,
) -> Answer:
    """The draft as an answer, unchecked; `article_of` gives an article by its id."""
    draft = " ".join(draft.split())
    abstained = is_abstention(draft)
    claims = split_claims(draft, len(hits))
    cited = {n + 1 for each in claims for n in each.passages} if not abstained else set()
    passages = {n: hits[n - 1].passage for n in sorted(cited)}
    return Answer(
        question=question,
        query=question,
        text=draft,
        abstained=abstained,
        reason="not_stated" if abstained else None,
        sentences=tuple(
            Sentence(each.text, tuple(n + 1 for n in each.passages if n + 1 in cited), True)
            for each in claims
        ),
        citations=tuple(
            make_citation(n, article_of(passage.article), passage.start, passage.end)
            for n, passage in passages.items()
        ),
        passages=tuple(hits),
        draft=draft,
        timings=timings,
    )


def count_phantom_citations(answer: Answer) -> int:
    """The citations in the baseline's draft of passages that do not exist."""
    marks = find_citation_marks(answer.draft, ANY)
    numbers = [number for mark in marks for number in mark.numbers]
    return sum(not 1 <= number <= len(answer.passages) for number in numbers)


def is_abstention(draft: str) -> bool:
    """Whether a draft is empty, or its first sentence says that the passages do not say."""
    spans = sentence_spans(draft)
    if not spans:
        return True
    first = draft[spans[0][0] : spans[0][1]]
    unmarked = replace_citation_marks(first, " ", ANY).replace("’", "'")
    return bool(_ABSTENTION.search(fold_spaces(unmarked)))
