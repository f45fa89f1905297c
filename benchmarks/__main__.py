"""Run all benchmarks, or those that are named, and replace their tables in docs/performance.md.

    python -m benchmarks [PART ...]

The tables of a part are between the lines `<!-- part -->` and `<!-- /part -->` of the document.
Each part runs in a process of its own, and can be run alone: `python -m benchmarks.PART --help`.
"""

from __future__ import annotations

import argparse
import subprocess
import sys

from benchmarks.common import ROOT
from rag.evaluation.reports.markdown import update_document

DOCUMENT = ROOT / "docs" / "performance.md"
PARTS = {
    "first_token": ["--only", "first"],
    "floor": ["--only", "floor"],
    "kernels": [],
    "lookup": [],
    "whole": [],
    "evidence": [],
    "embedding": [],
    "retrieval": ["--picture", str(ROOT / "docs" / "retrieval.svg")],
    "load": [],
    "startup": [],
    "page": [],
}
MODULES = {"floor": "first_token"}  # parts whose module has another name


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], metavar="PART", default=[])
    failed = []
    for part in parser.parse_args().parts or PARTS:
        module = f"benchmarks.{MODULES.get(part, part)}"
        done = subprocess.run(
            [sys.executable, "-m", module, *PARTS[part]],
            stdout=subprocess.PIPE, text=True, cwd=ROOT, check=False,
        )  # fmt: skip
        if done.returncode:
            failed.append(part)
            continue
        print(f"{part}\n\n{done.stdout}")
        update_document(DOCUMENT, done.stdout.strip(), part)
    if failed:
        sys.stderr.write(f"not measured: {', '.join(failed)}\n")
    return len(failed)


if __name__ == "__main__":
    raise SystemExit(main())
