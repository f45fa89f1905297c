"""What a model reads: its layout, and worked examples that keep our own rules."""

from itertools import pairwise

import pytest

from rag.grounding.claims import split_claims
from rag.grounding.support import find_support
from rag.models.llm.chat_template import CHAT_TEMPLATES
from rag.prompts.few_shot import ANSWER_EXAMPLES, VERIFICATION_EXAMPLES
from rag.prompts.injection import sanitize_for_prompt
from rag.prompts.templates import answer_prompt
from rag.text.answer_types import lacks_answer_type


def test_a_number_stands_behind_its_passage_and_is_read_in_its_place():
    asked = answer_prompt("chatml", "Who sang?", ["Children sang. [7]", "It\nrained."])
    told = [(piece.text, piece.isolated) for piece in asked.suffix if not piece.special]
    assert told == [
        ("Children sang.", True),
        (" [1]\n", False),
        ("It rained.", True),
        (" [2]\n", False),
        ("\nQuestion: Who sang?", False),
    ]


@pytest.mark.parametrize("frame", CHAT_TEMPLATES)
def test_the_constant_part_is_the_same_for_every_question(frame):
    one = answer_prompt(frame, "Who sang?", ["Children sang."])
    other = answer_prompt(frame, "When?", [])
    assert one.prefix == other.prefix
    assert not any(piece.isolated for piece in one.prefix)


@pytest.mark.parametrize(("passages", "question", "told"), ANSWER_EXAMPLES)
def test_worked_answers_pass_our_own_check(passages, question, told):
    assert [sanitize_for_prompt(text) for text in passages] == list(passages)
    for claim in split_claims(told, len(passages)):
        (named,) = claim.passages
        assert named in {each.passage for each in find_support(claim, passages, question)}
    assert not lacks_answer_type(question, told)


def test_worked_readings_say_yes_and_no_of_each_quote_and_never_twice_of_one():
    quotes = [quote for quote, *_ in VERIFICATION_EXAMPLES]
    for each in set(quotes):
        assert {right for quote, _, _, right in VERIFICATION_EXAMPLES if quote == each} == {
            True,
            False,
        }
    assert all(one != other for one, other in pairwise(quotes))
