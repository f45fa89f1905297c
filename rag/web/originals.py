"""The files that articles were read from, opened from the page.

In:  `OpenCollections`; GET `/original?article=ID`, and `collection=NAME` where not of the default.
Out: a route of Starlette: the file as a page, a PDF or text, or to be saved; 404 with a plain line.

An address names an article, never a file: what is served is the file that the index names for it,
opened only inside the corpus. A page of the corpus is not ours: it is shown in a sandbox of the
browser, as an origin of its own, without scripts, forms and anything from elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import BinaryIO
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from rag.errors import RagError
from rag.ingest.document import UnreadableDocument
from rag.ingest.files import SIZE_LIMIT, CorpusFile
from rag.settings import DEFAULT_COLLECTION
from rag.web.services.app_state import Ready
from rag.web.services.collections import OpenCollections

PATH = "/original"
_ALONE = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_SANDBOX = f"sandbox; {_ALONE}"
_PAGE, _TEXT, _PDF, _FILE = "text/html", "text/plain", "application/pdf", "application/octet-stream"
_KINDS = {
    "pdf": _PDF,
    **dict.fromkeys(("html", "htm", "xhtml"), _PAGE),
    **dict.fromkeys(("txt", "text", "md", "markdown", "csv", "tsv", "eml", "json"), _TEXT),
    **dict.fromkeys(("srt", "vtt", "xml"), _TEXT),
}
_CHUNK = 1 << 20  # bytes
_HEADERS = {
    "cache-control": "private, no-store",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


_DRAWN_FOR: ContextVar[str] = ContextVar("collection", default=DEFAULT_COLLECTION)


@contextmanager
def drawn_for(collection: str) -> Iterator[None]:
    """Addresses that are made in the `with` block are of files of `collection`."""
    token = _DRAWN_FOR.set(collection)
    try:
        yield
    finally:
        _DRAWN_FOR.reset(token)


def original_address(article: str, page: int | None = None) -> str:
    """The address of the file that `article` was read from, of a PDF at a page."""
    name = _DRAWN_FOR.get()
    collection = "" if name == DEFAULT_COLLECTION else f"collection={quote(name, safe='')}&"
    place = f"#page={page}" if page else ""
    return f"{PATH}?{collection}article={quote(article, safe='')}{place}"


def original_route(collections: OpenCollections) -> Route:
    """The route that serves originals."""

    def serve(request: Request) -> Response:
        name = request.query_params.get("collection", DEFAULT_COLLECTION)
        try:
            state = collections.opened(name).state
        except RagError as error:
            return _refuse(str(error))
        if not isinstance(state, Ready):
            return _refuse("not ready yet: one moment", 503)
        try:
            return _response(state.assistant.original(request.query_params.get("article", "")))
        except KeyError:
            return _refuse("the index has no such article")
        except (UnreadableDocument, OSError, RagError) as error:
            return _refuse(str(error))

    return Route(PATH, serve, methods=["GET"])


def _refuse(reason: str, status: int = 404) -> Response:
    return PlainTextResponse(f"{reason}\n", status, _HEADERS)


def _response(file: CorpusFile) -> Response:
    """The bytes of `file`, with headers that keep it from acting in our origin.

    Raises:
        UnreadableDocument, OSError: it is not in the corpus any more, or cannot be opened.
    """
    opened = file.open()
    start = opened.read(SIZE_LIMIT + 1)
    kind = _KINDS.get(file.extension, _FILE) if len(start) <= SIZE_LIMIT else _FILE
    shown = "attachment" if kind == _FILE else "inline"
    name = quote(file.name.rpartition("/")[2], safe="")
    headers = {
        **_HEADERS,
        "content-disposition": f"{shown}; filename*=utf-8''{name}",
        # in a sandbox, browsers show no PDF; it runs in a viewer of their own
        "content-security-policy": f"{_ALONE}; object-src 'self'" if kind == _PDF else _SANDBOX,
    }
    content_type = f"{kind}; charset=utf-8" if kind == _TEXT and _is_utf8(start) else kind
    if len(start) <= SIZE_LIMIT:
        opened.close()
        return Response(start, headers={**headers, "content-type": content_type})
    chunks = _chunks(start, opened)
    return StreamingResponse(chunks, headers={**headers, "content-type": content_type})


def _chunks(start: bytes, opened: BinaryIO) -> Iterator[bytes]:
    with opened:
        yield start
        while data := opened.read(_CHUNK):
            yield data


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
