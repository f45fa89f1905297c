"""One frozen, flat `Settings`: default < `RAG_*` environment variable < flag. Builds nothing.

    Settings.load()     from the environment and keyword overrides (flags of the command line)
    RENAMED             old names of settings, which keep working
    RETIRED             settings that nothing reads any more, and why; they are accepted
    Settings.of         the settings of another collection; which there are: `rag.index.companions`

Each field carries its description, its range and whether it can change an answer. Packages below
the assistant take plain arguments from here, never `Settings` itself.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import Field, asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any
from unicodedata import is_normalized, normalize
from urllib.parse import SplitResult, parse_qs, quote, urlsplit

from rag.errors import SettingsError
from rag.runtime.network.database_address import EXAMPLE, DatabaseAddress

PREFIX = "RAG_"
DEFAULT_COLLECTION = "default"  # what `index`, `corpus` and `conversations` name by themselves
_DEFAULT_INDEX = Path(".rag/index")
LOGS = ("text", "json")
TRACES = ("no", "yes", "text")
APIS = ("api", "mcp", "openai")  # docs/programs.md
RENAMED = {
    "k_one": "context_k",
    "keep": "keep_conversations",
    "programs": "apis",
}
SERVER = "server:"  # before the name of a language model that runs on a server
LEAST_WRONG, MOST_WRONG = 0.01, 1.0  # the range of `max_wrong`
_MAX_WRONG_ALONE = "RAG_MAX_WRONG alone sets the threshold of confidence"
_READER_DECIDES = "the reader decides whether passages answer"
RETIRED = {
    "right_withheld": _MAX_WRONG_ALONE,
    "max_false_refusal": _MAX_WRONG_ALONE,
    "min_cosine": _READER_DECIDES,
    "min_coverage": _READER_DECIDES,
}


def setting(
    default: Any,
    help: str,
    *,
    bounds: tuple[float, float] | None = None,
    choices: tuple[str, ...] = (),
    affects_answers: bool = False,
    secret: bool = False,
) -> Any:
    """A field of `Settings`: its default, its description, its bounds (included) or choices.

    A `secret` one is in no `repr` and no error.
    """
    metadata = {
        "help": help,
        "bounds": bounds,
        "choices": choices,
        "affects_answers": affects_answers,
    }
    return field(default=default, metadata=metadata, repr=not secret)


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings; each field is also `RAG_<NAME>` in the environment."""

    corpus: Path = setting(
        Path("seeds"), "folder, file or `.jsonl` dump of articles, for the default collection"
    )
    index: Path = setting(_DEFAULT_INDEX, "folder of the index, where no collection is named")
    collection: str = setting(
        DEFAULT_COLLECTION,
        "name of the [collection](commands.md#collections) that is asked; `default`: what "
        "`RAG_INDEX`, `RAG_CORPUS` and `RAG_CONVERSATIONS` name",
    )
    collections: Path = setting(
        Path(".rag/collections"), "folder of the other collections, one folder each"
    )
    models: Path = setting(Path("~/.cache/rag/models"), "folder of the model weights, per user")
    model: str = setting(
        "qwen2.5-coder-1.5b",
        "language model: a name from `rag models list`, a path to a GGUF file, or `none`: answers "
        "are quotations",
        affects_answers=True,
    )
    llm_url: str = setting(
        "",
        "address of an OpenAI-compatible server whose model words answers instead of the local "
        "one; questions and passages are sent there ([more](language-model-server.md))",
        affects_answers=True,
    )
    llm_model: str = setting(
        "",
        "the model to use on that server, by its name there; unset: the only one it has",
        affects_answers=True,
    )
    llm_key: str = setting("", "key for that server; never shown or logged", secret=True)
    reader: str = setting(
        "reader-large",
        "reader, which judges what answers: a name from `rag models list`, a folder with one, or "
        "`none`",
        affects_answers=True,
    )
    chroma_url: str = setting(
        "",
        "address of a Chroma server that keeps the vectors instead of the folder of the index; "
        "vectors and passage numbers are sent there, no text ([more](chroma-server.md))",
    )
    database_url: str = setting(
        "",
        "address of a PostgreSQL database that keeps articles, passages and their vectors instead "
        "of the folder of the index, for several machines ([more](postgresql.md)); its password is "
        "never shown or logged",
        secret=True,
    )
    embedder: str = setting(
        "all-minilm-l6-v2", "embedding model: a name from `rag models list`", affects_answers=True
    )
    reranker: str = setting(
        "none",
        "reranker, which orders the passages found before the reader reads the best of them: a "
        "name from `rag models list`, a folder with one, or `none` ([more](models.md#rerankers))",
        affects_answers=True,
    )
    vector_store: str = setting(
        "chroma",
        "what holds the vectors: `chroma`, or a name that a package adds ([more](extending.md))",
    )
    passage_tokens: int = setting(
        120, "longest passage, in tokens of the embedder", bounds=(16, 250), affects_answers=True
    )
    k: int = setting(
        4,
        "passages retrieved for a question; with a reader at least twelve are read",
        bounds=(1, 20),
        affects_answers=True,
    )
    context_k: int = setting(
        3, "passages in the prompt per sub-question", bounds=(1, 20), affects_answers=True
    )
    per_article: int = setting(
        3,
        "most passages of one article where other articles qualify",
        bounds=(1, 20),
        affects_answers=True,
    )
    max_wrong: float = setting(
        0.10,
        "largest share of the answers shown that may be wrong; 1: no limit, but what contradicts "
        "the question, or what the reader takes for hopeless, stays refused",
        bounds=(LEAST_WRONG, MOST_WRONG),
        affects_answers=True,
    )
    max_tokens: int = setting(
        160, "longest draft, in tokens", bounds=(16, 1024), affects_answers=True
    )
    context: int = setting(
        4096,
        "context length of the language model, in tokens",
        bounds=(1024, 131_072),
        affects_answers=True,
    )
    threads: int = setting(
        0,
        "threads of the language model; 0: every core",
        bounds=(0, 512),
        affects_answers=True,  # another number of them gives other last bits
    )
    gpu_layers: int = setting(
        -1,
        "layers of the language model that run on an accelerator, where llama.cpp was built with "
        "one; -1: all, 0: none",
        bounds=(-1, 1000),
        affects_answers=True,  # another arithmetic gives other last bits
    )
    deadline: float = setting(
        300.0,
        "seconds that one call of the language model may take; 0: no limit",
        bounds=(0.0, 86_400.0),
        affects_answers=True,
    )
    questions: Path = setting(Path("tests/questions"), "question sets that the page may evaluate")
    auth_file: Path | None = setting(
        None, "user accounts of the web chat, as lines of `rag password`; unset: no login"
    )
    conversations: Path = setting(
        Path(".rag/conversations"), "folder of the chat history of the default collection"
    )
    keep_conversations: bool = setting(True, "`no`: the chat history is not saved")
    read_ahead: bool = setting(
        True,
        "`no`: the language model does not process passages while it is idle",
        affects_answers=True,
    )
    upload: bool = setting(False, "`yes`: articles can be added and removed on the page")
    apis: str = setting("", f"APIs that `rag serve` opens, by commas: {', '.join(APIS)}")
    log: str = setting(
        "text",
        "how commands write to stderr: for people, or one JSON object a line "
        "([more](observability.md))",
        choices=LOGS,
    )
    traces: str = setting(
        "no",
        "`yes`: commands send spans of OpenTelemetry where the `OTEL_*` variables say; `text`: "
        "with the text of questions and answers ([more](observability.md#spans))",
        choices=TRACES,
    )
    metrics: bool = setting(
        False, "`yes`: `rag serve` has metrics for Prometheus at `/metrics`, behind its login"
    )

    def __post_init__(self) -> None:
        """Raise `SettingsError` for a value outside its range."""
        for each in fields(self):
            value = getattr(self, each.name)
            if "Path" in str(each.type) and value is not None:
                object.__setattr__(self, each.name, Path(value).expanduser())
            if each.metadata["bounds"]:
                low, high = each.metadata["bounds"]
                if not low <= value <= high:
                    raise SettingsError(
                        f"{variable(each.name)}={value} is out of range: "
                        f"give a value from {low} to {high}"
                    )
            choices = each.metadata["choices"]
            if choices and value not in choices:
                raise SettingsError(
                    f"{variable(each.name)}={value} is not known: give one of {', '.join(choices)}"
                )
        if self.has_collection:
            self._use_collection()
        _check_server(self.llm_url, self.llm_key)
        _check_chroma(self.chroma_url)
        _check_database(self.database_url)
        if self.chroma_url and self.vector_store != "chroma":
            raise SettingsError(
                f"{variable('chroma_url')} and {variable('vector_store')}={self.vector_store} name "
                "two places for vectors: unset one"
            )
        if unknown := [each for each in api_names(self.apis) if each not in APIS]:
            raise SettingsError(
                f"{variable('apis')}={self.apis} has no {unknown[0]!r}: "
                f"give some of {','.join(APIS)}"
            )

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None, **flags: Any) -> Settings:
        """Settings from the environment, then `flags` (those that are not `None`).

        An old name is accepted, and a line on stderr names the new one; so is a setting that
        nothing reads any more, and the line says so.

        Raises:
            SettingsError: an unknown `RAG_*` name, or a value of the wrong kind or range.
        """
        known = {each.name: each for each in fields(cls)}
        values: dict[str, Any] = {}
        for name, text in (os.environ if environ is None else environ).items():
            if not name.startswith(PREFIX):
                continue
            old = name.removeprefix(PREFIX).lower()
            if old in RETIRED and name == name.upper():
                sys.stderr.write(f"rag: {name} does nothing any more: {RETIRED[old]}\n")
                continue
            new = RENAMED.get(old, old)
            if new not in known or name != name.upper():
                raise SettingsError(
                    f"unknown setting {name}: unset it, or use one of "
                    + ", ".join(sorted(map(variable, known)))
                )
            if new != old:
                sys.stderr.write(f"rag: {name} is now {variable(new)}; the old name still works\n")
                if variable(new) in (os.environ if environ is None else environ):
                    continue  # the new name counts
            values[new] = _parse(name, text, known[new])
        values.update((name, value) for name, value in flags.items() if value is not None)
        if values.get("collection", DEFAULT_COLLECTION) != DEFAULT_COLLECTION and "index" in values:
            raise _both_named(values["collection"], values["index"])
        return cls(**values)

    @property
    def has_collection(self) -> bool:
        """Whether a collection is named, other than the default one."""
        return self.collection != DEFAULT_COLLECTION

    @property
    def output(self) -> Path:
        """The folder that commands write into where no other is named."""
        return self.collections / self.collection if self.has_collection else Path(".rag")

    def of(self, name: str) -> Settings:
        """The same settings for the collection `name`; these must be of it, or it not the default.

        Raises:
            SettingsError: the name cannot be one.
        """
        if name == self.collection:
            return self
        if name == DEFAULT_COLLECTION:
            raise ValueError("only settings that name no collection have those of the default one")
        return replace(self, collection=name, index=_DEFAULT_INDEX)

    def _use_collection(self) -> None:
        """Put index and chat history into the folder of the collection.

        Its corpus is what its index is made of (`rag.index.companions.paths`), never `corpus`.
        """
        check_collection_name(self.collection)
        folder = self.collections / self.collection
        if self.index not in (_DEFAULT_INDEX, folder / "index"):
            raise _both_named(self.collection, self.index)
        object.__setattr__(self, "index", folder / "index")
        object.__setattr__(self, "conversations", folder / "conversations")

    @property
    def words_answers(self) -> bool:
        """Whether a language model words answers; else they are quotations."""
        return self.model != "none"

    @property
    def uses_server(self) -> bool:
        """Whether the language model is one on a server, `llm_url`."""
        return self.words_answers and bool(self.llm_url)

    @property
    def vectors_elsewhere(self) -> str:
        """The Chroma server that vectors are sent to, if it is another machine; else empty."""
        parts = urlsplit(self.chroma_url)
        host = parts.hostname or ""
        here = host in {"localhost", "::1"} or re.fullmatch(r"127(?:\.\d+){3}", host)
        return "" if not host or here else f"{parts.scheme}://{parts.netloc}{parts.path}"

    @property
    def vector_place(self) -> str:
        """Where vectors are kept, as `rag.index.vectors.store.vector_store` takes it."""
        return self.chroma_url or self.vector_store

    @property
    def record_place(self) -> str:
        """Where the record is kept, as `rag.index.records.store.record_store` takes it."""
        if not (self.database_url and self.has_collection):
            return self.database_url
        return f"{self.database_url}#{quote(self.collection)}"

    @property
    def record_elsewhere(self) -> str:
        """The database that the record is in, in words, if it is on another machine; else empty."""
        if not self.database_url:
            return ""
        address = DatabaseAddress.parse(self.database_url)
        return str(address) if address.is_elsewhere else ""

    @property
    def language_model(self) -> str:
        """The language model in use: its name, `server:` and its name on a server, or `none`."""
        return f"{SERVER}{self.llm_model}" if self.uses_server else self.model

    def affecting_answers(self) -> dict[str, Any]:
        """The settings that can change an answer, by name."""
        names = {each.name for each in fields(self) if each.metadata["affects_answers"]}
        return {name: value for name, value in asdict(self).items() if name in names}


_NAME = re.compile(r"(?!_)\w[\w-]{0,59}")
_DEVICES = re.compile(r"con|prn|aux|nul|(?:com|lpt)\d", re.IGNORECASE)  # names that Windows keeps


def check_collection_name(name: str) -> None:
    """Raise `SettingsError` where `name` cannot be that of a collection, which is a folder's too.

    It has letters, digits, `-` and `_`, in one spelling of Unicode (NFC).
    """
    if _NAME.fullmatch(name) and not _DEVICES.fullmatch(name) and is_normalized("NFC", name):
        return
    plain = re.sub(r"[^\w-]+", "-", normalize("NFC", name)).strip("-_")[:60]
    try_this = f", such as {plain}" if _NAME.fullmatch(plain) and plain != name else ""
    raise SettingsError(
        f"“{name[:80]}” is no name for a collection: give one of at most 60 letters, digits, - and "
        f"_, with a letter or digit first{try_this}"
    )


def _both_named(collection: str, index: Path) -> SettingsError:
    return SettingsError(
        f"both the collection {collection} and the index {index} are named: leave out one of "
        f"--collection ({variable('collection')}) and --index ({variable('index')})"
    )


def variable(name: str) -> str:
    """The environment variable of the field `name`."""
    return PREFIX + name.upper()


def _check_server(url: str, key: str) -> None:
    """Raises `SettingsError` for an address or a key that cannot be used, without showing them."""
    name = variable("llm_url")
    parts = _address(name, url, "http://127.0.0.1:8080/v1")
    if parts.username is not None or parts.password is not None:
        raise SettingsError(
            f"{name} has a user name or a password in it: leave it out, and give a key in "
            f"{variable('llm_key')}"
        )
    if parts.query or parts.fragment:
        raise SettingsError(f"{name} has more than host and path: leave out what is behind ? or #")
    if not (key.isascii() and (key.isprintable() or not key)):
        raise SettingsError(f"{variable('llm_key')} has characters that no key has: copy it again")


def _check_chroma(url: str) -> None:
    """Raises `SettingsError` for an address that cannot be used, without showing it."""
    name = variable("chroma_url")
    parts = _address(name, url, "http://127.0.0.1:8000")
    if parts.username is not None or parts.password is not None:
        raise SettingsError(f"{name} has a user name or a password in it: leave it out")
    names = parse_qs(parts.query, keep_blank_values=True)
    unknown = names.keys() - {"tenant", "database"} or any("" in each for each in names.values())
    if unknown or parts.fragment:
        raise SettingsError(
            f"{name} may have tenant=… and database=… behind the ?, and nothing else: leave out "
            "the rest"
        )


def _check_database(url: str) -> None:
    """Raises `SettingsError` for an address that cannot be used, without showing it."""
    name = variable("database_url")
    try:
        if "#" in url:
            raise ValueError("has a # in it: write %23 in a password, and leave out what is behind")
        if url:
            DatabaseAddress.parse(url)
    except ValueError as error:
        raise SettingsError(f"{name} {error}: give one such as {EXAMPLE}") from None


def _address(name: str, url: str, example: str) -> SplitResult:
    """The parts of an address, or of nothing. Raises `SettingsError` where it cannot be used."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if url and not usable:
        raise SettingsError(f"{name} is no address: give one such as {example}")
    return parts if url else SplitResult("", "", "", "", "")


def api_names(apis: str) -> tuple[str, ...]:
    """The names in `Settings.apis`."""
    return tuple(each.strip() for each in apis.split(",") if each.strip())


_BOOLS = {"yes": True, "no": False, "1": True, "0": False, "true": True, "false": False}


def _parse(name: str, text: str, known: Field[Any]) -> Any:
    """The value of `text` for a field, by the type of its default (None: a path)."""
    kind: Any = Path if known.default is None else type(known.default)
    if kind is bool:
        if text.strip().lower() not in _BOOLS:
            raise SettingsError(f"{name}={text!r} is neither yes nor no: give one of them")
        return _BOOLS[text.strip().lower()]
    if kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            raise SettingsError(f"{name}={text!r} is not a number: give one") from None
    if not text.strip():
        raise SettingsError(f"{name} is empty: unset it, or give it a value")
    return Path(text) if issubclass(kind, Path) else text
