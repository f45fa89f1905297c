"""A real Chroma server (`chroma run`) on this machine, which can be killed and started again.

with ChromaProcess(folder) as server:
    Settings(chroma_url=server.url, ...)
    server.kill(); server.start()     # the same data, the same address
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import httpx

from benchmarks.common import free_port
from rag.index.vectors.connection import ChromaServer

_CODE = "import sys; sys.argv[0] = 'chroma'; from chromadb.cli.cli import app; app()"
_SECONDS = 60.0


class ChromaProcess:
    """A server with its data in `folder`. A context manager."""

    words = "the Chroma server"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> ChromaProcess:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.kill()

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self._folder.mkdir(parents=True, exist_ok=True)
        where = ["--path", str(self._folder), "--host", "127.0.0.1", "--port", str(self.port)]
        self._process = subprocess.Popen(
            [sys.executable, "-c", _CODE, "run", *where],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self._folder,
            env={name: value for name, value in os.environ.items() if "proxy" not in name.lower()},
        )
        deadline = time.monotonic() + _SECONDS
        while True:
            assert self._process.poll() is None, "the Chroma server ended"
            try:
                httpx.get(f"{self.url}/api/v2/heartbeat", trust_env=False).raise_for_status()
            except httpx.HTTPError:
                assert time.monotonic() < deadline, "the Chroma server does not answer"
                time.sleep(0.05)
            else:
                return

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def wait(self) -> None:
        """Wait until it has ended."""
        assert self._process is not None
        self._process.wait(_SECONDS)

    def collections(self) -> set[str]:
        """The names of all collections that it has."""
        return set(ChromaServer(self.url).collections())
