"""Bulk indexing as `rag.index.build` sees it: what parses files, and where vectors come from.

In:  `Settings`, what the index is built from, a callback for progress.
Out: `BulkIndexing`, a context manager: Ray and its workers end with it.
Left to others: the stages (`rag.index.bulk.parsing`, `rag.index.bulk.embedding`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from typing import Self

from rag.index.bulk.embedding import NewTexts, PartSource, embed_on_ray, texts_to_embed
from rag.index.bulk.parsing import Places, parse_on_ray
from rag.index.bulk.parts import PartFolder
from rag.index.bulk.ray_process import RayProcess, require_ray
from rag.index.bulk.workers import WorkerOptions
from rag.index.diff import Progress
from rag.index.manifest import Fingerprint
from rag.index.passages import PassageSource
from rag.ingest.corpus import Item
from rag.ingest.files import FileDelta
from rag.models.embedder import Precision, find_precision
from rag.models.opening import embedding_prompts
from rag.models.registry import get_card, verify_model
from rag.runtime.atomic_file import write_atomically
from rag.settings import Settings
from rag.types import Article

__all__ = ["BulkIndexing"]

_PRECISION = "precision"  # in the folder of the parts, for a run that goes on with them


class BulkIndexing:
    """One run on Ray, which is started when there is work."""

    def __init__(self, settings: Settings, expected: Fingerprint, progress: Progress) -> None:
        require_ray()
        self._settings = settings
        self._progress = progress
        self._options = WorkerOptions.of(settings)
        self._parts = PartFolder(settings.index)
        self._purpose = {**asdict(expected), "version": self._options.version}
        self._places: Places = {}
        self._exit = ExitStack()

    def __enter__(self) -> Self:
        self._parts.prepare(self._purpose)
        self._ray = self._exit.enter_context(RayProcess(self._options, self._parts.folder))
        return self

    def __exit__(self, *error: object) -> None:
        self._exit.__exit__(*error)  # type: ignore[arg-type]

    def parse(self, deltas: Sequence[FileDelta]) -> Iterator[tuple[FileDelta, Iterator[Item]]]:
        """As `rag.ingest.corpus.parse_files`, by the workers.

        Raises:
            IndexFault, ModelError: as `RayProcess.run`.
        """
        return parse_on_ray(deltas, self._ray, self._parts, self._progress, self._places)

    def embed(self, batches: Sequence[Sequence[Article]], new_texts: NewTexts) -> PassageSource:
        """The passages and vectors of articles that `parse` gave, embedded by the workers.

        `new_texts`: those of some texts that the index does not have yet.

        Raises:
            IndexFault, ModelError: as `RayProcess.run`.
        """
        texts = list(texts_to_embed(batches, new_texts, self._places))
        source = PartSource(self._parts, self._places, self._precision(texts))
        embed_on_ray(texts, source, self._ray, self._progress)
        self._exit.close()  # its memory is needed for what comes
        return source

    def _precision(self, texts: Sequence[Sequence[str]]) -> Precision:
        """The one precision of all workers: that which one process would choose.

        Workers that tried by themselves might choose differently.
        """
        file = self._parts.folder / _PRECISION
        if file.is_file():
            return "bfloat16" if file.read_text(encoding="utf-8") == "bfloat16" else "float32"
        card = get_card(self._settings.embedder)
        folder = verify_model(card, self._settings.models)
        prompts = embedding_prompts(card, self._settings.models)
        precision: Precision = (
            "float32" if card.extension else find_precision(folder, prompts, texts)
        )
        write_atomically(file, precision)
        return precision
