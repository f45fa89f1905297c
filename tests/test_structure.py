"""Promises about the shape of the project, read from the code itself.

The order of imports between packages is a contract of import-linter (`lint-imports`, in
pyproject.toml): `make check` runs it.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import rag
from tests.conftest import ROOT

ONE_IMPORTER = {
    "chromadb": "rag/index/vectors/local.py",
    "ray": "rag/index/bulk/cluster.py",
    "pyarrow": "rag/index/bulk/parts.py",
    "sentence_transformers": "rag/models/embedder.py",
    "llama_cpp": "rag/models/llm/engine.py",
    "sentencex": "rag/text/sentences.py",
    "Stemmer": "rag/text/stemming.py",
    "rapidfuzz": "rag/text/nearest.py",
    "trafilatura": "rag/ingest/parsers/html.py",
    "pypdfium2": "rag/ingest/parsers/pdf/runs.py",
    "openpyxl": "rag/ingest/parsers/tables.py",
    "docx": "rag/ingest/parsers/office/docx.py",
    "defusedxml": "rag/ingest/parsers/xml.py",
    "warcio": "rag/ingest/containers/web_archives.py",
    "markdown_it": "rag/ingest/parsers/markdown.py",
    "langchain_core": "rag/integrations/langchain.py",
    "llama_index": "rag/integrations/llama_index.py",
    "opentelemetry": "rag/runtime/observability/spans.py",
    "prometheus_client": "rag/runtime/observability/metrics.py",
    "pg8000": "rag/index/records/connection.py",
}
# Libraries below those: who needs them, and for what.
FEW_IMPORTERS = {
    "transformers": {
        "rag/models/encoder.py",  # encoders and their tokenizers
        "rag/models/reader_network.py",  # public models
        "rag/models/embedder.py",  # silences its progress bars
    },
    "torch": {
        *("rag/models/encoder.py", "rag/models/reader_network.py", "rag/models/reader.py"),
        "rag/models/question_classifier.py",
        "rag/models/embedder.py",  # threads and precision
        *("rag/training/losses.py", "rag/training/measures.py"),  # gradients: what it is trained by
        *("rag/training/low_rank.py", "rag/training/reader.py", "rag/training/questions.py"),
    },
    "safetensors": {  # read; written
        *("rag/models/encoder.py", "rag/models/reader_network.py"),
        *("rag/models/question_classifier.py", "rag/models/reranker.py"),
        *("rag/training/reader.py", "rag/training/questions.py"),
    },
}
MOST_PARAMETERS = 6
MOST_MODULES = 14  # of a folder: "about a dozen"
# participles that stood where a noun says what a thing is
PARTICIPLES = {"told", "asked", "kept", "found", "stands", "said", "held", "made"}


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def code(*folders: str) -> list[Path]:
    return sorted(path for each in folders for path in (ROOT / each).rglob("*.py"))


@cache
def imports(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    return names


def bound_names(path: Path) -> Iterator[tuple[str, int]]:
    """Every name that a file gives to something: functions, parameters, variables, attributes."""
    for node in ast.walk(tree(path)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name, node.lineno
        elif isinstance(node, ast.arg):
            yield node.arg, node.lineno
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id, node.lineno
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr, node.lineno
        elif isinstance(node, ast.alias) and node.asname:
            yield node.asname, node.lineno


def renamed() -> Iterator[tuple[str, str, str]]:
    for line in (ROOT / "tests/renamed.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            place, old, new = line.split()
            yield place, old, new


def test_heavy_libraries_have_one_importer_or_few() -> None:
    allowed = FEW_IMPORTERS | {library: {only} for library, only in ONE_IMPORTER.items()}
    for library, importers in allowed.items():
        users = {
            path.relative_to(ROOT).as_posix()
            for path in code("rag")
            if any(name.split(".")[0] == library for name in imports(path))
        }
        assert users == importers, library


def test_only_the_worker_opens_a_model() -> None:
    users = {path.name for path in code("rag") if "rag.models.llm.local" in imports(path)}
    assert users == {"worker.py"}


def test_folders_are_small_enough_to_be_looked_through() -> None:
    folders = {path.parent for path in code("rag")}
    large = {
        folder.relative_to(ROOT).as_posix(): count
        for folder in folders
        if (count := len([p for p in folder.glob("*.py") if p.name != "__init__.py"]))
        > MOST_MODULES
    }
    assert large == {}
    entries = [
        each for each in (ROOT / "rag").iterdir() if each.name not in ("__pycache__", "py.typed")
    ]
    assert len(entries) <= 27


def test_every_package_opens_with_its_map() -> None:
    bare = [
        path.relative_to(ROOT).as_posix()
        for path in code("rag")
        if path.name == "__init__.py"
        and len((ast.get_docstring(tree(path)) or "").splitlines()) < 3
    ]
    assert bare == []


def test_no_function_takes_more_than_six_parameters() -> None:
    many = []
    for path in code("rag", "benchmarks"):
        for node in ast.walk(tree(path)):
            if (
                isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
                and node.name != "__init__"
            ):
                names = [each.arg for each in (*node.args.posonlyargs, *node.args.args)]
                names += [each.arg for each in node.args.kwonlyargs]
                own = {"self", "cls"}
                if path.name == "endpoints.py":
                    own |= {"request"}  # Gradio gives it, no caller does
                if node.name in ("answer", "aanswer", "ask", "stream") and "filters" in names:
                    own |= {"since", "until", "outlets"}  # short form of `filters`, by contract
                count = len([name for name in names if name not in own])
                if count > MOST_PARAMETERS:
                    many.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name}: {count}")
    assert many == []


def test_no_participle_stands_for_a_noun() -> None:
    left = [
        f"{path.relative_to(ROOT)}:{line} {name}"
        for path in code("rag", "tests", "benchmarks")
        for name, line in bound_names(path)
        if name.strip("_") in PARTICIPLES
    ]
    assert left == []


def test_no_wait_can_lose_a_cancellation() -> None:
    """`asyncio.wait_for` of Python 3.11 can (CPython issue 86296); `asyncio.timeout` cannot."""
    text = {path: path.read_text(encoding="utf-8") for path in code("rag", "benchmarks")}
    assert [str(path) for path, each in text.items() if "wait_for(" in each] == []


def test_no_old_module_is_left() -> None:
    packages = {path.name for path in (ROOT / "rag").iterdir()}  # one took an old module's name
    old = [name for place, name, _ in renamed() if place == "module" and name not in packages]
    pattern = re.compile(rf"\brag\.(?:{'|'.join(map(re.escape, old))})\b(?!\()")
    shims = {"rag.evaluate.fit", "rag.evaluate.tabulate"}  # commands of 0.1
    left = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in [*code("rag", "tests", "benchmarks"), *(ROOT / "docs").glob("*.md")]
        if "rag/evaluate/" not in path.as_posix()
        for match in pattern.finditer(path.read_text(encoding="utf-8"))
        if not any(shim.startswith(match[0]) for shim in shims)
    ]
    assert left == []


def test_no_old_name_is_left_in_its_module() -> None:
    left = []
    for place, old, _ in renamed():
        if place == "module":
            continue
        *_, name = old.split(".")
        for path in _files_of(place):
            body = tree(path).body
            if "." in old:
                owner = old.split(".")[0]
                classes = [n for n in body if isinstance(n, ast.ClassDef) and n.name == owner]
                body = [each for one in classes for each in one.body]
            for node in body:
                if name in _defined(node):
                    left.append(f"{path.relative_to(ROOT)}:{node.lineno} {old}")
    assert left == []


def test_no_old_class_name_is_left_anywhere() -> None:
    """Names in capitals that no new name repeats; what is common English may stand in prose."""
    places = [
        (old.split(".")[-1], new.split(".")[-1])
        for place, old, new in renamed()
        if place != "module"
    ]
    new_names = {new for _, new in places} | {"Article", "Chat", "Run", "Page", "Question", "Line"}
    old_names = {old for old, _ in places if re.search("[a-z][A-Z]", old)} - new_names
    old_names |= {"Finder", "Whereabouts", "Porch", "Album", "Keeping", "Desk", "Lately", "Stock"}
    pattern = re.compile(rf"\b(?:{'|'.join(sorted(old_names))})\b")
    left = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in [
            *code("rag", "tests", "benchmarks"),
            *(ROOT / "docs").glob("*.md"),
            ROOT / "README.md",
        ]
        if path != Path(__file__)
        for match in pattern.finditer(path.read_text(encoding="utf-8"))
    ]
    assert left == []


def _files_of(module: str) -> list[Path]:
    """The module's file; where it became a folder, or was split since, that folder's files."""
    base = ROOT / "rag" / Path(*module.split("."))
    if base.with_suffix(".py").is_file():
        return [base.with_suffix(".py")]
    return sorted(base.glob("*.py"))


def _defined(node: ast.stmt) -> set[str]:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return {node.name}
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return {node.target.id}
    if isinstance(node, ast.Assign):
        return {each.id for each in node.targets if isinstance(each, ast.Name)}
    return set()


def _loaded(statement: str, names: list[str]) -> str:
    line = f"import sys; {statement}; print([n for n in {names!r} if n in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", line], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return done.stdout.strip()


def test_importing_rag_loads_no_heavy_library() -> None:
    heavy = ["chromadb", "torch", "transformers", "llama_cpp", "gradio", "trafilatura"]
    assert _loaded("import rag, rag.cli", [*heavy, "matplotlib", "numpy", "jinja2"]) == "[]"


def test_the_assistant_loads_its_heavy_libraries_when_it_needs_them() -> None:
    later = ["torch", "transformers", "sentence_transformers", "chromadb", "llama_cpp"]
    never = [
        "gradio",
        "trafilatura",
        "docx",
        "pypdfium2",
        "openpyxl",
        "email.message",
        "matplotlib",
        "sklearn",
    ]
    assert _loaded("import rag.assistant", later + never) == "[]"


@pytest.mark.parametrize(
    ("module", "most"), [("rag", 100), ("rag.cli", 100), ("rag.assistant", 260)]
)
def test_importing_is_light(module: str, most: int) -> None:
    """A second has other lengths on a busy machine; modules are counted instead, but our own."""
    line = (
        f"import sys; before = set(sys.modules); import {module}; "
        "print(len([n for n in set(sys.modules) - before if n.split('.')[0] != 'rag']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", line], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert int(done.stdout) < most


def test_public_names() -> None:
    types = ["Answer", "AnswerReady", "Assistant", "CheckResult", "DraftToken", "Event"]
    types += ["EvidenceFound", "QuoteResult", "RagError", "Retrieved"]
    types += ["SearchFilter", "SearchResult", "Settings", "Timeline"]
    functions = ["aanswer", "answer", "check", "quote", "search", "timeline"]
    assert sorted(rag.__all__) == [*types, *functions]
    assert all(getattr(rag, name) is not None for name in rag.__all__)
