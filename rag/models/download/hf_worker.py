"""Requests to the model hub, in a process of its own with its own environment.

    about REPO REVISION              -> JSON: commit, files: {path: {size, sha256, blob}}
    fetch REPO COMMIT PATH SIZE TO   appends to the file TO until it has SIZE bytes

In:  those arguments; the environment that `rag.models.download.providers` sets.
Out: exit status 0, or 1 with a short reason as the last line of stderr.
Left to others: hashes, the package index, progress (`rag.models.download.providers`).
The only importer of huggingface_hub.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

SECONDS = 4.0  # without an answer, after which the hub counts as not reachable


def about(repo: str, revision: str) -> str:
    """As JSON: the commit, and for each file its size in bytes and its SHA-256 or git blob id."""
    from huggingface_hub import HfApi

    info = HfApi(token=False).model_info(
        repo, revision=revision or None, files_metadata=True, timeout=SECONDS
    )
    files = {
        file.rfilename: {
            "size": file.size,
            "sha256": file.lfs.sha256 if file.lfs else None,
            "blob": None if file.lfs else file.blob_id,
        }
        for file in info.siblings or ()
    }
    return json.dumps({"commit": info.sha, "files": files})


def fetch(repo: str, commit: str, path: str, size: int, to: Path) -> None:
    """Append to `to` until it has `size` bytes. (`hf_hub_download` would start from zero.)"""
    from huggingface_hub import hf_hub_url
    from huggingface_hub.file_download import http_get

    if to.exists() and to.stat().st_size > size:
        to.unlink()
    with to.open("ab") as stream:
        http_get(
            hf_hub_url(repo, path, revision=commit),
            stream,
            resume_size=stream.tell(),
            expected_size=size,
        )


def reason(error: Exception) -> str:
    """Why it failed, in a few words and without URLs."""
    names = {kind.__name__ for kind in type(error).__mro__}
    if names & {"RepositoryNotFoundError", "RevisionNotFoundError", "EntryNotFoundError"}:
        return "it has no such repository or file"
    if names & {"TransportError", "ConnectionError", "TimeoutError", "TimeoutException"}:
        return "not reachable"
    if status := getattr(getattr(error, "response", None), "status_code", None):
        return f"it answered {status}"
    text = getattr(error, "strerror", None)
    return f"{type(error).__name__}{f' ({text})' if text else ''}"


def main(command: str, repo: str, revision: str, *rest: str) -> int:
    """Run one of the two commands and return the exit status."""
    try:
        if command == "about":
            sys.stdout.write(about(repo, revision))
        else:
            fetch(repo, revision, rest[0], int(rest[1]), Path(rest[2]))
    except Exception as error:
        sys.stderr.write(f"\n{reason(error)}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
