"""Packages that extend Footnoted: found by their entry points, loaded when they are needed.

    find_extensions(kind)        ->  what the installed packages offer of a kind, and what is wrong
    Extension.load()             ->  what the entry point names (`ExtensionError` where it fails)

In:  the entry points `footnoted.<kind>` of the packages that are installed.
Out: `Extension`s by name. One that is malformed, that clashes with a name of ours or with that of
     another package is left out, with a line that says why: it never takes the place of anything.
Left to others: what each kind must look like (`rag.ingest.parsers.added`, `rag.models.added`,
`rag.index.vectors.added`; docs/extending.md).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from rag.errors import ExtensionError

PARSERS, EMBEDDERS, READERS = "parsers", "embedders", "readers"
LANGUAGE_MODELS, RERANKERS, VECTOR_STORES = "language_models", "rerankers", "vector_stores"
KINDS = (PARSERS, EMBEDDERS, READERS, LANGUAGE_MODELS, RERANKERS, VECTOR_STORES)
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")


@dataclass(frozen=True, slots=True)
class Extension:
    """What a package adds under a name; `target` is where in the package it is."""

    kind: str
    name: str
    package: str
    version: str
    target: str
    _entry: Any = field(compare=False, repr=False, default=None)

    def __str__(self) -> str:
        return f"{self.name} of {self.package} {self.version}"

    def load(self) -> Any:
        """What the entry point names.

        Raises:
            ExtensionError: its module does not load, or has no such name.
        """
        try:
            return self._entry.load()
        except (Exception, SystemExit) as error:  # whatever a module of others does at its import
            raise self.fault(f"does not load ({_in_words(error)})") from error

    def fault(self, problem: str) -> ExtensionError:
        """The error for what is wrong with it."""
        return ExtensionError(
            f"the extension {self} ({self.kind}) {problem}: repair it, or type "
            f"`pip uninstall {self.package}`"
        )


@dataclass(frozen=True, slots=True)
class FoundExtensions:
    """The extensions of a kind by name, those that are in use alone; a line for each that is not.

    `clashes` are the lines by name, for whoever asks for such a name.
    """

    by_name: Mapping[str, Extension]
    faults: tuple[str, ...] = ()
    clashes: Mapping[str, str] = field(default_factory=dict)


def find_extensions(kind: str, own: Collection[str] = ()) -> FoundExtensions:
    """The extensions of a kind; `own` are the names that are taken."""
    offered: dict[str, list[Extension]] = {}
    faults = []
    for each in all_extensions():
        if each.kind == kind:
            offered.setdefault(each.name, []).append(each)
    by_name, clashes = {}, {}
    for name, several in offered.items():
        who = " and ".join(f"{each.package} {each.version}" for each in several)
        if not _NAME.fullmatch(name):
            faults.append(
                f"the extension {name!r} of {who} ({kind}) is not used: "
                "a name has lower-case letters, digits, dots and dashes"
            )
        elif name in own:
            faults.append(
                f"the extension {name} of {who} ({kind}) is not used: "
                "Footnoted has that name already"
            )
        elif len(several) > 1:
            clashes[name] = (
                f"the extension {name} ({kind}) is not used: {who} both offer it; "
                f"type `pip uninstall` for one of them"
            )
        else:
            by_name[name] = several[0]
    return FoundExtensions(by_name, (*faults, *clashes.values()), clashes)


@lru_cache(maxsize=1)
def all_extensions() -> tuple[Extension, ...]:
    """Every extension that is installed, by name and package; looked for once in a process."""
    from importlib.metadata import entry_points

    offered, installed = set(), entry_points()  # one look at all packages
    for kind in KINDS:
        for entry in installed.select(group=f"footnoted.{kind}"):
            package = entry.dist.name if entry.dist else "?"
            version = entry.dist.version if entry.dist else "?"
            offered.add(Extension(kind, entry.name, package, version, entry.value, entry))
    return tuple(sorted(offered, key=lambda each: (each.kind, each.name, each.package)))


def _in_words(error: BaseException) -> str:
    line = " ".join(str(error).split())[:120]
    return f"{type(error).__name__}: {line}" if line else type(error).__name__
