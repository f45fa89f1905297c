"""Typing slips in names: which words are corrected, to what, and what is left alone."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from rag.index.build import build_index, expected_fingerprint
from rag.index.snapshot import Snapshot
from rag.index.snapshots import SnapshotStore
from rag.retrieval.spelling import correct_names
from rag.settings import Settings
from tests.conftest import use_toy_embedder

TEXTS = [
    "Mayor Dessa Trusk spoke at Marrick. Then Łucja Brzezińska-Roth answered Trusk.",
    "The Parish of Marrick thanked Pat O’Shaughnessy. It was Trask who left, said Dessa Trusk.",
    "People prefer a harbour. The market is near the old harbour of Wendlow.",
    "In 2021 a count of 7,400 eels was made; 7401 were there.",
]
ORDINARY = {"paris", "weather", "harbor"}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snapshot]:
    folder = tmp_path_factory.mktemp("spelling")
    lines = [json.dumps({"id": f"a{n}", "title": "t", "text": t}) for n, t in enumerate(TEXTS)]
    (folder / "dump.jsonl").write_text("\n".join(lines))
    settings = Settings(corpus=folder / "dump.jsonl", index=folder / "index")
    with pytest.MonkeyPatch.context() as monkeypatch:
        use_toy_embedder(monkeypatch)
        build_index(settings)
    snapshot = SnapshotStore(settings.index).open_current(expected_fingerprint(settings))
    yield snapshot
    snapshot.close()


def corrected(index: Snapshot, query: str) -> str:
    return correct_names(query, index, lambda word: word.lower() in ORDINARY).query


@pytest.mark.parametrize(
    ("typed", "searched"),
    [
        ("Who is Dessa Trusck?", "Who is Dessa Trusk?"),  # and not Trask, which is rarer
        ("who is trsuk", "who is Trusk"),  # two letters swapped
        ("What is Trsuk’s job?", "What is Trusk’s job?"),
        ("Who is Lucja Brzezinksi?", "Who is Łucja Brzezińska?"),  # two slips in a long name
        ("Where is Wendlov?", "Where is Wendlow?"),
        ("Who is Trosk?", "Who is Trusk?"),
        ("Who is O'Shaugnessy?", "Who is O’Shaughnessy?"),
        ("Marick and Wendlo", "Marrick and Wendlow"),
    ],
)
def test_a_slip_becomes_the_nearest_name_as_articles_write_it(
    index: Snapshot, typed: str, searched: str
) -> None:
    assert corrected(index, typed) == searched


@pytest.mark.parametrize(
    ("typed", "searched"),
    [
        ("Who is Lucja Brzezinska Roth?", "Who is Łucja Brzezińska Roth?"),
        ("who is brzezinska-roth", "who is Brzezińska-roth"),
        ("Who is OShaughnessy?", "Who is O’Shaughnessy?"),
        ("Did 7400 eels pass in 2021?", "Did 7,400 eels pass in 2021?"),
        ("MARRICK", "MARRICK"),  # case is no spelling
    ],
)
def test_names_and_figures_become_what_articles_have_without_a_note(
    index: Snapshot, typed: str, searched: str
) -> None:
    spelling = correct_names(typed, index, lambda word: False)
    assert (spelling.query, spelling.notes) == (searched, ())


@pytest.mark.parametrize(
    "query",
    [
        "Who is Łucja Brzezińska-Roth?",
        "how many eels in 2021",
        "What happened in Paris?",  # an ordinary word, though "Parish" is near
        "the harbor",  # no name is near, and it is a word
        "the harbur",  # what is near is no name
        "Who is Trusken?",  # two slips in a short name
        "Does Marrick have a wendlo?",  # in lower case beside a name with its capital
        "Who is Dess?",  # too short
        "7401 in 2021",
    ],
)
def test_what_is_no_slip_in_a_name_is_left_alone(index: Snapshot, query: str) -> None:
    assert corrected(index, query) == query


def test_each_correction_has_a_note(index: Snapshot) -> None:
    spelling = correct_names("Trusck of Marick, Trusck!", index, lambda word: False)
    assert [each.text for each in spelling.notes] == [
        "No article has “Trusck”; searched for “Trusk”.",
        "No article has “Marick”; searched for “Marrick”.",
    ]
    assert {each.kind for each in spelling.notes} == {"spelling"}
