"""Packages that extend Footnoted, really installed: used end to end, gone, renewed, broken."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest

from rag.errors import ExtensionError
from rag.runtime import extensions
from rag.runtime.extensions import Extension, find_extensions
from tests.conftest import ROOT
from tests.extensions.packages import install, rag

COST = "What did the bridge over the Sund cost?"
BRIDGE = "The bridge over the Sund cost 18 million crowns, mayor Lena Holt said."
FABLE = f"FABLE\ntitle: The bridge\noutlet: Kurier\nday: 2024-05-01\n\n{BRIDGE}\n"
WITH_WORDS = {"RAG_EMBEDDER": "words", "RAG_MODEL": "none", "RAG_READER": "reader"}
SKIPPED = "skipped: "


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install("example", tmp_path_factory.mktemp("packages") / "example")


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install("broken", tmp_path_factory.mktemp("packages") / "broken")


@pytest.fixture
def fables(tmp_path: Path) -> Path:
    """A file of the format that the example adds, another in an archive, and one of ours."""
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "bridge.fable").write_text(FABLE)
    (folder / "ferry.txt").write_text("The ferry Maren sank on 3 May, police said.")
    with zipfile.ZipFile(folder / "more.zip", "w") as archive:
        archive.writestr("mill.fable", "FABLE\ntitle: The mill\n\nThe mill of Osby burned down.")
    return folder


def ask(folder: Path, **options: Any) -> dict[str, Any]:
    done = rag(folder, "ask", COST, "--json", **options)
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@pytest.mark.real
def test_a_format_and_models_are_added_and_asked(
    example: Path, fables: Path, tmp_path: Path
) -> None:
    packages = (example,)
    done = rag(tmp_path, "index", str(fables), packages=packages, **WITH_WORDS)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].startswith("3 added, 0 changed")
    answer = ask(tmp_path, packages=packages, **WITH_WORDS)
    (citation,) = answer["citations"]
    assert citation["quote"] == BRIDGE
    assert [citation[each] for each in ("article", "title", "source", "published")] == [
        "bridge",
        "The bridge",
        "Kurier",
        "2024-05-01",
    ]
    listed = rag(tmp_path, "articles", "list", packages=packages, **WITH_WORDS).stdout
    assert "more.zip!mill" in listed

    by_overlap = {**WITH_WORDS, "RAG_READER": "overlap"}
    ordered = ask(tmp_path, packages=packages, RAG_RERANKER="shared-words", **WITH_WORDS)
    assert ordered["citations"][0]["quote"] == BRIDGE
    drafted = ask(tmp_path, packages=packages, **{**by_overlap, "RAG_MODEL": "parrot"})
    assert drafted["draft"].strip() == f"{BRIDGE[:-1]} [1]."
    assert drafted["citations"][0]["quote"] == BRIDGE

    same = rag(tmp_path, "index", str(fables), packages=packages, **WITH_WORDS)
    assert same.stdout.splitlines()[-1].startswith("0 added, 0 changed, 0 removed, 3 unchanged")


@pytest.mark.real
def test_they_are_listed_with_package_and_version(
    example: Path, fables: Path, tmp_path: Path
) -> None:
    rag(tmp_path, "index", str(fables), packages=(example,), **WITH_WORDS)
    chosen = {
        **WITH_WORDS,
        "RAG_READER": "overlap",
        "RAG_MODEL": "parrot",
        "RAG_RERANKER": "shared-words",
    }
    doctor = rag(tmp_path, "doctor", packages=(example,), **chosen)
    assert doctor.returncode == 0, doctor.stdout
    lines = doctor.stdout.splitlines()
    for line in (
        "ok    language model: parrot of footnoted-example 1.0",
        "ok    embedder: words of footnoted-example 1.0",
        "ok    reranker: shared-words of footnoted-example 1.0",
        "ok    extension: fable of footnoted-example 1.0 (parsers), footnoted_example.fable:parse",
    ):
        assert line in lines, doctor.stdout
    assert sum(line.startswith("ok    extension: ") for line in lines) == 6
    models = rag(tmp_path, "models", packages=(example,), **chosen).stdout
    assert "*  words" in models
    assert "added by footnoted-example 1.0" in models
    pulled = rag(tmp_path, "models", "pull", "words", packages=(example,), **chosen)
    assert pulled.stdout == "words: part of footnoted-example 1.0\n"


@pytest.mark.real
def test_an_embedder_that_is_gone_or_renewed_is_named(
    example: Path, fables: Path, tmp_path: Path
) -> None:
    rag(tmp_path, "index", str(fables), packages=(example,), **WITH_WORDS)
    for command in (("ask", COST), ("index",)):
        gone = rag(tmp_path, *command, **WITH_WORDS)
        assert (gone.returncode, gone.stdout) == (1, "")
        assert gone.stderr.splitlines()[-1] == (
            "rag: the index in .rag/index was built with the embedder words of "
            "footnoted-example 1.0, which is not installed: type `pip install footnoted-example`, "
            "or name another RAG_EMBEDDER and type `rag index --rebuild`"
        )
    default = rag(tmp_path, "ask", COST, RAG_MODEL="none", RAG_READER="reader")
    assert default.stderr.splitlines()[-1] == (
        f"rag: the index in {tmp_path}/.rag/index was built with the embedder words of "
        "footnoted-example 1.0, the settings say all-minilm-l6-v2: type `rag index --rebuild`"
    )
    renewed = install("example", tmp_path / "renewed", version="1.1")
    other = rag(tmp_path, "ask", COST, packages=(renewed,), **WITH_WORDS)
    assert "of footnoted-example 1.0, installed is footnoted-example 1.1" in other.stderr
    again = rag(tmp_path, "index", "--rebuild", packages=(renewed,), **WITH_WORDS)
    assert again.returncode == 0, again.stderr
    searched = rag(tmp_path, "search", COST, packages=(renewed,), **WITH_WORDS)
    assert BRIDGE in searched.stdout


@pytest.mark.real
def test_a_renewed_parser_reads_its_files_again_and_no_others(
    example: Path, fables: Path, tmp_path: Path
) -> None:
    quiet = {"RAG_LOG": "json", "RAG_MODEL": "none"}
    rag(tmp_path, "index", str(fables), packages=(example,), **quiet)

    def articles_read(*packages: Path) -> int:
        done = rag(tmp_path, "index", packages=packages, **quiet)
        assert done.returncode == 0, done.stderr
        lines = map(json.loads, done.stderr.splitlines())
        return next(line["articles"] for line in lines if line.get("stage") == "read")

    assert articles_read(example) == 0
    renewed = install("example", tmp_path / "renewed", version="1.1")
    assert articles_read(renewed) == 2, "the file, and the archive that has one"
    assert articles_read(renewed) == 0


@pytest.mark.real
def test_what_is_broken_is_named_and_harms_nothing_else(
    example: Path, broken: Path, fables: Path, tmp_path: Path
) -> None:
    both = (example, broken)
    (fables / "plain.md").write_text("# Wheat\n\nFarmers in Tarn lost a third of their wheat.")
    for ending in ("rune", "glyph", "oracle", "scribe", "number"):
        (fables / f"a.{ending}").write_text("Something.")
    (fables / "wrong.fable").write_text("no fable")
    done = rag(tmp_path, "index", str(fables), packages=both, **WITH_WORDS)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].startswith("4 added")
    lines = [line for line in done.stderr.replace("\r", "\n").splitlines() if line.strip()]
    assert (
        "rag: the extension md of footnoted-broken 0.1 (parsers) is not used: "
        "Footnoted has that name already" in lines
    )
    skipped = dict(
        line.removeprefix(SKIPPED).split(": ", 1) for line in lines if line.startswith(SKIPPED)
    )
    assert skipped.pop("wrong.fable") == "its first line is not FABLE"
    assert skipped.pop("a.oracle") == "it attempted socket.getaddrinfo"
    assert skipped.pop("a.scribe") == "it attempted to write a file"
    assert "gave a str, not a ParsedDocument" in skipped.pop("a.glyph")
    assert "(parsers) does not load (ModuleNotFoundError" in skipped.pop("a.rune")
    assert "(parsers) is no function" in skipped.pop("a.number")
    assert skipped == {}
    assert not list(tmp_path.rglob("written-by-a-parser"))
    assert BRIDGE in rag(tmp_path, "search", COST, packages=both, **WITH_WORDS).stdout

    doctor = rag(tmp_path, "doctor", packages=both, **WITH_WORDS)
    assert doctor.returncode == 1
    faults = [line for line in doctor.stdout.splitlines() if line.startswith("FAULT")]
    assert all(line.startswith("FAULT extension: ") for line in faults)
    assert len(faults) == 5, faults
    assert "type `pip uninstall footnoted-broken`" in " ".join(faults)
    listed = [line for line in doctor.stdout.splitlines() if line.startswith("ok    extension")]
    assert sum("footnoted-example 1.0" in line for line in listed) == 6


@pytest.mark.real
@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"RAG_EMBEDDER": "crooked"}, "gave vectors of shape [3, 7], not [3, 8]"),
        ({"RAG_EMBEDDER": "silent"}, "has no method count"),
        ({"RAG_EMBEDDER": "absent"}, "does not load (ModuleNotFoundError"),
        ({"RAG_EMBEDDER": "overlap"}, "is no embedder"),
        ({"RAG_EMBEDDER": "words", "RAG_PASSAGE_TOKENS": "250"}, ""),
    ],
)
def test_a_broken_embedder_ends_in_a_line_that_names_it(
    settings: dict[str, str], message: str, example: Path, broken: Path, fables: Path
) -> None:
    done = rag(fables.parent, "index", str(fables), packages=(example, broken), **settings)
    last = done.stderr.replace("\r", "\n").splitlines()[-1]
    assert done.returncode == (1 if message else 0), last
    if message:
        assert f"the extension {settings['RAG_EMBEDDER']} of footnoted-" in last
        assert message in last
        assert "Traceback" not in done.stderr


@pytest.mark.real
def test_a_broken_reader_or_language_model_is_named(
    example: Path, broken: Path, fables: Path, tmp_path: Path
) -> None:
    both = (example, broken)
    rag(tmp_path, "index", str(fables), packages=both, **WITH_WORDS)
    dizzy = rag(tmp_path, "ask", COST, packages=both, **{**WITH_WORDS, "RAG_READER": "dizzy"})
    assert dizzy.returncode == 1
    assert "the extension dizzy of footnoted-broken 0.1 (readers) gave a span" in dizzy.stderr
    blank = rag(tmp_path, "ask", COST, packages=both, **{**WITH_WORDS, "RAG_RERANKER": "blank"})
    assert blank.returncode == 1
    assert "the extension blank of footnoted-broken 0.1 (rerankers) gave a score" in blank.stderr
    mute = rag(tmp_path, "ask", COST, packages=both, **{**WITH_WORDS, "RAG_MODEL": "mute"})
    assert mute.returncode == 1
    assert "the extension mute of footnoted-broken 0.1 (language_models) has a chat" in mute.stderr


@pytest.mark.real
def test_a_name_that_two_packages_offer_is_nobodys(
    example: Path, fables: Path, tmp_path: Path
) -> None:
    second = install("example", tmp_path / "second", as_name="footnoted-rival")
    both = (example, second)
    done = rag(tmp_path, "index", str(fables), packages=both, RAG_MODEL="none")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].startswith("1 added")
    assert (
        "rag: the extension fable (parsers) is not used: footnoted-example 1.0 and "
        "footnoted-rival 1.0 both offer it; type `pip uninstall` for one of them" in done.stderr
    )
    assert "not read, of other kinds: 1 .fable" in done.stderr
    chosen = rag(tmp_path, "index", packages=both, **WITH_WORDS)
    assert "the extension words (embedders) is not used" in chosen.stderr


@pytest.mark.real
def test_a_vector_store_is_added_and_a_wrong_one_is_caught(
    example: Path, broken: Path, fables: Path, tmp_path: Path
) -> None:
    both = (example, broken)
    exact = {**WITH_WORDS, "RAG_VECTOR_STORE": "exact"}
    done = rag(tmp_path, "index", str(fables), packages=both, **exact)
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.rglob("vectors.npy"))
    assert not list((tmp_path / ".rag").rglob("chroma.sqlite3"))
    (fables / "mill.txt").write_text("The windmill of Osby turns again after thirty years.")
    grown = rag(tmp_path, "index", packages=both, **exact)
    assert grown.stdout.splitlines()[-1].startswith("1 added"), grown.stderr
    nearest = rag(tmp_path, "search", "windmill of Osby", packages=both, **exact)
    assert "The windmill of Osby turns again" in nearest.stdout

    gone = rag(tmp_path, "search", "windmill", RAG_EMBEDDER="words", packages=both)
    assert gone.stderr.splitlines()[-1] == (
        f"rag: the index in {tmp_path}/.rag/index was built with the vector store exact of "
        "footnoted-example 1.0, the settings say chroma: type `rag index --rebuild`"
    )
    half = rag(tmp_path, "index", packages=both, **{**exact, "RAG_VECTOR_STORE": "half"})
    assert "the extension half of footnoted-broken 0.1 (vector_stores) has no" in half.stderr
    far = rag(tmp_path, "index", packages=both, **{**exact, "RAG_VECTOR_STORE": "far"})
    assert "fails verification (Far finds 0." in far.stderr
    unknown = rag(tmp_path, "search", "windmill", packages=both, RAG_VECTOR_STORE="nowhere")
    assert unknown.stderr.splitlines()[-1] == (
        "rag: no vector store 'nowhere' is installed: name one of chroma, exact, far, half in "
        "RAG_VECTOR_STORE"
    )
    still = rag(tmp_path, "search", "windmill of Osby", packages=both, **exact)
    assert "The windmill of Osby turns again" in still.stdout


def extension(name: str, package: str = "a", kind: str = "parsers") -> Extension:
    return Extension(kind, name, package, "1", f"{package}:x")


def test_names_that_clash_or_are_malformed_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    offered = (
        extension("fable"),
        extension("md"),
        extension("two words"),
        extension("twice"),
        extension("twice", "b"),
        extension("elsewhere", kind="readers"),
    )
    monkeypatch.setattr(extensions, "all_extensions", lambda: offered)
    result = find_extensions("parsers", {"md"})
    assert result.by_name == {"fable": offered[0]}
    assert [each.partition(" (")[0] for each in result.faults] == [
        "the extension md of a 1",
        "the extension 'two words' of a 1",
        "the extension twice",
    ]
    assert result.clashes.keys() == {"twice"}


def test_whatever_a_module_does_at_its_import_is_one_line() -> None:
    class Entry:
        def load(self) -> None:
            raise SystemExit("bye\nnow")

    broken = Extension("parsers", "rune", "runes", "2", "runes:parse", Entry())
    with pytest.raises(ExtensionError, match=r"does not load \(SystemExit: bye now\): repair it"):
        broken.load()


def test_the_examples_of_the_guide_are_those_of_the_package() -> None:
    guide = (ROOT / "docs/extending.md").read_text(encoding="utf-8")
    example = ROOT / "tests/extensions/example"
    files = [*example.glob("*.toml"), *example.rglob("*.py")]
    code = "\n".join(path.read_text(encoding="utf-8") for path in files)
    blocks = re.findall(r"```(?:python|toml)\n(.*?)```", guide, re.DOTALL)
    assert len(blocks) == 3
    for part in "\n\n".join(blocks).split("\n\n"):
        assert part.strip("\n") in code, part
