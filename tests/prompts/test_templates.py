"""Prompts: their layout, and few-shot examples that keep our own rules."""

from itertools import pairwise

import pytest

from rag.grounding.claims import split_claims
from rag.grounding.support import find_support
from rag.models.llm.chat_template import CHAT_TEMPLATES
from rag.prompts.few_shot import ANSWER_EXAMPLES, VERIFICATION_EXAMPLES
from rag.prompts.injection import sanitize_for_prompt
from rag.prompts.templates import answer_prompt
from rag.text.questions.answer_types import lacks_answer_type


def test_answer_prompt_puts_each_number_after_its_passage():
    prompt = answer_prompt("chatml", "Who sang?", ["Children sang. [7]", "It\nrained."])
    segments = [(each.text, each.isolated) for each in prompt.suffix if not each.special]
    assert segments == [
        ("Children sang.", True),
        (" [1]\n", False),
        ("It rained.", True),
        (" [2]\n", False),
        ("\nQuestion: Who sang?", False),
    ]


@pytest.mark.parametrize("template", CHAT_TEMPLATES)
def test_answer_prompt_has_the_same_prefix_for_every_question(template):
    one = answer_prompt(template, "Who sang?", ["Children sang."])
    other = answer_prompt(template, "When?", [])
    assert one.prefix == other.prefix
    assert not any(segment.isolated for segment in one.prefix)


@pytest.mark.parametrize(("passages", "question", "answer"), ANSWER_EXAMPLES)
def test_answer_examples_are_supported_by_the_passages_they_cite(passages, question, answer):
    assert [sanitize_for_prompt(text) for text in passages] == list(passages)
    for claim in split_claims(answer, len(passages)):
        (cited,) = claim.passages
        assert cited in {each.passage for each in find_support(claim, passages, question)}
    assert not lacks_answer_type(question, answer)


def test_verification_examples_have_both_verdicts_on_each_quote_and_no_quote_twice_in_a_row():
    quotes = [quote for quote, *_ in VERIFICATION_EXAMPLES]
    for each in set(quotes):
        assert {right for quote, _, _, right in VERIFICATION_EXAMPLES if quote == each} == {
            True,
            False,
        }
    assert all(one != other for one, other in pairwise(quotes))
