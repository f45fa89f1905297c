"""`rag check`: what it prints of a file, and what goes wrong."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

import rag
from rag.cli import main
from rag.settings import Settings
from tests.conftest import use_toy_embedder
from tests.newsroom.archive import indexed_archive

DRAFT = (
    "# The crane\n\nThe slipway was **built** in 1918. The county listed the great crane of "
    "Skarvik on Monday.\n\nWho is next?\n"
)
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    with indexed_archive(tmp_path_factory.mktemp("check")) as (settings, _):
        yield settings


@pytest.fixture
def run(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """Runs `rag check` over the archive: exit status, stdout, stderr."""
    use_toy_embedder(monkeypatch)
    monkeypatch.setenv("RAG_INDEX", str(settings.index))
    monkeypatch.setenv("RAG_READER", "none")

    def call(*arguments: str) -> tuple[int, str, str]:
        code = main(["check", *arguments])
        return (code, *capsys.readouterr())

    return call


@pytest.fixture
def draft(tmp_path: Path) -> str:
    path = tmp_path / "draft.md"
    path.write_text(DRAFT, encoding="utf-8")
    return str(path)


def test_verdicts_are_printed_with_differences_and_sources(run, draft):
    code, out, err = run(draft)
    assert (code, err) == (0, "")
    assert out.startswith("3 sentences: 1 supported, 1 contradicted, 0 not found, 1 no claim.")
    assert "Contradicted: The slipway was built in 1918." in out
    assert "- figure: “1918”; the article has “1908”" in out
    assert "Great crane is listed (Marsh Courier, 2023-06-12, crane)" in out


def test_a_word_file_and_stdin_give_the_same_verdicts(run, tmp_path, monkeypatch):
    from docx import Document

    document = Document()
    document.add_paragraph("The slipway was built in 1918.")
    document.save(str(tmp_path / "draft.docx"))
    code, out, _ = run(str(tmp_path / "draft.docx"), "--format", "json")
    from_docx = json.loads(out)["sentences"]
    stdin = io.BytesIO(b"The slipway was built in 1918.")
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=stdin))
    _, out, _ = run("-", "--format", "json")
    assert (code, json.loads(out)["sentences"]) == (0, from_docx)
    assert [each["verdict"] for each in from_docx] == ["contradicted"]


def test_the_page_has_both_texts_marked_and_loads_nothing(run, draft):
    _, out, _ = run(draft, "--format", "html")
    assert "<mark>1918</mark>" in out
    assert 'id="quote-1"' in out and 'href="#quote-1"' in out
    assert "(Contradicted" in out and "(Supported" in out
    assert "We have carried empty docks for eleven months" in out  # the whole article
    assert "<script" not in out and "<link" not in out and "src=" not in out


def test_text_is_escaped_on_the_page(run, tmp_path):
    path = tmp_path / "bad.txt"
    path.write_text("The slipway <img src=x> was built in 1918.", encoding="utf-8")
    _, out, _ = run(str(path), "--format", "html")
    assert "<img" not in out
    assert "&lt;" in out


@pytest.mark.parametrize(
    ("name", "message"),
    [("none.txt", "No such file"), ("sheet.xlsx", "give a txt, md or docx file")],
)
def test_a_file_that_cannot_be_read_is_named(run, tmp_path, name, message):
    code, out, err = run(str(tmp_path / name))
    assert (code, out) == (1, "")
    assert name in err and message in err
    assert len(err.splitlines()) == 1


def test_a_broken_word_file_is_named(run, tmp_path):
    path = tmp_path / "broken.docx"
    path.write_bytes(b"PK\x03\x04 no archive")
    code, _, err = run(str(path))
    assert code == 1
    assert "broken.docx" in err


def test_an_unknown_outlet_is_an_error_with_the_nearest(run, draft):
    code, _, err = run(draft, "--outlet", "Kestrel Wir")
    assert code == 1
    assert "Kestrel Wire" in err


def test_python_gives_the_same(settings, monkeypatch):
    use_toy_embedder(monkeypatch)
    result = rag.check("The slipway was built in 1918.", settings=settings)
    assert isinstance(result, rag.CheckResult)
    assert result.sentences[0].verdict == "contradicted"
