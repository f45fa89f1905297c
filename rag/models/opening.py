"""The models that the settings name, with what they need; all but a language model on this machine.

In:  `Settings`, the folder of the embedder in use.
Out: the embedder with its prompts; a reader and its name, a classifier, none where they do not
     load, and a line on stderr; a reranker, or none; a language model on a server.
Left to others: files and hashes (`rag.models.registry`), reading (`rag.models.reader`), the
language model on this machine (`rag.assistant`).
"""

from __future__ import annotations

import json
import logging
from contextlib import closing
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import ModelError
from rag.models import added
from rag.models.catalog import NO_PROMPTS, EmbeddingPrompts, ModelCard
from rag.models.embedder import Embedder, Precision
from rag.models.protocols import EvidenceReader, ModelSetup, PassageReranker, QueryEmbedder
from rag.models.registry import (
    CLASSIFIER,
    LIBRARY_CONFIG,
    READER_WEIGHTS,
    get_card,
    locate,
    verify_model,
)
from rag.runtime.observability.logs import notify
from rag.settings import Settings

if TYPE_CHECKING:
    from rag.models.llm.server.model import ServerModel
    from rag.models.question_classifier import QuestionClassifier

_DOCUMENT_NAMES = ("document", "passage", "corpus")  # of a prompt, as that library takes them


def open_embedder(settings: Settings, precision: Precision | None = None) -> QueryEmbedder:
    """The embedder of `settings`, with its prompts; in `precision` for long lists, where given.

    Raises:
        ModelError: it is missing or broken.
    """
    card = get_card(settings.embedder)
    if card.extension is not None:
        return added.open_embedder(card, model_setup(settings))
    folder = verify_model(card, settings.models)
    embedder = Embedder.open(folder, embedding_prompts(card, settings.models))
    if precision:
        embedder.use_precision(precision)
    return embedder


def embedding_prompts(card: ModelCard, models: Path) -> EmbeddingPrompts:
    """The prompts of an embedder: those of its folder; where that has none, those of its card.

    Raises:
        ModelError: the file that holds them is broken.
    """
    folder = None if card.extension is not None else locate(card, models)
    file = folder / LIBRARY_CONFIG if folder else None
    if file is None or not file.is_file():
        return card.prompts
    try:
        named = dict(json.loads(file.read_text(encoding="utf-8")).get("prompts") or {})
        documents = (named[name] for name in _DOCUMENT_NAMES if named.get(name))
        prompts = EmbeddingPrompts(str(named.get("query") or ""), str(next(documents, "")))
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise ModelError(
            f"{file} cannot be read ({type(error).__name__}): remove {folder} and type "
            f"`rag models pull {card.name}`"
        ) from error
    return card.prompts if prompts == NO_PROMPTS else prompts


def open_reranker(settings: Settings) -> PassageReranker | None:
    """The reranker of `settings`; None for `RAG_RERANKER=none`.

    Raises:
        ModelError: it is missing or broken, or the name is that of another kind of model.
    """
    if settings.reranker == "none":
        return None
    card = get_card(settings.reranker)
    if card.kind != "reranker":
        raise ModelError(
            f"{card.name} is no reranker (it is of the kind {card.kind}): name one of "
            "`rag models list` in RAG_RERANKER, or none"
        )
    if card.extension is not None:
        return added.open_reranker(card, model_setup(settings))
    from rag.models.reranker import Reranker

    return Reranker.open(verify_model(card, settings.models), card.name)


def open_reader(settings: Settings, embedder: Path) -> tuple[EvidenceReader | None, str]:
    """The reader that `settings` name, over the embedder that it was trained over, and its name.

    That is the one in the folder `embedder` where the reader does not say. Where it reads what
    another reader chooses, both as one.

    None, named "none", for `RAG_READER=none`, and where it cannot be loaded: a line on stderr says
    so, and answers are judged by the reader that would have read first, or by the language model.
    """
    name = settings.reader
    while name != "none":
        first = ""
        try:
            card = get_card(name)
            first = card.first
            if card.extension is not None:
                return added.open_reader(card, model_setup(settings)), name
            return _open_reader(card, settings.models, embedder), name
        except ModelError as error:
            instead = f"with {first} in the place of {name}" if first else "without the reader"
            notify(f"rag: answering {instead}: {error}", logging.WARNING)
            name = first or "none"
    return None, name


def model_setup(settings: Settings) -> ModelSetup:
    """What a model of another package is opened with."""
    return ModelSetup(settings.models, settings.context, settings.threads, settings.deadline)


def open_classifier(settings: Settings) -> QuestionClassifier | None:
    """What tells the type of a question, beside a reader; without one rules alone do.

    None also where it cannot be loaded: a line on stderr says so.
    """
    if settings.reader == "none":
        return None
    try:
        card = get_card(CLASSIFIER)
        encoder = verify_model(get_card(card.encoder), settings.models)
        return _load_classifier(encoder, verify_model(card, settings.models))
    except ModelError as error:
        notify(f"rag: types of questions are told by rules alone: {error}", logging.WARNING)
        return None


@lru_cache(maxsize=1)
def _load_classifier(encoder: Path, folder: Path) -> QuestionClassifier:
    """One for all assistants of the process, of files that were verified."""
    from rag.models.question_classifier import QuestionClassifier

    return QuestionClassifier.open(encoder, folder)


def _open_reader(card: ModelCard, models: Path, embedder: Path) -> EvidenceReader:
    from rag.models.cascade import Cascade
    from rag.models.encoder import find_encoder
    from rag.models.reader import Reader

    folder = verify_model(card, models)
    named = find_encoder(folder / READER_WEIGHTS)
    reader = Reader.open(_encoder_folder(*named, models) if named else embedder, folder)
    if not card.first:
        return reader
    return Cascade(_open_reader(get_card(card.first), models, embedder), reader)


def _encoder_folder(name: str, sha256: str, models: Path) -> Path:
    """The embedder `name`, over which a reader was trained, whichever one searches."""
    card = get_card(name)
    if sha256 not in (each.sha256 for each in card.files):
        raise ModelError(f"the reader was trained over another {name} than that of the catalogue")
    return verify_model(card, models)


def open_server_model(settings: Settings, deadline: float | None = None) -> ServerModel:
    """The language model on the server of `settings`; nothing is sent until it is used.

    One call may take `deadline` seconds (default: that of the settings; 0: any time).
    """
    from rag.models.llm.server.faults import Server
    from rag.models.llm.server.model import ServerModel

    server = Server.at(settings.llm_url, settings.llm_model, settings.llm_key)
    return ServerModel(server, settings.deadline if deadline is None else deadline)


def with_server_model(settings: Settings) -> Settings:
    """`settings` with the name of the model on their server, where they leave it out.

    Raises:
        ModelServerError: the server failed, or has not just one model.
    """
    if not settings.uses_server or settings.llm_model:
        return settings
    with closing(open_server_model(settings)) as model:
        names = model.models()
        if len(names) != 1:
            kind = "several_models" if names else "no_models"
            raise model.server.fault(kind, ", ".join(names))
    return replace(settings, llm_model=names[0])
