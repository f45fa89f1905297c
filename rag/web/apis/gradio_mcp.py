"""Answers for programs that speak Gradio's API, or the Model Context Protocol (MCP).

In:  `AppState`; a page (`gr.Blocks`) that is not launched yet.
Out: the named endpoint `/answer`, which returns the JSON of `Answer`; the MCP tool `answer`, which
     returns the same as text. Each is there only where `RAG_APIS` names it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, aclosing
from typing import TYPE_CHECKING, Any

import gradio as gr
from gradio.events import api
from starlette.applications import Starlette
from starlette.routing import Mount

from rag.errors import NotReady, RagError, ServeError
from rag.types import AnswerReady
from rag.web.services.app_state import QUEUE, AppState
from rag.web.services.questions import AskRequest, astream_answer, parse_request

if TYPE_CHECKING:
    from gradio.mcp import GradioMCPServer

TOOLS = "/gradio_api/mcp"
_MISSING_PACKAGE = (
    "the API `mcp` needs the package mcp: type `python -m pip install 'mcp>=1.21,<2'` in "
    "Footnoted's environment, or leave mcp out of RAG_APIS"
)
Lifespan = Callable[[Starlette], AbstractAsyncContextManager[None]]


def open_api(page: gr.Blocks, app_state: AppState) -> None:
    """Add the endpoint `/answer` to the page."""
    running: dict[str, set[asyncio.Task[Any] | None]] = {}

    async def answer(
        request: gr.Request,
        question: str,
        since: str = "",
        until: str = "",
        outlets: list[str] | None = None,
        max_wrong: float | None = None,
    ) -> dict[str, Any]:
        """Answer a question from the articles with citations, or abstain."""
        session = running.setdefault(str(request.session_hash), set())
        session.add(task := asyncio.current_task())
        try:
            ask_request = parse_request(question, since, until, outlets, max_wrong)
            return await _answer(app_state, ask_request)
        except RagError as error:
            raise gr.Error(str(error), print_exception=False) from error
        finally:
            session.discard(task)

    def leave(request: gr.Request) -> None:
        """Cancel the answers of a client that has left."""
        for task in running.pop(str(request.session_hash), ()):
            if task is not None:
                task.get_loop().call_soon_threadsafe(task.cancel)

    with page:
        api(answer, api_name="answer", concurrency_limit=2 * QUEUE)
        page.unload(leave)


def mount_mcp(page: gr.Blocks, app_state: AppState) -> tuple[Mount, Lifespan]:
    """Gradio's MCP server with the one tool `answer`: its mount, and the lifespan that runs it.

    To be called before `open_api`, because every public endpoint of the page becomes a tool.

    Raises:
        ServeError: the package mcp is missing, or not a version that Gradio can use.
    """

    async def answer(
        question: str,
        since: str = "",
        until: str = "",
        outlets: list[str] | None = None,
        max_wrong: float | None = None,
    ) -> str:
        """Answer a question from this folder of news articles, in JSON.

        Every sentence of `text` carries numbers [n] of `citations`, each with the exact quote, the
        article, outlet and date. Where the articles do not say, `abstained` is true.

        Args:
            question: One self-contained question.
            since: Only articles from this day, month or year on, such as 2024-06-12 or 2024.
            until: Only articles up to this day, month or year.
            outlets: Only articles of these outlets, by name.
            max_wrong: The share of the answers shown that may be wrong, 0.01 to 1.
        """
        request = parse_request(question, since, until, outlets, max_wrong)
        return json.dumps(await _answer(app_state, request), ensure_ascii=False)

    with page:
        tool = api(answer, api_name="tool", queue=False)
    server = _server(page)
    page.fns[tool["id"]].api_visibility = "private"  # not an endpoint of Gradio's API as well
    return Mount(TOOLS, server.handle_streamable_http), server.lifespan


def _server(page: gr.Blocks) -> GradioMCPServer:
    from gradio.mcp import GradioMCPServer

    try:
        return GradioMCPServer(page)
    except (ImportError, AttributeError) as error:
        raise ServeError(_MISSING_PACKAGE) from error


async def _answer(app_state: AppState, request: AskRequest) -> dict[str, Any]:
    async with aclosing(astream_answer(app_state, request)) as events:
        async for event in events:
            if isinstance(event, AnswerReady):
                return event.answer.to_dict()
    raise NotReady("the chat is being closed: ask again soon")
