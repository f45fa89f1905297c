"""The native build of llama.cpp: its cache key, its flags, and what happens when it crashes."""

from __future__ import annotations

import platform
import sys

import pytest

from rag.errors import ModelCrashed, ModelError
from rag.models.llm import build_check
from rag.models.llm.base import ModelOptions
from rag.models.registry import get_card, verify_model
from rag.native import build
from rag.settings import Settings


def test_build_key_changes_with_version_and_processor(monkeypatch):
    first = build.build_key("1.0")
    assert build.build_key("1.0") == first
    assert build.build_key("1.1") != first
    monkeypatch.setattr(build, "cpu_features", lambda: frozenset({"avx2"}))
    assert build.build_key("1.0") != first


def test_build_environment_includes_the_header_and_keeps_flags_of_the_user(monkeypatch):
    monkeypatch.setenv("CXXFLAGS", "-g")
    environment = build.build_environment()
    assert environment["CXXFLAGS"].startswith("-g -include ")
    assert environment["CXXFLAGS"].endswith("tile_config.h")
    assert "-DGGML_NATIVE=ON" in environment["CMAKE_ARGS"]
    monkeypatch.setenv("CMAKE_ARGS", "-DGGML_NATIVE=OFF")
    last = build.build_environment()["CMAKE_ARGS"].split()[-1]
    assert last == "-DGGML_NATIVE=OFF"  # of two, CMake takes the last


def test_pinned_version_comes_from_the_constraints(tmp_path):
    path = tmp_path / "c.txt"
    path.write_text("a==1\nllama_cpp_python==0.3.36\n")
    assert build.pinned_version(path) == "0.3.36"
    path.write_text("a==1\n")
    with pytest.raises(SystemExit):
        build.pinned_version(path)


def test_instruction_sets_come_from_the_system_info_of_the_library():
    check = build_check.BuildCheck(
        True, True, "CPU : SSE3 = 1 | AVX2 = 1 | AMX_INT8 = 0 | FMA = 1 | ", ""
    )
    assert check.instruction_sets == ("SSE3", "AVX2", "FMA")


@pytest.mark.real
@pytest.mark.parametrize("plain_works", [True, False])
def test_build_that_crashes_ends_the_worker_only(tmp_path, monkeypatch, capsys, plain_works):
    """A worker that gets a SIGSEGV once its fast kernels are on, as with a broken build."""
    model = verify_model(get_card("smollm2-135m"), Settings.load().models)
    crashes = "*'\"extra_buffers\": true'*" if plain_works else "*extra_buffers*"
    python = tmp_path / "python"
    python.write_text(
        f'#!/bin/sh\ncase "$*" in {crashes}) kill -SEGV $$;; esac\nexec {sys.executable} "$@"\n'
    )
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    options, cache = ModelOptions("chatml", 512), tmp_path / "cache" / "checks"
    for run in ("first", "cached"):
        if plain_works:
            client = build_check.load_model(model, options, cache=cache)
            assert list(client.generate(build_check._PROMPT, max_tokens=4, stop="\0"))
            client.close()
            assert "SIGSEGV; going on without them" in capsys.readouterr().err
        else:
            with pytest.raises(ModelError, match=r"does not run .* \(SIGSEGV\): type"):
                build_check.load_model(model, options, cache=cache)
        assert len(list(cache.iterdir())) == 1, run
        monkeypatch.setattr(build_check, "_try", lambda *a, **k: pytest.fail("tried again"))


@pytest.mark.real
def test_worker_that_is_killed_leaves_no_verdict_on_the_build(tmp_path, monkeypatch):
    model = verify_model(get_card("smollm2-135m"), Settings.load().models)
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\nkill -KILL $$\n")
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    cache = tmp_path / "cache" / "checks"
    with pytest.raises(ModelCrashed, match="SIGKILL"):
        build_check.load_model(model, ModelOptions("chatml", 512), cache=cache)
    assert not cache.exists()


@pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() != "x86_64", reason="AMX is of x86-64"
)
def test_header_compiles_and_covers_the_whole_tile_configuration(tmp_path):
    """The instruction must depend on all 64 bytes: with stores dropped, fewer movs remain."""
    import shutil
    import subprocess

    compiler = shutil.which("g++") or shutil.which("c++")
    assert compiler, "a C++ compiler is needed to build llama.cpp"
    source = tmp_path / "t.cpp"
    source.write_text(
        "#include <immintrin.h>\n#include <cstdint>\n"
        "struct alignas(64) T { uint8_t p, s, r[14]; uint16_t c[16]; uint8_t w[16]; };\n"
        "void load() { T t = {}; t.p = 1; for (int i = 0; i < 8; ++i) { t.c[i] = 64; t.w[i] = 16; }"
        " _tile_loadconfig(&t); }\n"
    )

    def stores(*flags: str) -> int:
        assembly = subprocess.run(
            [compiler, "-O3", "-march=sapphirerapids", *flags, "-S", "-o", "-", str(source)],
            capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
        body = assembly[max(0, assembly.index("ldtilecfg") - 2_000) :]
        return sum("mov" in line and "(%rsp)" in line for line in body.splitlines())

    fixed = stores("-include", str(build.HEADER))
    assert fixed >= 2, "the configuration is not stored before it is loaded"
    assert fixed >= stores()
