"""The command line in processes of its own: exit status, one line per error, `rag doctor`."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from rag import SearchFilter, search
from rag.cli import main
from rag.cli.doctor import run_checks
from rag.errors import QuestionError
from rag.settings import Settings
from tests.conftest import ROOT


def rag(*arguments, cwd=ROOT, **environ):
    process = subprocess.run(
        [sys.executable, "-m", "rag", *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environ},
        capture_output=True,
        text=True,
        check=False,
    )
    return process.returncode, process.stdout, process.stderr


@pytest.mark.parametrize(
    ("arguments", "environ", "message"),
    [
        (["index", "--corpus", "nowhere"], {}, "nowhere"),
        (["ask", "Who?"], {}, "type `rag index`"),
        (["ask", "Who?"], {"RAG_COLOUR": "red"}, "unknown setting RAG_COLOUR"),
        (["ask", "Who?"], {"RAG_K": "0"}, "out of range"),
        (["models", "path", "gpt-99"], {}, "gpt-99"),
        (["models", "path"], {"RAG_MODELS": "/nonexistent"}, "rag models pull"),
        (["eval", "nowhere.jsonl"], {}, "type `rag index`"),
    ],
)
def test_a_failing_command_prints_one_line(tmp_path, arguments, environ, message):
    code, out, err = rag(*arguments, cwd=tmp_path, RAG_INDEX=str(tmp_path / "index"), **environ)
    assert (code, out) == (1, "")
    assert message in err
    assert err.startswith("rag: ")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [[], ["sing"], ["ask"], ["eval", "x", "--limit", "0"], ["serve", "--port", "99999"]],
)
def test_bad_usage_exits_with_2(arguments):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2


def test_version_is_the_one_of_the_package(capsys):
    with pytest.raises(SystemExit) as caught:
        main(["--version"])
    assert caught.value.code == 0
    assert capsys.readouterr().out == f"footnoted {version('footnoted')}\n"


def test_an_empty_folder_is_told_to_name_articles(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["index"]) == 1
    assert "type `rag index PATH`" in capsys.readouterr().err
    (tmp_path / "seeds").mkdir()  # there, and empty: another fault
    assert main(["index"]) == 1
    assert "holds no file of a supported type" in capsys.readouterr().err


def test_serve_names_a_port_that_is_in_use(tmp_path):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        code, _, err = rag("serve", "--port", port, RAG_INDEX=str(tmp_path / "index"))
    assert code == 1
    assert f"port {port} is in use" in err


@pytest.mark.real
def test_models_recommend_says_what_fits_this_machine_and_what_it_costs():
    code, out, err = rag("models", "recommend", HF_ENDPOINT="http://127.0.0.1:9")
    assert code == 0 and "asking the model hub" in err
    machine, *rest = out.splitlines()
    assert "GB of memory" in machine and "the model hub does not answer" in machine
    assert any(line.startswith("*  qwen2.5-coder-1.5b  1,117 MB to fetch, 2.0 GB") for line in rest)
    assert "2.2 times the time of an answer" in out
    assert "but: the model hub does not answer" in out and "leaderboard, 2026-03-10" in out
    assert rest[-1].startswith("nothing better fits this machine")


def test_models_list_names_licences_and_models_in_use():
    code, out, _ = rag("models", "list")
    assert code == 0
    for word in ("qwen2.5-coder-1.5b", "all-minilm-l6-v2", "Apache-2.0", "hub only"):
        assert word in out
    in_use = [line.split()[1] for line in out.splitlines() if line.startswith("*")]
    embedders, readers = ["all-minilm-l6-v2", "all-mpnet-base-v2"], ["reader", "reader-large"]
    assert sorted(in_use) == sorted([*embedders, *readers, "questions", "qwen2.5-coder-1.5b"])


def test_doctor_says_what_is_wrong_and_what_to_type(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("RAG_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("RAG_INDEX", str(tmp_path / "index"))
    monkeypatch.setenv("RAG_CONVERSATIONS", str(tmp_path / "conversations"))
    monkeypatch.setenv("RAG_COLLECTIONS", str(tmp_path / "collections"))
    assert main(["doctor"]) == 1
    lines = capsys.readouterr().out.splitlines()
    python, model, embedder, reader, build, limits, *rest = lines
    index, confidence, stored, collections = rest
    assert python.startswith("ok    python: 3.")
    for line, name in ((model, "language model"), (embedder, "embedder"), (reader, "reader")):
        assert line.startswith(f"FAULT {name}: ") and "rag models pull" in line
    assert build.startswith("FAULT llama.cpp: not checked (")
    assert limits.startswith("ok    limits of parsers: ")
    assert index.startswith("FAULT index: there is no index in ")
    assert index.endswith(": type `rag index`")
    assert confidence.startswith("ok    confidence: ")
    assert stored.startswith("ok    stored: conversations: 0 in ")
    assert "alerts: 0 in " in stored and str(tmp_path / "index.alerts.sqlite") in stored
    assert collections == "ok    collections: only the default one"


def test_check_results_keep_the_remediation_apart(tmp_path):
    nowhere = Settings(index=Path("nowhere"), models=tmp_path)
    results = {each.name: each for each in run_checks(nowhere)}
    assert (results["index"].ok, results["index"].severity) == (False, "fault")
    assert results["index"].message.startswith("there is no index in ")
    assert results["index"].remediation == "type `rag index`"
    assert results["python"].remediation == ""


def test_search_prints_passages_and_loads_no_language_model(indexed_toy, capsys, monkeypatch):
    monkeypatch.setenv("RAG_INDEX", str(indexed_toy.index))
    monkeypatch.setattr("rag.assistant.get_card", _no_language_model)
    assert main(["search", "wheat -union", "--k", "1"]) == 0
    assert capsys.readouterr().out == (
        "1. The wheat2 (Kurier, wheat2)\n"
        "    Minister Sara Lind promised Tarn 40 million crowns for the lost wheat.\n"
    )
    assert main(["search", "--json", "--k", "1", "--not", "critics", "--", "ferry", "-storm"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert (result["question"], result["query"]) == ("ferry -storm", "ferry")
    assert [each["article"] for each in result["passages"]] == ["ferry"]
    assert main(["search", "bridge", "--until", "2001"]) == 0
    out, err = capsys.readouterr()
    assert (out, err) == ("", "no passage matches: ask for less\n")
    assert main(["search", "bridge", "--outlet", "Courier"]) == 1
    assert "the closest that articles have: “Kurier”" in capsys.readouterr().err
    assert main(["search", "bridge", "--folder", "letters"]) == 1
    assert capsys.readouterr().err.endswith("leave the name out\n")


def _no_language_model(name):
    from rag.models.registry import get_card

    assert name == Settings().embedder
    return get_card(name)


def test_search_in_python_gives_what_the_command_prints(indexed_toy):
    result = search("wheat -union", 1, settings=indexed_toy)
    assert [hit.passage.article for hit in result.hits] == ["wheat2"]
    assert search("wheat", filters=SearchFilter(since="2023"), settings=indexed_toy).hits
    with pytest.raises(QuestionError, match="only limits the search"):
        search("-union", settings=indexed_toy)
