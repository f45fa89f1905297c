"""One frozen, flat `Settings`: default < `RAG_*` environment variable < flag. Builds nothing.

In:  the environment, keyword overrides (flags of the command line).
Out: checked values. Lower rooms take plain arguments from here, never `Settings` itself.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from rag.errors import SettingsError

PREFIX = "RAG_"
PROGRAMS = ("api", "mcp", "openai")  # docs/programs.md


@dataclass(frozen=True, slots=True)
class Settings:
    """All that can be set; each field is also `RAG_<NAME>` in the environment."""

    corpus: Path = Path("seeds")  # folder, file, or .jsonl dump
    index: Path = Path(".rag/index")
    models: Path = Path("~/.cache/rag/models")  # per-user cache of weights
    model: str = "qwen2.5-coder-1.5b"  # a name in models/catalogue.toml, or a path to a GGUF file
    embedder: str = "all-minilm-l6-v2"  # a name in models/catalogue.toml
    passage_tokens: int = 120  # of the embedder's tokenizer
    k: int = 4  # passages found for a question
    k_one: int = 3  # how many of them the model reads; so many for each thing that is asked
    per_article: int = 3  # at most so many of them from one article, where several qualify
    min_cosine: float = 0.25  # floor of evidence: the best passage's likeness to the question
    min_coverage: float = 0.20  # floor: part of the question's words, by rarity, in the passages
    right_withheld: float = 0.05  # share of right answers that may be refused for low confidence
    max_tokens: int = 160  # of an answer
    context: int = 4096  # tokens the model may hold
    threads: int = 0  # 0: every core
    deadline: float = 300.0  # seconds that one call of the model may take; 0: any time
    questions: Path = Path("tests/questions")  # question sets that the page may run
    auth_file: Path | None = None  # who may use the web chat: lines of `rag password`
    conversations: Path = Path(".rag/conversations")  # what was asked in the web chat is kept here
    keep: bool = True  # no: nothing that is asked is kept
    read_ahead: bool = True  # no: the web chat's model reads no passage before somebody asks
    upload: bool = False  # may articles be added and removed on the page?
    programs: str = ""  # ways in for programs that `rag serve` opens too: of `PROGRAMS`, by commas

    def __post_init__(self) -> None:
        """Raise `SettingsError` for a value outside its range."""
        for name in ("corpus", "index", "models", "questions", "auth_file", "conversations"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, Path(getattr(self, name)).expanduser())
        for name, low, high in _RANGES:
            if not low <= getattr(self, name) <= high:
                raise SettingsError(
                    f"{PREFIX}{name.upper()}={getattr(self, name)} is out of range: "
                    f"give a value from {low} to {high}"
                )
        if unknown := [each for each in ways_in(self.programs) if each not in PROGRAMS]:
            raise SettingsError(
                f"{PREFIX}PROGRAMS={self.programs} has no {unknown[0]!r}: "
                f"give some of {','.join(PROGRAMS)}"
            )

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None, **flags: Any) -> Settings:
        """Settings from the environment, then `flags` (those that are not `None`).

        Raises:
            SettingsError: an unknown `RAG_*` name, or a value of the wrong kind or range.
        """
        known = {
            field.name: Path if field.default is None else type(field.default)
            for field in fields(cls)
        }
        values: dict[str, Any] = {}
        for variable, text in (os.environ if environ is None else environ).items():
            if not variable.startswith(PREFIX):
                continue
            name = variable.removeprefix(PREFIX).lower()
            if name not in known or variable != variable.upper():
                raise SettingsError(
                    f"unknown setting {variable}: unset it, or use one of "
                    + ", ".join(sorted(PREFIX + each.upper() for each in known))
                )
            values[name] = _parsed(variable, text, known[name])
        values.update((name, value) for name, value in flags.items() if value is not None)
        return cls(**values)


_RANGES: tuple[tuple[str, float, float], ...] = (
    ("passage_tokens", 16, 250),
    ("k", 1, 20),
    ("k_one", 1, 20),
    ("per_article", 1, 20),
    ("min_cosine", -1.0, 1.0),
    ("min_coverage", 0.0, 1.0),
    ("right_withheld", 0.0, 1.0),
    ("max_tokens", 16, 1024),
    ("context", 1024, 131_072),
    ("threads", 0, 512),
    ("deadline", 0.0, 86_400.0),
)


_BOOLS = {"yes": True, "no": False, "1": True, "0": False, "true": True, "false": False}


def ways_in(programs: str) -> tuple[str, ...]:
    """The names in `Settings.programs`."""
    return tuple(each.strip() for each in programs.split(",") if each.strip())


def _parsed(variable: str, text: str, kind: type) -> Any:
    if kind is bool:
        if text.strip().lower() not in _BOOLS:
            raise SettingsError(f"{variable}={text!r} is neither yes nor no: give one of them")
        return _BOOLS[text.strip().lower()]
    if kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            raise SettingsError(f"{variable}={text!r} is not a number: give one") from None
    if not text.strip():
        raise SettingsError(f"{variable} is empty: unset it, or give it a value")
    return Path(text) if issubclass(kind, Path) else text
