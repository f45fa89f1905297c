"""SSH signatures of receipts, made and checked by the program `ssh-keygen` (OpenSSH 8.2 or newer).

In:  a receipt, and a key: a private key, or the public half of one that an agent holds.
Out: the receipt with its signature; whether a signature is good, and of which key.

Anyone can sign with a key of their own: whose key it is, only the public key or the list of
allowed signers (`ssh-keygen(1)`, ALLOWED SIGNERS) that a person trusts can tell.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rag.errors import ExportError
from rag.export.receipts.receipt import Receipt, seal

__all__ = ["check_signature", "is_by", "key_fingerprint", "sign_receipt"]

_NAMESPACE = "footnoted-receipt"
_SIGNER = "signer"  # the name under which a single public key is trusted
_PUBLIC_KEY = re.compile(r"(?:sk-)?(?:ssh|ecdsa)-\S+ \S+")
_SECONDS, _PATIENCE = 20, 300  # for one run of the program; where a person types a passphrase
_FINGERPRINT = re.compile(r"\S+:\S+")


def key_fingerprint(key: Path) -> str:
    """The fingerprint of a key.

    Raises:
        ExportError: there is no such key, or `ssh-keygen` is not installed.
    """
    shown = _run(["-l", "-f", str(key)])
    words = shown.stdout.split()
    if shown.returncode or len(words) < 2:
        raise ExportError(
            f"--sign {key} is no SSH key: name one, or make one by `ssh-keygen -t ed25519 -f FILE`"
        )
    return words[1]


def sign_receipt(receipt: Receipt, key: Path) -> Receipt:
    """The receipt, which names the key from now on, with its signature.

    Raises:
        ExportError: there is no such key, or it cannot sign, or `ssh-keygen` is not installed.
    """
    named = seal(Receipt({**receipt.values, "signer": key_fingerprint(key)}))
    command = ["-Y", "sign", "-q", "-f", str(key), "-n", _NAMESPACE]
    signed = _run(command, named.signed_text, interactive=True)
    if signed.returncode or "SIGNATURE" not in signed.stdout:
        raise ExportError(f"--sign {key} did not sign: {signed.stderr.strip() or 'no signature'}")
    return Receipt(named.values, named.sha256, signed.stdout)


def check_signature(receipt: Receipt) -> str | None:
    """The fingerprint of the key whose good signature the receipt has; None where it is bad.

    Raises:
        ExportError: `ssh-keygen` is not installed.
    """
    with _signature_file(receipt) as path:
        command = ["-Y", "check-novalidate", "-n", _NAMESPACE, "-s", str(path / "sig")]
        checked = _run(command, receipt.signed_text)
    fingerprint = _FINGERPRINT.search(checked.stdout.rsplit("key ", 1)[-1])
    return fingerprint[0] if fingerprint and not checked.returncode else None


def is_by(receipt: Receipt, signers: Path) -> bool:
    """Whether a key in the file `signers` made the signature: a public key, or allowed signers.

    Raises:
        ExportError: the file cannot be read, or `ssh-keygen` is not installed.
    """
    try:
        text = signers.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise ExportError(
            f"--signer {signers} cannot be read: name a public key (.pub) or allowed signers"
        ) from None
    lines = [f"{_SIGNER} {line}" if _PUBLIC_KEY.match(line) else line for line in text.splitlines()]
    with _signature_file(receipt) as path:
        (path / "allowed").write_text("\n".join([*lines, ""]), encoding="utf-8")
        files = ["-f", str(path / "allowed"), "-s", str(path / "sig")]
        names = _run(["-Y", "find-principals", *files]).stdout.splitlines()
        return any(
            _run(["-Y", "verify", "-n", _NAMESPACE, "-I", each, *files], receipt.signed_text)
            .returncode == 0
            for each in names
        )  # fmt: skip


@contextmanager
def _signature_file(receipt: Receipt) -> Iterator[Path]:
    """A folder with the signature in the file `sig`, while the `with` block runs."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "sig").write_text(receipt.signature, encoding="utf-8")
        yield folder


def _run(
    arguments: Sequence[str], text: str = "", interactive: bool = False
) -> subprocess.CompletedProcess[str]:
    """`ssh-keygen` with `text` on stdin; `interactive`: it may ask for a passphrase."""
    program = shutil.which("ssh-keygen")
    if program is None:
        raise ExportError("ssh-keygen is not installed: signatures need OpenSSH 8.2 or newer")
    seconds = _PATIENCE if interactive else _SECONDS
    try:
        return subprocess.run(
            [program, *arguments],
            input=text,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            check=False,
            timeout=seconds,
        )
    except subprocess.TimeoutExpired:
        raise ExportError(f"ssh-keygen did not end within {seconds} s: try again") from None
