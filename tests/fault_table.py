"""Which test provokes which fault:  python -m tests.fault_table

A test names the faults that it provokes with `@pytest.mark.fault(3, 7)`; the numbers are those of
`FAULTS`. Prints the table, and exits with 1 where a fault has no test in `make test`.
"""

from __future__ import annotations

import contextlib
import io
import sys
from collections import defaultdict

import pytest

FAULTS = {
    1: "`kill -9` at a random moment of `rag index`",
    2: "exit at each step between parsing and publishing",
    3: "two indexers; an indexer beside a running chat",
    4: "each file of the index truncated, removed, overwritten",
    5: "disk full",
    6: "read-only index folder; an unreadable article",
    7: "another embedder or passage size",
    8: "an index of another version",
    9: "indexed again and again",
    10: "add, change, delete, crash, reopen in any order",
    11: "empty corpus; k above the corpus; 40,000 passages at once",
    12: "hostile files: binaries, NUL bytes, huge lines, bad HTML",
    13: "zip bombs, paths that lead out, XML entities, broken PDF",
    14: "links out of the corpus, FIFOs, devices, odd file names",
    15: "50 copies of one article",
    16: "the model's process killed, crashed, stopped, sending garbage",
    17: "16 kinds of broken model files",
    18: "endless questions and history, full context, 8 threads",
    19: "articles that give orders or imitate our prompt",
    20: "images, links, scripts, bidi characters in an article",
    21: "five planted articles against one true one",
    22: "hostile HTTP requests",
    23: "20 clients, a third of them disconnecting",
    24: "no network, a hostile environment",
    25: "a language model server that is away, hangs, lies or sends something else",
    26: "a Chroma server that is killed, away, hangs, or has lost what it had",
    27: "a PostgreSQL that is killed, away, full, refuses, or has lost what it had",
}


class _Collector:
    """Notes the faults that each collected test names."""

    def __init__(self) -> None:
        self.tests: dict[int, list[str]] = defaultdict(list)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        for item in items:
            for mark in item.iter_markers("fault"):
                for number in mark.args:
                    name = item.nodeid.partition("[")[0]
                    if name not in self.tests[number]:
                        self.tests[number].append(name)


def faults() -> dict[int, list[str]]:
    """The tests of each fault, by its number, as pytest collects them."""
    collector = _Collector()
    with contextlib.redirect_stdout(io.StringIO()):
        pytest.main(["--collect-only", "-q", "-p", "no:xdist"], plugins=[collector])
    return collector.tests


def main() -> int:
    """Print the table; exit status 1 where a fault has no test."""
    tests = faults()
    print("| # | fault | tests |\n|---|---|---|")
    for number, words in FAULTS.items():
        print(f"| {number} | {words} | {', '.join(f'`{each}`' for each in tests[number])} |")
    missing = [number for number in FAULTS if not tests[number]]
    if missing or set(tests) - set(FAULTS):
        print(f"without a test: {missing}", file=sys.stderr)
    return int(bool(missing))


if __name__ == "__main__":
    raise SystemExit(main())
