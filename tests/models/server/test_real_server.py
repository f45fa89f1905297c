"""A real OpenAI-compatible server, `llama_cpp.server`, with the smallest real model."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from benchmarks.server import llama_cpp_server
from rag import Assistant
from rag.errors import ModelServerError
from rag.models.llm.chat_template import Prompt, PromptSegment
from rag.models.llm.server.faults import Server
from rag.models.llm.server.model import ServerModel
from rag.models.registry import get_card, verify_model
from rag.prompts.templates import verification_prompt
from rag.settings import Settings

pytestmark = pytest.mark.real

SMALL, KEY, CONTEXT = "smollm2-135m", "a key of this test", 2048


def says(question: str) -> Prompt:
    user = PromptSegment("user", special=True)
    return Prompt((user,), (PromptSegment(question), PromptSegment("end", special=True)))


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    models = Settings.load({k: v for k, v in os.environ.items() if k == "RAG_MODELS"}).models
    path = verify_model(get_card(SMALL), models)
    with llama_cpp_server(path, SMALL, CONTEXT, KEY) as address:
        yield address


@pytest.fixture
def model(url: str) -> Iterator[ServerModel]:
    opened = ServerModel(Server.at(url, SMALL, KEY), 120.0)
    yield opened
    opened.close()


def test_it_writes_and_judges_with_log_probabilities(model: ServerModel) -> None:
    assert model.models() == [SMALL]
    count = says("Count from one to five in words, on one line.")
    tokens = list(model.generate(count, max_tokens=12))
    assert 0 < len(tokens) <= 12
    assert "".join(each.text for each in tokens).strip()
    assert all(each.logprob is not None and each.logprob <= 0 for each in tokens)
    assert list(model.generate(count, max_tokens=12)) == tokens, "greedy: the same again"
    right, wrong = (
        model.logit_difference(
            verification_prompt("roles", "What did the bridge cost?", [quote], "18 million crowns"),
            *("Yes", "No"),
        )
        for quote in ("The bridge cost 18 million crowns.", "The ferry sank in May.")
    )
    assert right is not None and wrong is not None and right > wrong
    assert model.dialect.logprobs and model.dialect.system_role


def test_it_serves_two_callers_and_goes_on_after_one_has_left(model: ServerModel) -> None:
    prompt, texts = says("Name three colours."), []

    def ask() -> None:
        texts.append("".join(each.text for each in model.generate(prompt, max_tokens=8)))

    left = model.generate(prompt, max_tokens=400, stop="\0")
    next(left)
    threads = [threading.Thread(target=ask) for _ in range(2)]
    for each in threads:
        each.start()
    left.close()
    for each in threads:
        each.join(120)
    assert len(texts) == 2 and texts[0] == texts[1] != ""


def test_a_wrong_key_and_a_prompt_that_does_not_fit_have_names(
    url: str, model: ServerModel
) -> None:
    stranger = ServerModel(Server.at(url, SMALL, "another key"), 60.0)
    with pytest.raises(ModelServerError) as failure:
        list(stranger.generate(says("Hello"), max_tokens=4))
    assert failure.value.kind == "unauthorized"
    stranger.close()
    with pytest.raises(ModelServerError, match="is its context long enough") as failure:
        list(model.generate(says("word " * CONTEXT), max_tokens=4))  # it sends an empty stream
    assert failure.value.kind == "empty"
    assert list(model.generate(says("Hello"), max_tokens=4)), "the next question works"


def test_a_question_is_answered_through_it(url: str, indexed_toy: Settings) -> None:
    settings = replace(indexed_toy, llm_url=url, llm_key=KEY, deadline=120.0, max_tokens=24)
    assistant = Assistant.open(settings)
    answer = assistant.ask("What did the bridge over the Sund cost?")
    assistant.close()
    assert assistant.settings.language_model == f"server:{SMALL}"
    assert answer.draft, "the model wrote something; whether it is shown is up to the check"
    for each in answer.citations:
        assert each.quote
