"""Models that other packages add (docs/extending.md): found by name, opened when they are chosen.

In:  entry points `footnoted.embedders`, `footnoted.readers`, `footnoted.rerankers`,
     `footnoted.language_models`: a name -> a function that opens the model, given a `ModelSetup`.
Out: their cards; the models, in a cover that checks what they return.

Whatever such a model raises or returns wrongly becomes a `ModelError` that names its package. A
name that the catalogue has stays that of the catalogue.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, cast

from rag.errors import ExtensionError, ModelError, RagError
from rag.models.catalog import ModelCard, load_catalogue
from rag.models.llm.base import GeneratedToken, LanguageModel
from rag.models.llm.chat_template import CHAT_TEMPLATES, Prompt
from rag.models.protocols import EvidenceReader, ModelSetup, PassageReranker, QueryEmbedder
from rag.runtime import extensions
from rag.runtime.cancellation import NEVER, Cancelled, CancelToken
from rag.runtime.extensions import Extension, FoundExtensions, find_extensions
from rag.runtime.observability.stages import stage
from rag.types import ClaimReading, SpanReading

KINDS = {
    extensions.EMBEDDERS: "embedder",
    extensions.READERS: "reader",
    extensions.RERANKERS: "reranker",
    extensions.LANGUAGE_MODELS: "llm",
}
_LENGTH_ERROR = 1e-3  # by which a vector may differ from length 1
_SUM_ERROR = 1e-3  # by which the probabilities of a claim may differ from 1


@lru_cache(maxsize=1)
def models() -> FoundExtensions:
    """The models of other packages by name, whatever their kind; a name is that of one model."""
    by_name: dict[str, Extension] = {}
    faults, clashes = list[str](), dict[str, str]()
    for kind in KINDS:
        offered = find_extensions(kind, load_catalogue())
        faults += offered.faults
        clashes.update(offered.clashes)
        for name, extension in offered.by_name.items():
            if name in by_name:
                clashes[name] = (
                    f"the extension {name} is not used: it is the name of {by_name[name].kind} "
                    f"of {by_name[name].package} and of {kind} of {extension.package}; "
                    "rename one of them"
                )
                faults.append(clashes[name])
            by_name[name] = extension
    usable = {name: each for name, each in by_name.items() if name not in clashes}
    return FoundExtensions(usable, tuple(faults), clashes)


def card(name: str) -> ModelCard | None:
    """The card of the model of that name; None where no package adds one.

    Raises:
        ModelError: its module does not load, or several packages offer it.
    """
    offered = models()
    if name in offered.clashes:
        raise ModelError(offered.clashes[name])
    if name not in offered.by_name:
        return None
    extension = offered.by_name[name]
    with _named(extension, "does not load"):
        languages = tuple(getattr(extension.load(), "languages", ()))
    package = f"{extension.package} {extension.version}"
    return ModelCard(
        name, KINDS[extension.kind], name, f"that of {package}", None, f"added by {package}", None,
        (), languages=languages, extension=extension,
    )  # fmt: skip


def open_embedder(card: ModelCard, setup: ModelSetup) -> QueryEmbedder:
    """The embedder of that card. Raises `ModelError` where it is none."""
    extension, model = _opened(card, "embedder", setup, ("count", "encode"))
    return _Embedder(extension, model)


def open_reader(card: ModelCard, setup: ModelSetup) -> EvidenceReader:
    """The reader of that card. Raises `ModelError` where it is none."""
    extension, model = _opened(card, "reader", setup, ("read", "check"))
    return _Reader(extension, model)


def open_reranker(card: ModelCard, setup: ModelSetup) -> PassageReranker:
    """The reranker of that card. Raises `ModelError` where it is none."""
    extension, model = _opened(card, "reranker", setup, ("score",))
    return _Reranker(extension, model)


def open_language_model(card: ModelCard, setup: ModelSetup) -> LanguageModel:
    """The language model of that card. Raises `ModelError` where it is none."""
    names = ("prefill", "generate", "logit_difference", "close")
    extension, model = _opened(card, "llm", setup, names)
    return _LanguageModel(extension, model)


def _opened(
    card: ModelCard, kind: str, setup: ModelSetup, methods: Sequence[str]
) -> tuple[Extension, Any]:
    extension = card.extension
    assert extension is not None
    with _named(extension, "does not open"):
        if card.kind != kind:
            raise extension.fault(f"is no {kind}")
        open_model = extension.load()
        if not callable(open_model):
            raise extension.fault("is no function that opens a model")
        model = open_model(setup)
        for name in methods:
            if not callable(getattr(model, name, None)):
                raise extension.fault(f"has no method {name}")
    return extension, model


@contextmanager
def _named(extension: Extension, problem: str) -> Iterator[None]:
    """Turn whatever a model of others raises into one line that names it."""
    try:
        yield
    except ExtensionError as error:
        raise ModelError(str(error)) from error
    except (RagError, Cancelled):
        raise
    except Exception as error:
        line = " ".join(str(error).split())[:120]
        raise ModelError(
            str(extension.fault(f"{problem} ({type(error).__name__}: {line})"))
        ) from error


class _Embedder:
    """An embedder of others; what it returns is checked."""

    def __init__(self, extension: Extension, model: Any) -> None:
        self._extension, self._model = extension, model
        with _named(extension, "has no dimensions or max_tokens"):
            self.dimensions, self.max_tokens = int(model.dimensions), int(model.max_tokens)

    def count(self, texts: Sequence[str]) -> list[int]:
        """As `TextEmbedder.count`."""
        with _named(self._extension, "does not count tokens"):
            counts = [int(each) for each in self._model.count(list(texts))]
            if len(counts) != len(texts):
                raise self._extension.fault(f"counted {len(counts)} of {len(texts)} texts")
        return counts

    def encode(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Any:
        """As `TextEmbedder.encode`."""
        return self._checked(texts, lambda: self._model.encode(list(texts), progress))

    def encode_queries(self, texts: Sequence[str]) -> Any:
        """As `QueryEmbedder.encode_queries`; as passages where the embedder has no such method."""
        encode = getattr(self._model, "encode_queries", None)
        return self._checked(texts, lambda: encode(list(texts))) if encode else self.encode(texts)

    def _checked(self, texts: Sequence[str], encode: Callable[[], Any]) -> Any:
        import numpy as np

        with (
            stage("embed", model=self._extension.name, texts=len(texts)),
            _named(self._extension, "does not embed"),
        ):
            vectors = np.asarray(encode(), dtype=np.float32)
            if vectors.shape != (len(texts), self.dimensions):
                raise self._extension.fault(
                    f"gave vectors of shape {list(vectors.shape)}, "
                    f"not {[len(texts), self.dimensions]}"
                )
            lengths = np.linalg.norm(vectors, axis=1)
            if not (np.abs(lengths - 1) < _LENGTH_ERROR).all():
                raise self._extension.fault("gave a vector that is not of length 1")
        return vectors


class _Reader:
    """A reader of others; what it returns is checked."""

    def __init__(self, extension: Extension, model: Any) -> None:
        self._extension, self._model = extension, model

    def read(
        self, question: str, passages: Sequence[str], records: Sequence[str] | None = None
    ) -> list[SpanReading]:
        """As `EvidenceReader.read`."""
        with _named(self._extension, "does not read"):
            readings = list(self._model.read(question, list(passages), records))
            if len(readings) != len(passages):
                raise self._extension.fault(f"read {len(readings)} of {len(passages)} passages")
            for reading, passage in zip(readings, passages, strict=True):
                if not isinstance(reading, SpanReading):
                    raise self._extension.fault(f"gave a {type(reading).__name__}")
                if not 0 <= reading.start <= reading.end <= len(passage):
                    raise self._extension.fault("gave a span outside its passage")
                if not (math.isfinite(reading.margin) and math.isfinite(reading.answers)):
                    raise self._extension.fault("gave a number that is not finite")
        return readings

    def check(self, claim: str, passages: Sequence[str]) -> list[ClaimReading]:
        """As `EvidenceReader.check`."""
        with _named(self._extension, "does not check claims"):
            readings = list(self._model.check(claim, list(passages)))
            if len(readings) != len(passages):
                raise self._extension.fault(f"checked {len(readings)} of {len(passages)} passages")
            for reading in readings:
                if not isinstance(reading, ClaimReading):
                    raise self._extension.fault(f"gave a {type(reading).__name__}")
                total = reading.supported + reading.contradicted + reading.neither
                if not abs(total - 1) < _SUM_ERROR:
                    raise self._extension.fault("gave probabilities whose sum is not 1")
        return readings


class _Reranker:
    """A reranker of others; what it returns is checked."""

    def __init__(self, extension: Extension, model: Any) -> None:
        self._extension, self._model = extension, model

    def score(self, query: str, passages: Sequence[str]) -> list[float]:
        """As `PassageReranker.score`."""
        with (
            stage("rerank", model=self._extension.name, passages=len(passages)),
            _named(self._extension, "does not score"),
        ):
            scores = [float(each) for each in self._model.score(query, list(passages))]
            if len(scores) != len(passages):
                raise self._extension.fault(f"scored {len(scores)} of {len(passages)} passages")
            if not all(map(math.isfinite, scores)):
                raise self._extension.fault("gave a score that is not finite")
        return scores


class _LanguageModel:
    """A language model of others; what it returns is checked."""

    def __init__(self, extension: Extension, model: Any) -> None:
        self._extension, self._model = extension, model
        with _named(extension, "has no chat template"):
            self.chat_template = model.chat_template
            if self.chat_template not in CHAT_TEMPLATES:
                known = ", ".join(CHAT_TEMPLATES)
                raise extension.fault(f"has a chat template that is none of {known}")

    def prefill(self, prompt: Prompt, cancel: CancelToken = NEVER) -> bool:
        """As `LanguageModel.prefill`."""
        with _named(self._extension, "failed"):
            return bool(self._model.prefill(prompt, cancel))

    def generate(
        self, prompt: Prompt, *, max_tokens: int, stop: str = "\n", cancel: CancelToken = NEVER
    ) -> Generator[GeneratedToken]:
        """As `LanguageModel.generate`."""
        with _named(self._extension, "failed"):
            for token in self._model.generate(
                prompt, max_tokens=max_tokens, stop=stop, cancel=cancel
            ):
                if not isinstance(token, GeneratedToken):
                    raise self._extension.fault(f"generated a {type(token).__name__}")
                yield token

    def logit_difference(
        self, prompt: Prompt, positive: str, negative: str, cancel: CancelToken = NEVER
    ) -> float | None:
        """As `LanguageModel.logit_difference`."""
        with _named(self._extension, "failed"):
            value = self._model.logit_difference(prompt, positive, negative, cancel)
            return None if value is None else float(value)

    def close(self) -> None:
        """As `LanguageModel.close`."""
        with _named(self._extension, "does not close"):
            cast(LanguageModel, self._model).close()
