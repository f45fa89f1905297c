"""Whatever is added, changed, deleted, crashed and reopened: the index equals a dictionary."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from rag.index import manifest
from tests.index_bench import Bench, How

IDS = st.sampled_from([f"a{n}" for n in range(3)])
TEXTS = st.lists(
    st.sampled_from(
        ["The dam broke.", "Nine were saved.", "Ten were saved.", "Rain fell on Tarn."]
    ),
    min_size=1,
    max_size=4,
).map(" ".join)


class Machine(RuleBasedStateMachine):
    """`corpus` is the dictionary; `held` is what was indexed last."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.bench = Bench(self.folder, 0)
        self.corpus = self.bench.texts
        self.may_hold = [{}]  # after a crash: what was held before, or what was being indexed

    @rule(id=IDS, text=TEXTS)
    def put(self, id: str, text: str) -> None:
        self.corpus[id] = text

    @precondition(lambda self: self.corpus)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        del self.corpus[data.draw(st.sampled_from(sorted(self.corpus)))]

    @precondition(lambda self: self.corpus)
    @rule(rebuild=st.sampled_from([False, False, True]), parts=st.booleans())
    def index(self, rebuild: bool, parts: bool) -> None:
        self.bench.write()
        status, told, _ = self.bench.run(How(rebuild=rebuild, parts=parts))
        assert status == 0, told
        self.may_hold = [self.bench.wanted()]

    @precondition(lambda self: self.corpus)
    @rule(step=st.integers(1, 90), parts=st.booleans())
    def crash(self, step: int, parts: bool) -> None:
        self.bench.write()
        status, told, _ = self.bench.run(How(dies_at=step, parts=parts))
        assert status in (0, -9), told
        self.may_hold = [*self.may_hold, self.bench.wanted()] if status else [self.bench.wanted()]

    @precondition(lambda self: (self.bench.settings.index / "CURRENT").exists())
    @rule(number=st.integers(0, 99))
    def damage(self, number: int) -> None:
        """A derived file is harmed, and a run mends it from the record."""
        folders = [
            part / derived
            for part in manifest.segment_dirs(self.bench.current())
            for derived in manifest.DERIVED
        ]
        files = sorted(path for folder in folders for path in folder.rglob("*") if path.is_file())
        file = files[number % len(files)]
        if file.stat().st_size and self.corpus:
            file.write_bytes(b"\xff" * 10)
            self.index(False, parts=True)

    @invariant()
    def equals_a_dictionary(self) -> None:
        if (self.bench.settings.index / "CURRENT").exists():
            held, recall = self.bench.held()
            assert held in self.may_hold
            assert recall == 1.0
            self.may_hold = [held]
        else:
            assert {} in self.may_hold

    def teardown(self) -> None:
        shutil.rmtree(self.folder)


TestMachine = Machine.TestCase
TestMachine.settings = settings(
    max_examples=8,
    stateful_step_count=16,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],  # to shrink what fails would take minutes
    suppress_health_check=list(HealthCheck),
)
