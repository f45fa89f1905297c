"""`rag timeline`: what it prints, and what goes wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

import rag
from rag.cli import main
from rag.settings import Settings
from tests.conftest import use_toy_embedder
from tests.newsroom.lock import lock_assistant


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    with lock_assistant(tmp_path_factory.mktemp("lock")) as (settings, _):
        yield settings


@pytest.fixture
def run(settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Runs `rag timeline` over the articles: exit status, stdout, stderr."""
    use_toy_embedder(monkeypatch)

    def fail(*_: object, **__: object) -> None:
        raise AssertionError("a timeline needs no language model")

    monkeypatch.setattr("rag.assistant.build_check.load_model", fail)
    monkeypatch.setenv("RAG_INDEX", str(settings.index))

    def call(*arguments: str) -> tuple[int, str, str]:
        code = main(["timeline", *arguments])
        return (code, *capsys.readouterr())

    return call


def test_entries_are_printed_with_date_outlet_and_number(run):
    code, out, err = run("Ostrey", "lock")
    lines = out.splitlines()
    assert (code, err) == (0, "")
    assert lines[0] == ("10 statements on “Ostrey lock” from 5 articles, 4 origins; 1 conflict.")
    assert lines[2].startswith("  1898              ")
    assert "Tarn Post, Vale Echo; “Tuesday”)" in " ".join(out.split())
    assert "2 million crowns (10 March 2022)" in out
    assert "(Vale Echo, 2022-03-16, crack-copy, copy of crack)" in out
    assert all(len(line) <= 88 for line in lines if not line.startswith("["))


def test_a_line_joins_what_is_in_conflict(run):
    _, out, _ = run("Ostrey lock")
    marked = {line[0]: line for line in out.splitlines() if line[:1] in "┌└" and line}
    assert marked["┌"].startswith("┌ 9 March 2022")
    assert marked["└"].startswith("└ 9 March 2022")


def test_json_is_the_timeline_and_python_gives_the_same(
    run, settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    code, out, _ = run("Ostrey lock", "--json", "--outlet", "Fen Herald")
    values = json.loads(out)
    assert (code, len(values["entries"]), values["conflicts"]) == (0, 2, [])
    filters = rag.SearchFilter(outlets=("Fen Herald",))
    result = rag.timeline("Ostrey lock", filters=filters, settings=settings)
    assert isinstance(result, rag.Timeline)
    assert json.loads(json.dumps(result.to_dict())) == values


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([""], "rag: "),
        (["lock", "--outlet", "Fen"], "the closest that articles have: “Fen Herald”"),
        (["lock", "--since", "soon"], "rag: "),
        (["lock", "--index", "nowhere"], ": type `rag index --index nowhere`\n"),
    ],
)
def test_what_is_wrong_is_one_line(run, arguments, message):
    code, out, err = run(*arguments)
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert message in err
