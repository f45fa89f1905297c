"""`/health` says whether questions are answered, to anybody, and nothing else."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from benchmarks.common import free_port
from rag.errors import CorpusError
from rag.settings import Settings
from rag.web.middleware.user_accounts import UserAccounts, format_account
from rag.web.server import start
from rag.web.services.app_state import AppState
from tests.web.support import ScriptedAssistant, wait_until


@contextmanager
def served(tmp_path: Path, build: Callable[..., None]) -> Iterator[str]:
    """A page with a login, whose index is built by `build`."""
    (tmp_path / "users").write_text(format_account("jane", "correct horse battery") + "\n")
    users = UserAccounts.read(tmp_path / "users")
    app_state = AppState(Settings(), build, lambda _: ScriptedAssistant())  # type: ignore[arg-type,return-value]
    running = start(app_state, port=free_port(), users=users)
    try:
        yield running.url
    finally:
        running.close()
        app_state.close()


def test_it_is_503_until_questions_are_answered_and_needs_no_login(tmp_path: Path) -> None:
    indexed = threading.Event()
    with served(tmp_path, lambda *_: indexed.wait(60) and None) as url:
        before = httpx.get(f"{url}/health")
        assert (before.status_code, before.json()) == (503, {"status": "starting"})
        indexed.set()
        wait_until(lambda: httpx.get(f"{url}/health").status_code == 200)
        after = httpx.get(f"{url}/health")
        assert after.json() == {"status": "ready"}
        assert after.headers["cache-control"] == "no-store"
        assert httpx.head(f"{url}/health").status_code == 200
        assert httpx.post(f"{url}/health").status_code == 404
        # nothing else is open, and no other site may ask
        assert httpx.get(f"{url}/health/").status_code == 401
        assert httpx.get(f"{url}/theme.css").status_code == 401
        foreign = httpx.get(f"{url}/health", headers={"origin": "https://evil.example"})
        assert foreign.status_code == 403


def test_a_start_that_failed_is_told_without_the_reason(tmp_path: Path) -> None:
    def fail(*_: object) -> None:
        raise CorpusError("cannot read /home/jane/secret")

    with served(tmp_path, fail) as url:
        wait_until(lambda: httpx.get(f"{url}/health").json() != {"status": "starting"})
        response = httpx.get(f"{url}/health")
        assert (response.status_code, response.json()) == (503, {"status": "failed"})
