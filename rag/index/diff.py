"""What is new in a corpus, beside an index of it.

    Held.of(base)               what the generation `base` holds, and what was read for it
    read(corpus, held, tell)    `ScannedChanges`: what is not as it was, read
    Change.of(news, held)       which articles are added, changed, removed

A source that stands as it was is not read again, so that the cost of adding an article does not
grow with the corpus. Left to others: sources (`rag.ingest.files`), the new index (`rag.index.build`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rag.index.document_writer import content_hash
from rag.index.documents import open_documents
from rag.ingest.corpus import Corpus, SkippedFile
from rag.ingest.files import FileStamp
from rag.types import Article

Progress = Callable[[str, int, int], None]  # stage, done, total


@dataclass(frozen=True, slots=True)
class IndexedState:
    """`articles`: hash and name of the source by id; `sources`: what was seen of them, by name."""

    articles: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    sources: Mapping[str, FileStamp] = field(default_factory=dict)
    passages: int = 0

    @classmethod
    def of(cls, base: Path | None) -> IndexedState:
        """What the generation `base` holds; nothing where there is none."""
        if base is None:
            return cls()
        records = open_documents(base)
        try:
            articles = records.origins()
            filled = {origin for _, origin in articles.values()}
            told = ((name, FileStamp.parse(text)) for name, text in records.sources().items())
            sources = {name: seen for name, seen in told if seen and name in filled}
            return cls(articles, sources, records.counts()[1])
        finally:
            records.close()


@dataclass(frozen=True, slots=True)
class ScannedChanges:
    """What was read of a corpus: articles, their hashes and the names of their sources, by id.

    `unread`: (name, reason). `standing`: names of the sources that stand as they were. `seen`: what
    to know of the others from now on, by name; None where a part of one could not be read.
    """

    articles: dict[str, Article]
    digests: dict[str, str]
    origins: dict[str, str]
    unread: list[tuple[str, str]]
    standing: set[str]
    seen: dict[str, FileStamp | None]


def scan_changes(
    corpus: Corpus, held: IndexedState, tell: Progress, *, anew: bool = False
) -> ScannedChanges:
    """Read what is not as it was, or everything `anew`."""
    reading = corpus.scan({} if anew else held.sources)
    news = ScannedChanges({}, {}, {}, [], reading.standing, reading.seen)
    for done, (origin, each) in enumerate(reading, start=1):
        if isinstance(each, SkippedFile):
            news.unread.append((each.name, each.reason))
        elif held.articles.get(each.id, ("", ""))[1] in news.standing:
            # a second one of this id: the first in order counts, which reading all of them finds
            return scan_changes(corpus, held, tell, anew=True)
        else:
            news.articles[each.id] = each
            news.digests[each.id] = content_hash(each)
            news.origins[each.id] = origin
        tell("reading", done, max(done, reading.total))
    # of a source that is gone nothing is known any more, should it come back
    news.seen.update(dict.fromkeys(held.sources.keys() - reading.names))
    return news


@dataclass(frozen=True, slots=True)
class IndexDiff:
    """Ids of articles by what became of them."""

    added: list[str]
    changed: list[str]
    removed: list[str]

    @classmethod
    def of(cls, news: ScannedChanges, held: IndexedState) -> IndexDiff:
        """What `news` means for an index that holds `held`."""
        before, now = held.articles, news.digests
        return cls(
            added=[id for id in now if id not in before],
            changed=[id for id in now if id in before and before[id][0] != now[id]],
            removed=[
                id
                for id, (_, origin) in before.items()
                if id not in now and origin not in news.standing
            ],
        )

    @property
    def dropped(self) -> list[str]:
        """Those whose text is to leave the index."""
        return self.changed + self.removed

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)
