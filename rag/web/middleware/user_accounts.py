"""Names and hashed passwords, for a page that more than one machine can reach. Standard library.

    line(name, password)                 ->  "name:scrypt$n$r$p$salt$hash", for a file
    Accounts.read(file).knows(name, …)   ->  whether the two belong together

A password is never stored; comparing takes as long for a name that is unknown. Left to others: who
may try how often, and sessions (`rag.web.middleware.login`).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import re
import secrets
import stat
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from rag.errors import SettingsError

SHORTEST, LONGEST = 10, 1_000  # characters of a password
_COST = (1 << 15, 8, 3)  # n, r, p of scrypt: 32 MB and a tenth of a second a guess
_MOST = (1 << 18, 32, 16)
_NAME = re.compile(r"[\w.@+-]{1,64}")
_TYPE = "type `rag password NAME` and put the line that it prints there"


class _Hashed(NamedTuple):
    cost: tuple[int, int, int]
    salt: bytes
    hash: bytes


_NOBODY = _Hashed(_COST, bytes(16), bytes(32))  # what an unknown name is compared with


def format_account(name: str, password: str) -> str:
    """The line of a file of accounts for `name`.

    Raises:
        SettingsError: the name or the password cannot be used.
    """
    if not _NAME.fullmatch(name):
        raise SettingsError(
            f"{name!r} cannot be a name: use up to 64 letters, digits and . _ @ + -"
        )
    if not SHORTEST <= len(password) <= LONGEST:
        raise SettingsError(
            f"the password has {len(password)} characters: use from {SHORTEST} to {LONGEST:,}"
        )
    salt = secrets.token_bytes(16)
    made = _hash(password, _COST, salt)
    parts = (*map(str, _COST), *(base64.b64encode(each).decode() for each in (salt, made)))
    return f"{name}:scrypt${'$'.join(parts)}"


@dataclass(frozen=True)
class UserAccounts:
    """Who may use the page."""

    hashed: dict[str, _Hashed]
    _one: threading.Lock = field(default_factory=threading.Lock)  # guesses take memory: in turn

    @classmethod
    def read(cls, file: Path) -> UserAccounts:
        """The accounts of `file`, one a line; lines that are blank or begin with # are none.

        Raises:
            SettingsError: it cannot be read, others may write it, or a line of it is no account.
        """
        try:
            lines = file.read_text(encoding="utf-8").splitlines()
            mode = file.stat().st_mode
        except (OSError, ValueError) as error:
            told = getattr(error, "strerror", None) or "not a text"
            raise SettingsError(f"cannot read RAG_AUTH_FILE={file} ({told}): {_TYPE}") from error
        if os.name == "posix" and mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise SettingsError(f"others may write RAG_AUTH_FILE={file}: type `chmod 600 {file}`")
        hashed = {}
        for number, text in enumerate(lines, 1):
            if text.strip() and not text.startswith("#"):
                name, _, rest = text.strip().partition(":")
                found = _parsed(rest)
                if found is None or not _NAME.fullmatch(name) or name in hashed:
                    raise SettingsError(f"line {number} of {file} is no account: {_TYPE}")
                hashed[name] = found
        if not hashed:
            raise SettingsError(f"RAG_AUTH_FILE={file} names nobody: {_TYPE}")
        return cls(hashed)

    def verify(self, name: str, password: str) -> bool:
        """Whether `password` is that of `name`."""
        known = self.hashed.get(name, _NOBODY)
        with self._one:
            same = hmac.compare_digest(
                _hash(password[:LONGEST], known.cost, known.salt), known.hash
            )
        return same and name in self.hashed


def _hash(password: str, cost: tuple[int, int, int], salt: bytes) -> bytes:
    n, r, p = cost
    data = password.encode("utf-8", "replace")
    return hashlib.scrypt(data, salt=salt, n=n, r=r, p=p, maxmem=256 * n * r, dklen=32)


def _parsed(text: str) -> _Hashed | None:
    scheme, *parts = text.split("$")
    if scheme != "scrypt" or len(parts) != 5:
        return None
    try:
        n, r, p = (int(each) for each in parts[:3])
        salt, made = (base64.b64decode(each, validate=True) for each in parts[3:])
    except (ValueError, binascii.Error):
        return None
    fit = all(0 < each <= most for each, most in zip((n, r, p), _MOST, strict=True))
    power = n >= 1 << 14 and n & (n - 1) == 0
    return _Hashed((n, r, p), salt, made) if fit and power and len(made) == 32 else None
