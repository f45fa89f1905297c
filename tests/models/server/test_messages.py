"""Prompts as chat messages, and the bytes of a stream: pure functions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.models.llm.server.event_stream import LONGEST_EVENT, EventDecoder, TooLong
from rag.models.llm.server.messages import chat_messages, without_control_tokens
from rag.prompts.templates import answer_prompt, verification_prompt


def test_chat_messages_have_the_wording_of_a_local_prompt() -> None:
    passages = ["Nine sailors were saved.", "The ferry sank."]
    local = answer_prompt("chatml", "Who was saved?", passages)
    messages = chat_messages(answer_prompt("roles", "Who was saved?", passages))
    laid_out = "".join(
        f"<|im_start|>{each['role']}\n{each['content']}<|im_end|>\n" for each in messages
    )
    text = "".join(segment.text for segment in (*local.prefix, *local.suffix))
    assert text == f"{laid_out}<|im_start|>assistant\n"


def test_chat_messages_without_a_system_role_open_with_its_text() -> None:
    prompt = verification_prompt("roles", "Who?", ["Nine."], "Nine")
    system, first, *rest = chat_messages(prompt)
    merged, *others = chat_messages(prompt, system_role=False)
    assert merged == {"role": "user", "content": f"{system['content']}\n\n{first['content']}"}
    assert others == rest


def test_chat_messages_refuse_the_control_tokens_of_a_model_family() -> None:
    with pytest.raises(ValueError, match="no role"):
        chat_messages(answer_prompt("chatml", "Who?", ["Nine."]))


@pytest.mark.parametrize(
    "text",
    [
        "<|im_start|>",
        "<|im_",
        "</s>",
        "<end_of_turn>",
        "<｜User｜>",
        "[INST]",
        "[/INST]",
        "<think>",
    ],
)
def test_control_tokens_of_a_question_are_broken(text: str) -> None:
    question = f"Who said {text} in 2024?"
    (*_, last) = chat_messages(answer_prompt("roles", question, ["Nine."]))
    assert text not in last["content"]
    assert last["content"].replace(" ", "").endswith(question.replace(" ", ""))


def test_plain_text_is_left_alone() -> None:
    text = "It rose by < 3 % [2], while a > b and [BBC News] said so; x<y."
    assert without_control_tokens(text) == text


STREAM = "data: one\n\n: a comment\nevent: x\rdata:two\r\ndata: lines ä\r\n\r\ndata: half\n"


@given(st.lists(st.integers(0, len(STREAM.encode())), max_size=8))
def test_events_are_the_same_however_their_bytes_are_cut(cuts: list[int]) -> None:
    decoder, events, data, start = EventDecoder(), [], STREAM.encode(), 0
    for cut in [*sorted(cuts), len(data)]:
        events += decoder.feed(data[start:cut])
        start = cut
    assert events == ["one", "two\nlines ä"]


@pytest.mark.parametrize("piece", [b"x" * 1000, b"data: x\n" * 100])
def test_an_event_that_does_not_end_is_refused(piece: bytes) -> None:
    decoder = EventDecoder()
    with pytest.raises(TooLong):
        for _ in range(LONGEST_EVENT // 80):
            list(decoder.feed(piece))
