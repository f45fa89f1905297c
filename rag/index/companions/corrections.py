"""Corrections that a person made to the records of articles, stored beside the index.

    CorrectionStore.of_index(folder)   the file `<folder>.corrections.json`, beside the index
    store.read()                       ->  `Corrections`, by the id of the article
    store.correct(id, changes)         one or more fields of an article; store.undo(id, field)
    corrections.applied(record)        ->  a stored record with the corrected values

They belong to an id, not to what is stored of it: indexing the article again, removing it and
bringing it back, or building the whole index again leaves them as they are. The file is replaced
as a whole under a lock. Left to others: the values (`rag.index.companions.fields`), which ids there
are (`rag.cli.articles`, `rag.web`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rag.errors import CorrectionError, IndexFault
from rag.index.companions.fields import FIELD_NAMES
from rag.runtime.atomic_file import write_atomically
from rag.types import RecordField

BASIS = "corrected by hand"  # `published_basis` of a corrected day
_VERSION = 1
_WAIT = 10.0  # seconds for another program that corrects

Values = Mapping[RecordField, str | None]


@dataclass(frozen=True, slots=True)
class Corrections:
    """The corrected fields by article id, each with its value; None: nobody knows it."""

    by_article: Mapping[str, Values] = field(default_factory=dict)

    def applied(self, record: dict[str, Any]) -> dict[str, Any]:
        """The fields of an article with the corrected values; `corrected` has those of its file."""
        own = {str(name): each for name, each in self.by_article.get(record["id"], {}).items()}
        if not own:
            return record
        corrected = {name: record.get(name) for name in own}
        if "published" in own:
            record = {**record, "published_basis": BASIS if own["published"] else None}
        return {**record, **own, "corrected": corrected}


NO_CORRECTIONS = Corrections()


class CorrectionStore:
    """The file of corrections; may be used by several programs at once."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def of_index(cls, folder: Path) -> CorrectionStore:
        """That of the index in `folder`: a file beside it."""
        folder = folder.absolute()
        return cls(folder.with_name(f"{folder.name}.corrections.json"))

    def stamp(self) -> object:
        """What differs after each change of the file; None while there is none.

        Raises:
            IndexFault: the file cannot be reached.
        """
        try:
            status = self.path.stat()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise IndexFault(
                f"{self.path} cannot be read ({error.strerror}): repair that"
            ) from None
        return status.st_ino, status.st_size, status.st_mtime_ns

    def read(self) -> Corrections:
        """All corrections.

        Raises:
            IndexFault: the file is damaged, or of a later version: nothing is answered without it.
        """
        content = self._content()
        return Corrections(
            {
                id: {name: change["value"] for name, change in fields.items()}
                for id, fields in content.items()
            }
        )

    def correct(self, id: str, changes: Values) -> None:
        """Store the new values of fields of article `id`.

        Raises:
            CorrectionError: the file cannot be written, or another program holds it.
        """
        now = datetime.now(UTC).isoformat(timespec="seconds")
        with self._changing() as content:
            own = content.setdefault(id, {})
            own.update({name: {"value": value, "at": now} for name, value in changes.items()})

    def undo(self, id: str, field: RecordField | None = None) -> list[RecordField]:
        """Take back the correction of `field` of article `id`, or all of it; what was taken back.

        Raises:
            CorrectionError: there is none.
        """
        with self._changing() as content:
            own = content.get(id, {})
            names = [name for name in own if field in (None, name)]
            if not names:
                raise CorrectionError(_nothing_to_undo(id, field, own))
            for name in names:
                del own[name]
            if not own:
                del content[id]
        return names

    @contextmanager
    def _changing(self) -> Iterator[dict[str, Any]]:
        """The content of the file, which is written anew when the `with` block ends."""
        from filelock import FileLock, Timeout

        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(self.path.with_name(f".{self.path.name}.lock"), timeout=_WAIT):
                content = self._content()
                yield content
                write_atomically(self.path, self.rendered(content), sync=True)
        except Timeout as error:
            raise CorrectionError(
                f"another program is writing {self.path}: try again in a moment"
            ) from error
        except OSError as error:
            raise CorrectionError(
                f"{self.path} cannot be written ({error.strerror or error}): nothing was corrected"
            ) from error

    def text(self) -> str:
        """The file as it is; nothing where there is none.

        Raises:
            IndexFault: it cannot be read.
        """
        try:
            return self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return ""
        except (OSError, ValueError) as error:
            raise self._unreadable(error) from error

    @property
    def place(self) -> str:
        """Where they are, in words."""
        return str(self.path)

    def put(self, text: str) -> None:
        """Store what `text` gave, where nothing is stored yet.

        Raises:
            CorrectionError: it cannot be written.
        """
        with self._changing() as content:
            content.update(self.parsed(text))

    @staticmethod
    def rendered(content: Mapping[str, Any]) -> str:
        """The text that holds `content`."""
        values = {"version": _VERSION, "corrections": content}
        return f"{json.dumps(values, ensure_ascii=False, indent=1, sort_keys=True)}\n"

    def parsed(self, text: str) -> dict[str, Any]:
        """The corrections in `text`: {id: {field: {"value", "at"}}}.

        Raises:
            IndexFault: it is damaged, or of a later version.
        """
        try:
            content = json.loads(text)
            if content["version"] != _VERSION:
                raise ValueError(f"version {content['version']}")
            for fields in content["corrections"].values():
                for name, change in fields.items():
                    value = change["value"]
                    if name not in FIELD_NAMES or not isinstance(value, str | None):
                        raise ValueError(f"{name}={value!r}")
            return dict(content["corrections"])
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise self._unreadable(error) from error

    def _content(self) -> dict[str, Any]:
        return self.parsed(self.text()) if self.path.exists() else {}

    def _unreadable(self, error: Exception) -> IndexFault:
        return IndexFault(
            f"the corrections in {self.place} cannot be read ({error}): mend the file, or move "
            "it away to go on without them"
        )


def _nothing_to_undo(id: str, field: RecordField | None, own: Mapping[RecordField, Any]) -> str:
    if field is None or not own:
        return f"nothing of {id} was corrected: `rag articles list` marks what was"
    names = ", ".join(FIELD_NAMES[name] for name in own)
    return f"{FIELD_NAMES[field]} of {id} was not corrected; corrected: {names}"
