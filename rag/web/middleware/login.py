"""Login: nothing of the page without a session, and no session without a password.

In:  requests that `rag.web.middleware.request_guard` let through; `UserAccounts`.
Out: the page, for a browser with a session; else the login form, or 401.

A session is a random cookie that no script and no other site gets. A program has none: it sends
name and password with each request. After ten wrong guesses an address waits ten minutes.
"""

from __future__ import annotations

import asyncio
import re
from http.cookies import CookieError, SimpleCookie
from typing import Any, NamedTuple

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from rag.web.apis.http_errors import error_response
from rag.web.middleware.credentials import Credentials, from_authorization, from_form
from rag.web.middleware.login_sessions import LoginSessions, VerifiedCredentials
from rag.web.middleware.login_throttle import LoginThrottle, client_of
from rag.web.middleware.user_accounts import UserAccounts
from rag.web.views.templates import render

LOGIN_PATH = "/enter"
COOKIE = "footnoted-session"
MAX_WAITING = 8  # passwords that wait to be checked
_CONVERSATION = re.compile(  # and its collection
    r"(?:collection=[\w%-]{1,400}&?)?(?:talk=[0-9a-f]{16})?", re.ASCII
)
_USER = "footnoted.user"  # key of the ASGI scope
HEALTH_PATH = "/health"  # whoever keeps the server running has no password
_OPEN_PATHS = ("/gradio_api/startup-events", HEALTH_PATH)  # Gradio asks its server whether it is up
_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "cache-control": "no-store",
    "referrer-policy": "same-origin",  # without one a browser sends the form as from nowhere
}


def current_user(request: Any) -> str:
    """The user behind a `gr.Request`; empty where nobody logs in."""
    starlette_request = getattr(request, "request", None)
    return str(starlette_request.scope.get(_USER, "")) if starlette_request is not None else ""


class _Rejection(NamedTuple):
    status: int
    message: str


class LoginMiddleware:
    """ASGI middleware. Those behind it learn who is logged in by `current_user`."""

    def __init__(self, app: ASGIApp, users: UserAccounts) -> None:
        self._app = app
        self._users = users
        self._sessions = LoginSessions()
        self._verified = VerifiedCredentials()
        self._throttle = LoginThrottle()
        self._waiting = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on requests with a session or with credentials, ask all others to log in."""
        user = self._session_user(scope) if scope["type"] == "http" else None
        if scope["type"] != "http" or scope["path"] in _OPEN_PATHS or user:
            await self._app({**scope, _USER: user or ""}, receive, send)
            return
        credentials = from_authorization(Headers(scope=scope))
        if credentials is not None:
            rejection = await self._check(client_of(scope), credentials)
            if rejection is None:
                await self._app({**scope, _USER: credentials.name}, receive, send)
                return
            response = error_response(scope["path"], rejection.status, rejection.message, _HEADERS)
        else:
            response = await self._without_credentials(Request(scope, receive))
        await response(scope, receive, send)

    async def _without_credentials(self, request: Request) -> Response:
        path, method = request.scope["path"], request.method
        if path == LOGIN_PATH:
            return await self._log_in(request) if method == "POST" else _form()
        if path == "/" and method in ("GET", "HEAD"):
            return RedirectResponse(f"{LOGIN_PATH}{_conversation(request)}", 303, _HEADERS)
        return error_response(path, 401, "log in first", _HEADERS)

    async def _log_in(self, request: Request) -> Response:
        credentials = await from_form(request)
        rejection = await self._check(client_of(request.scope), credentials)
        if rejection is not None:
            return _form(rejection.message, rejection.status)
        location = f"/{_conversation(request)}"
        response = RedirectResponse(location, 303, {"cache-control": "no-store"})
        response.set_cookie(
            COOKIE,
            self._sessions.start(credentials.name),
            path="/",
            httponly=True,
            samesite="strict",
            secure=request.headers.get("origin", "").startswith("https://"),
        )
        return response

    async def _check(self, client: str, credentials: Credentials) -> _Rejection | None:
        """Why the credentials are refused; `None` where they are right."""
        if credentials in self._verified:
            return None
        if self._waiting >= MAX_WAITING or self._throttle.is_locked_out(client):
            return _Rejection(429, "Too many wrong passwords: wait ten minutes.")
        self._waiting += 1
        try:
            right = await asyncio.to_thread(self._users.verify, *credentials)
        finally:
            self._waiting -= 1
        if not right:
            self._throttle.record_failure(client)
            return _Rejection(401, "Wrong name or password.")
        self._verified.add(credentials)
        return None

    def _session_user(self, scope: Scope) -> str | None:
        users = (self._sessions.user(token) for token in _tokens(Headers(scope=scope)))
        return next((user for user in users if user is not None), None)


def _conversation(request: Request) -> str:
    """The collection and the conversation that the address names, to be shown after the login."""
    query = request.scope.get("query_string", b"").decode("ascii", "replace")
    return f"?{query}" if query and _CONVERSATION.fullmatch(query) else ""


def _tokens(headers: Headers) -> list[str]:
    """The session cookies of a request; headers that are no cookies are skipped."""
    tokens = []
    for header in headers.getlist("cookie"):
        cookies: SimpleCookie = SimpleCookie()
        try:
            cookies.load(header)
        except CookieError:
            continue
        tokens += [cookie.value for name, cookie in cookies.items() if name == COOKIE]
    return tokens


def _form(message: str = "", status: int = 200) -> Response:
    return HTMLResponse(render("login.html", message=message), status, _HEADERS)
