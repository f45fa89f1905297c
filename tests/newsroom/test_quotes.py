"""Where a quotation stands, over an index: verdicts, differences, speakers, records."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rag.errors import QuestionError
from rag.index.build import build_index, expected_fingerprint
from rag.index.snapshot import Snapshot
from rag.index.snapshots import SnapshotStore
from rag.newsroom.quotes.finding import find_quote
from rag.newsroom.quotes.given import read_quotation
from rag.newsroom.quotes.matching import TextWords, find_verbatim
from rag.retrieval.filters import SearchFilter
from rag.settings import Settings
from rag.types import QuoteResult
from tests.conftest import use_toy_embedder
from tests.growing import grows_linearly
from tests.newsroom.archive import ARTICLES, YARD, indexed_archive

Find = Callable[..., QuoteResult]
DOCKS = "We have carried empty docks for eleven months, and nobody can carry them for twelve"


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snapshot]:
    with indexed_archive(tmp_path_factory.mktemp("quotes")) as (_, snapshot):
        yield snapshot


@pytest.fixture
def find(index: Snapshot) -> Find:
    return lambda text, *more: find_quote(index, text, *more)


@pytest.mark.parametrize(
    "typed",
    [
        DOCKS,
        f"„{DOCKS.upper()}“",
        "We have carried empty docks … and nobody can carry them for twelve",
        "We have carried … docks (…) eleven months",
        "[The owners] have carried empty docks for eleven months",
        "[W]e have carried [the] empty docks for eleven months",
        # pieces of one quotation, with "said …" between them
        f"{DOCKS}. I will not sell the great crane.",
        "its chairman, Tobias Ronn, told members at the gate",
        "is 7400 square metres of stone",
        "the welders' union called",
    ],
)
def test_words_that_stand_there_in_order_are_verbatim(find: Find, typed: str):
    result = find(typed)
    assert (result.verdict, result.differences) == ("verbatim", ())
    assert [each.article for each in result.citations] == ["yard", "yard-copy"]
    for each in result.citations:
        assert each.span is not None
        assert each.quote in YARD


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (DOCKS.replace("eleven", "seven"), [("figure", "seven", "eleven")]),
        ("will lay off 340 welders before Easter", [("figure", "340", "240")]),
        (DOCKS.replace("empty", "rusty"), [("words", "rusty", "empty")]),
        ("I will sell the great crane", [("left out", "", "not")]),
        ("I will certainly not sell the great crane", [("added", "certainly", "")]),
        ("I will not ever sell the great old crane",
         [("added", "ever", ""), ("added", "old", "")]),
        ("They promised us the summer and gave us a letter", [("words", "summer", "winter")]),
        ("gave us a letter They promised us the winter and",
         [("order", "They promised us the winter and",
           "They promised us the winter and gave us a letter")]),
        ("They gave us the winter and promised us a letter",
         [("order", "gave", "promised"), ("order", "promised", "gave")]),
        ("We have carried docks for eleven months", [("left out", "", "empty")]),
        ("Ebba Tveit said the town would buy the slipway", [("words", "Tveit", "Lind")]),
        # what an ellipsis or brackets must not hide
        ("I will … sell the great crane", [("left out", "…", "not")]),
        ("We have [not] carried empty docks for eleven months", [("added", "[not]", "")]),
    ],
)  # fmt: skip
def test_what_differs_is_named(find: Find, typed: str, expected: list[tuple[str, str, str]]):
    result = find(typed)
    assert result.verdict == "altered"
    assert [(d.kind, d.given, d.source_text) for d in result.differences] == expected
    assert {each.article for each in result.citations} == {"yard", "yard-copy"}
    for each in result.differences:
        assert result.quotation[each.start : each.end] == each.given


def test_pieces_of_two_people_were_joined(find: Find):
    result = find("I will not sell the great crane … They promised us the winter")
    assert result.verdict == "altered"
    assert [each.kind for each in result.differences] == ["joined"]
    assert result.differences[0].given == "They promised us the winter"
    assert set(result.speakers) == {"Ragna Tveit", "Tobias Rönn"}


def test_pieces_of_two_articles_were_joined(find: Find):
    result = find("I will not sell the great crane. Somebody should have asked me first.")
    assert result.verdict == "altered"
    assert [(d.kind, d.given) for d in result.differences] == [
        ("joined", "Somebody should have asked me first")
    ]
    assert [each.article for each in result.citations][-1] == "crane"
    assert result.citations[0].quote == "I will not sell the great crane"
    assert result.citations[-1].outlets == ("Marsh Courier",)
    assert result.citations[-1].quote == "Somebody should have asked me first"


@pytest.mark.parametrize(
    "typed",
    [
        "The moon over the marsh is made of cheese",
        "The mayor of the town said that the county would buy the theatre on Monday",
        "the great ship",
        "On Thursday the director of the museum said that nobody would lay off the guards",
        "zzyzx qwrtp",
    ],
)
def test_a_text_that_shares_words_is_absent(find: Find, typed: str):
    assert find(typed) == QuoteResult(typed, "absent")


def test_a_quotation_runs_across_the_border_of_passages(index: Snapshot, find: Find):
    first = index.documents.first_passage("diary")
    text = index.article("diary").text
    assert first.end < len(text)
    words = text[first.end - 60 : first.end + 60].split()[1:-1]
    result = find(" ".join(words))
    assert [each.article for each in result.citations] == ["diary"]
    assert result.verdict == "verbatim"
    changed = find(" ".join([*words[:3], "penguin", *words[4:]]))
    assert (changed.verdict, len(changed.differences)) == ("altered", 1)


def test_words_that_say_nothing_are_found_too(find: Find):
    result = find("was it that she had to be")
    assert (result.verdict, result.citations[0].article) == ("verbatim", "play")


@pytest.mark.parametrize(
    ("typed", "named", "speaker", "matches"),
    [
        (DOCKS, None, "Ragna Tveit", None),
        (f"“{DOCKS},” said Ragna Tveit", None, "Ragna Tveit", True),
        (DOCKS, "director R. Tveit", "Ragna Tveit", True),
        (DOCKS, "TVEIT", "Ragna Tveit", True),
        (DOCKS, "Hilda Tveit", "Ragna Tveit", False),
        (DOCKS, "Tobias Rönn", "Ragna Tveit", False),
        (DOCKS, "the director", "Ragna Tveit", True),
        (DOCKS, "the harbour master", "Ragna Tveit", None),
        ("They promised us the winter", "Ronn", "Tobias Rönn", True),
        ("A crane is a clock", "Malte Björk", "Malte Björk", True),
        ("Somebody should have asked me first", "Tveit", "Ragna Tveit", True),
        ("the town would buy the slipway", "Ebba Lind", "Ebba Lind", True),
        # narration has no speaker, whoever is named
        ("is 7,400 square metres of stone", "Ebba Lind", None, None),
        ("The moon is made of cheese", "Ebba Lind", None, None),
    ],
)
def test_the_speaker_is_whom_the_article_names(
    find: Find, typed: str, named: str | None, speaker: str | None, matches: bool | None
):
    result = find(typed, named)
    assert (result.speaker, result.speaker_matches) == (speaker, matches)
    if speaker:
        assert result.attribution and speaker.split()[-1] in result.attribution


def test_the_record_is_that_of_the_origin_then_its_copies(find: Find):
    result = find(DOCKS)
    first, second = result.citations
    assert (first.title, first.source, first.published, first.url) == (
        "Skarvik yard to lay off welders",
        "Kestrel Wire",
        "2023-03-02",
        "https://kestrel.example/yard",
    )
    assert first.outlets == ("Kestrel Wire", "Marsh Courier")
    assert second.outlets == ("Marsh Courier", "Kestrel Wire")
    assert [(each.article, each.articles) for each in result.origins] == [
        ("yard", ("yard", "yard-copy"))
    ]
    assert YARD[first.start : first.end] == DOCKS


def test_only_articles_that_match_the_filter_are_looked_through(find: Find):
    later = find(DOCKS, None, SearchFilter(since="2023-03-03"))
    assert [each.article for each in later.citations] == ["yard-copy"]
    assert find(DOCKS, None, SearchFilter(outlets=("Kestrel Wire",), since="2024")).citations == ()
    with pytest.raises(QuestionError, match="Kestrel Wire"):
        find(DOCKS, None, SearchFilter(outlets=("Kestral Wire",)))


def test_a_result_is_json_of_the_agreed_shape(find: Find):
    values = find(DOCKS.replace("eleven", "seven"), "Ebba Lind").to_dict()
    assert values == json.loads(json.dumps(values))
    assert values["verdict"] == "altered"
    assert values["differences"][0].items() >= {"given": "seven", "source_text": "eleven"}.items()
    assert (values["speaker"], values["speaker_matches"]) == ("Ragna Tveit", False)
    assert values["citations"][0]["number"] == 1
    assert find("no such words were ever spoken").to_dict()["speaker_matches"] is None


def test_of_an_altered_quotation_the_origin_comes_first_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where its words stand at another place of the copy."""
    origin = next(each for each in ARTICLES if each["id"] == "yard")
    copy = {
        **next(each for each in ARTICLES if each["id"] == "yard-copy"),
        "id": "a-copy",
        "text": f"Kestrel Wire has this from the north. {origin['text']}",
    }
    corpus = tmp_path / "two.jsonl"
    corpus.write_text("\n".join(json.dumps(each) for each in (copy, origin)), encoding="utf-8")
    settings = Settings(corpus=corpus, index=tmp_path / "index", reader="none", model="none")
    use_toy_embedder(monkeypatch)
    build_index(settings)
    index = SnapshotStore(settings.index).open_current(expected_fingerprint(settings))
    result = find_quote(index, DOCKS.replace("twelve", "thirteen"))
    index.close()
    assert result.verdict == "altered"
    assert [each.article for each in result.citations] == ["yard", "a-copy"]
    assert [(each.given, each.source_text) for each in result.differences] == [
        ("thirteen", "twelve")
    ]


def test_time_grows_with_the_text_where_the_pieces_stand_everywhere() -> None:
    def find(count: int) -> None:
        text = TextWords.of("the ox and the cow went by. " * count)
        runs = find_verbatim(read_quotation("the … ox … and the … cow went by", None), text)
        assert [each.text for each in runs] == [0, 1, 2, 4]

    assert grows_linearly(find, 4_000)  # 24,000 words
