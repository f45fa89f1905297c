"""Messages of client and worker survive the pipe unchanged; anything else is refused."""

from __future__ import annotations

import json

import pytest

from rag.models.llm.base import GeneratedToken, ModelOptions
from rag.models.llm.chat_template import Prompt, PromptSegment
from rag.models.llm.protocol import (
    REPLIES,
    REQUESTS,
    Cancel,
    Failed,
    Generate,
    Generated,
    InvalidMessage,
    LogitDifference,
    LogitDifferenceResult,
    Open,
    Opened,
    Prefill,
    Prefilled,
    Stopped,
    decode,
    encode,
)

PROMPT = Prompt(
    (PromptSegment("<|im_start|>", special=True),),
    (PromptSegment("word \ud800\x00\n", isolated=True), PromptSegment("…")),
)
MESSAGES = [
    (Open("/model.gguf", ModelOptions("chatml", 512, 2, "states"), True), {"Open": Open}),
    (Prefill(PROMPT), REQUESTS),
    (Generate(PROMPT, 24, "\n"), REQUESTS),
    (LogitDifference(PROMPT, "Yes", "No"), REQUESTS),
    (Cancel(), REQUESTS),
    (Opened("CPU : AVX2 = 1 | "), REPLIES),
    (Prefilled(False), REPLIES),
    (GeneratedToken("", -0.0), REPLIES),
    (GeneratedToken(" One", -1.2345678901234567e-8), REPLIES),
    (Generated(), REPLIES),
    (LogitDifferenceResult(float("-inf")), REPLIES),
    (Stopped(), REPLIES),
    (Failed("QuestionError", "too long"), REPLIES),
]


@pytest.mark.parametrize(("message", "kinds"), MESSAGES)
def test_message_is_the_same_after_the_pipe(message, kinds):
    line = encode(7, message)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert decode(line, kinds) == (7, message)


def test_prompt_segments_travel_with_their_field_names():
    line = json.loads(encode(1, Prefill(PROMPT)))
    assert line["prompt"]["prefix"] == [
        {"text": "<|im_start|>", "special": True, "isolated": False}
    ]


@pytest.mark.parametrize(
    "line",
    [
        "",
        "[]",
        "7",
        "[" * 100_000,
        '{"type": "Generated"}',
        '{"request": 1}',
        '{"request": true, "type": "Generated"}',
        '{"request": 1, "type": "Generated", "more": 1}',
        '{"request": 1, "type": ["Generated"]}',
        '{"request": 1, "type": "Prefill", "prompt": {"prefix": [], "suffix": []}}',
        '{"request": 1, "type": "GeneratedToken", "text": "x"}',
        '{"request": 1, "type": "GeneratedToken", "text": "x", "logprob": "0"}',
        '{"request": 1, "type": "Prefilled", "has_room": 1}',
    ],
)
def test_decode_refuses_anything_but_a_reply(line):
    with pytest.raises(InvalidMessage):
        decode(line, REPLIES)


def test_decode_refuses_a_prompt_with_a_wrong_segment():
    line = json.loads(encode(1, Prefill(PROMPT)))
    line["prompt"]["suffix"][0]["special"] = "yes"
    with pytest.raises(InvalidMessage):
        decode(json.dumps(line), REQUESTS)
