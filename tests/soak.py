"""The faults of the index, provoked for a long time; the table goes into docs/reliability.md.

    python -m tests.soak [--only NAME] [--kills 500] [--articles 10000] [--again 200]
                          [--servers 20]

Rows are cache in `.rag/soak.json`, so that faults can be provoked one at a time.
Left to others: how each is provoked (`tests.index_faults`).
"""

from __future__ import annotations

import argparse
import json
import platform
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

from rag.evaluation.reports.markdown import update_document
from tests import index_faults
from tests.index_faults import Outcome
from tests.postgres import PostgresProcess

HEAD = ["fault", "how provoked", "rounds", "lost", "silent mismatches", "refused by name",
        "least recall@10", "besides", "minutes"]  # fmt: skip
FAULTS: dict[str, Callable[[Path, argparse.Namespace], Outcome]] = {
    "killed": lambda folder, options: index_faults.killed(folder, options.kills, subprocess=True),
    "halfway": lambda folder, options: index_faults.stopped_halfway(folder, options.articles),
    "steps": lambda folder, _: index_faults.died_at_each_step(folder),
    "damaged": lambda folder, _: index_faults.damaged(folder),
    "full": lambda folder, _: index_faults.full_disk(folder, 20),
    "server": lambda folder, options: index_faults.server_killed(folder, options.servers),
    "database": lambda folder, options: _in_database(
        lambda server: index_faults.database_killed(folder, options.servers, server)
    ),
    "database_killed": lambda folder, options: _in_database(
        lambda server: index_faults.killed(
            folder, options.kills // 5, subprocess=True, database_url=server.url()
        )
    ),
    "database_steps": lambda folder, _: _in_database(
        lambda server: index_faults.died_at_each_step(folder, every=5, database_url=server.url())
    ),
    "database_cut_off": lambda folder, _: _in_database(
        lambda server: index_faults.cut_off_at_each_step(folder, 5, server.url())
    ),
    "database_damaged": lambda folder, _: _in_database(
        lambda server: index_faults.damaged(folder, database_url=server.url())
    ),
    "database_full_disk": lambda folder, _: _in_database(
        lambda server: index_faults.full_disk(folder, 20, database_url=server.url())
    ),
    "database_again": lambda folder, options: _in_database(
        lambda server: index_faults.indexed_again(folder, options.again // 5, server=server)
    ),
    "again": lambda folder, options: index_faults.indexed_again(folder, options.again),
}


def _in_database(provoke: Callable[[PostgresProcess], Outcome]) -> Outcome:
    """A fault of the index with its record in PostgreSQL."""
    with PostgresProcess() as server:
        outcome = provoke(server)
    return replace(outcome, provoked=f"{outcome.provoked}; record in PostgreSQL")


def main() -> int:
    """Provoke one fault after another; the table is updated after each."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--articles", type=int, default=10_000, help="of the run killed halfway")
    parser.add_argument(
        "--servers", type=int, default=20, help="times Chroma and PostgreSQL are killed"
    )
    parser.add_argument("--again", type=int, default=200, help="times indexed again")
    parser.add_argument("--into", type=Path, default=Path("docs/reliability.md"), metavar="FILE")
    parser.add_argument("--only", metavar="NAME", help="one of the faults: " + ", ".join(FAULTS))
    options = parser.parse_args()
    cache = Path(".rag/soak.json")
    rows = json.loads(cache.read_text()) if cache.is_file() else {}
    healthy = True
    for name in [options.only] if options.only else FAULTS:
        began = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            outcome = FAULTS[name](Path(folder), options)
        healthy &= not (outcome.lost or outcome.silent)
        rows[name] = _cells(outcome, time.monotonic() - began)
        print(_row(rows[name]), flush=True)
        cache.parent.mkdir(exist_ok=True)
        cache.write_text(json.dumps(rows))
        lines = [_row(HEAD), _row(["---"] * len(HEAD))]
        lines += [_row(rows[name]) for name in FAULTS if name in rows]
        head = f"{date.today()}, {platform.machine()}, Python {platform.python_version()}."
        update_document(options.into, "\n".join([head, "", *lines]), "soak of the index")
    return 0 if healthy else 1


def _cells(outcome: Outcome, seconds: float) -> list[str]:
    counts = (outcome.rounds, outcome.lost, outcome.silent, outcome.named)
    return [
        outcome.fault,
        outcome.provoked,
        *(str(count) for count in counts),
        f"{outcome.recall:.3f}",
        "; ".join(outcome.notes),
        f"{seconds / 60:.1f}",
    ]


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    raise SystemExit(main())
