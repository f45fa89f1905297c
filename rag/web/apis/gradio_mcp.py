"""The endpoints for programs that speak Gradio's API, or the Model Context Protocol (MCP).

In:  `OpenCollections`; a page (`gr.Blocks`) that is not launched yet.
Out: an endpoint of Gradio's API for each of `ENDPOINTS`; the same as tools of MCP, which return
     JSON as structured content and as text. Each API is there only where `RAG_APIS` names it.
Left to others: what an endpoint does (`rag.web.apis.endpoints`).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from functools import wraps
from typing import TYPE_CHECKING, Any

import gradio as gr
from gradio.events import api
from starlette.applications import Starlette
from starlette.routing import Mount

from rag.errors import RagError, ServeError
from rag.web.apis.endpoints import Endpoints
from rag.web.services.app_state import QUEUE
from rag.web.services.collections import OpenCollections

if TYPE_CHECKING:
    from gradio.mcp import GradioMCPServer

TOOLS = "/gradio_api/mcp"
ENDPOINTS = ("answer", "search", "fetch", "quote", "check", "timeline")
_MISSING_PACKAGE = (
    "the API `mcp` needs the package mcp: type `python -m pip install 'mcp>=1.21,<2'` in "
    "Footnoted's environment, or leave mcp out of RAG_APIS"
)
Call = Callable[..., Any]
Lifespan = Callable[[Starlette], AbstractAsyncContextManager[None]]


def open_api(page: gr.Blocks, collections: OpenCollections) -> None:
    """Add the endpoints to the page, none of whose event functions may have their names."""
    endpoints = Endpoints(collections)
    with page:
        for call in _calls(endpoints):
            api(_with_named_errors(call), api_name=call.__name__, concurrency_limit=2 * QUEUE)
        page.unload(endpoints.leave)


def mount_mcp(page: gr.Blocks, collections: OpenCollections) -> tuple[Mount, Lifespan]:
    """Gradio's MCP server with a tool for each endpoint: its mount, and the lifespan that runs it.

    To be called before `open_api`, because every public endpoint of the page becomes a tool.

    Raises:
        ServeError: the package mcp is missing, or not a version that Gradio can use.
    """
    calls = _calls(Endpoints(collections))
    with page:
        tools = [api(call, api_name=f"tool_{call.__name__}", queue=False) for call in calls]
    server = _server(page)
    for tool in tools:  # not an endpoint of Gradio's API as well
        page.fns[tool["id"]].api_visibility = "private"
    return Mount(TOOLS, server.handle_streamable_http), server.lifespan


def _calls(endpoints: Endpoints) -> list[Call]:
    return [getattr(endpoints, name) for name in ENDPOINTS]


def _with_named_errors(call: Call) -> Call:
    """`call`, whose named errors reach Gradio's client as one line."""

    @wraps(call)
    async def endpoint(*arguments: Any) -> Any:
        try:
            return await call(*arguments)
        except RagError as error:
            raise gr.Error(str(error), print_exception=False) from error

    return endpoint


def _server(page: gr.Blocks) -> GradioMCPServer:
    """Gradio's server, whose tools return JSON: as text, and as structured content."""
    try:
        from gradio.mcp import GradioMCPServer
        from mcp.types import CallToolRequest, ListToolsRequest, TextContent, ToolAnnotations

        class Server(GradioMCPServer):
            def postprocess_output_data(self, data: Any, root_url: str) -> list[Any]:
                texts = [json.dumps(each, ensure_ascii=False) for each in data]
                return [TextContent(type="text", text=each) for each in texts]

            def create_mcp_server(self) -> Any:
                server = super().create_mcp_server()
                handlers = server.request_handlers
                handlers[CallToolRequest] = _structured(handlers[CallToolRequest])
                harmless = ToolAnnotations(readOnlyHint=True, openWorldHint=False)
                handlers[ListToolsRequest] = _annotated(handlers[ListToolsRequest], harmless)
                return server

        return Server(page)
    except (ImportError, AttributeError) as error:
        raise ServeError(_MISSING_PACKAGE) from error


def _annotated(handler: Call, annotations: Any) -> Call:
    """`handler` of lists of tools, with `annotations` for each: assistants ask before others."""

    async def call(request: Any) -> Any:
        response = await handler(request)
        for tool in response.root.tools:
            tool.annotations = annotations
        return response

    return call


def _structured(handler: Call) -> Call:
    """`handler` of tool calls, with the JSON of a result as its structured content too."""

    async def call(request: Any) -> Any:
        response = await handler(request)
        result = response.root
        if not result.isError:
            result.structuredContent = json.loads(result.content[0].text)
        return response

    return call
