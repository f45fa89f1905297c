"""The models that the settings name, with what they need: readers, the classifier, a server's.

In:  `Settings`, the folder of the embedder in use.
Out: a reader and its name, a classifier; none where they do not load, and a line on stderr. A
     language model on a server.
Left to others: files and hashes (`rag.models.registry`), reading (`rag.models.reader`), the
embedder and the language model on this machine (`rag.assistant`).
"""

from __future__ import annotations

import logging
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import ModelError
from rag.models import added
from rag.models.catalog import ModelCard
from rag.models.protocols import EvidenceReader, ModelSetup, TextEmbedder
from rag.models.registry import CLASSIFIER, READER_WEIGHTS, get_card, verify_model
from rag.runtime.observability.logs import notify
from rag.settings import Settings

if TYPE_CHECKING:
    from rag.models.llm.server.model import ServerModel
    from rag.models.question_classifier import QuestionClassifier


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


def open_added_embedder(card: ModelCard, settings: Settings) -> TextEmbedder | None:
    """The embedder of `card` where another package adds it; else None.

    Raises:
        ModelError: it does not load, or reads less than passages have.
    """
    if card.extension is None:
        return None
    embedder = added.open_embedder(card, model_setup(settings))
    if embedder.max_tokens < settings.passage_tokens:
        raise ModelError(
            f"the embedder {card.name} reads {embedder.max_tokens} tokens, fewer than passages "
            f"have: set RAG_PASSAGE_TOKENS={embedder.max_tokens}"
        )
    return embedder


def open_classifier(settings: Settings) -> QuestionClassifier | None:
    """What tells the type of a question, beside a reader; without one rules alone do.

    None also where it cannot be loaded: a line on stderr says so.
    """
    if settings.reader == "none":
        return None
    from rag.models.question_classifier import QuestionClassifier

    try:
        card = get_card(CLASSIFIER)
        encoder = verify_model(get_card(card.encoder), settings.models)
        return QuestionClassifier.open(encoder, verify_model(card, settings.models))
    except ModelError as error:
        notify(f"rag: types of questions are told by rules alone: {error}", logging.WARNING)
        return None


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
