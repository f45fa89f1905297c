from __future__ import annotations

import platform
import sys

import pytest

from rag.errors import ModelCrashed, ModelError
from rag.models.llm import build_check as probe
from rag.models.llm.base import ModelOptions
from rag.models.registry import get_card, verify_model
from rag.native import build
from rag.settings import Settings


def test_the_key_changes_with_version_and_processor(monkeypatch):
    first = build.build_key("1.0")
    assert build.build_key("1.0") == first
    assert build.build_key("1.1") != first
    monkeypatch.setattr(build, "cpu_features", lambda: frozenset({"avx2"}))
    assert build.build_key("1.0") != first


def test_the_header_is_forced_in_and_keeps_flags_that_are_set(monkeypatch):
    monkeypatch.setenv("CXXFLAGS", "-g")
    environment = build.build_environment()
    assert environment["CXXFLAGS"].startswith("-g -include ")
    assert environment["CXXFLAGS"].endswith("tile_config.h")
    assert "-DGGML_NATIVE=ON" in environment["CMAKE_ARGS"]


def test_the_pinned_version_is_read(tmp_path):
    path = tmp_path / "c.txt"
    path.write_text("a==1\nllama_cpp_python==0.3.36\n")
    assert build.pinned_version(path) == "0.3.36"
    path.write_text("a==1\n")
    with pytest.raises(SystemExit):
        build.pinned_version(path)


def test_instruction_sets_are_read_from_what_the_library_says():
    told = probe.BuildCheck(True, True, "CPU : SSE3 = 1 | AVX2 = 1 | AMX_INT8 = 0 | FMA = 1 | ", "")
    assert told.instruction_sets == ("SSE3", "AVX2", "FMA")


@pytest.mark.real
@pytest.mark.parametrize("plain_works", [True, False])
def test_a_build_that_crashes_ends_the_child_only(tmp_path, monkeypatch, capsys, plain_works):
    """A child that dies by SIGSEGV when its fast kernels are on, as a broken build does."""
    model = verify_model(get_card("smollm2-135m"), Settings.load().models)
    crashes = "*'\"extra_buffers\": true'*" if plain_works else "*extra_buffers*"
    dies = tmp_path / "python"
    dies.write_text(
        f'#!/bin/sh\ncase "$*" in {crashes}) kill -SEGV $$;; esac\nexec {sys.executable} "$@"\n'
    )
    dies.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(dies))
    options, cache = ModelOptions("chatml", 512), tmp_path / "cache" / "checks"
    for told in ("first", "kept"):
        if plain_works:
            opened = probe.load_model(model, options, cache=cache)
            assert list(opened.generate(probe._PROMPT, max_tokens=4, stop="\0"))
            opened.close()
            assert "SIGSEGV; going on without them" in capsys.readouterr().err
        else:
            with pytest.raises(ModelError, match=r"does not run .* \(SIGSEGV\): type"):
                probe.load_model(model, options, cache=cache)
        kept = list(cache.iterdir())
        assert len(kept) == 1, told
        monkeypatch.setattr(probe, "_try", lambda *a, **k: pytest.fail("tried again"))


@pytest.mark.real
def test_a_child_that_is_killed_says_nothing_of_the_build(tmp_path, monkeypatch):
    model = verify_model(get_card("smollm2-135m"), Settings.load().models)
    dies = tmp_path / "python"
    dies.write_text("#!/bin/sh\nkill -KILL $$\n")
    dies.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(dies))
    cache = tmp_path / "cache" / "checks"
    with pytest.raises(ModelCrashed, match="SIGKILL"):
        probe.load_model(model, ModelOptions("chatml", 512), cache=cache)
    assert not cache.exists()


@pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() != "x86_64", reason="AMX is of x86-64"
)
def test_the_header_compiles_and_covers_the_whole_tile_configuration(tmp_path):
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
        made = subprocess.run(
            [compiler, "-O3", "-march=sapphirerapids", *flags, "-S", "-o", "-", str(source)],
            capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
        body = made[made.index("ldtilecfg") - 2_000 if made.index("ldtilecfg") > 2_000 else 0 :]
        return sum("mov" in line and "(%rsp)" in line for line in body.splitlines())

    mended = stores("-include", str(build.HEADER))
    assert mended >= 2, "the configuration is not stored before it is loaded"
    assert mended >= stores()
