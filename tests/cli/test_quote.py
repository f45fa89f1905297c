"""`rag quote`: what it prints, and what goes wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import rag
from rag.assistant import Assistant, without_models
from rag.cli import main
from rag.errors import QuestionError
from rag.retrieval.filters import SearchFilter
from rag.settings import Settings
from rag.types import QuoteResult
from tests.conftest import use_toy_embedder
from tests.newsroom.archive import indexed_archive


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    with indexed_archive(tmp_path_factory.mktemp("quote")) as (settings, _):
        yield settings


@pytest.fixture
def run(settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Runs `rag quote` over the archive: exit status, stdout, stderr. No model may be loaded."""

    def fail(*_: object, **__: object) -> None:
        raise AssertionError("a quotation needs no model")

    for name in ("open_embedder", "open_reader", "build_check.load_model"):
        monkeypatch.setattr(f"rag.assistant.{name}", fail)
    monkeypatch.setenv("RAG_INDEX", str(settings.index))

    def call(*arguments: str) -> tuple[int, str, str]:
        code = main(["quote", *arguments])
        return (code, *capsys.readouterr())

    return call


def test_a_quotation_is_printed_with_speaker_record_and_copies(run):
    code, out, err = run("“They promised us the winter and gave us a letter,” said Tobias Ronn")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "Verbatim: word for word in 2 articles, 1 origin."
    assert lines[1] == "Said by Tobias Rönn, as named."
    assert "[1] Skarvik yard to lay off welders (Kestrel Wire, 2023-03-02, yard, " in out
    assert "https://kestrel.example/yard" in out
    assert "yard-copy, also in Kestrel Wire, copy of yard)" in " ".join(out.split())
    assert max(map(len, lines)) <= 88


def test_differences_are_printed_and_another_speaker_is_told(run):
    code, out, _ = run("they", "promised us the summer and gave us a letter", "--speaker", "Lind")
    assert code == 0
    assert out.startswith(
        "Altered: 1 difference from the nearest place.\n"
        "  - words: “summer”; the article has “winter”\n"
        "Said by Tobias Rönn, not by Lind.\n"
    )


def test_what_stands_nowhere_is_said_in_one_line(run):
    assert run("the moon over the marsh is made of cheese") == (
        0,
        "Absent: no article has this quotation, nor one like it.\n",
        "",
    )
    code, out, _ = run("I will not sell the great crane", "--since", "2023-06")
    assert (code, out.split(":")[0]) == (0, "Absent")


def test_json_is_the_result(run):
    code, out, _ = run("I will not sell the great crane", "--json", "--outlet", "Kestrel Wire")
    values = json.loads(out)
    assert (code, values["verdict"], values["speaker"]) == (0, "verbatim", "Ragna Tveit")
    assert [each["article"] for each in values["citations"]] == ["yard"]
    assert values["speaker_matches"] is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([""], "rag: the quotation is empty: give the words that were said\n"),
        (["Never"], "rag: “never” is one word: a quotation needs at least two\n"),
        (["word " * 3000], "give a part of it, at most 5,000\n"),
        (["great crane", "--outlet", "Kestrel"], "the closest that articles have: “Kestrel Wire”"),
        (["great crane", "--index", "nowhere"], ": type `rag index --index nowhere`\n"),
    ],
)
def test_what_is_wrong_is_one_line(run, arguments, message):
    code, out, err = run(*arguments)
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert message in err


def test_python_gives_what_the_command_prints(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, run, tmp_path: Path
):
    expected = json.loads(run("I will sell the great crane", "--speaker", "Tveit", "--json")[1])
    use_toy_embedder(monkeypatch)
    monkeypatch.setattr("rag.assistant.open_reader", lambda *_: (None, "none"))
    result = rag.quote("I will sell the great crane", speaker="Tveit", settings=settings)
    assert isinstance(result, QuoteResult)
    assert result.to_dict() == expected
    assistant = Assistant.open(without_models(settings))
    later = SearchFilter(since="2023-03-03")
    copy = assistant.quote("I will sell the great crane", "Tveit", later)
    assert [each.article for each in copy.citations] == ["yard-copy"]
    with pytest.raises(QuestionError, match="is one word"):
        assistant.quote("Never")
    assistant.close()
