"""A receipt: an answer with all that it was made from, as one JSON file.

In:  an answer, and the assistant that gave it; or the path of a receipt.
Out: a `Receipt`, and the text of its file.

    version, made_at      of Footnoted; when, ISO 8601 in UTC
    question, filters     as asked
    answer                as `rag ask --json` prints it
    articles              of each that is cited the record, and the SHA-256 of its text in UTF-8
    models                language model, reader, embedder: name and SHA-256 of each file
    index, settings       the snapshot, how much it holds; what else can change an answer
    signer                the fingerprint of the key, where it is signed
    sha256                of all above, as they are written in the file
    signature             an SSH signature of all above

A file is what `Receipt.text` gives for what it says, byte for byte: no other edit goes unnoticed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from rag.errors import ExportError, QuestionError
from rag.models.registry import CLASSIFIER, digest, locate, needed_cards
from rag.retrieval.filters import SearchFilter
from rag.runtime.atomic_file import write_atomically
from rag.settings import SERVER, Settings
from rag.types import Answer, Article, RecordField

if TYPE_CHECKING:
    from rag.assistant import Assistant

__all__ = [
    "RECORD",
    "Receipt",
    "is_as_written",
    "make_receipt",
    "models_in_use",
    "plain_values",
    "read_receipt",
    "text_hash",
    "write_receipt",
]

FORM = 1  # of a receipt
RECORD = ("title", "source", "published", "author", "url")  # of an article
_SEALS = ("sha256", "signature")
_DEEPEST = 50  # lists and objects within one another


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a receipt says; `values` are all of its JSON values but hash and signature.

    `sha256` is the hash that the file states, `signature` its SSH signature, or empty.
    """

    values: Mapping[str, Any]
    sha256: str = ""
    signature: str = ""

    @property
    def body(self) -> str:
        """What is hashed."""
        return _as_json(self.values)

    @property
    def signed_text(self) -> str:
        """What is signed: the body and its hash."""
        return _as_json({**self.values, "sha256": self.sha256})

    @property
    def text(self) -> str:
        """The text of its file."""
        seals = {"sha256": self.sha256, "signature": self.signature}
        return _as_json({**self.values, **{name: seal for name, seal in seals.items() if seal}})

    @property
    def signer(self) -> str:
        """The fingerprint of the key that it says it is signed by; empty: not signed."""
        return str(self.values.get("signer", ""))

    @property
    def answer(self) -> Answer:
        """The answer. Raises as `Answer.from_dict`."""
        return Answer.from_dict(self.values["answer"])

    @property
    def filters(self) -> SearchFilter:
        """What the question was limited to. Raises as `SearchFilter.from_dict`."""
        return SearchFilter.from_dict(self.values["filters"])


def make_receipt(assistant: Assistant, answer: Answer, filters: SearchFilter) -> Receipt:
    """The receipt of `answer`, which `assistant` just gave to its question within `filters`."""
    articles = {each.article: assistant.article(each.article) for each in answer.citations}
    settings = assistant.settings
    n_articles, n_passages = assistant.counts
    values = {
        "receipt": FORM,
        "version": version("footnoted"),
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "question": answer.question,
        "filters": filters.to_dict(),
        "answer": answer.to_dict(all_scores=True),
        "articles": [_article(each) for each in articles.values()],
        "models": models_in_use(settings),
        "index": {
            "snapshot": assistant.snapshot_name,
            "articles": n_articles,
            "passages": n_passages,
        },
        "settings": plain_values(settings.affecting_answers()),
    }
    return seal(Receipt(plain_values(values)))


def seal(receipt: Receipt) -> Receipt:
    """The receipt with the hash of what it says, not signed."""
    return Receipt(receipt.values, hashlib.sha256(receipt.body.encode()).hexdigest())


def models_in_use(settings: Settings) -> dict[str, Any]:
    """Name and hashes of the models that answer; None for one that is left out."""
    names = {
        "model": settings.language_model,
        "reader": settings.reader,
        "classifier": "none" if settings.reader == "none" else CLASSIFIER,
        "embedder": settings.embedder,
        "reranker": settings.reranker,
    }
    return {
        role: None if name == "none" else {"name": name, "sha256": _hashes(name, settings.models)}
        for role, name in names.items()
    }


def text_hash(article: Article) -> str:
    """The SHA-256 of the article's text in UTF-8, in hex."""
    return hashlib.sha256(article.text.encode("utf-8", "surrogatepass")).hexdigest()


def read_receipt(path: Path) -> Receipt:
    """The receipt in the file `path`, whatever was done to it.

    Raises:
        ExportError: the file cannot be read, or is no receipt.
    """
    try:
        text = path.read_bytes().decode()
        values = json.loads(text)
        _require_shallow(values)
        seals = [values.pop(name, "") for name in _SEALS]
        receipt = Receipt(values, *map(str, seals))
        known = values["receipt"] == FORM and receipt.answer.question == values["question"]
        _require_form(receipt)
    except OSError as error:
        raise ExportError(f"{path}: {error.strerror}: name the file of a receipt") from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, QuestionError):
        known = False
    if not known:
        raise ExportError(f"{path} is no receipt of this version, or is damaged beyond reading")
    return receipt


def _require_shallow(values: Any) -> None:
    """Raises `ValueError` where values are nested deeper than any of a receipt."""
    level = [values]
    for _ in range(_DEEPEST):
        parents = [each for each in level if isinstance(each, list | dict)]
        level = [
            child
            for each in parents
            for child in (each.values() if isinstance(each, dict) else each)
        ]
    if level:
        raise ValueError("nested too deeply")


def _require_form(receipt: Receipt) -> None:
    """Raises `KeyError` or `TypeError` where a value that is read later is not of its form."""
    values = receipt.values
    forms: list[tuple[Any, type]] = [
        *((values[name], str) for name in ("version", "made_at")),
        *((values[name], dict) for name in ("models", "settings", "index")),
        (values["index"]["snapshot"], str),
        *((model["name"], str) for model in values["models"].values() if model is not None),
        *((article[name], str) for article in values["articles"] for name in ("id", "sha256")),
        *((citation.article, str) for citation in receipt.answer.citations),
        *((citation.quote, str) for citation in receipt.answer.citations),
        *((citation.number, int) for citation in receipt.answer.citations),
        *((place, int) for each in receipt.answer.citations for place in each.span or ()),
        (receipt.answer.text, str),
        (receipt.filters, SearchFilter),
    ]
    if {each.field for each in receipt.answer.citations} - {None, *get_args(RecordField)}:
        raise TypeError("a citation is of no field of a record")
    for value, form in forms:
        if not isinstance(value, form):
            raise TypeError(f"{value!r} is no {form.__name__}")


def is_as_written(path: Path, receipt: Receipt) -> bool:
    """Whether the file of `receipt` is, byte for byte, as it was written, and its hash is right."""
    return path.read_bytes() == receipt.text.encode() and seal(receipt).sha256 == receipt.sha256


def write_receipt(path: Path, receipt: Receipt) -> None:
    """Write the file. Raises `OSError` where it cannot be written."""
    write_atomically(path, receipt.text)


def _article(article: Article) -> dict[str, Any]:
    record = {name: getattr(article, name) for name in RECORD}
    return {"id": article.id, "sha256": text_hash(article), **record}


def _hashes(name: str, models: Path) -> dict[str, str]:
    """The hash of each file of a model, and of those that it needs; none of one on a server.

    It is that which the catalogue pins, else that of the file itself.
    """
    if name.startswith(SERVER):
        return {}
    hashes = {}
    for card in needed_cards(name):
        target = locate(card, models)
        paths = dict(card.paths(target)) if target else {}
        for each in card.files:
            path = Path(each.path)
            inside = path.name if path.is_absolute() else each.path  # no path of one's machine
            hashes[f"{Path(card.name).name}/{inside}"] = each.sha256 or _digest(paths.get(each))
    return hashes


def _digest(path: Path | None) -> str:
    return digest(path) if path and path.is_file() else "unknown"


def plain_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values as they come back from JSON."""
    plain: dict[str, Any] = json.loads(json.dumps(values, default=str))
    return plain


def _as_json(values: Mapping[str, Any]) -> str:
    text = json.dumps(values, ensure_ascii=False, indent=1) + "\n"
    return text.encode("utf-8", "backslashreplace").decode()
