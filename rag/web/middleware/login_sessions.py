"""Who is logged in: the sessions of browsers, and the credentials of programs that were checked.

In:  the name of a user whose password was right.
Out: a random token for a cookie, and who it belongs to. Both last twelve hours at most, and not
     beyond the end of the server.
"""

from __future__ import annotations

import hmac
import secrets
import time
from typing import NamedTuple

from rag.web.middleware.credentials import Credentials

LIFETIME = 12 * 3600.0  # seconds
MAX_SESSIONS = 1_000


class _Session(NamedTuple):
    expires: float  # by the monotonic clock
    user: str


class LoginSessions:
    """The sessions of browsers. Not thread-safe: for one event loop."""

    def __init__(self) -> None:
        self._sessions: dict[str, _Session] = {}  # by token

    def start(self, user: str) -> str:
        """A token for `user`; where there are too many sessions, the oldest ends."""
        now, token = time.monotonic(), secrets.token_urlsafe(32)
        self._sessions = {
            each: session for each, session in self._sessions.items() if session.expires > now
        }
        if len(self._sessions) >= MAX_SESSIONS:
            del self._sessions[min(self._sessions, key=self._sessions.__getitem__)]
        self._sessions[token] = _Session(now + LIFETIME, user)
        return token

    def user(self, token: str) -> str | None:
        """Whose session `token` is; `None` for an unknown or an expired one."""
        session = self._sessions.get(token)
        return session.user if session and session.expires > time.monotonic() else None


class VerifiedCredentials:
    """Credentials that were right, so that those of a program are not hashed at each request.

    Only their HMAC is kept, under a key that is as old as the server.
    """

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._expires: dict[bytes, float] = {}  # by the monotonic clock

    def add(self, credentials: Credentials) -> None:
        """Remember them; what has expired is forgotten."""
        now = time.monotonic()
        self._expires = {each: end for each, end in self._expires.items() if end > now}
        self._expires[self._digest(credentials)] = now + LIFETIME

    def __contains__(self, credentials: Credentials) -> bool:
        """Whether they were right and have not expired."""
        return self._expires.get(self._digest(credentials), 0.0) > time.monotonic()

    def _digest(self, credentials: Credentials) -> bytes:
        return hmac.digest(self._key, "\0".join(credentials).encode(), "sha256")
