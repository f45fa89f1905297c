"""Models by name: the card of each, its files on this machine, and whether they are intact.

    get_card(name) -> ModelCard -> find: in models/, else in the cache -> verify_model: SHA-256

In:  the catalogue (`rag.models.catalog`), the project's `models/`, the cache (`Settings.models`).
Out: a card; the path of a model, verified or not; one row per model for `rag models list`.
Left to others: fetching what is missing (`rag.models.download.pull`), loading it
(`rag.models.embedder`, `rag.models.llm.local`).
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from rag.errors import ModelError
from rag.models import added
from rag.models.catalog import (
    ModelCard,
    ModelFile,
    data_folder,
    load_catalogue,
    project_models,
)
from rag.runtime.atomic_file import write_atomically

READER_WEIGHTS = "reader.safetensors"  # in the folder of a reader
LIBRARY_CONFIG = "config_sentence_transformers.json"  # in that of a model of that library
CLASSIFIER = "questions"
"""The classifier of questions, in use wherever a reader is."""

__all__ = [
    "ModelCard",
    "ModelFile",
    "build_check_dir",
    "describe",
    "find",
    "get_card",
    "load_catalogue",
    "needed_cards",
    "prefix_cache_dir",
    "table",
    "verify_model",
]


def get_card(name: str) -> ModelCard:
    """The card of a model: by its name in the catalogue, or that of an extension; or by a path.

    One's own is a GGUF file, or a folder: of a reader, as `rag.training.reader` writes it, of a
    public question-answering model with its `config.json`, or of a cross-encoder.

    Raises:
        ModelError: neither a known name nor such a path, or a broken catalogue or extension.
    """
    catalogue = load_catalogue()
    if name in catalogue:
        return catalogue[name]
    if (extension := added.card(name)) is not None:
        return extension
    path = Path(name).expanduser()
    if path.suffix.lower() == ".gguf" and path.is_file():
        file = ModelFile(str(path.resolve()))
        note = "your own file, not checked by hash"
        size = path.stat().st_size
        return ModelCard(
            name, "llm", path.name, "unknown", "chatml", note, None, (file,), approx_size=size
        )
    if own := _kind_of_folder(path):
        kind, main = own
        size = sum(each.stat().st_size for each in path.iterdir() if each.is_file())
        return ModelCard(
            str(path.resolve()), kind, path.name, "unknown", None, f"your own {kind}", None,
            (ModelFile(main),), approx_size=size,
        )  # fmt: skip
    raise ModelError(
        f"no model {name!r}: give the path of a .gguf file, or of a folder with a reader or a "
        f"reranker, or one of {', '.join(sorted(catalogue))}"
    )


def _kind_of_folder(folder: Path) -> tuple[str, str] | None:
    """The kind of the model in `folder`, and a file that it must have; None where there is none."""
    if (folder / READER_WEIGHTS).is_file():
        return "reader", READER_WEIGHTS
    if not (folder / "config.json").is_file():
        return None
    is_reranker = _is_cross_encoder(folder)
    return ("reranker", "model.safetensors") if is_reranker else ("reader", "config.json")


def _is_cross_encoder(folder: Path) -> bool:
    """Whether a public model scores pairs of texts, as its configuration says."""
    try:
        own = folder / LIBRARY_CONFIG
        if own.is_file() and (
            kind := json.loads(own.read_text(encoding="utf-8")).get("model_type")
        ):
            return bool(kind == "CrossEncoder")
        (network,) = json.loads((folder / "config.json").read_text(encoding="utf-8"))[
            "architectures"
        ]
        return str(network).endswith("ForSequenceClassification")
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return False


def needed_cards(name: str) -> list[ModelCard]:
    """The card of a model, behind those of the models that it needs.

    Raises:
        ModelError: as `get_card`.
    """
    card = get_card(name)
    needed = [each for part in (card.encoder, card.first) if part for each in needed_cards(part)]
    return list({each.name: each for each in (*needed, card)}.values())


def locate(card: ModelCard, models: Path) -> Path | None:
    """Its path, intact or not: where the project has it, else in the cache; `None` if absent."""
    for folder in (data_folder(), models):
        if (folder / card.target).exists():
            return folder / card.target
    return None


def find(card: ModelCard, models: Path) -> Path | None:
    """Its file (llm) or folder (others): what the project has in `models/`, else the cache's.

    `None` if absent. Checks sizes, not hashes.

    Raises:
        ModelError: a file is missing from an embedder's folder, or has the wrong size.
    """
    target = locate(card, models)
    if target is not None:
        for file, path in card.paths(target):
            _check_size(card, file, path, models)
    return target


def verify_model(card: ModelCard, models: Path, *, fresh: bool = False) -> Path:
    """Like `find`, and checks the SHA-256 of every file.

    A stamp in the cache (sizes, times, hashes) saves hashing an unchanged file again; it also
    stores the hashes that the hub gave for files without a pinned one. With `fresh`, every file is
    hashed whatever the stamp says.

    Raises:
        ModelError: absent, wrong size, wrong content, or not a GGUF file.
    """
    if card.extension is not None:
        return models  # what it needs there, it looks for itself
    target = find(card, models)
    if target is None:
        raise ModelError(f"{card.name} is not pulled: type `rag models pull {card.name}`")
    stamp = _read_stamp(target, models)
    current = {}
    for file, path in card.paths(target):
        try:
            stored = stamp.get(file.path, {})
            current[file.path] = _verify_file(card, file, path, models, stored, fresh)
        except OSError as error:
            raise ModelError(f"{path} cannot be read ({error.strerror}): repair that") from None
    if current != stamp:
        write_stamp(target, models, current)
    return target


def build_check_dir(models: Path) -> Path:
    """The folder, beside the cache of weights, for results of `rag.models.llm.build_check`."""
    return models.absolute().parent / "checks"


def prefix_cache_dir(card: ModelCard, models: Path) -> str:
    """The folder, beside the cache of weights, for prompt-prefix states of one verified model.

    Its name is the file's SHA-256, from its stamp; an empty string where there is no valid stamp.
    """
    target = locate(card, models)
    if target is None:
        return ""
    stamp = _read_stamp(target, models).get(card.files[0].path, {})
    sha256 = str(stamp.get("sha256", ""))
    if not sha256 or file_stamp(target, sha256) != stamp:
        return ""
    return str(models.absolute().parent / "states" / sha256)


def describe(models: Path) -> list[dict[str, Any]]:
    """One row for each model of the catalogue, in its order, then those that packages add.

    Keys: name, kind, title, size (bytes), licence, note, and where: "models/" (of a clone; else
    "shipped", with the package), "cache", "broken", or for an absent model "package index" (it has
    packages) or "hub only"; "extension".

    Raises:
        ModelError: a broken catalogue.
    """
    return [
        {
            "name": each.name,
            "kind": each.kind,
            "title": each.title,
            "size": each.size,
            "licence": each.licence,
            "note": each.note,
            "where": _where(each, models),
        }
        for each in load_catalogue().values()
    ] + [
        {
            "name": each.name,
            "kind": added.KINDS[each.kind],
            "title": each.name,
            "size": 0,
            "licence": "",
            "note": f"added by {each.package} {each.version}",
            "where": "extension",
        }
        for each in added.models().by_name.values()
    ]


def table(models: Path, in_use: Collection[str] = ()) -> str:
    """`describe` as lines of text, with a star before the models named in `in_use`."""
    rows = [
        (
            "*" if row["name"] in in_use else " ",
            row["name"],
            row["kind"],
            f"{row['size'] / 1e6:,.0f} MB",
            row["licence"],
            row["where"],
            row["note"],
        )
        for row in describe(models)
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = (zip(row, widths, strict=True) for row in rows)
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in line).rstrip() for line in lines
    )


def digest(path: Path) -> str:
    """The SHA-256 of a file, in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def file_stamp(path: Path, sha256: str) -> dict[str, Any]:
    """A file's entry in a stamp: its hash, and the attributes that change when it is written."""
    now = path.stat()
    times = {"mtime_ns": now.st_mtime_ns, "ctime_ns": now.st_ctime_ns}
    return {"size": now.st_size, **times, "sha256": sha256}


def write_stamp(target: Path, models: Path, files: Mapping[str, Mapping[str, Any]]) -> None:
    """Store `files` (path -> `file_stamp`) for the model at `target`, if the cache is writable."""
    stamp = _stamp(target, models)
    with contextlib.suppress(OSError):
        stamp.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(stamp, json.dumps({"at": str(target), "files": files}))


def _verify_file(
    card: ModelCard,
    file: ModelFile,
    path: Path,
    models: Path,
    stamp: Mapping[str, Any],
    fresh: bool,
) -> dict[str, Any]:
    now = file_stamp(path, str(stamp.get("sha256")))
    if fresh or now != stamp:
        now["sha256"] = digest(path)
    recorded = stamp.get("sha256") if _is_cached(path, models) else None
    if (expected := file.sha256 or recorded) and now["sha256"] != expected:
        raise ModelError(
            f"{path} has SHA-256 {now['sha256'][:12]}…, expected {expected[:12]}…: "
            + _remedy(card, path, models)
        )
    if card.kind == "llm" and not file.sha256:
        with path.open("rb") as stream:
            if stream.read(4) != b"GGUF":
                raise ModelError(f"{path} is not a GGUF file: choose another")
    return now


def _check_size(card: ModelCard, file: ModelFile, path: Path, models: Path) -> None:
    if not path.is_file():
        raise ModelError(f"{path} is missing or not a file: {_remedy(card, path, models)}")
    size = path.stat().st_size
    if size == 0 or file.size not in (None, size):
        expected = f"{file.size:,}" if file.size else "more"
        raise ModelError(
            f"{path} has {size:,} bytes, expected {expected}: {_remedy(card, path, models)}"
        )


def _remedy(card: ModelCard, path: Path, models: Path) -> str:
    if _is_cached(path, models):
        return f"type `rag models pull {card.name}` to fetch it again"
    return f"remove it from there, then type `rag models pull {card.name}`"


def _where(card: ModelCard, models: Path) -> str:
    try:
        target = find(card, models)
    except ModelError:
        return "broken"
    if target is not None:
        shipped = "models/" if project_models() else "shipped"
        return "cache" if _is_cached(target, models) else shipped
    return "package index" if card.packages else "hub only"


def _is_cached(path: Path, models: Path) -> bool:
    return path.is_relative_to(models)


def _stamp(target: Path, models: Path) -> Path:
    folder = models if target.parent == models else models / "stamps"
    return folder / f"{target.name}.verified"


def _read_stamp(target: Path, models: Path) -> dict[str, dict[str, Any]]:
    try:
        stamp = json.loads(_stamp(target, models).read_text(encoding="utf-8"))
        return dict(stamp["files"]) if stamp["at"] == str(target) else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}
