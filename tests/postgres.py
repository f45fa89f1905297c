"""A real PostgreSQL for the tests, installed if there is none. As a program it prints its folder.

    with PostgresProcess() as server:
        Settings(database_url=server.url(), ...)
        server.kill(); server.start()     # the same data, the same address

Its programs are those of Debian's package `postgresql`, or in PATH. It refuses to run as root, so
that root starts it as the user `nobody`.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from benchmarks.common import free_port
from tests.installing import apt_install, may_apt_install

INSTALL_HINT = (
    "no PostgreSQL for the tests of it: type `apt-get install postgresql`, or put its `initdb` and "
    "`postgres` into PATH"
)
USER, PASSWORD, DATABASE = "footnoted", "p@ss:w/rd", "articles"
_SECONDS = 60.0
_OPTIONS = {  # quick, and small: a crash of the machine would lose what no test keeps
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "32MB",
    "max_connections": "40",
    "autovacuum": "off",
    "listen_addresses": "127.0.0.1",
}


def programs() -> Path | None:
    """The folder of `initdb` and `postgres`, or `None`."""
    versions = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda each: int(each.parent.name)
    )
    in_path = shutil.which("initdb")
    folders = [*versions, *([Path(in_path).resolve().parent] if in_path else [])]
    whole = [
        each for each in folders if (each / "initdb").exists() and (each / "postgres").exists()
    ]
    return whole[-1] if whole else None


def ensure() -> Path:
    """The same; it is installed if there is none.

    Raises:
        SystemExit: it cannot be installed; the message says what to type.
    """
    if (folder := programs()) is None and may_apt_install():
        # a cluster of its own would run as a service
        config = Path("/etc/postgresql-common/createcluster.conf")
        if not config.exists():
            config.parent.mkdir(parents=True, exist_ok=True)
            config.write_text("create_main_cluster = false\n")
        apt_install("PostgreSQL", "postgresql")
        folder = programs()
    if folder is None:
        raise SystemExit(INSTALL_HINT)
    return folder


class PostgresProcess:
    """A server with its data in a folder of its own. A context manager."""

    words = "the PostgreSQL database"

    def __init__(self, options: tuple[str, ...] = ()) -> None:
        """`options` are of `initdb`."""
        self._options = options
        folder = programs()
        assert folder is not None, INSTALL_HINT
        self._programs = folder
        # not below the folder of a test, which is its owner's alone
        self._folder = Path(tempfile.mkdtemp(prefix="pg-"))
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> PostgresProcess:
        password = self._folder / "password"
        password.write_text(PASSWORD)
        self._folder.chmod(0o755)
        (self._folder / "data").mkdir(mode=0o700)
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            for path in (password, self._folder / "data"):
                os.chown(path, nobody.pw_uid, nobody.pw_gid)
        self._run(
            *("initdb", "-D", str(self._folder / "data"), "-U", USER, "-E", "UTF8", "-N"),
            *("--locale=C.UTF-8", "--auth=scram-sha-256", f"--pwfile={password}"),
            *self._options,
        )
        self.start()
        self.sql(f"CREATE DATABASE {DATABASE}", database="postgres")
        return self

    def __exit__(self, *error: object) -> None:
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def url(self, index: str = "default", *, password: str = PASSWORD, **options: str) -> str:
        """The address of an index in the database of the tests."""
        from urllib.parse import quote, urlencode

        user = options.pop("user", USER)
        database = options.pop("database", DATABASE)
        secret = f":{quote(password, safe='')}" if password else ""
        query = urlencode({"index": index, **options})
        return f"postgresql://{user}{secret}@127.0.0.1:{self.port}/{database}?{query}"

    def start(self, file_size: int = 0) -> None:
        """Start it, and wait until it answers.

        `file_size`: no file may become larger, in units of 512 bytes, as if the disk were full.
        """
        limit = ["sh", "-c", f'ulimit -S -f {file_size} && exec "$0" "$@"'] if file_size else []
        options = [each for name, value in _OPTIONS.items() for each in ("-c", f"{name}={value}")]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *limit,
                    *(str(self._programs / "postgres"), "-D", str(self._folder / "data")),
                    *("-p", str(self.port), "-k", str(self._folder / "data"), *options),
                ],
                stdout=log,
                stderr=log,
                **_as_user(),
            )
        deadline = time.monotonic() + _SECONDS
        while True:
            assert self._process.poll() is None, (self._folder / "log").read_text()
            try:
                self.sql("SELECT 1", database="postgres")
            except Exception:
                assert time.monotonic() < deadline, "PostgreSQL does not answer"
                time.sleep(0.05)
            else:
                return

    def kill(self) -> None:
        """End it at once, as a power cut would, with the processes of its connections."""
        if self._process is None:
            return
        kill_all(self._process.pid)
        self._process.wait()

    def wait(self) -> None:
        """Wait until it has ended."""
        assert self._process is not None
        self._process.wait(_SECONDS)

    @property
    def pid(self) -> int:
        """Of the process that starts the others."""
        assert self._process is not None
        return self._process.pid

    def sql(self, statement: str, database: str = DATABASE) -> list[list[Any]]:
        """The rows of a statement, as the owner of everything."""
        from pg8000.native import Connection

        connection = Connection(
            USER, host="127.0.0.1", port=self.port, database=database, password=PASSWORD, timeout=10
        )
        try:
            return connection.run(statement) or []
        finally:
            connection.close()

    def set_certificate(self, files: Path | None) -> None:
        """Offer TLS with `files`.crt and `files`.key from the next connection on; `None`: none."""
        data = self._folder / "data"
        if files:
            for name in ("crt", "key"):
                own = data / f"server.{name}"
                shutil.copyfile(files.with_name(f"{files.name}.{name}"), own)
                own.chmod(0o600)
                if os.geteuid() == 0:
                    shutil.chown(own, "nobody")
        self.sql(f"ALTER SYSTEM SET ssl TO {'on' if files else 'off'}")
        loaded = self.sql("SELECT pg_conf_load_time()")
        self.sql("SELECT pg_reload_conf()")
        deadline = time.monotonic() + _SECONDS
        while self.sql("SELECT pg_conf_load_time()") == loaded:
            assert time.monotonic() < deadline, "PostgreSQL does not read its settings anew"
            time.sleep(0.02)

    def log(self) -> str:
        """What it wrote."""
        return (self._folder / "log").read_text(errors="replace")

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [str(self._programs / program), *arguments],
            check=True,
            capture_output=True,
            **_as_user(),
        )


def end_connections(url: str) -> None:
    """Have the database at `url` end every other connection to it."""
    from pg8000.native import Connection

    from rag.runtime.network.database_address import DatabaseAddress

    where = DatabaseAddress.parse(url)
    own = Connection(where.user, where.host, where.database, where.port, where.password, timeout=10)
    own.run(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    own.close()


def kill_all(pid: int) -> None:
    """End a server and the processes of its connections, which would go on without it."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGSTOP)  # it starts no other
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError, ProcessLookupError):
            if int(status.read_text().rpartition(")")[2].split()[1]) == pid:
                os.kill(int(status.parent.name), signal.SIGKILL)
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _as_user() -> dict[str, Any]:
    """PostgreSQL does not run as root."""
    if os.geteuid() != 0:
        return {"cwd": "/"}
    return {
        "user": "nobody",
        "group": pwd.getpwnam("nobody").pw_gid,
        "extra_groups": [],
        "cwd": "/",
    }


if __name__ == "__main__":
    print(ensure())
