from __future__ import annotations

import pytest

from rag.grounding.composition.statement import question_of, statement_of


@pytest.mark.parametrize(
    ("question", "affirmed"),
    [
        ("Did the mill go to court?", "The mill did go to court."),
        ("Was anyone hurt?", "Someone was hurt."),
        ("Were there any arrests at the fair?", "There were some arrests at the fair."),
        ("Has Orla Finch been charged?", "Orla Finch has been charged."),
        ("Was the choir of Selby paid?", "The choir of Selby was paid."),
        ("Was the warden of the tower on the roof?", "The warden of the tower was on the roof."),
        ("Will the Reed Party's chairman resign?", "The Reed Party's chairman will resign."),
        ("Is Łucja Żak the harbour master?", "Łucja Żak is the harbour master."),
    ],
)
def test_statement_puts_the_auxiliary_behind_the_subject(question, affirmed):
    assert statement_of(question).affirmed == affirmed


def test_statement_denies_with_not_behind_the_auxiliary():
    assert statement_of("Did the mill close?").denied == "The mill did not close."
    assert statement_of("Didn't the mill close?").denied == "The mill did not close."


def test_a_compound_noun_is_told_by_a_text_that_has_it():
    question = "Did the fire alarm sound?"
    assert statement_of(question, "A fire alarm rang.").subject == "The fire alarm"
    assert statement_of(question, "A fire broke out.").subject == "The fire"


def test_a_subject_is_active_unless_it_is_or_undergoes_something():
    assert statement_of("Did Ann Moe win?").is_active
    assert not statement_of("Was Ann Moe beaten?").is_active
    assert not statement_of("Will Ann Moe be beaten?").is_active


@pytest.mark.parametrize("question", ["Who won?", "How many were hurt?", "The mill closed.", ""])
def test_no_statement_where_no_auxiliary_opens_the_question(question):
    assert statement_of(question) is None


def test_question_of_moves_the_first_auxiliary_to_the_front():
    assert question_of("anyone was hurt in the fire") == "Was anyone hurt in the fire?"
    assert question_of("the mill closed") is None


def test_a_preposition_ends_a_compound_noun():
    text = "The school in Mill Lane will stay shut."
    statement = statement_of("Is the school in Mill Lane open again?", text)
    assert (statement.subject, statement.predicate) == ("The school in Mill Lane", "open again")
