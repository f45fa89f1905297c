"""The faults of the index, for long; the table goes into docs/reliability.md.

    python -m tests.soak [--kills 500] [--articles 10000] [--again 200] [--into docs/reliability.md]

Left to others: how each is provoked (`tests.index_faults`).
"""

from __future__ import annotations

import argparse
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

from rag.evaluate.tabulate import renewed
from tests import index_faults
from tests.index_faults import Outcome

HEAD = ["fault", "how provoked", "rounds", "lost", "silent mismatches", "refused by name",
        "least recall@10", "besides", "minutes"]  # fmt: skip


def main() -> int:
    """Provoke one after another; the table is renewed after each."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--articles", type=int, default=10_000, help="of the run killed halfway")
    parser.add_argument("--again", type=int, default=200, help="times indexed again")
    parser.add_argument("--into", type=Path, default=Path("docs/reliability.md"), metavar="FILE")
    options = parser.parse_args()
    faults: list[Callable[[Path], Outcome]] = [
        lambda folder: index_faults.killed(folder, options.kills, apart=True),
        lambda folder: index_faults.stopped_halfway(folder, options.articles),
        index_faults.died_at_each_step,
        index_faults.damaged,
        lambda folder: index_faults.full_disk(folder, 20),
        lambda folder: index_faults.indexed_again(folder, options.again),
    ]
    rows = [_row(HEAD), _row(["---"] * len(HEAD))]
    healthy = True
    for fault in faults:
        began = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            told = fault(Path(folder))
        healthy &= not (told.lost or told.silent)
        rows.append(_row(_cells(told, time.monotonic() - began)))
        print(rows[-1], flush=True)
        head = f"{date.today()}, {platform.machine()}, Python {platform.python_version()}: `"
        command = f"python -m tests.soak {' '.join(sys.argv[1:])}".strip()
        renewed(options.into, "\n".join([f"{head}{command}`", "", *rows]), "soak of the index")
    return 0 if healthy else 1


def _cells(told: Outcome, seconds: float) -> list[str]:
    counts = (told.rounds, told.lost, told.silent, told.named)
    return [
        told.fault,
        told.provoked,
        *(str(count) for count in counts),
        f"{told.recall:.3f}",
        "; ".join(told.notes),
        f"{seconds / 60:.1f}",
    ]


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    raise SystemExit(main())
