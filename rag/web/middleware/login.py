"""The lock of the door: nothing of the page without a session, and no session without a password.

In:  requests that `rag.web.middleware.request_guard` let through; `UserAccounts`.
Out: the page, for a browser with a session; else the form that asks for name and password, or 401.

A session is a random cookie that no script and no other site gets, good for twelve hours and until
the server ends. A program has none: it says name and password with each request, as `Basic`, or as
the `Bearer` "name:password". Who guesses wrong ten times waits ten minutes.
"""

from __future__ import annotations

import asyncio
import base64
import hmac
import ipaddress
import re
import secrets
import time
from collections import deque
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from rag.web.apis.http_errors import error_response
from rag.web.middleware.user_accounts import UserAccounts

LOGIN_PATH = "/enter"
COOKIE = "footnoted-session"
GUESSES, WINDOW = 10, 600.0  # wrong ones of an address, in so many seconds
ALL_GUESSES = 200  # of all addresses together
LASTS = 12 * 3600.0  # seconds of a session
SESSIONS, WAITING = 1_000, 8  # at most: sessions, guesses waiting for their turn
_TALK = re.compile(r"talk=[0-9a-f]{16}")
_PERSON = "footnoted.person"
_STARTED = "/gradio_api/startup-events"  # Gradio asks its own server whether it is up
_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "cache-control": "no-store",
    "referrer-policy": "same-origin",  # without one a browser sends the form as from nowhere
}
_FORM = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Footnoted</title>
<meta name="viewport" content="width=device-width">
<style>body{{font:1rem sans-serif;max-width:20rem;margin:15vh auto;padding:0 1rem}}
label,input,button{{display:block;width:100%;box-sizing:border-box;margin:.4rem 0;font:inherit}}
input,button{{padding:.5rem}}</style>
<h1>Footnoted</h1><p role="alert">{word}</p><form method="post">
<label>Name<input name="name" autocomplete="username" required autofocus></label>
<label>Password<input name="password" type="password" autocomplete="current-password" required>
</label><button>Enter</button></form></html>"""


def current_user(request: Any) -> str:
    """Who asks, as this lock let them in; empty where nobody logs in."""
    inner = getattr(request, "request", None)
    return str(inner.scope.get(_PERSON, "")) if inner is not None else ""


class LoginMiddleware:
    """ASGI middleware. Tells those behind it who is in (`person`)."""

    def __init__(self, app: ASGIApp, accounts: UserAccounts) -> None:
        self._app = app
        self._accounts = accounts
        self._sessions: dict[str, tuple[float, str]] = {}  # until when each is good, and whose
        self._wrong: dict[str, deque[float]] = {}  # when each address guessed wrong
        self._key = secrets.token_bytes(32)
        self._right: dict[bytes, float] = {}  # until when what a program said is not asked again
        self._waiting = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on who has a session, ask all others for a password."""
        name = self._name(scope) if scope["type"] == "http" else None
        if scope["type"] != "http" or scope["path"] == _STARTED or name:
            await self._app({**scope, _PERSON: name or ""}, receive, send)
            return
        said = _credentials(scope)
        if said is not None:
            status, word = await self._tried(scope, *said)
            if status == 200:
                await self._app({**scope, _PERSON: said[0]}, receive, send)
                return
            response = error_response(scope["path"], status, word, _HEADERS)
        elif scope["path"] == LOGIN_PATH:
            response = await self._enter(scope, receive) if scope["method"] == "POST" else _form("")
        elif scope["path"] == "/" and scope["method"] in ("GET", "HEAD"):
            response = RedirectResponse(f"{LOGIN_PATH}{_talk(scope)}", 303, _HEADERS)
        else:
            response = error_response(scope["path"], 401, "say the password first", _HEADERS)
        await response(scope, receive, send)

    def _name(self, scope: Scope) -> str | None:
        now = time.monotonic()
        found = (self._sessions.get(each, (0.0, "")) for each in _cookies(scope))
        return next((name for until, name in found if until > now), None)

    async def _enter(self, scope: Scope, receive: Receive) -> Response:
        name, password = _said((await receive()).get("body", b""))
        status, word = await self._tried(scope, name, password)
        if status != 200:
            return _form(word, status)
        answer = RedirectResponse(f"/{_talk(scope)}", 303, {"cache-control": "no-store"})
        secure = (Headers(scope=scope).get("origin") or "").startswith("https://")
        answer.set_cookie(
            COOKIE, self._begun(name), path="/", httponly=True, samesite="strict", secure=secure
        )
        return answer

    async def _tried(self, scope: Scope, name: str, password: str) -> tuple[int, str]:
        """200 where the two belong together, else another status and why."""
        now, address = time.monotonic(), _address(scope)
        told = hmac.digest(self._key, f"{name}\0{password}".encode(), "sha256")
        if self._right.get(told, 0.0) > now:
            return 200, ""
        if self._waiting >= WAITING or self._is_shut(address):
            return 429, "Too many wrong passwords: wait ten minutes."
        self._waiting += 1
        try:
            known = await asyncio.to_thread(self._accounts.verify, name, password)
        finally:
            self._waiting -= 1
        if not known:
            self._wrong.setdefault(address, deque(maxlen=GUESSES)).append(now)
            return 401, "Name and password do not belong together."
        self._right = {told: now + LASTS} | {
            each: until for each, until in self._right.items() if until > now
        }
        return 200, ""

    def _is_shut(self, address: str) -> bool:
        since = time.monotonic() - WINDOW
        self._wrong = {each: times for each, times in self._wrong.items() if times[-1] > since}
        recent = {each: sum(at > since for at in times) for each, times in self._wrong.items()}
        return recent.get(address, 0) >= GUESSES or sum(recent.values()) >= ALL_GUESSES

    def _begun(self, name: str) -> str:
        """A new session; the oldest goes where there are too many."""
        now, made = time.monotonic(), secrets.token_urlsafe(32)
        self._sessions = {each: known for each, known in self._sessions.items() if known[0] > now}
        if len(self._sessions) >= SESSIONS:
            del self._sessions[min(self._sessions, key=lambda each: self._sessions[each])]
        self._sessions[made] = now + LASTS, name
        return made


def _talk(scope: Scope) -> str:
    """The conversation that was asked for, as it stands in the address."""
    asked = scope.get("query_string", b"").decode("ascii", "replace")
    return f"?{asked}" if _TALK.fullmatch(asked) else ""


def _cookies(scope: Scope) -> list[str]:
    found = []
    for header in Headers(scope=scope).getlist("cookie"):
        jar: SimpleCookie = SimpleCookie()
        try:
            jar.load(header)
        except CookieError:
            continue
        found += [each.value for name, each in jar.items() if name == COOKIE]
    return found


def _credentials(scope: Scope) -> tuple[str, str] | None:
    """Name and password, where the request says some."""
    scheme, _, told = Headers(scope=scope).get("authorization", "").partition(" ")
    if scheme.lower() not in ("basic", "bearer"):
        return None
    try:
        said = told.strip().encode("latin-1")  # a header's bytes, as they came
        told = (
            base64.b64decode(said, validate=True) if scheme.lower() == "basic" else said
        ).decode()
    except ValueError:
        told = ""
    name, _, password = told.partition(":")
    return name, password


def _said(body: bytes) -> tuple[str, str]:
    try:
        told = parse_qs(body.decode(), max_num_fields=4)
    except ValueError:
        return "", ""
    return told.get("name", [""])[0], told.get("password", [""])[0]


def _address(scope: Scope) -> str:
    """Who guesses: an address, or the whole net of an IPv6 one."""
    host = (scope.get("client") or ("",))[0]
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return str(host)
    if address.version == 4:
        return str(address)
    return str(ipaddress.ip_network(f"{address}/64", strict=False))


def _form(word: str, status: int = 200) -> Response:
    return HTMLResponse(_FORM.format(word=word), status, _HEADERS)
