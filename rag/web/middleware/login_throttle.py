"""How often passwords may be guessed.

In:  failed logins, by client. Out: whether a client, or everybody, has to wait.

Many addresses of one network count as one client only for IPv6, where everybody has millions.
"""

from __future__ import annotations

import ipaddress
import time
from collections import deque

from starlette.types import Scope

WINDOW = 600.0  # seconds that a failure counts
MAX_FAILURES = 10  # of one client within the window
MAX_TOTAL_FAILURES = 200  # of all clients together


class LoginThrottle:
    """Failed logins of the last `WINDOW` seconds. Not thread-safe: for one event loop."""

    def __init__(self) -> None:
        self._failures: dict[str, deque[float]] = {}  # client: times, oldest first

    def record_failure(self, client: str) -> None:
        """Count a wrong password of `client`."""
        times = self._failures.setdefault(client, deque(maxlen=MAX_FAILURES))
        times.append(time.monotonic())

    def is_locked_out(self, client: str) -> bool:
        """Whether `client` has to wait."""
        since = time.monotonic() - WINDOW
        self._failures = {
            each: times for each, times in self._failures.items() if times[-1] > since
        }
        recent = {
            each: sum(time_ > since for time_ in times) for each, times in self._failures.items()
        }
        return recent.get(client, 0) >= MAX_FAILURES or sum(recent.values()) >= MAX_TOTAL_FAILURES


def client_of(scope: Scope) -> str:
    """Who asks: an address, or the whole /64 network of an IPv6 address."""
    host = (scope.get("client") or ("",))[0]
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return str(host)
    if address.version == 4:
        return str(address)
    return str(ipaddress.ip_network(f"{address}/64", strict=False))
