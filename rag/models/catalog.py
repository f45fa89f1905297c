"""`models/catalogue.toml` as model cards: what a model is, its files, and who provides them.

In:  the catalogue: the project's, else the copy inside the installed package.
Out: `ModelCard`s by name; a broken catalogue raises `ModelError`, and no card is returned.
Left to others: the files on this machine (`rag.models.registry`), fetching them
(`rag.models.download.pull`).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from rag.errors import ModelError

PACKAGE = Path(__file__).resolve().parents[1]
KINDS = ("llm", "embedder")
FRAMES = ("chatml", "llama3", "gemma")


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One file; `size` in bytes and `sha256` in hex are `None` where only the hub knows them."""

    path: str
    size: int | None = None
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Hub:
    """A repository of the model hub; its files have the names of the card's files."""

    repo: str
    revision: str | None = None


@dataclass(frozen=True, slots=True)
class Packages:
    """`parts` packages of the package index whose wheels hold, as `member`, the card's files.

    `name` and `member` are templates over {n}, {nn} and {path}. With more than one part the
    members, joined in order, are the card's one file.
    """

    name: str
    version: str
    member: str
    parts: int = 1

    def wheel(self, part: int) -> str:
        """Name of the package that holds `part` (from 1)."""
        return self.name.format(n=part, nn=f"{part:02}")

    def inside(self, part: int, path: str) -> str:
        """What to take out of it for the file `path`."""
        return self.member.format(n=part, nn=f"{part:02}", path=path)


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What the catalogue knows of a model. `about` is its size in bytes, exact or nearly so."""

    name: str
    kind: str
    title: str
    licence: str
    chat_template: str | None
    note: str
    dimensions: int | None
    files: tuple[ModelFile, ...]
    hub: Hub | None = None
    packages: Packages | None = None
    approx_size: int = 0

    @property
    def size(self) -> int:
        """Bytes of all files: exact where all are pinned, else about so many."""
        sizes = [file.size for file in self.files if file.size is not None]
        return sum(sizes) if len(sizes) == len(self.files) else self.approx_size

    @property
    def target(self) -> str:
        """Its file (llm) or folder (embedder) in `models/` and in the cache."""
        return self.name if self.kind == "embedder" else self.files[0].path

    def paths(self, target: Path) -> list[tuple[ModelFile, Path]]:
        """Each file and where it lies if the model lies at `target`."""
        if self.kind == "embedder":
            return [(file, target / file.path) for file in self.files]
        return [(self.files[0], target)]


def project_models() -> Path | None:
    """The folder `models/` of the project, where the package runs from a clone of it."""
    folder = PACKAGE.parent / "models"
    return folder if (folder / "catalogue.toml").is_file() else None


def data_folder() -> Path:
    """Where the catalogue and the calibration are: `models/` of a clone, else in the package."""
    return project_models() or PACKAGE / "data"


def load_catalogue(path: Path | None = None) -> dict[str, ModelCard]:
    """Cards by name, from `path` or from the project's catalogue, else from the packaged copy.

    Raises:
        ModelError: a catalogue that cannot be read, or an entry that is incomplete or impossible.
    """
    path = path if path is not None else data_folder() / "catalogue.toml"
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8"))["model"]
        cards = [_card(entry) for entry in entries]
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise ModelError(f"the catalogue {path} is broken ({error}): mend or restore it") from None
    if len(known := {each.name: each for each in cards}) < len(cards):
        raise ModelError(f"the catalogue {path} is broken (a name occurs twice): mend it")
    return known


def _card(entry: dict[str, Any]) -> ModelCard:
    rest = dict(entry)
    files = tuple(ModelFile(**file) for file in rest.pop("files"))
    hub, packages = rest.pop("hub", None), rest.pop("packages", None)
    made = ModelCard(
        approx_size=rest.pop("size"),
        chat_template=rest.pop("frame", None),
        dimensions=rest.pop("dimensions", None),
        files=files,
        hub=Hub(**hub) if hub else None,
        packages=Packages(**packages) if packages else None,
        **rest,
    )
    for fault in _faults(made):
        raise ValueError(f"{made.name}: {fault}")
    return made


def _faults(card: ModelCard) -> Iterator[str]:
    if not re.fullmatch(r"\w[\w.-]*", card.name):
        yield "a name has letters, digits, dots and dashes"
    if card.kind not in KINDS or not card.files:
        yield f"kind must be one of {', '.join(KINDS)}, and files not empty"
    if card.kind == "llm" and (card.chat_template not in FRAMES or len(card.files) != 1):
        yield f"an llm has one file, and a frame: {', '.join(FRAMES)}"
    for file in card.files:
        if not _is_inside(file.path) or (file.size is not None and file.size <= 0):
            yield f"{file.path!r} must lie inside its folder and have a size"
        if file.sha256 is not None and not re.fullmatch("[0-9a-f]{64}", file.sha256):
            yield f"the sha256 of {file.path} is not 64 hex digits"
        if card.packages and not (file.sha256 and file.size):
            yield f"{file.path} comes from packages, so it must have size and sha256"
    if card.packages and not card.packages.wheel(1) + card.packages.inside(1, "a"):
        yield "packages must have a name and a member"
    if card.packages and card.packages.parts > 1 and len(card.files) != 1:
        yield "packages in parts hold one file"
    if card.size != card.approx_size:
        yield f"size is {card.approx_size}, its files have {card.size}"


def _is_inside(path: str) -> bool:
    pure = PurePosixPath(path)
    return bool(pure.parts) and not pure.is_absolute() and ".." not in pure.parts
