"""What programs can call: an answer, a search, an article, a quotation, a draft, a timeline.

In:  `OpenCollections`; arguments as a program sends them. Out: the JSON values of the result, as
     `rag ask`, `rag quote`, `rag check` and `rag timeline` print them; `search` and `fetch` have
     the form that assistants expect of a server of documents (developers.openai.com, "Building MCP
     servers for ChatGPT and API integrations").
Left to others: the form in which programs call (`rag.web.apis.gradio_mcp`). Their docstrings are
what a program is told.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import aclosing
from typing import Any

import gradio as gr

from rag.errors import NotReady
from rag.runtime.cancellation import CancelToken
from rag.types import AnswerReady
from rag.web.originals import drawn_for
from rag.web.services.app_state import AppState
from rag.web.services.articles import fetch_article, search_articles
from rag.web.services.collections import OpenCollections
from rag.web.services.newsroom import find_quote, stream_check, stream_timeline
from rag.web.services.questions import (
    astream_steps,
    parse_filters,
    parse_request,
    require_text,
    stream_answer,
)

Names = list[str] | None
Values = dict[str, Any]


class Endpoints:
    """The functions that programs call; each raises `RagError` for what a person can mend."""

    def __init__(self, collections: OpenCollections) -> None:
        self._collections = collections
        self._running: dict[str, set[asyncio.Task[Any] | None]] = {}  # by the caller's session

    async def answer(
        self,
        request: gr.Request,
        question: str,
        since: str = "",
        until: str = "",
        outlets: Names = None,
        max_wrong: float | None = None,
        collection: str = "",
    ) -> Values:
        """Answer a question from this collection of news articles, with citations, or abstain.

        Every sentence of `text` carries numbers [n] of `citations`, each with the exact quote, the
        article, outlet and date. Where the articles do not say, `abstained` is true.

        Args:
            question: One self-contained question.
            since: Only articles from this day, month or year on, such as 2024-06-12 or 2024.
            until: Only articles up to this day, month or year.
            outlets: Only articles of these outlets, by name.
            max_wrong: The share of the answers shown that may be wrong, 0.01 to 1.
            collection: Of the collection of this name, in place of the first.
        """

        def steps(cancel: CancelToken) -> Iterator[Values | None]:
            ask_request = parse_request(question, since, until, outlets, max_wrong)
            app_state = self._opened(collection, cancel)
            for event in stream_answer(app_state, ask_request, cancel):
                yield event.answer.to_dict() if isinstance(event, AnswerReady) else None

        return await self._last(request, steps)

    async def search(self, request: gr.Request, query: str, collection: str = "") -> Values:
        """Search this collection of news articles; best first, each article once.

        `results` have `id`, `title` and `url`, and `text`, the passage that was found, with
        `source` (the outlet) and `published`. Give an `id` to fetch for the whole article.

        Args:
            query: Words or a question; may have "a phrase", -word, OR, outlet:, author:, after:
                and before:, as in: strike outlet:"Harbour Post" after:2024-05 -ferry.
            collection: Of the collection of this name, in place of the first.
        """

        def steps(cancel: CancelToken) -> Iterator[Values]:
            require_text(query=query)
            app_state = self._opened(collection, cancel)
            with drawn_for(app_state.settings.collection):
                results = search_articles(app_state, query, _address(request))
            yield results

        return await self._last(request, steps)

    async def fetch(self, request: gr.Request, id: str, collection: str = "") -> Values:
        """Fetch one article of this collection, whole, by the `id` that search gave.

        Returns `id`, `title`, `text`, `url` and `metadata`: outlet, author, day of publication.

        Args:
            id: The id of an article.
            collection: Of the collection of this name, in place of the first.
        """

        def steps(cancel: CancelToken) -> Iterator[Values]:
            require_text(id=id)
            app_state = self._opened(collection, cancel)
            with drawn_for(app_state.settings.collection):
                article = fetch_article(app_state, id, _address(request))
            yield article

        return await self._last(request, steps)

    async def quote(
        self,
        request: gr.Request,
        text: str,
        speaker: str = "",
        since: str = "",
        until: str = "",
        outlets: Names = None,
        collection: str = "",
    ) -> Values:
        """Find where a quotation stands in this collection of news articles, and who says it there.

        `verdict` is verbatim, altered or absent; `differences` tell what is altered; `citations`
        name each article that has it, the origin before its copies.

        Args:
            text: The words that were said; may name the speaker, as in “…”, said X.
            speaker: Who is said to have said it.
            since: Only articles from this day, month or year on, such as 2024-06-12 or 2024.
            until: Only articles up to this day, month or year.
            outlets: Only articles of these outlets, by name.
            collection: Of the collection of this name, in place of the first.
        """

        def steps(cancel: CancelToken) -> Iterator[Values]:
            require_text(text=text, speaker=speaker or "")
            filters = parse_filters(since, until, outlets)
            app_state = self._opened(collection, cancel)
            yield find_quote(app_state, text, speaker or None, filters).to_dict()

        return await self._last(request, steps)

    async def check(
        self,
        request: gr.Request,
        text: str,
        since: str = "",
        until: str = "",
        outlets: Names = None,
        collection: str = "",
    ) -> Values:
        """Check a text, sentence by sentence, against this collection of news articles.

        The `verdict` of each of `sentences` is supported, contradicted, not_found or no_claim;
        `differences` tell what the article that is cited has otherwise, `unsupported` which parts
        no article has.

        Args:
            text: The text to be checked, in sentences.
            since: Only articles from this day, month or year on, such as 2024-06-12 or 2024.
            until: Only articles up to this day, month or year.
            outlets: Only articles of these outlets, by name.
            collection: Of the collection of this name, in place of the first.
        """

        def steps(cancel: CancelToken) -> Iterator[Values | None]:
            require_text(text=text)
            filters, last = parse_filters(since, until, outlets), None
            app_state = self._opened(collection, cancel)
            for result in stream_check(app_state, text, filters, cancel):
                last = result
                yield None
            yield last.to_dict() if last else None

        return await self._last(request, steps)

    async def timeline(
        self,
        request: gr.Request,
        topic: str,
        since: str = "",
        until: str = "",
        outlets: Names = None,
        collection: str = "",
    ) -> Values:
        """List dated statements of news articles on a topic, oldest first, each cited.

        `conflicts` are pairs of `entries`, counted from 0, that cannot both be right; `changes` are
        figures of one thing that changed.

        Args:
            topic: A few words, such as a name and what happened.
            since: Only articles from this day, month or year on, such as 2024-06-12 or 2024.
            until: Only articles up to this day, month or year.
            outlets: Only articles of these outlets, by name.
            collection: Of the collection of this name, in place of the first.
        """

        def steps(cancel: CancelToken) -> Iterator[Values | None]:
            require_text(topic=topic)
            filters = parse_filters(since, until, outlets)
            app_state = self._opened(collection, cancel)
            for result in stream_timeline(app_state, topic, filters, cancel):
                yield result.to_dict() if result else None

        return await self._last(request, steps)

    def leave(self, request: gr.Request) -> None:
        """Cancel what a client that has left still waits for."""
        for task in self._running.pop(_session(request), ()):
            if task is not None:
                task.get_loop().call_soon_threadsafe(task.cancel)

    def _opened(self, collection: str, cancel: CancelToken) -> AppState:
        require_text(collection=collection or "")
        return self._collections.opened(collection or "", cancel)

    async def _last(
        self, request: gr.Request, steps: Callable[[CancelToken], Iterator[Values | None]]
    ) -> Values:
        """The last value of `steps`, which end early where the client leaves."""
        tasks = self._running.setdefault(_session(request), set())
        tasks.add(task := asyncio.current_task())
        last: Values | None = None
        try:
            async with aclosing(astream_steps(self._collections.first, steps)) as values:
                async for value in values:
                    last = value or last
        finally:
            tasks.discard(task)
        if last is None:
            raise NotReady("the chat is being closed: ask again soon")
        return last


def _address(request: Any) -> str:
    """The address under which the client called, such as http://127.0.0.1:7860."""
    return str(request.base_url).rstrip("/")


def _session(request: Any) -> str:
    """The session of Gradio's client; a tool call has none, and is cancelled by itself."""
    return str(getattr(request, "session_hash", None))
