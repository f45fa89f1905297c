"""A search filter put to an index: which rows match, and names that no article has."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from rag.errors import QuestionError
from rag.index.build import build_index, expected_fingerprint
from rag.index.snapshot import Snapshot
from rag.index.snapshots import SnapshotStore
from rag.retrieval.filters import NO_FILTER, SearchFilter
from rag.retrieval.index_filter import allowed_rows, require_known_names
from rag.settings import Settings
from tests.conftest import use_toy_embedder

ARTICLES = [
    {"id": "letters/1921/a", "text": "The swing bridge at Marrick was closed. A storm came.",
     "source": "Orrin Herald", "author": "Ane Moe and Bo Frisk"},
    {"id": "letters/b", "text": "Marrick’s swing-bridge is open again.", "source": "El País",
     "author": "Bo Frisk"},
    {"id": "c", "text": "To be or not to be. The bridge swings; 7,400 eels passed the U.S. weir.",
     "source": "Post"},
    {"id": "d", "text": "A storm of letters reached the mayor.", "source": "Post"},
]  # fmt: skip


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snapshot]:
    folder = tmp_path_factory.mktemp("filter")
    lines = [json.dumps({"title": "The title of a storm", **each}) for each in ARTICLES]
    (folder / "dump.jsonl").write_text("\n".join(lines))
    settings = Settings(corpus=folder / "dump.jsonl", index=folder / "index")
    with pytest.MonkeyPatch.context() as monkeypatch:
        use_toy_embedder(monkeypatch)
        build_index(settings)
    snapshot = SnapshotStore(settings.index).open_current(expected_fingerprint(settings))
    yield snapshot
    snapshot.close()


def articles(index: Snapshot, **limits: object) -> list[str]:
    allowed = allowed_rows(index, SearchFilter(**limits))  # type: ignore[arg-type]
    assert allowed is not None
    assert allowed.rows.tolist() == index.rows[allowed.mask].tolist()
    return sorted({index.documents.citing_articles([row])[0] for row in allowed.rows.tolist()})


def test_without_a_filter_nothing_is_computed(index: Snapshot) -> None:
    assert allowed_rows(index, NO_FILTER) is None


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ({"required": (("swing bridge",),)}, ["letters/1921/a", "letters/b"]),
        ({"required": (("marrick swing bridge",),)}, ["letters/b"]),
        ({"required": (("swing bridge", "eels"),)}, ["c", "letters/1921/a", "letters/b"]),
        ({"required": (("bridge",), ("eels",))}, ["c"]),
        ({"required": (("to be or not to be",),)}, ["c"]),  # has no stem to look up
        ({"required": (("7400 eels",), ("US",))}, ["c"]),
        ({"required": (("title",),)}, []),  # of the headline, not of a passage
        ({"excluded": ("bridge",)}, ["d"]),
        ({"excluded": ("storm",)}, ["c", "letters/b"]),  # whose headline has the word
        ({"excluded": ("letters", "swing bridge")}, ["c"]),
        ({"excluded": ("not",)}, ["d", "letters/1921/a", "letters/b"]),
        ({"required": (("bridge",),), "excluded": ("storm",)}, ["c", "letters/b"]),
        ({"required": (("storm",),), "outlets": ("post",)}, ["d"]),
        ({"authors": ("bo frisk",)}, ["letters/1921/a", "letters/b"]),
        ({"authors": ("Moe",)}, ["letters/1921/a"]),
        ({"folders": ("letters/1921",)}, ["letters/1921/a"]),
        ({"folders": ("letters",), "not_outlets": ("el pais",)}, ["letters/1921/a"]),
    ],
)
def test_a_filter_lets_through_what_it_says(
    index: Snapshot, limits: dict[str, object], expected: list[str]
) -> None:
    assert articles(index, **limits) == expected


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ({"outlets": ("Herald",)}, "is of the outlet “Herald”: the closest .*: “Orrin Herald”, "),
        ({"not_outlets": ("El Paiz",)}, "is of the outlet “El Paiz”: the closest .*: “El País”"),
        ({"authors": ("Anne Moe",)}, "is by “Anne Moe”: the closest .*: “Ane Moe and Bo Frisk”"),
        ({"folders": ("letter",)}, "is in the folder “letter”: the closest .*: “letters”"),
    ],
)
def test_a_name_that_no_article_has_is_refused_with_the_closest(
    index: Snapshot, limits: dict[str, object], message: str
) -> None:
    with pytest.raises(QuestionError, match=f"no article {message}"):
        require_known_names(index, SearchFilter(**limits))  # type: ignore[arg-type]


def test_names_that_articles_have_pass_in_any_spelling(index: Snapshot) -> None:
    require_known_names(
        index, SearchFilter(outlets=("EL PAIS",), authors=("Bo Frisk",), folders=("letters/",))
    )
