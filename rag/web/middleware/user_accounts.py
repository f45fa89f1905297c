"""User names and hashed passwords, for a page that other machines can reach. Standard library.

    format_account(name, password)            ->  "name:scrypt$n$r$p$salt$hash", a line of a file
    UserAccounts.read(file).verify(name, …)   ->  whether the password is that of the user

A password is never stored; comparing takes as long for a name that is unknown. Left to others: how
often one may try (`rag.web.middleware.login_throttle`), and sessions
(`rag.web.middleware.login_sessions`).
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
_COST = (1 << 15, 8, 3)  # n, r, p of scrypt (RFC 7914): 32 MB and a tenth of a second a guess
_HIGHEST_COST = (1 << 18, 32, 16)
_NAME = re.compile(r"[\w.@+-]{1,64}")
_REMEDY = "type `rag password NAME` and put the line that it prints there"


class _PasswordHash(NamedTuple):
    cost: tuple[int, int, int]
    salt: bytes
    hash: bytes


_UNKNOWN_USER = _PasswordHash(_COST, bytes(16), bytes(32))  # its hash matches nothing


def format_account(name: str, password: str) -> str:
    """The line for `name` in a file of user accounts.

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
    digest = _hash(password, _COST, salt)
    parts = (*map(str, _COST), *(base64.b64encode(each).decode() for each in (salt, digest)))
    return f"{name}:scrypt${'$'.join(parts)}"


@dataclass(frozen=True)
class UserAccounts:
    """Who may use the page: password hashes by user name."""

    hashes: dict[str, _PasswordHash]
    _lock: threading.Lock = field(default_factory=threading.Lock)  # each check takes much memory

    @classmethod
    def read(cls, file: Path) -> UserAccounts:
        """The accounts of `file`, one a line; blank lines and lines that begin with # are skipped.

        Raises:
            SettingsError: it cannot be read, others may write it, or a line is not an account.
        """
        try:
            lines = file.read_text(encoding="utf-8").splitlines()
            mode = file.stat().st_mode
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "not a text"
            raise SettingsError(
                f"cannot read RAG_AUTH_FILE={file} ({reason}): {_REMEDY}"
            ) from error
        if os.name == "posix" and mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise SettingsError(f"others may write RAG_AUTH_FILE={file}: type `chmod 600 {file}`")
        hashes = {}
        for number, text in enumerate(lines, 1):
            if text.strip() and not text.startswith("#"):
                name, _, rest = text.strip().partition(":")
                password_hash = parse_hash(rest)
                if password_hash is None or not _NAME.fullmatch(name) or name in hashes:
                    raise SettingsError(f"line {number} of {file} is no account: {_REMEDY}")
                hashes[name] = password_hash
        if not hashes:
            raise SettingsError(f"RAG_AUTH_FILE={file} names nobody: {_REMEDY}")
        return cls(hashes)

    def verify(self, name: str, password: str) -> bool:
        """Whether `password` is that of the user `name`."""
        stored = self.hashes.get(name, _UNKNOWN_USER)
        with self._lock:
            digest = _hash(password[:LONGEST], stored.cost, stored.salt)
        return hmac.compare_digest(digest, stored.hash) and name in self.hashes


def _hash(password: str, cost: tuple[int, int, int], salt: bytes) -> bytes:
    n, r, p = cost
    data = password.encode("utf-8", "replace")
    return hashlib.scrypt(data, salt=salt, n=n, r=r, p=p, maxmem=256 * n * r, dklen=32)


def parse_hash(text: str) -> _PasswordHash | None:
    """What `format_account` writes behind the name; `None` for anything else or a high cost."""
    scheme, *parts = text.split("$")
    if scheme != "scrypt" or len(parts) != 5:
        return None
    try:
        n, r, p = (int(each) for each in parts[:3])
        salt, digest = (base64.b64decode(each, validate=True) for each in parts[3:])
    except (ValueError, binascii.Error):
        return None
    bounded = all(0 < each <= high for each, high in zip((n, r, p), _HIGHEST_COST, strict=True))
    power_of_two = n >= 1 << 14 and n & (n - 1) == 0
    if not (bounded and power_of_two and len(digest) == 32):
        return None
    return _PasswordHash((n, r, p), salt, digest)
