"""What a question asks for, one thing at a time."""

from rag.retrieval.query_plan import comparison_question, split_question


def test_the_things_that_a_question_asks():
    assert split_question("Who built the bridge and the mill?") == [
        "Who built the bridge and the mill?"
    ]
    two = "When did the ferry sink, and who was saved?"
    assert split_question(two) == [two, "When did the ferry sink", "who was saved?"]
    many = "Who built it and why" + " and who built what" * 30
    assert len(split_question("Who built it there" + " and who built what" * 30)) == 5
    assert split_question(many) == [many]  # "why" alone is nothing to search for


def test_what_two_tellers_say_is_two_things():
    two = "How much did it cost, by the mayor's account and by that of her rivals?"
    assert split_question(two)[1:] == [
        "How much did it cost, by the mayor's account",
        "How much did it cost, by that of her rivals",
    ]
    one = "Was the bridge, praised by all, built by Holt?"
    assert split_question(one) == [one]


def test_accounts_that_are_to_be_compared_are_asked_of_each_article():
    assert comparison_question("How many were hurt, by the different accounts?") == (
        "How many were hurt?"
    )
    assert comparison_question("According to both reports how many were hurt?") == (
        "How many were hurt?"
    )
    assert comparison_question("How do the reports differ about the fire?") == (
        "What is said about the fire?"
    )
    for one in (
        "How many were hurt?",
        "How many were hurt according to the mayor?",
        "What do the reports say?",
        "Which articles of the treaty were dropped?",
    ):
        assert comparison_question(one) is None
