"""What happens when a quotation is looked up, a text is checked, or a timeline is made.

In:  what was typed or pasted, a file of the user's, the fields of the filter.
Out: new values for the tabs of `rag.web.layout.newsroom`.
Left to others: the results (`rag.web.services.newsroom`), what is drawn
(`rag.web.views.newsroom`).
"""

from __future__ import annotations

import base64
import binascii
import logging
import time
from collections.abc import Iterator

import gradio as gr

from rag.errors import QuestionError, RagError
from rag.export.checked_draft import render_checked_draft
from rag.newsroom.drafts.draft_file import draft_text
from rag.newsroom.drafts.result import CheckResult
from rag.retrieval.filters import SearchFilter
from rag.runtime.cancellation import Cancelled, CancelToken
from rag.web.handlers.filters import describe_filter, outlet_choices
from rag.web.layout.components import DraftComponents, Update
from rag.web.services.app_state import AppState
from rag.web.services.newsroom import find_quote, stream_check, stream_timeline
from rag.web.views import messages
from rag.web.views.newsroom import draft, timeline
from rag.web.views.newsroom.quote import render_quote
from rag.web.views.status import render_hint, render_notice

LARGEST_FILE = 2_000_000  # bytes of a file that is to be checked
_REFRESH = 1.0  # seconds between two updates of a text that is being checked
_PAGE_NAME = "checked-text.html"
log = logging.getLogger(__name__)


class FilterHandlers:
    """The event functions of the filter that the tools share."""

    def __init__(self, app_state: AppState) -> None:
        self._app_state = app_state

    def open(self) -> gr.Dropdown:
        """The tab was opened: offer the outlets that there are."""
        return gr.Dropdown(outlet_choices(self._app_state))

    def update(self, since: str, until: str, outlets: list[str]) -> tuple[gr.Accordion, str]:
        """A field was changed: show the filter in words, or what is wrong with it."""
        fold, fault = describe_filter(since, until, outlets)
        return fold, render_hint(fault)


class QuoteHandlers:
    """The event function of the Quote tab."""

    def __init__(self, app_state: AppState) -> None:
        self._app_state = app_state

    def look_up(self, text: str, speaker: str, since: str, until: str, outlets: list[str]) -> str:
        """Where the quotation stands, as HTML; or what is wrong with it."""
        try:
            filters = SearchFilter.parse(since, until, outlets)
            return render_quote(find_quote(self._app_state, text, speaker or None, filters))
        except Exception as error:
            return _fault(error, "a quotation could not be looked up")


class DraftHandlers:
    """The event functions of the Draft tab."""

    def __init__(self, app_state: AppState, parts: DraftComponents) -> None:
        self._app_state = app_state
        self._parts = parts
        self._running: dict[str, CancelToken] = {}  # by the page's session

    def read_file(self, event: gr.EventData) -> Update:
        """A file was chosen: its text goes into the box."""
        values = event._data if isinstance(event._data, dict) else {}
        name, data = str(values.get("name", "")), values.get("data")
        try:
            text = draft_text(name, _decoded(name, data))
        except Exception as error:
            return {self._parts.result: _fault(error, "a file could not be read")}
        return {self._parts.text: text, self._parts.result: ""}

    def check_text(
        self, text: str, since: str, until: str, outlets: list[str], request: gr.Request
    ) -> Iterator[Update]:
        """Each sentence beside the articles, as far as it is checked; or what is wrong."""
        session, result = str(request.session_hash), None
        self.stop(request)
        cancel = self._running[session] = CancelToken(lambda: self._app_state.closed)
        yield self._busy(render_notice(draft.WAITING if self._app_state.queue.is_busy else ""))
        refreshed = 0.0
        try:
            filters = SearchFilter.parse(since, until, outlets)
            for result in stream_check(self._app_state, text, filters, cancel):
                if result and time.monotonic() - refreshed > _REFRESH:
                    yield self._busy(draft.render_draft(result, "running"))
                    refreshed = time.monotonic()
            yield self._idle(draft.render_draft(result) if result else "", result)
        except Cancelled:
            yield self._idle(draft.render_draft(result, "stopped") if result else "", None)
        except Exception as error:
            yield self._idle(_fault(error, "a text could not be checked"), None)
        finally:
            cancel.cancel()
            if self._running.get(session) is cancel:
                del self._running[session]

    def stop(self, request: gr.Request) -> None:
        """Stop, or the page was closed: cancel the check."""
        cancel = self._running.get(str(request.session_hash))
        if cancel is not None:
            cancel.cancel()

    def save(self, checked: CheckResult | None) -> Update:
        """The whole check as a page for the browser to save."""
        if checked is None:
            nothing: Update = gr.skip()
            return nothing
        page = render_checked_draft(checked, "A text of one’s own")
        # with a time, so that the same file twice is a change too
        file = {"name": _PAGE_NAME, "text": page, "time": time.monotonic_ns()}
        return {self._parts.file: file}

    def _busy(self, html: str) -> Update:
        parts = self._parts
        return {
            parts.result: html,
            parts.checked: None,
            parts.check: gr.Button(visible=False),
            parts.stop: gr.Button(visible=True),
            parts.save: gr.Button(visible=False),
        }

    def _idle(self, html: str, checked: CheckResult | None) -> Update:
        parts = self._parts
        return {
            parts.result: html,
            parts.checked: checked,
            parts.check: gr.Button(visible=True),
            parts.stop: gr.Button(visible=False),
            parts.save: gr.Button(visible=checked is not None),
        }


class TimelineHandlers:
    """The event functions of the Timeline tab."""

    def __init__(self, app_state: AppState) -> None:
        self._app_state = app_state
        self._running: dict[str, CancelToken] = {}  # by the page's session

    def show(
        self, topic: str, since: str, until: str, outlets: list[str], request: gr.Request
    ) -> Iterator[str]:
        """The timeline of the topic, as HTML; or what is wrong with it."""
        session = str(request.session_hash)
        cancel = self._running[session] = CancelToken(lambda: self._app_state.closed)
        yield render_notice(timeline.WAITING if self._app_state.queue.is_busy else "")
        try:
            filters = SearchFilter.parse(since, until, outlets)
            for result in stream_timeline(self._app_state, topic, filters, cancel):
                notice = render_notice(timeline.SEARCHING)
                yield timeline.render_timeline(result) if result else notice
        except Cancelled:
            return  # the page or the chat is being closed
        except Exception as error:
            yield _fault(error, "a timeline could not be made")
        finally:
            if self._running.get(session) is cancel:
                del self._running[session]

    def leave(self, request: gr.Request) -> None:
        """The page was closed: cancel its timeline, which may be waiting."""
        cancel = self._running.get(str(request.session_hash))
        if cancel is not None:
            cancel.cancel()


def _decoded(name: str, data: object) -> bytes:
    """The bytes that the browser sent. Raises `QuestionError` where it left them out."""
    if not isinstance(data, str):
        raise QuestionError(f"{name} is over {LARGEST_FILE:,} bytes: paste the part to be checked")
    try:
        return base64.b64decode(data, validate=True)
    except binascii.Error:
        raise QuestionError(f"{name} did not arrive whole: choose it again") from None


def _fault(error: Exception, what: str) -> str:
    """What went wrong as a line; what has no name of its own is logged as `what`."""
    if isinstance(error, RagError):
        return render_hint(str(error))
    log.error(what, exc_info=error)  # the page must say so, whatever it was
    return render_hint(messages.BROKEN)
