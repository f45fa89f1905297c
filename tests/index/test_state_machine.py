"""A state machine of add, change, delete, crash, damage and reopen: the index equals a dict.

The same one with the record in SQLite and in PostgreSQL. `STATE_MACHINE_EXAMPLES` sets how long.
"""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from rag.index import manifest
from tests.index_bench import Bench, RunOptions
from tests.postgres import PostgresProcess

pytestmark = [pytest.mark.real, pytest.mark.fault(10)]

IDS = st.sampled_from([f"a{n}" for n in range(3)])
TEXTS = st.lists(
    st.sampled_from(
        ["The dam broke.", "Nine were saved.", "Ten were saved.", "Rain fell on Tarn."]
    ),
    min_size=1,
    max_size=4,
).map(" ".join)


class Machine(RuleBasedStateMachine):
    """`corpus` is the dictionary; `allowed` is what the index may contain now."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.bench = Bench(self.folder, 0, database_url=self.database_url())
        self.corpus = self.bench.texts
        self.allowed = [{}]  # after a crash: the contents before, or those that were being indexed
        self.touched = True  # whether a run touched the index since it was last compared

    def database_url(self) -> str:
        return ""

    @rule(id=IDS, text=TEXTS)
    def put(self, id: str, text: str) -> None:
        self.corpus[id] = text

    @precondition(lambda self: self.corpus)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        del self.corpus[data.draw(st.sampled_from(sorted(self.corpus)))]

    @precondition(lambda self: self.corpus)
    @rule(rebuild=st.sampled_from([False, False, True]), never_merge=st.booleans())
    def index(self, rebuild: bool, never_merge: bool) -> None:
        self.touched = True
        self.bench.write()
        status, message, _ = self.bench.run(RunOptions(rebuild=rebuild, never_merge=never_merge))
        assert status == 0, message
        self.allowed = [self.bench.expected()]

    @precondition(lambda self: self.corpus)
    @rule(step=st.integers(1, 90), never_merge=st.booleans())
    def crash(self, step: int, never_merge: bool) -> None:
        self.touched = True
        self.bench.write()
        status, message, _ = self.bench.run(RunOptions(kill_at_step=step, never_merge=never_merge))
        assert status in (0, -9), message
        self.allowed = [*self.allowed, self.bench.expected()] if status else [self.bench.expected()]

    @precondition(lambda self: self.bench.current_or_none())
    @rule(number=st.integers(0, 99))
    def damage(self, number: int) -> None:
        """Damage a derived file; a run repairs it from the documents."""
        folders = [
            segment / derived
            for segment in manifest.segment_dirs(self.bench.current())
            for derived in manifest.DERIVED
        ]
        files = sorted(path for folder in folders for path in folder.rglob("*") if path.is_file())
        file = files[number % len(files)]
        if file.stat().st_size and self.corpus:
            file.write_bytes(b"\xff" * 10)
            self.index(False, never_merge=True)

    @invariant()
    def equals_a_dictionary(self) -> None:
        if not self.touched:
            return
        self.touched = False
        if self.bench.current_or_none():
            contents, recall = self.bench.contents()
            assert contents in self.allowed
            assert recall == 1.0
            self.allowed = [contents]
        else:
            assert {} in self.allowed

    def teardown(self) -> None:
        shutil.rmtree(self.folder)


class MachineInDatabase(Machine):
    """The same, with the record in PostgreSQL."""

    server: PostgresProcess

    def database_url(self) -> str:
        return self.server.url(f"machine-{secrets.token_hex(4)}")


@pytest.fixture
def _server_of_machines(postgres: PostgresProcess) -> None:
    MachineInDatabase.server = postgres


def _settings(examples: int) -> settings:
    return settings(
        max_examples=int(os.environ.get("STATE_MACHINE_EXAMPLES", examples)),
        stateful_step_count=16,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],  # shrinking a failure would take minutes
        suppress_health_check=list(HealthCheck),
    )


TestMachine = Machine.TestCase
TestMachine.settings = _settings(8)
TestMachineInDatabase = pytest.mark.usefixtures("_server_of_machines")(MachineInDatabase.TestCase)
TestMachineInDatabase.settings = _settings(3)
