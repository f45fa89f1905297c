"""Fixtures and fakes shared by all tests, such as a toy embedder that can be computed by hand."""

from __future__ import annotations

import gc
import os
import shutil
import signal
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from rag.grounding.calibration import Calibration, RiskThreshold
from rag.settings import Settings

if TYPE_CHECKING:
    from tests.postgres import PostgresProcess

# Every child process would compile the libraries that it imports.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# A shell that starts tests in the background has them, and all that they start, ignore Ctrl-C.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Chats that tests start would read all passages ahead; those that are about that say so.
os.environ["RAG_READ_AHEAD"] = "no"
_OUR_VARIABLES = ("RAG_MODELS", "RAG_READ_AHEAD")

# Importing what the tests import makes millions of objects and hardly any garbage.
gc.disable()

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Modules that take long come first, so that no worker is left alone with one at the end."""
    seconds = dict.fromkeys((item.path for item in items), 0)
    for item in items:
        seconds[item.path] += 1 + 20 * (item.get_closest_marker("real") is not None)
    items.sort(key=lambda item: -seconds[item.path])


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


class ToyEmbedder:
    """Vectors count the letters a to z, normalized to length 1; tokens are words.

    A text without any of them is all z.
    """

    dimensions = 26
    max_tokens = 254

    def count(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]

    def encode(self, texts: Sequence[str], progress: object = None) -> np.ndarray:
        rows = np.array([[text.lower().count(chr(97 + n)) for n in range(26)] for text in texts])
        rows[~rows.any(axis=1), 25] = 1
        lengths = np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
        return (rows / lengths).astype(np.float32)

    encode_queries = encode


VERIFIER_ALONE = Calibration(
    features=("verifier_logit",),
    means=(0.0,),
    scales=(1.0,),
    weights=(1.0,),
    bias=0.0,
    thresholds=(
        RiskThreshold(0.01, 0.999),
        RiskThreshold(0.1, 0.5, 0.1),
        RiskThreshold(0.3, 0.1),
    ),
)


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests read no RAG_* variable but the folder of the weights and the one set above."""
    for name in [name for name in os.environ if name.startswith("RAG_")]:
        if name not in _OUR_VARIABLES:
            monkeypatch.delenv(name)


def write_corpus(folder: Path) -> Path:
    """Four small articles on three subjects, in the new folder `folder`."""
    folder.mkdir()
    texts = {
        "bridge": "The bridge over the Sund cost 18 million crowns, mayor Lena Holt said. "
        "Critics put the price at 25 million crowns.",
        "ferry": "The ferry Maren sank on 3 May. Nine sailors were saved, police said.",
        "wheat": "Farmers in Tarn lost a third of their wheat. Ivo Brandt leads the union.",
        "wheat2": "Minister Sara Lind promised Tarn 40 million crowns for the lost wheat.",
    }
    dates = {"bridge": "2024-05-01", "ferry": "2024-06", "wheat": "2023-07-09", "wheat2": None}
    for name, text in texts.items():
        date = f"published: '{dates[name]}'\n" if dates[name] else ""
        (folder / f"{name}.md").write_text(
            f"---\ntitle: The {name}\nsource: Kurier\n{date}---\n{text}\n"
        )
    return folder


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresProcess]:
    """A real PostgreSQL, which every test of it uses with indexes of its own."""
    from tests.postgres import INSTALL_HINT, PostgresProcess, programs

    if programs() is None:
        pytest.skip(INSTALL_HINT)
    with PostgresProcess() as server:
        yield server


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return write_corpus(tmp_path / "corpus")


def use_toy_embedder(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also an index is verified in the process that built it: another one starts for a second."""
    from rag.index.verify import verify

    monkeypatch.setattr("rag.index.build.verify_in_subprocess", verify)
    for module in ("rag.index.build", "rag.index.bulk.workers", "rag.assistant"):
        monkeypatch.setattr(f"{module}.open_embedder", lambda *_: ToyEmbedder())
    monkeypatch.setattr("rag.assistant.verify_model", lambda card, models: Path("unused"))


def toy_settings(folder: Path) -> Settings:
    """Without a reader: the toy embedder has no encoder for one."""
    return Settings(corpus=folder / "corpus", index=folder / "index", reader="none")


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, corpus: Path) -> Settings:
    """Settings over `corpus` with the toy embedder in place of the real one; no index yet."""
    use_toy_embedder(monkeypatch)
    return toy_settings(tmp_path)


@pytest.fixture(scope="session")
def toy_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The toy corpus and its index, built once per session; copy it, do not change it."""
    from rag.index.build import build_index

    folder = tmp_path_factory.mktemp("toy")
    write_corpus(folder / "corpus")
    with pytest.MonkeyPatch.context() as monkeypatch:
        use_toy_embedder(monkeypatch)
        build_index(toy_settings(folder))
    return folder


FERRIES = (
    "Halvard Ferries carried 612,000 passengers in 2019. "
    "Yusra Haddon, the managing director of Halvard Ferries, praised the crews. "
    "Lena Holt, 46, the mayor of Tarn, was born in Osby in 1961. "
    "Ivo Brandt, the pilot of the Maren, lives near Sund."
)  # what questions can be made of


@pytest.fixture(scope="session")
def exam_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As `toy_folder`, with one article more, that says `FERRIES`."""
    from rag.index.build import build_index

    folder = tmp_path_factory.mktemp("exam")
    write_corpus(folder / "corpus")
    (folder / "corpus/halvard.txt").write_text(f"The ferries\n\n{FERRIES}\n")
    with pytest.MonkeyPatch.context() as monkeypatch:
        use_toy_embedder(monkeypatch)
        build_index(toy_settings(folder))
    return folder


@pytest.fixture
def indexed_for_exam(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, exam_folder: Path
) -> Settings:
    """As `indexed_toy`, of the articles of `exam_folder`."""
    use_toy_embedder(monkeypatch)
    shutil.copytree(exam_folder, tmp_path, dirs_exist_ok=True)
    return toy_settings(tmp_path)


@pytest.fixture
def indexed_toy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, toy_folder: Path) -> Settings:
    """As `toy`, with an index of its own, copied from the one that the session built."""
    use_toy_embedder(monkeypatch)
    shutil.copytree(toy_folder, tmp_path, dirs_exist_ok=True)
    return toy_settings(tmp_path)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A headless browser of playwright's sync API, closed after the module.

    Not of session scope: no other test may run an event loop while playwright is open.
    """
    from tests.browser import launch_browser

    with launch_browser() as chromium:
        yield chromium


@pytest.fixture(scope="session")
def real_settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of the default models over an index of seeds/, built once per session."""
    from rag.index.build import build_index

    loaded = Settings.load({k: v for k, v in os.environ.items() if k == "RAG_MODELS"})
    settings = Settings(
        corpus=ROOT / "seeds",
        index=tmp_path_factory.mktemp("real") / "index",
        models=loaded.models,
        read_ahead=False,  # as for chats that are started by themselves
    )
    build_index(settings)
    return settings
