"""`rag verify`: a receipt against the index, its corpus, and the same models.

In:  flags, `Settings`. Out: a line for each thing that was checked; 1 where one of them differs.
Left to others: the checks (`rag.export.receipts.verification`).
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from rag.cli.arguments import Commands, add_index_flag
from rag.cli.terminal import print_line, print_message
from rag.settings import Settings

if TYPE_CHECKING:
    from rag.export.receipts.receipt import Receipt
    from rag.export.receipts.verification import Finding

_STATES = {"holds": "ok", "differs": "DIFFERS", "unknown": "-"}


def add_commands(commands: Commands) -> None:
    """Add the command."""
    verify = commands.add("verify", _verify, "check the receipt of an answer; 1 where it differs")
    verify.add_argument("receipt", type=Path, metavar="FILE", help="written by rag ask --receipt")
    verify.add_argument(
        "--signer",
        type=Path,
        metavar="FILE",
        help="a public SSH key, or allowed signers: the receipt must be signed by one of them",
    )
    verify.add_argument("--no-answer", action="store_true", help="do not ask the question again")
    add_index_flag(verify)


def _verify(options: argparse.Namespace, settings: Settings) -> int:
    from rag.export.receipts.receipt import read_receipt

    receipt = read_receipt(options.receipt)
    print_message(f"{receipt.values['made_at']}, Footnoted {receipt.values['version']}: "
                  f"{receipt.answer.question}")  # fmt: skip
    differing = 0
    for finding in _findings(options, settings, receipt):
        print_line(f"{_STATES[finding.state]}\t{finding.text}")
        differing += finding.state == "differs"
    print_message(f"{differing} differ" if differing else "the receipt holds")
    return 1 if differing else 0


def _findings(
    options: argparse.Namespace, settings: Settings, receipt: Receipt
) -> Iterator[Finding]:
    from rag.assistant import Assistant
    from rag.export.receipts import verification
    from rag.index.build import expected_fingerprint
    from rag.index.companions.originals import paths_of
    from rag.index.snapshots import SnapshotStore

    yield from verification.check_seals(receipt, options.receipt, options.signer)
    snapshots = SnapshotStore.of(settings)
    index = snapshots.open_current(expected_fingerprint(settings))
    try:
        roots = paths_of(settings.index, settings.corpus)
        yield from verification.check_quotes(receipt, index, roots)
    finally:
        index.close()
    if options.no_answer:
        return
    if why := verification.hindrance(receipt, settings):
        yield verification.Finding("unknown", f"not asked again: {why}")
        return
    assistant = Assistant.open(settings, preload=True)
    yield from verification.check_answer(receipt, assistant)
    assistant.close()
