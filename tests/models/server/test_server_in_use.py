"""Answers through a language model server: verdicts, calibration, `rag doctor`, the page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from rag import Assistant
from rag.cli.doctor import check_server, run_checks
from rag.errors import ModelServerError
from rag.evaluation.calibrate.__main__ import judges_of_runs
from rag.export.receipts.receipt import Receipt, models_in_use, plain_values
from rag.export.receipts.verification import hindrance
from rag.grounding.calibration import Calibration, deciding_calibration, load_calibration
from rag.settings import Settings
from rag.web.services.app_state import SERVER_TURNS, AppState, Ready
from rag.web.views.status import render_status
from tests.conftest import VERIFIER_ALONE
from tests.models.server import fake
from tests.models.server.fake import FakeServer, delta, says, streams, token
from tests.web.support import ScriptedAssistant, wait_until

NOWHERE = Path("nowhere")
QUESTION = "What did the bridge over the Sund cost?"
WORDS = ("The bridge over the Sund", " cost 18 million crowns [1].")
ANSWER = "".join(WORDS)
WITH_LOGPROBS = streams(*(token(word, -0.1) for word in WORDS), delta("", "stop"))


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with FakeServer() as listening:
        yield listening


@pytest.fixture
def settings(server: FakeServer, indexed_toy: Settings) -> Settings:
    return replace(indexed_toy, llm_url=server.url, llm_model="tiny", deadline=5.0)


@pytest.fixture
def assistant(settings: Settings) -> Iterator[Assistant]:
    opened = Assistant.open(settings)
    yield opened
    opened.close()


def test_an_answer_is_cited_and_only_the_prompt_is_sent(
    server: FakeServer, assistant: Assistant
) -> None:
    server.answer(says(ANSWER))
    answer = assistant.ask(QUESTION)
    assert not answer.abstained
    assert [each.article for each in answer.citations] == ["bridge"]
    assert "18 million crowns" in answer.citations[0].quote
    (request,) = server.requests
    assert QUESTION in request["messages"][-1]["content"]


def test_what_the_articles_do_not_say_is_not_shown(
    server: FakeServer, assistant: Assistant
) -> None:
    server.answer(says("The bridge over the Sund cost 99 million crowns [1]."))
    answer = assistant.ask(QUESTION)
    assert "99" not in answer.text and not answer.citations


def test_after_a_fault_the_next_question_is_answered(
    server: FakeServer, assistant: Assistant
) -> None:
    server.answer(fake.error(401, "no"))
    with pytest.raises(ModelServerError, match="rejects the key: set RAG_LLM_KEY"):
        assistant.ask(QUESTION)
    server.answer(says(ANSWER))
    assert assistant.ask(QUESTION).citations


def test_searching_sends_nothing(server: FakeServer, assistant: Assistant) -> None:
    assert assistant.search(QUESTION)
    assert server.requests == []


def test_the_only_model_of_a_server_need_not_be_named(
    server: FakeServer, settings: Settings
) -> None:
    assistant = Assistant.open(replace(settings, llm_model=""))
    assert assistant.settings.language_model == "server:tiny"
    assistant.close()
    server.models = ["tiny", "small"]
    with pytest.raises(ModelServerError, match=r"several models \(tiny, small\): set RAG_LLM_MO"):
        Assistant.open(replace(settings, llm_model=""))


# ------------------------------------------------------------------ calibration


def shipped_calibration(judges: str) -> Calibration | None:
    return load_calibration(judges, NOWHERE)


def test_a_calibration_needs_the_log_probabilities_that_it_was_fitted_on(
    server: FakeServer, assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "rag.pipeline.tools.load_calibration",
        lambda judges, index: VERIFIER_ALONE if judges == "server:tiny" else None,
    )
    server.answer(WITH_LOGPROBS, fake.judges(("Yes", -0.1), ("No", -3.1)))
    answer = assistant.ask(QUESTION)
    assert answer.signals["verifier_logit"] == pytest.approx(3.0)
    assert answer.signals["min_token_logprob"] == pytest.approx(-0.1)
    assert answer.confidence == pytest.approx(0.952574)
    server.answer(WITH_LOGPROBS, fake.judges(("No", -0.1), ("Yes", -3.1)))
    assert assistant.ask(QUESTION).abstained
    server.answer(says(ANSWER), says("No"))
    answer = assistant.ask(QUESTION)
    assert answer.confidence is None and answer.max_wrong is None, "nothing is promised"
    assert set(answer.signals) == {"cosine", "answer_type"}
    assert answer.citations


def test_a_server_with_a_model_of_the_catalogue_is_weighed_as_that_without_a_promise() -> None:
    name = Settings().model
    local, server = f"reader:reader-large+{name}", f"server:{name}"
    key, calibration = deciding_calibration("reader-large", server, shipped_calibration)
    shipped = shipped_calibration(local)
    assert key == local and calibration is not None and shipped is not None
    assert calibration.weights == shipped.weights
    assert any(each.promise for each in shipped.thresholds)
    assert not any(each.promise for each in calibration.thresholds)
    key, calibration = deciding_calibration("reader-large", "server:tiny", shipped_calibration)
    assert key == "reader:reader-large"
    assert calibration is shipped_calibration(key)


def test_a_calibration_of_the_server_itself_keeps_its_promise() -> None:
    own = {"server:tiny": VERIFIER_ALONE}
    assert deciding_calibration("none", "server:tiny", own.get) == ("server:tiny", VERIFIER_ALONE)
    assert deciding_calibration("none", "server:", {}.get) == ("server:", None)


# ------------------------------------------------------------------ who is told


def test_doctor_names_the_server_and_what_it_gives(server: FakeServer) -> None:
    settings = Settings(llm_url=server.url, reader="none")
    server.answer(fake.judges(("Yes", -0.1), ("No", -3.1)))
    line = check_server(settings)
    assert line.startswith(f"tiny at {server.url}, answers in ")
    assert line.endswith("gives log-probabilities; questions and passages are sent there")
    server.answer(says("Yes"))
    assert "gives no log-probabilities, so that the reader's" in check_server(settings)
    server.answer(fake.error(404, "no such model"))
    (result,) = (each for each in run_checks(settings) if each.name == "language model")
    assert not result.ok and "has no model 'tiny'" in result.message
    names = {each.name for each in run_checks(replace(settings, index=NOWHERE))}
    assert "llama.cpp" not in names, "no local model is needed"


def test_doctor_says_that_a_server_is_not_used(server: FakeServer) -> None:
    settings = Settings(llm_url=server.url, model="none")
    result = next(each for each in run_checks(settings) if each.name == "language model")
    assert result.ok and "the server in RAG_LLM_URL is not used" in result.message
    assert server.requests == []


def test_the_page_says_where_passages_go_and_answers_several_at_once() -> None:
    scripted = ScriptedAssistant()
    settings = Settings(llm_url="http://models.local:8080", llm_model="tiny")
    scripted.settings = settings  # type: ignore[attr-defined]
    state = AppState(settings, lambda *_: None, lambda _: scripted)  # type: ignore[arg-type,return-value]
    state.start()
    wait_until(lambda: isinstance(state.state, Ready))
    line = render_status(state.state)
    assert "questions and passages are sent to tiny at http://models.local:8080" in line
    assert "all on this machine" not in line
    assert SERVER_TURNS > 1
    with state.queue.acquire():
        assert not state.queue.is_busy
    state.close()


def test_a_receipt_names_the_model_and_hashes_nothing_of_it(server: FakeServer) -> None:
    settings = Settings(llm_url=server.url, llm_model="tiny", llm_key="sk-secret")
    assert models_in_use(settings)["model"] == {"name": "server:tiny", "sha256": {}}
    assert "secret" not in str(settings.affecting_answers())


def test_a_receipt_of_before_there_were_servers_can_be_checked() -> None:
    settings = Settings(reader="none")
    before = plain_values(settings.affecting_answers())
    before = {name: value for name, value in before.items() if not name.startswith("llm_")}
    receipt = Receipt({"models": models_in_use(settings), "settings": before})
    assert hindrance(receipt, settings) == ""
    served = replace(settings, llm_url="http://models.local", llm_model="tiny")
    assert "the model is server:tiny, not qwen" in hindrance(receipt, served)


def test_runs_through_a_server_are_calibrated_as_such(tmp_path: Path) -> None:
    settings = Settings(llm_url="http://models.local", llm_model="tiny", reader="reader")
    run = {"settings": plain_values(settings.affecting_answers())}
    (tmp_path / "run.json").write_text(json.dumps(run))
    assert judges_of_runs([tmp_path]) == "reader:reader+server:tiny"
