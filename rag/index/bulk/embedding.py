"""The second stage: passages are embedded by many workers, and their vectors read back.

In:  articles in batches, as one process would embed them; where their passages are.
Out: a `PassageSource` over the parts.
Left to others: embedding (`rag.index.bulk.workers`), storing (`rag.index.build`).

What is embedded together decides the last bits of a vector, since texts of one batch are padded to
the same length, and so does the precision. So the passages of a batch are those that one process
would embed at once: those that no earlier batch has, nor the index. The name of a part is the hash
of its passages, by which it is found again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from rag.index.bulk.parsing import Places
from rag.index.bulk.parts import PartFolder
from rag.index.bulk.ray_process import RayProcess
from rag.index.bulk.workers import PassageWorker
from rag.index.diff import Progress
from rag.index.document_writer import text_hash
from rag.index.passages import Vectors
from rag.models.embedder import Precision
from rag.types import Article, Passage

__all__ = ["PartSource", "embed_on_ray", "texts_to_embed"]

NewTexts = Callable[[Iterable[str]], list[str]]
"""Those of some texts that the index does not have yet, each once."""


@dataclass(frozen=True, slots=True)
class PartSource:
    """Passages and vectors from parts."""

    parts: PartFolder
    places: Places
    precision: Precision

    def passages(self, article: Article) -> list[Passage]:
        """The passages of an article that was parsed in this run."""
        text = article.text
        places = self.places[text_hash(text)]
        return [Passage(article.id, start, end, text[start:end]) for start, end in places]

    def encode(self, texts: Sequence[str]) -> Vectors:
        """The vectors of passages that were embedded together."""
        return self.parts.read_vectors(self.part("vectors", texts))

    def part(self, kind: str, texts: Sequence[str]) -> str:
        """The name of the part with the texts or the vectors of some passages."""
        digest = hashlib.sha256(self.precision.encode())
        for text in texts:
            digest.update(text_hash(text).encode())
        return f"{kind}-{digest.hexdigest()[:32]}.parquet"


def texts_to_embed(
    batches: Iterable[Sequence[Article]], new_texts: NewTexts, places: Places
) -> Iterator[list[str]]:
    """The passages that are embedded together, of each batch that has any."""
    earlier: set[str] = set()
    for batch in batches:
        own = ((each.text, place) for each in batch for place in places[text_hash(each.text)])
        texts = new_texts(text[start:end] for text, (start, end) in own)
        hashes = [text_hash(text) for text in texts]
        pairs = zip(texts, hashes, strict=True)
        if new := [text for text, digest in pairs if digest not in earlier]:
            yield new
        earlier.update(hashes)


def embed_on_ray(
    batches: Iterable[Sequence[str]], source: PartSource, ray: RayProcess, progress: Progress
) -> None:
    """Embed batches of passages, except those that `source` has.

    Raises:
        IndexFault, ModelError: as `RayProcess.run`.
    """
    parts, units, total = source.parts, [], 0
    for texts in batches:
        names = {"texts": source.part("texts", texts), "part": source.part("vectors", texts)}
        if not parts.has(names["part"]):
            parts.write_texts(names["texts"], texts)
            units.append(json.dumps({**names, "steps": len(texts)}))
            total += len(texts)
    done = 0
    if units:
        options = replace(ray.options, precision=source.precision)
        for steps in ray.run(PassageWorker.__name__, units, options):
            done += steps
            progress("embedding", done, total)
