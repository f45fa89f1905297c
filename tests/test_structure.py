"""Promises about the shape of the project, read from the code itself."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import rag
from tests.conftest import ROOT

# rooms by floor; a room may import from lower floors only (docs/architecture.md)
FLOORS = {
    "types": 0, "errors": 0, "ahead": 0, "lately": 0,
    "figures": 0, "dates": 0, "recency": 1, "settings": 1, "cards": 1, "catalogue": 1, "words": 1,
    "sources": 1, "changes": 3,
    "articles": 1, "reader": 1, "formats": 1, "saved_pages": 1, "news_record": 1, "cleaning": 1,
    "passages": 1, "native": 1, "threads": 1, "worked": 0, "prompt": 1, "passwords": 1, "orders": 1,
    "states": 1, "line": 1,
    "names": 2, "wording": 2, "kinds": 2, "grounding": 2, "asked": 1,
    "fetch": 2, "hub": 2, "watch": 2, "encoders": 2, "store": 2, "llama": 2, "llm": 2,
    "model_program": 3, "model_child": 3, "model_process": 3,
    "pull": 3, "probe": 3, "retrieve": 3, "finding": 3, "filters": 3, "followup": 3, "examples": 3,
    "readahead": 3, "indexing": 3, "folder": 2, "index_process": 4,
    "accounts": 3, "listing": 3, "citing": 3, "confidence": 3, "deciding": 3, "writing": 3,
    "answers": 3, "conversations": 3, "assistant": 4, "doctor": 4,
    "evaluate": 5,
    "cli": 6, "web": 6, "__init__": 6, "__main__": 6,
}  # fmt: skip
WITHIN = {"passages": {"types"}, "prompt": {"errors", "orders", "types", "worked"}}
ONE_IMPORTER = {
    "chromadb": "rag/index/vectors.py",
    "sentence_transformers": "rag/models/embedder.py",
    "llama_cpp": "rag/models/llm/engine.py",
    "sentencex": "rag/ingest/chunking.py",
    "Stemmer": "rag/text/stemming.py",
    "trafilatura": None,
    "gradio": None,
}


def files() -> list[Path]:
    return sorted((ROOT / "rag").rglob("*.py"))


def imports(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    return names


def room(module: str) -> str:
    return module.split(".")[1] if "." in module else "__init__"


def test_imports_go_down_only():
    breaches = []
    for path in files():
        own = path.relative_to(ROOT / "rag").parts[0].removesuffix(".py")
        for name in imports(path):
            if not name.startswith("rag.") or room(name) == own or room(name) not in FLOORS:
                continue
            if FLOORS[room(name)] > FLOORS[own]:
                breaches.append(f"{path.name} imports {name}")
    assert breaches == []


def test_every_room_has_a_floor():
    rooms = {path.relative_to(ROOT / "rag").parts[0].removesuffix(".py") for path in files()}
    assert rooms <= set(FLOORS)


def test_heavy_libraries_have_one_importer():
    for library, only in ONE_IMPORTER.items():
        users = {
            str(path.relative_to(ROOT))
            for path in files()
            if any(name.split(".")[0] == library for name in imports(path))
        }
        if only is not None:
            assert users == {only}, library
        assert users, library


def test_only_the_child_opens_a_model():
    users = {path.name for path in files() if "rag.models.llm.local" in imports(path)}
    assert users == {"model_program.py"}


def test_importing_rag_loads_no_heavy_library():
    heavy = [
        "chromadb",
        "torch",
        "transformers",
        "llama_cpp",
        "gradio",
        "trafilatura",
        "matplotlib",
        "numpy",
    ]
    code = f"import sys, rag, rag.cli; print([h for h in {heavy!r} if h in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == "[]"


def test_public_names():
    assert sorted(rag.__all__) == [
        "Answer",
        "Assistant",
        "RagError",
        "SearchFilter",
        "Settings",
        "answer",
    ]
    assert all(getattr(rag, name) is not None for name in rag.__all__)


def test_no_room_is_long():
    long = {p.name: n for p in files() if (n := len(p.read_text().splitlines())) > 340}
    assert long == {}


def test_importing_rag_is_light():
    """A second has other lengths on a busy machine; modules are counted instead (54 and 250)."""
    code = "import sys; n = len(sys.modules); import {}; print(len(sys.modules) - n)"
    for module, most in (("rag", 100), ("rag.cli", 120), ("rag.assistant", 400)):
        done = subprocess.run(
            [sys.executable, "-c", code.format(module)],
            capture_output=True,
            text=True,
            check=True,
            cwd=ROOT,
        )
        assert int(done.stdout) < most, module


def test_the_rooms_that_ask_load_their_heavy_libraries_when_they_need_them():
    later = ["torch", "transformers", "sentence_transformers", "chromadb", "llama_cpp"]
    never = ["gradio", "trafilatura", "docx", "pypdf", "dateparser", "matplotlib", "sklearn"]
    code = f"import sys, rag.assistant; print([h for h in {later + never!r} if h in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == "[]"
