"""The baseline: its prompt, its answers, what counts as its abstention."""

from __future__ import annotations

import pytest

from rag.evaluation import baseline
from rag.types import Hit, Passage, Sentence, Timings


@pytest.mark.parametrize(
    ("draft", "abstains"),
    [
        ("The articles do not say.", True),
        ("The passages do not mention the cook of the ferry.", True),
        ("The provided text does not specify who it was [2].", True),
        ("The information provided doesn’t state this.", True),
        ("The name is not mentioned in the passages.", True),
        ("The price is not explicitly stated in the given articles.", True),
        ("There is no information about the cook.", True),
        ("No information is given.", True),
        ("Passage [2] does not say who.", True),
        ("", True),
        ("Ivo Brandt leads it [1]. The passages do not say since when.", False),
        ("The ministry did not say when it would reopen.", False),
        ("The price was not disclosed by the company.", False),
        ("The mayor said there is no plan to sell the bridge.", False),
        ("It is not known.", True),
        ("Kim sent a text that did not mention the war.", False),
    ],
)
def test_is_abstention_reads_the_first_sentence(draft, abstains):
    assert baseline.is_abstention(draft) is abstains


def test_assemble_answer_cites_whole_passages_and_counts_phantoms(assistant):
    hits = [Hit(Passage("bridge", 0, 5, "The bridge."), 1.0, 1.0, 1.0)] * 2
    answer = baseline.assemble_answer(
        "?", "It cost 18 crowns. [1, 3] It sank [2][1].", hits, assistant.article, Timings()
    )
    assert answer.sentences == (
        Sentence("It cost 18 crowns.", (1,), supported=True),
        Sentence("It sank.", (2, 1), supported=True),
    )
    assert baseline.count_phantom_citations(answer) == 1
    assert [each.number for each in answer.citations] == [1, 2]


def test_baseline_prompt_has_a_constant_prefix():
    one, two = (baseline.baseline_prompt("chatml", q, ["a", "b"]) for q in ("Who?", "Why?"))
    assert one.prefix == two.prefix
    assert one.suffix[0].text == "[1] a\n[2] b\n\nQuestion: Who?"
    assert not any(segment.special for segment in one.suffix[:1])
    without_system = baseline.baseline_prompt("gemma", "Who?", ["a"])
    assert any(baseline.INSTRUCTIONS in segment.text for segment in without_system.prefix)
