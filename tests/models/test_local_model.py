"""The language model in this process: the real llama.cpp with the smallest real model."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rag.errors import ModelError, QuestionError
from rag.models.llm.base import ModelOptions
from rag.models.llm.build_check import check_build, load_model
from rag.models.llm.chat_template import Prompt, PromptSegment
from rag.models.llm.engine import repacking_pays
from rag.models.llm.local import LocalModel
from rag.models.registry import get_card, verify_model
from rag.prompts.templates import answer_prompt, verification_prompt
from rag.runtime.cancellation import Cancelled, CancelToken
from rag.settings import Settings

pytestmark = pytest.mark.real

PASSAGES = ["The ferry Maren sank on 3 May.", "Ivo Brandt leads the union of growers."]
ONE_EXAMPLE = 9  # segments of the prefix up to the end of the first of its examples


def question_prompt(question, passages):
    """The prompt for an answer, with one of its eight examples: each costs seconds."""
    whole = answer_prompt("chatml", question, passages)
    return replace(whole, prefix=(*whole.prefix[:ONE_EXAMPLE], whole.prefix[-1]))


@pytest.fixture(scope="module")
def path():
    import os

    models = Settings.load({k: v for k, v in os.environ.items() if k == "RAG_MODELS"}).models
    return verify_model(get_card("smollm2-135m"), models)


@pytest.fixture(scope="module")
def model(path):
    """The model in its worker process, as the assistant uses it."""
    client = load_model(path, ModelOptions("chatml", 2048))
    yield client
    client.close()


def text(model, prompt, **more):
    return "".join(token.text for token in model.generate(prompt, max_tokens=24, **more))


def test_generate_gives_the_same_text_whatever_came_between(model, path):
    prompt = question_prompt("When did the ferry sink?", PASSAGES)
    first = text(model, prompt)
    assert first
    text(model, question_prompt("Who leads the union?", PASSAGES[::-1]))
    text(model, question_prompt("When did the ferry", PASSAGES))
    assert text(model, prompt) == first
    fresh = LocalModel.open(path, ModelOptions("chatml", 2048))
    assert text(fresh, prompt) == first
    fresh.close()


def test_cached_segment_is_not_evaluated_again_and_changes_nothing(path):
    """Whatever its position, and to the last bit of the next token's log-probability."""
    prompts = [
        question_prompt("When did the ferry sink?", PASSAGES),
        question_prompt("Who leads the union?", PASSAGES[::-1]),
    ]
    results = []
    for order in (prompts, prompts[::-1]):
        fresh = LocalModel.open(path, ModelOptions("chatml", 2048))
        batch_sizes: list[int] = []
        inner = fresh.engine.eval
        fresh.engine.eval = lambda tokens, batch_sizes=batch_sizes, inner=inner: (
            batch_sizes.append(len(tokens)),
            inner(tokens),
        )
        answers = {}
        for each in order:
            batch_sizes.clear()
            tokens = list(fresh.generate(each, max_tokens=8))
            answers[id(each)] = tokens, fresh.logit_difference(each, "Yes", "No")
        results.append(answers)
        # the second time only the question and the answer's tokens are evaluated
        passages = [len(fresh._tokenize((p,))) for p in prompts[0].suffix if p.isolated]
        assert len(passages) == len(PASSAGES)
        assert min(passages) > 5
        assert not set(passages) & set(batch_sizes)
        fresh.close()
    assert results[0] == results[1]


def test_prefill_evaluates_the_isolated_segments(path):
    fresh = LocalModel.open(path, ModelOptions("chatml", 2048))
    fresh.prefill(question_prompt("", PASSAGES))
    batch_sizes: list[int] = []
    inner = fresh.engine.eval
    fresh.engine.eval = lambda tokens: (batch_sizes.append(len(tokens)), inner(tokens))
    assert text(fresh, question_prompt("Who leads the union?", PASSAGES))
    assert max(batch_sizes) < 25
    fresh.close()


def test_control_tokens_come_from_special_segments_only(path):
    model = LocalModel.open(path, ModelOptions("chatml", 512))
    ours = model._tokenize([PromptSegment("<|im_start|>", special=True)])
    theirs = model._tokenize([PromptSegment("<|im_start|>")])
    model.close()
    assert len(ours) == 1
    assert len(theirs) > 1
    assert ours[0] not in theirs


def test_cancellation_takes_effect_within_the_prompt_and_between_tokens(model):
    prompt = question_prompt("Who? " * 200, PASSAGES)
    with pytest.raises(Cancelled):
        text(model, prompt, cancel=CancelToken(lambda: True))
    tokens = []
    with pytest.raises(Cancelled):
        for token in model.generate(
            prompt, max_tokens=24, cancel=CancelToken(lambda: len(tokens) > 1)
        ):
            tokens.append(token)
    assert len(tokens) == 2


def test_prompt_that_exceeds_the_context_is_refused(model):
    with pytest.raises(QuestionError, match="RAG_CONTEXT"):
        text(model, question_prompt("Who? " * 2000, PASSAGES))


def test_closing_the_generator_frees_the_model(model):
    pieces = model.generate(question_prompt("Who?", PASSAGES), max_tokens=24)
    next(pieces)
    pieces.close()
    assert text(model, question_prompt("Who leads the union?", PASSAGES))


def test_model_generates_without_the_matrix_kernels(path):
    plain = LocalModel.open(path, ModelOptions("chatml", 2048), extra_buffers=False)
    assert text(plain, question_prompt("When did the ferry sink?", PASSAGES))
    plain.close()


@pytest.mark.parametrize(
    ("features", "pays"),
    [
        (["avx", "avx2", "fma"], False),
        (["avx2", "avx512f", "avx512_vnni"], True),
        (["avx2", "amx_int8"], True),
        (["avx2", "avx_vnni"], True),
        (["asimd", "asimddp"], True),
        ([], True),  # unknown: the library's own default
    ],
)
def test_repacking_pays_with_wide_vectors_only(features, pays):
    assert repacking_pays(features) is pays


@pytest.mark.parametrize("damage", ["empty", "cut", "text", "header"])
def test_broken_model_file_raises_model_error(tmp_path, path, damage):
    whole = path.read_bytes()[:2_000_000]
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(
        {"empty": b"", "cut": whole, "text": b"not a model" * 99, "header": b"GGUF" + b"\xff" * 64}[
            damage
        ]
    )
    with pytest.raises(ModelError) as failure:
        LocalModel.open(broken, ModelOptions("chatml", 512))
    assert "\n" not in str(failure.value)


def test_check_build_reports_the_instruction_sets(path):
    check = check_build(path)
    assert check.ok, check.fault
    assert check.instruction_sets


def test_logit_difference_is_antisymmetric_and_repeatable(model):
    prompt = question_prompt("When did the ferry sink?", PASSAGES)
    first = model.logit_difference(prompt, "Yes", "No")
    assert model.logit_difference(prompt, "No", "Yes") == pytest.approx(-first)
    text(model, verification_prompt("chatml", "Who?", PASSAGES, "Ivo Brandt."))
    assert model.logit_difference(prompt, "Yes", "No") == first
    with pytest.raises(Cancelled):
        model.logit_difference(prompt, "Yes", "No", CancelToken(lambda: True))
    with pytest.raises(QuestionError):
        model.logit_difference(question_prompt("Who? " * 3000, PASSAGES), "Yes", "No")


def test_generate_yields_a_logprob_for_each_token(model):
    prompt = question_prompt("When did the ferry sink?", PASSAGES)
    tokens = list(model.generate(prompt, max_tokens=24))
    assert 0 < len(tokens) <= 24
    assert all(token.logprob <= 0 for token in tokens)


@pytest.mark.parametrize(
    ("offload", "layers", "passed"), [(False, -1, 0), (True, 0, 0), (True, 7, 7)]
)
def test_layers_go_to_an_accelerator_where_the_build_has_one(
    path, monkeypatch, offload, layers, passed
):
    import llama_cpp

    real, seen = llama_cpp.Llama, []

    def open_and_note(*arguments, **options):
        seen.append(options.get("n_gpu_layers", 0))
        return real(*arguments, **options)

    monkeypatch.setattr(llama_cpp, "llama_supports_gpu_offload", lambda: offload)
    monkeypatch.setattr(llama_cpp, "Llama", open_and_note)
    model = LocalModel.open(path, ModelOptions("chatml", 2048, gpu_layers=layers))
    assert text(model, Prompt((PromptSegment("One, two,"),), (PromptSegment(" three,"),)))
    model.close()
    assert seen == [passed]
