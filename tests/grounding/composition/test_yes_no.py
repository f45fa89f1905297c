from __future__ import annotations

from dataclasses import replace

import pytest

from rag.grounding.composition.yes_no import compose_yes_no
from rag.types import ClaimReading
from tests.grounding.composition.newsstand import SURE, account, article, material, text_of
from tests.scripted_reader import ScriptedReader

FIRE = article("fire", "A barn burned at Selby. Nobody was injured.")
NOT = (" not ",)  # the reader takes every denial to be contradicted: it holds for yes


def answer(question, *accounts, **options):
    composition = compose_yes_no(material(question, *accounts, **options))
    return None if composition is None else composition.sentences[0].text


def sentence(text, answer, score=SURE, **options):
    return account(article("a", text, **options), answer, score=score)


def test_no_is_the_first_word_where_the_sentence_is_negated():
    composed = compose_yes_no(
        material("Was anyone hurt at Selby?", account(FIRE, "Nobody", "Nobody was injured."))
    )
    assert text_of(composed) == [("No: “Nobody was injured.”", (1,))]
    (citation,) = composed.citations
    assert FIRE.text[citation.start : citation.end] == citation.quote == "Nobody was injured."
    assert composed.confidence == 0.9


@pytest.mark.parametrize(
    ("question", "text", "span"),
    [
        ("Did the council sell the hall?", "The council did not sell the hall.", "sell"),
        ("Were there any arrests?", "There were no arrests.", "no arrests"),
        ("Will Ann Moe appeal?", "Ann Moe said that she would not appeal.", "would not appeal"),
        ("Was the plan accepted?", "The plan was turned down on Friday.", "turned down"),
        ("Was the heating on?", "The heating had been switched off.", "switched off"),
        ("Was the bridge found to be unsafe?", "The bridge was safe.", "safe"),
        ("Was the crew left unharmed?", "The crew was harmed.", "harmed"),
        ("Is the baker alive?", "The baker, 71, died at home.", "died"),
        ("Is the pool open?", "Guards shut the pool.", "shut"),
        ("Did the baker accept the prize?", "The baker refused it.", "refused"),
        ("Will the cooks lose their posts?", "All cooks keep their posts.", "keep"),
        ("Did the claim succeed?", "The judge dismissed it.", "dismissed"),
        ("Will the inn keep all its rooms?", "It will keep two of its nine rooms.", "keep"),
        ("Has anyone seen a wolf since 2016?", "None has been seen since 2016.", "seen"),
    ],
)
def test_no_by_negation_and_by_contraries(question, text, span):
    assert answer(question, sentence(text, span)) == f"No: “{text}”"


@pytest.mark.parametrize(
    ("question", "text", "span"),
    [
        ("Did Ann Moe resign?", "Ann Moe resigned on Friday.", "resigned"),
        ("Did Ann Moe win the race?", "The race was won by Ann Moe.", "Ann Moe"),
        ("Was Ann Moe acquitted?", "A court acquitted Ann Moe on Friday.", "acquitted"),
        ("Was the clinic closed?", "It closed because it can't find doctors.", "closed"),
        ("Did the baker die?", "The baker, 71, died at home.", "died"),
        ("Did Ann Moe resign?", "Ann Moe, who resigned on Friday, is ill.", "resigned"),
        ("Did the pool open?", "It opened on Friday.", "opened"),
        ("Did the pool open in 2021?", "The pool opened in 2021.", "opened"),
        ("Did the pool open in 2021?", "In 2021, the pool opened.", "opened"),
        ("Did the Selby council sell the hall?", "The Selby council sold the hall.", "sold"),
        ("Did Ann Moe resign?", "On Friday Ann Moe resigned.", "resigned"),
        ("Was the old pool closed?", "Guards closed the old pool.", "closed"),
        ("Did Ann Moe step down?", "Ann Moe resigned on Friday.", "resigned"),
        ("Was Ann Moe the first to cross?", "The first to cross was Ann Moe.", "first"),
        ("Did Ann Moe win?", "Ann Moe won without a coach of her own.", "won"),
    ],
)
def test_yes_where_the_sentence_has_the_verb_and_the_names(question, text, span):
    assert answer(question, sentence(text, span), doubted=NOT) == f"Yes: “{text}”"


def test_yes_where_what_the_question_negates_is_negated():
    bell = sentence("It was not damaged.", "damaged")
    assert answer("Was the bell unharmed?", bell, doubted=NOT) == "Yes: “It was not damaged.”"
    assert answer("Was the bell unharmed?", bell, doubted=("was unharmed",)) is None


@pytest.mark.parametrize(
    ("question", "text", "span"),
    [
        ("Did Ann Moe win the race?", "Ole Berg won the race ahead of Ann Moe.", "won"),
        ("Did Ann Moe win the race?", "Ann Moe came second in the race.", "came second"),
        ("Did Ann Moe resign?", "Critics asked for Ann Moe to resign.", "resign"),
        ("Did Ann Moe take the money?", "Ann Moe denied that she took the money.", "took"),
        ("Is Ann Moe the mayor?", "Ann Moe stepped down as mayor.", "mayor"),
        ("Was the bridge closed?", "The bridge will be closed in May.", "closed"),
        ("Did the pier at Selby close?", "The pier at Ryde closed.", "closed"),
        ("Was a rider hurt?", "No spectator was hurt.", "hurt"),
        ("Were 300 people moved?", "They moved 200 people.", "moved"),
        ("Is the baker alive?", "Two guests died in the shop of the baker.", "died"),
        ("Is the baker alive?", "In the shop of the baker two guests died.", "died"),
        ("Did the baker die?", "The wife of the baker died.", "died"),
        ("Did the baker die?", "The baker’s wife died.", "died"),
        ("Did the baker die?", "The baker killed a goose.", "killed"),
        ("Did the pool open?", "The school closed.", "closed"),
        ("Did the pool open?", "The school opened.", "opened"),
        ("Did guards kill the thief?", "The thief died.", "died"),
        ("Did the baker die?", "The wife of the old baker died.", "died"),
        ("Did Ann Moe win the race?", "The race was won by a friend of Ann Moe.", "won"),
        ("Did the crew flee?", "The guards chased the thief, who fled.", "fled"),
        ("Was the gate unlocked?", "The locked gate was unlocked by a guard.", "unlocked"),
        ("Did a girl win the unusual prize?", "The usual prize went to a boy.", "usual prize"),
        ("Did Ann Moe accept the prize?", "Ole Berg refused the prize.", "refused"),
        ("Did all the cooks leave?", "The cooks left.", "left"),
        ("Is the pool open again?", "The mayor ruled out the pool as the cause.", "ruled out"),
        ("Did the pool open in 2021?", "The pool opened in 2019.", "opened"),
        ("Did the pool close in 2021?", "The pool did not close in 2019.", "close"),
        ("Was the pool open in 2021?", "The pool was closed in 2019.", "closed"),
        ("Was the house of Faraday sold?", "The house was sold.", "sold"),
    ],
)
def test_neither_where_the_sentence_does_not_settle_it(question, text, span):
    for doubted in ((), NOT):
        assert answer(question, sentence(text, span), doubted=doubted) is None


def test_another_sentence_of_a_passage_may_speak_to_the_question():
    text = "The town voted Ann Moe a medal. She refused it."
    vote = account(article("a", text), "voted", "The town voted Ann Moe a medal.", score=1.0)
    assert answer("Did Ann Moe accept the medal?", vote, shown=False) == "No: “She refused it.”"
    assert answer("Did Ann Moe accept the flowers?", vote, shown=False) is None


def test_a_negated_sentence_that_excludes_the_statement_needs_no_word_of_it():
    absent = sentence("Ann Moe did not hear the ruling.", "did not hear", score=1.0)
    doubted = ("Ann Moe was in court",)
    question = "Was Ann Moe in court?"
    assert answer(question, absent, shown=False) is None
    assert answer(question, absent, doubted=doubted, shown=False) == (
        "No: “Ann Moe did not hear the ruling.”"
    )


def test_the_noun_of_a_subject_names_it():
    sold = account(
        article("a", "The Selby council met. The council sold the hall."),
        "sold",
        "The council sold the hall.",
    )
    assert answer("Did the Selby council sell the hall?", sold, doubted=NOT) == (
        "Yes: “The council sold the hall.”"
    )


def test_the_name_of_the_outlet_is_no_name_of_the_story():
    text = "The tramway opened, the Selby Post wrote."
    accounts = sentence(text, "opened", source="Selby Post")
    assert answer("Did the tramway at Selby open?", accounts, doubted=NOT) is None


def test_the_reader_may_object():
    resigned = sentence("Ann Moe resigned on Friday.", "resigned")
    assert answer("Did Ann Moe resign?", resigned, doubted=("Ann Moe did resign",)) is None
    off = sentence("The heating had been switched off.", "switched off")
    assert answer("Was the heating on?", off, doubted=NOT) is None
    harmed = sentence("The crew was harmed.", "harmed")
    assert answer("Was the crew unharmed?", harmed, doubted=NOT) is None
    nobody = sentence("Nobody saw Ann Moe resign.", "resign")
    assert answer("Did Ann Moe resign?", nobody, doubted=NOT) is None


def test_nothing_is_composed_of_what_is_not_shown_or_contradicts_the_question():
    resigned = sentence("Ann Moe resigned on Friday.", "resigned", score=0.5)
    assert answer("Did Ann Moe resign?", resigned, doubted=NOT, shown=False) is None
    resigned = sentence("Ann Moe resigned on Friday.", "resigned")
    assert answer("Did Ann Moe resign?", resigned, doubted=NOT, contradicted=True) is None
    assert answer("Did Ann Moe resign?") is None


def test_a_sentence_that_negates_the_question_word_by_word_needs_no_high_score():
    denial = account(article("a", "The port did not go to court."), "not", score=-3.0)
    near = account(article("b", "A court in Ryde sat."), "court", score=0.2)
    assert answer("Did the port go to court?", near, denial) == (
        "No: “The port did not go to court.”"
    )


class LiteralReader(ScriptedReader):
    """Takes a claim to be so where it says "not" and the passage "no", or neither does."""

    def check(self, claim, passages):
        same = [(" not " in claim) == (" no " in passage) for passage in passages]
        return [ClaimReading(0.9, 0.05, 0.05) if s else ClaimReading(0.05, 0.9, 0.05) for s in same]


def test_both_sides_where_two_articles_of_one_matter_differ():
    question = "Did divers find a crack in the dam?"
    crack = account(article("a", "Divers found a crack in the dam."), "found a crack")
    none = "Divers found no crack in the dam."
    near, late = (
        account(article("b", none, "Ryde Post", day), "no crack")
        for day in ("2023-03-05", "2024-03-05")
    )
    reader = LiteralReader({})
    composed = compose_yes_no(replace(material(question, crack, near), reader=reader))
    assert text_of(composed) == [
        ("The articles differ.", (1, 2)),
        ("Nordpress, 2 March 2023: “Divers found a crack in the dam.”", (1,)),
        (f"Ryde Post, 5 March 2023: “{none}”", (2,)),
    ]
    composed = compose_yes_no(replace(material(question, crack, late), reader=reader))
    assert text_of(composed) == [("Yes: “Divers found a crack in the dam.”", (1,))]


def test_the_best_sentence_is_judged_once():
    reader = ScriptedReader({}, contradicted=NOT)
    resigned = sentence("Ann Moe resigned on Friday.", "resigned")
    once = compose_yes_no(replace(material("Did Ann Moe resign?", resigned), reader=reader))
    assert once is not None
    assert len(reader.claims) == 2  # the statement and its denial


def test_who_is_killed_dies():
    question = "Did anyone die in the fire?"
    killed = "Two people were killed in the fire."
    assert answer(question, sentence(killed, "killed"), doubted=NOT) == f"Yes: “{killed}”"
    trade = "The fire killed the trade of the street."
    assert answer(question, sentence(trade, "killed"), doubted=NOT) is None


def test_a_denial_with_all_that_is_asked_needs_no_high_score():
    question = "Did anyone lose their life when the wall fell?"
    nobody = "Nobody died when the wall fell."
    assert answer(question, sentence(nobody, "Nobody", score=-5.0)) == f"No: “{nobody}”"
    assert answer(question, sentence(nobody, "Nobody", score=-7.0)) is None
    elsewhere = "Nobody died when the hall burned."
    assert answer(question, sentence(elsewhere, "Nobody", score=-5.0)) is None


@pytest.mark.parametrize(("who", "expected"), [("driver", True), ("mayor", False)])
def test_the_outcome_of_a_test_is_that_of_whom_the_sentence_before_has(who, expected):
    text = f"The {who} was questioned. A breath test was negative."
    shown = answer("Had the driver been drinking?", sentence(text, "negative"))
    assert shown == ("No: “A breath test was negative.”" if expected else None)
