"""Ask a folder of articles; every sentence of the answer is cited to the passage it rests on.

    from rag import answer, search
    print(answer("What did Kim call Putin?").text)
    print(search("Kim Putin -Seoul").hits[0].passage.text)
    a = await rag.aanswer("What did Kim call Putin?")       # the same for asyncio

Importing this loads no model and no heavy library; the first question does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rag.errors import RagError
from rag.newsroom.drafts.result import CheckResult
from rag.settings import Settings
from rag.types import (
    Answer,
    AnswerReady,
    DraftToken,
    Event,
    EvidenceFound,
    History,
    QuoteResult,
    Retrieved,
    SearchResult,
)

if TYPE_CHECKING:
    from rag.assistant import Assistant
    from rag.newsroom.timelines.values import Timeline
    from rag.retrieval.filters import SearchFilter
    from rag.runtime.cancellation import CancelToken

__all__ = [
    "Answer",
    "AnswerReady",
    "Assistant",
    "CheckResult",
    "DraftToken",
    "Event",
    "EvidenceFound",
    "QuoteResult",
    "RagError",
    "Retrieved",
    "SearchFilter",
    "SearchResult",
    "Settings",
    "Timeline",
    "aanswer",
    "answer",
    "check",
    "quote",
    "search",
    "timeline",
]


def answer(
    question: str,
    *,
    history: History = (),
    since: str | None = None,
    until: str | None = None,
    outlets: Sequence[str] | None = None,
    filters: SearchFilter | None = None,
    max_wrong: float | None = None,
    settings: Settings | None = None,
) -> Answer:
    """Answer `question` from the index that `settings` (default: the environment's) name.

    Args:
        question: the question, at most 2,000 characters.
        history: earlier questions, each with its `Answer` or the text of it, oldest first.
        since, until: ISO 8601 day, month or year, both included.
        outlets: names of outlets; articles of others are left out.
        filters: the same as one value, in place of `since`, `until` and `outlets`.
        max_wrong: the share of the answers shown that may be wrong, 0.01 to 1; 1 sets no
            threshold. Default: that of the settings.
        settings: default: those of the environment.

    Models and index stay loaded for the next call with the same settings.

    Raises:
        RagError: one line that says what is wrong and what to type.
    """
    from rag.assistant import get_shared_assistant
    from rag.retrieval.filters import NO_FILTER

    return get_shared_assistant(settings or Settings.load()).ask(
        question,
        history=history,
        filters=filters or NO_FILTER,
        since=since,
        until=until,
        outlets=outlets,
        max_wrong=max_wrong,
    )


async def aanswer(
    question: str,
    *,
    history: History = (),
    since: str | None = None,
    until: str | None = None,
    outlets: Sequence[str] | None = None,
    filters: SearchFilter | None = None,
    max_wrong: float | None = None,
    settings: Settings | None = None,
) -> Answer:
    """`answer` for asyncio, with the same arguments and errors.

    The work is done in a thread, also that of loading index and models at the first call.
    Cancelling the task that awaits the answer cancels the work.
    """
    from rag.runtime.streaming import astream, last_value

    def steps(cancel: CancelToken) -> Iterator[Event]:
        from rag.assistant import get_shared_assistant
        from rag.retrieval.filters import NO_FILTER

        yield from get_shared_assistant(settings or Settings.load()).stream(
            question,
            history=history,
            filters=filters or NO_FILTER,
            since=since,
            until=until,
            outlets=outlets,
            max_wrong=max_wrong,
            cancel=cancel,
        )

    last = await last_value(astream(steps))
    assert isinstance(last, AnswerReady)
    return last.answer


def search(
    query: str,
    k: int | None = None,
    *,
    filters: SearchFilter | None = None,
    settings: Settings | None = None,
) -> SearchResult:
    """The passages for `query`, best first; no language model is loaded.

    Args:
        query: a question or words, at most 2,000 characters, with operators or without
            (`rag.retrieval.operators`).
        k: how many; default: that of the settings.
        filters: which articles and passages are searched; default: all.
        settings: default: those of the environment.

    Raises:
        RagError: one line that says what is wrong and what to type.
    """
    from rag.assistant import get_shared_assistant, without_models
    from rag.retrieval.filters import NO_FILTER

    assistant = get_shared_assistant(without_models(settings or Settings.load()))
    return assistant.find_passages(query, k, filters or NO_FILTER)


def quote(
    text: str,
    *,
    speaker: str | None = None,
    filters: SearchFilter | None = None,
    settings: Settings | None = None,
) -> QuoteResult:
    """Where the quotation `text` stands, word for word, altered or nowhere, and who says it there.

    Args:
        text: the quotation, of at least two words; it may name its speaker ("…, said X").
        speaker: who is said to have said it; default: whom `text` names.
        filters: which articles are looked through; default: all.
        settings: default: those of the environment.

    No language model is loaded.

    Raises:
        RagError: one line that says what is wrong and what to type.
    """
    from rag.assistant import get_shared_assistant, without_models
    from rag.retrieval.filters import NO_FILTER

    assistant = get_shared_assistant(without_models(settings or Settings.load()))
    return assistant.quote(text, speaker, filters or NO_FILTER)


def check(
    text: str, *, filters: SearchFilter | None = None, settings: Settings | None = None
) -> CheckResult:
    """What the articles say of each sentence of `text`, a draft of one's own.

    Args:
        text: at most 100,000 characters of plain text.
        filters: which articles are looked through; default: all.
        settings: default: those of the environment.

    No language model is loaded.

    Raises:
        RagError: one line that says what is wrong and what to type.
    """
    from rag.assistant import get_shared_assistant
    from rag.retrieval.filters import NO_FILTER

    own = replace(settings or Settings.load(), model="none")
    return get_shared_assistant(own).check(text, filters or NO_FILTER)


def timeline(
    topic: str, *, filters: SearchFilter | None = None, settings: Settings | None = None
) -> Timeline:
    """Dated statements on `topic`, oldest first, in the articles' own words, each cited.

    Args:
        topic: a few words, with operators or without (`rag.retrieval.operators`).
        filters: which articles are read; default: all.
        settings: default: those of the environment.

    No language model is loaded.

    Raises:
        RagError: one line that says what is wrong and what to type.
    """
    from rag.assistant import get_shared_assistant, without_models
    from rag.retrieval.filters import NO_FILTER

    assistant = get_shared_assistant(without_models(settings or Settings.load()))
    return assistant.timeline(topic, filters or NO_FILTER)


def __getattr__(name: str) -> Any:
    if name == "Timeline":
        from rag.newsroom.timelines.values import Timeline

        return Timeline
    if name == "Assistant":
        from rag.assistant import Assistant

        return Assistant
    if name == "SearchFilter":
        from rag.retrieval.filters import SearchFilter

        return SearchFilter
    raise AttributeError(f"module 'rag' has no attribute {name!r}")
