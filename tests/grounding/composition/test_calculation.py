"""Calculations: from cited operands, shown in figures, or none at all."""

from dataclasses import replace

import pytest

from rag.grounding.composition.compose import compose
from rag.types import Article
from tests.grounding.composition.scripted_judgements import CONFIDENCE, material

ARTICLES = {
    each.id: each
    for each in (
        Article(
            "vote",
            "Council votes",
            "The Reds won 41 seats on Sunday. The Blues won 33 of them. The Greys have about 30."
            " The Reds lost 12 in the north. The harbour plan was accepted by 523 votes to 97.",
            published="2023-05-08",
        ),
        Article(
            "pier",
            "Two piers",
            "The pier of Aldby is 1.2 km long. That of Corham measures 300 m. The mast has 3 miles"
            " of rope. The Reds won 39 seats.",
            published="2023-06-01",
        ),
        Article(
            "fire",
            "Fire and trial",
            "The mill burnt down on 30 June. The trial began on 29 August 2023. The new mill will"
            " open on 1 October.",
            published="2023-08-31",
        ),
        Article(
            "people",
            "Two people",
            "Ida Holm, 58, is the mayor. Per Aas, 51, is not. The clock cost 900,000 crowns and the"
            " bell 1.5 million crowns.",
            published="2022-02-02",
        ),
    )
}
REDS, BLUES = ("vote", "41 seats", 5.0), ("vote", "33", 4.0)


def composed(question, answers):
    return compose(material(question, ARTICLES, answers))


def first(composition):
    assert composition is not None
    return composition.sentences[0].text


def test_a_difference_is_shown_in_figures_and_cites_both_operands():
    composition = composed(
        "How many more seats did the Reds win than the Blues?",
        {"did the Reds win?": [REDS], "did the Blues": [BLUES]},
    )
    assert first(composition) == "41 − 33 = 8 seats."
    assert composition.sentences[0].citations == (1, 2)
    assert [each.text for each in composition.sentences[1:]] == [
        "“The Reds won 41 seats on Sunday.”",
        "“The Blues won 33 of them.”",
    ]
    assert [each.quote for each in composition.citations] == [
        "The Reds won 41 seats on Sunday.",
        "The Blues won 33 of them.",
    ]
    assert composition.confidence == CONFIDENCE


def test_an_operand_that_is_not_certain_leaves_nothing_to_calculate():
    question = "How many more seats did the Reds win than the Blues?"
    unsure = ("vote", "33", -0.5)
    assert composed(question, {"did the Reds win?": [REDS], "did the Blues": [unsure]}) is None
    assert composed(question, {"did the Reds win?": [REDS]}) is None


def test_two_operands_in_the_same_words_are_one():
    answers = {"did the Reds win?": [REDS], "did the Blues": [REDS]}
    assert composed("How many more seats did the Reds win than the Blues?", answers) is None


def test_another_figure_in_another_article_makes_an_operand_uncertain():
    question = "How many more seats did the Reds win than the Blues?"
    rival = ("pier", "39 seats", 4.0)
    answers = {"did the Reds win?": [REDS, rival], "did the Blues": [BLUES]}
    assert composed(question, answers) is None
    far = ("pier", "39 seats", 0.5)
    answers = {"did the Reds win?": [REDS, far], "did the Blues": [BLUES]}
    assert first(composed(question, answers)) == "41 − 33 = 8 seats."


def test_a_difference_that_the_articles_contradict_is_not_shown():
    answers = {"did the Blues win?": [BLUES], "did the Reds": [REDS]}
    assert composed("How many more seats did the Blues win than the Reds?", answers) is None
    fewer = composed("How many fewer seats did the Blues win than the Reds?", answers)
    assert first(fewer) == "41 − 33 = 8 seats."


def test_a_figure_in_a_sentence_about_another_is_no_operand():
    answers = {"did the Reds win?": [REDS], "did the Greys": [("vote", "12", 4.0)]}
    assert composed("How many more seats did the Reds win than the Greys?", answers) is None


def test_what_is_about_right_stays_so():
    answers = {"did the Reds win?": [REDS], "did the Greys": [("vote", "30", 4.0)]}
    composition = composed("How many more seats did the Reds win than the Greys?", answers)
    assert first(composition) == "41 − about 30 = about 11 seats."


PIERS = {"pier of Aldby": [("pier", "1.2 km", 5.0)], "pier of Corham": [("pier", "300 m", 4.0)]}


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (
            "How much longer is the pier of Aldby than the pier of Corham?",
            "1.2 kilometres − 300 metres = 900 metres.",
        ),
        (
            "How many kilometres longer is the pier of Aldby than the pier of Corham?",
            "1.2 kilometres − 300 metres = 0.9 kilometres.",
        ),
        (
            "Which is longer, the pier of Corham or the pier of Aldby?",
            "The pier of Aldby: 1.2 kilometres, against 300 metres for the pier of Corham.",
        ),
        (
            "Which is shorter, the pier of Corham or the pier of Aldby?",
            "The pier of Corham: 300 metres, against 1.2 kilometres for the pier of Aldby.",
        ),
        (
            "What is the difference in length between the pier of Corham and the pier of Aldby?",
            "1.2 kilometres − 300 metres = 900 metres.",
        ),
    ],
)
def test_units_are_converted_where_that_is_exact(question, expected):
    assert first(composed(question, PIERS)) == expected


def test_units_of_two_systems_are_not_compared():
    answers = PIERS | {"the rope": [("pier", "3 miles", 4.0)]}
    assert composed("Which is longer, the rope or the pier of Aldby?", answers) is None


def test_a_sum():
    answers = {"was the clock": [("people", "900,000 crowns", 3.0)],
               "was the bell": [("people", "1.5 million crowns", 3.0)]}  # fmt: skip
    composition = composed("What is the total of the clock and the bell?", answers)
    assert first(composition) == "900,000 crowns + 1.5 million crowns = 2,400,000 crowns."
    assert len(composition.citations) == 1  # one sentence has both


DAYS = {"the fire": [("fire", "30 June", 3.0)], "the trial": [("fire", "29 August 2023", 3.0)]}


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("How many days passed between the fire and the trial?", "60 days"),
        ("How many weeks passed between the fire and the trial?", "60 days = 8 weeks and 4 days"),
        ("How many months lay between the fire and the trial?", "1 month and 30 days"),
        ("How long after the fire was the trial?", "60 days"),
    ],
)
def test_days_between_two_events(question, expected):
    text = first(composed(question, DAYS))
    assert text == f"From 30 June 2023 to 29 August 2023: {expected}."


def test_the_date_of_the_question_needs_no_evidence():
    composition = composed("How many days passed between 1 June 2023 and the trial?", DAYS)
    assert first(composition) == "From 1 June 2023 to 29 August 2023: 89 days."
    assert [each.quote for each in composition.citations] == ["The trial began on 29 August 2023."]


def test_figures_in_a_row_belong_to_the_names_before_them():
    row = Article("row", "Seats", "The Reds won 41, the Old Party 39 and the Blues 33.")
    words = "41, the Old Party 39 and the Blues 33"
    answers = {"did the Reds": [("row", words, 5.0)], "did the Blues": [("row", words, 5.0)]}
    question = "How many seats did the Reds and the Blues win together?"
    composition = compose(material(question, {"row": row}, answers))
    assert first(composition) == "41 + 33 = 74 seats."
    assert [each.quote for each in composition.citations] == [row.text]


def test_a_figure_whose_name_is_not_near_it_is_no_operand():
    far = Article(
        "far",
        "Votes",
        "The Blues are a small party. It is an old one. It is poor. The other won 41 of the seats.",
    )
    answers = {"did the Reds win?": [REDS], "did the Blues": [("far", "41", 5.0)]}
    question = "How many more seats did the Reds win than the Blues?"
    assert compose(material(question, ARTICLES | {"far": far}, answers)) is None


def test_a_date_in_a_sentence_of_something_else_is_no_operand():
    report = Article("told", "Dam", "The dam is safe, Ida Holm said on 4 June 2023.")
    question = "How many days passed between the fire and the appointment of Ida Holm?"
    articles = ARTICLES | {"told": report}
    answers = DAYS | {"the appointment": [("told", "4 June 2023", 1.5)]}
    assert compose(material(question, articles, answers)) is None
    answers["the appointment"] = [("told", "4 June 2023", 5.0)]
    assert compose(material(question, articles, answers)) is not None


def test_years_alone_are_calendar_years():
    mine = Article("mine", "Mine", "The mine was opened in 1903. In 1988 a fire killed nine men.")
    answers = {"the mine open": [("mine", "1903", 5.0)], "the fire": [("mine", "1988", 5.0)]}
    question = "How many years passed between the opening of the mine and the fire?"
    composition = compose(material(question, {"mine": mine}, answers))
    assert first(composition) == "From 1903 to 1988: 85 calendar years."
    days = question.replace("years", "days")
    assert compose(material(days, {"mine": mine}, answers)) is None


def test_which_came_first():
    composition = composed("Which came first, the trial or the fire?", DAYS)
    assert first(composition) == "The fire: 30 June 2023, against 29 August 2023 for the trial."


def test_a_day_that_is_planned_is_none_that_was():
    answers = DAYS | {"the mill": [("fire", "1 October", 6.0)]}
    assert composed("Which came first, the mill or the fire?", answers) is None


def test_ages_are_compared_within_one_year():
    answers = {"is Ida Holm": [("people", "58", 5.0)], "is Per Aas": [("people", "51", 5.0)]}
    question = "Who is older, Ida Holm or Per Aas?"
    assert first(composed(question, answers)) == "Ida Holm: 58, against 51 for Per Aas."
    other_year = {"is Ida Holm": [("people", "58", 5.0)], "is Per Aas": [("vote", "33", 5.0)]}
    assert composed(question, other_year) is None


def test_votes_for_and_against_in_one_sentence():
    question = "By how many votes did the yes to the harbour plan exceed the no?"
    answers = {"By how many votes": [("vote", "523 votes to 97", 4.0)]}
    composition = composed(question, answers)
    assert first(composition) == "523 − 97 = 426 votes."
    assert [each.quote for each in composition.citations] == [
        "The harbour plan was accepted by 523 votes to 97."
    ]


def test_a_difference_that_an_article_states_is_quoted_not_calculated():
    stated = Article("stated", "Seats", "The Reds have 41 seats, eight more than the Blues.")
    question = "How many more seats do the Reds have than the Blues?"
    answers = {
        "How many more": [("stated", "eight", 4.0)],
        "do the Reds have?": [("vote", "41 seats", 4.0)],
        "do the Blues": [BLUES],
    }
    articles = ARTICLES | {"stated": stated}
    composition = compose(material(question, articles, answers))
    assert first(composition) == "“The Reds have 41 seats, eight more than the Blues.”"
    (citation,) = composition.citations
    assert (citation.article, citation.quote) == ("stated", stated.text)
    assert composition.sentences[0].citations == (1,)
    assert composition.confidence == CONFIDENCE
    answers.pop("How many more")
    assert first(compose(material(question, articles, answers))) == "41 − 33 = 8 seats."


def test_a_difference_that_is_stated_of_others_is_not_quoted():
    stated = Article("stated", "Seats", "The Reds have 41 seats, 11 more than the Greys.")
    question = "How many more seats do the Reds have than the Blues?"
    answers = {"How many more": [("stated", "11", 4.0)]}
    assert compose(material(question, {"stated": stated}, answers)) is None


def test_a_stated_sum_of_another_type_is_left_to_the_quotation():
    stated = Article("stated", "Seats", "The Reds and the Blues have 74 seats in all.")
    question = "How many seats do the Reds and the Blues have together?"
    answers = {"together": [("stated", "74 seats", 4.0)]}
    assert compose(material(question, {"stated": stated}, answers)) is None


FOR_FIRST, AGAINST_FIRST = (
    "How many more voted for than against?",
    "How many more voted against than for?",
)


def of_one_sentence(question, text):
    figures = text[text.index(next(filter(str.isdigit, text))) :].rstrip(".")
    ballot = Article("ballot", "Ferry", text)
    return compose(material(question, {"ballot": ballot}, {question: [("ballot", figures, 4.0)]}))


@pytest.mark.parametrize(
    ("question", "text", "expected"),
    [
        (FOR_FIRST, "The ferry plan was carried by 70 votes to 12.", "70 − 12 = 58."),
        (
            "How many fewer voted against than for?",
            "The ferry plan was carried by 70 votes to 12.",
            "70 − 12 = 58.",
        ),
        (FOR_FIRST, "In the end 70 voted for it and 12 against.", "70 − 12 = 58."),
        (FOR_FIRST, "The ferry plan received 70 votes for and 12 against.", "70 − 12 = 58."),
    ],
)
def test_votes_are_told_apart_by_their_side(question, text, expected):
    assert first(of_one_sentence(question, text)) == expected


@pytest.mark.parametrize(
    ("question", "text"),
    [
        (AGAINST_FIRST, "The ferry plan was carried by 70 votes to 12."),
        (AGAINST_FIRST, "In the end 70 voted for it and 12 against."),
        (FOR_FIRST, "The board voted 70 to 12 against the ferry plan."),
        (FOR_FIRST, "The ferry plan was voted down by 70 votes to 12."),
        (FOR_FIRST, "The ferry plan was not accepted by 70 votes to 12."),
        (FOR_FIRST, "The vote on the ferry plan was 70 votes to 12."),
        (FOR_FIRST, "Of 70 members present for the vote, 12 voted against."),
        ("By how many votes did Ann Moe beat Ole Berg?", "It was carried by 70 votes to 12."),
    ],
)
def test_votes_whose_side_is_not_sure_are_not_calculated_with(question, text):
    assert of_one_sentence(question, text) is None


def of_two(question, one, other):
    """The composition for "Aas" and "Lund", of whom an article says `one` and `other`."""
    text = f"Aas had {one}. Lund had {other}."
    answers = {"Aas": [("two", one, 5.0)], "Lund": [("two", other, 5.0)]}
    judged = material(question, {"two": Article("two", "Two", text)}, answers)
    return compose(replace(judged, judgement=judged.judge("")))


@pytest.mark.parametrize(
    ("question", "one", "other", "expected"),
    [
        (
            "Which was faster, Aas or Lund?",
            "39 minutes",
            "50 minutes",
            "Aas: 39 minutes, against 50 minutes for Lund.",
        ),
        (
            "Which was slower, Aas or Lund?",
            "39 minutes",
            "50 minutes",
            "Lund: 50 minutes, against 39 minutes for Aas.",
        ),
        (
            "How much faster was Aas than Lund?",
            "39 minutes",
            "50 minutes",
            "50 minutes − 39 minutes = 11 minutes.",
        ),
        ("How much slower was Aas than Lund?", "39 minutes", "50 minutes", None),
        ("Which was faster, Aas or Lund?", "39", "50", None),
        ("Which was faster, Aas or Lund?", "39 metres", "50 metres", None),
        (
            "How much faster was Aas than Lund?",
            "90 km/h",
            "80 km/h",
            "90 km/h − 80 km/h = 10 km/h.",
        ),
    ],
)
def test_who_needs_less_time_is_faster(question, one, other, expected):
    composition = of_two(question, one, other)
    assert (composition and first(composition)) == expected


@pytest.mark.parametrize(
    ("question", "one", "other", "expected"),
    [
        (
            "What is the difference between Aas and Lund?",
            "41 per cent",
            "33 per cent",
            "41 per cent − 33 per cent = 8 percentage points.",
        ),
        (
            "How many more percentage points did Aas win than Lund?",
            "41 per cent",
            "33 per cent",
            "41 per cent − 33 per cent = 8 percentage points.",
        ),
        ("How many more per cent did Aas win than Lund?", "41 per cent", "33 per cent", None),
        ("How many more seats did Aas win than Lund?", "41 per cent", "33 per cent", None),
        ("How many seats did Aas and Lund win together?", "41 per cent", "33 per cent", None),
        ("Who won more seats, Aas or Lund?", "41 per cent", "33 per cent", None),
        (
            "How much more money did Aas raise than Lund?",
            "900 crowns",
            "700 crowns",
            "900 crowns − 700 crowns = 200 crowns.",
        ),
        (
            "How much money did Aas and Lund raise together?",
            "900 crowns",
            "700 crowns",
            "900 crowns + 700 crowns = 1,600 crowns.",
        ),
        ("How much more money did Aas raise than Lund?", "900", "700", "900 − 700 = 200."),
    ],
)
def test_a_count_is_no_share_and_shares_differ_by_points(question, one, other, expected):
    composition = of_two(question, one, other)
    assert (composition and first(composition)) == expected


RACES = {
    "early": Article(
        "early", "Race", "Of 34 kites that rose, 31 landed on the green.", published="2018-07-23"
    ),
    "late": Article(
        "late", "Race", "Nineteen kites took off and 12 landed.", published="2022-07-25"
    ),
    "mill": Article("mill", "Mill", "The staff grew to 140 from 128.", published="2022-03-03"),
}


def compared(question, answers):
    return compose(material(question, RACES, answers))


def test_two_years_of_one_thing_are_compared():
    composition = compared(
        "Did more kites land in 2018 or in 2022?",
        {"land in 2018": [("early", "34", 5.0)], "land in 2022": [("late", "12", 4.0)]},
    )
    assert first(composition) == "2018: 31 kites, against 12 for 2022."


def test_the_amount_of_a_year_is_certain_beside_that_of_another():
    answers = {"rose in 2018": [("early", "34", 5.0)], "rose in 2022": [("late", "Nineteen", -1.0)]}
    judged = material("How many more kites rose in 2018 than in 2022?", RACES, answers)
    lenient = replace(
        judged, decide=lambda each: judged.decide(each)._replace(shown=each.signals["score"] > 0)
    )
    assert compose(lenient) is None
    answers["rose in 2022"] = [("late", "Nineteen", 1.0)]
    judged = material("How many more kites rose in 2018 than in 2022?", RACES, answers)
    strict = replace(
        judged, decide=lambda each: judged.decide(each)._replace(shown=each.signals["score"] > 2)
    )
    assert first(compose(strict)) == "34 − 19 = 15 kites."


def test_one_sentence_that_tells_of_two_years_in_a_row_is_enough():
    question = "How many staff did the mill add between 2021 and 2022?"
    composition = compared(question, {"have in 2022": [("mill", "140 from 128", 5.0)]})
    assert first(composition) == "140 − 128 = 12 staff."
    assert len(composition.citations) == 1
    other = "How many staff did the mill add between 2019 and 2022?"
    assert compared(other, {"have in 2022": [("mill", "140 from 128", 5.0)]}) is None


def test_a_profit_and_a_loss_are_not_subtracted():
    articles = {
        "one": Article("one", "Mill", "The profit was 21 crowns.", published="2021-05-05"),
        "two": Article("two", "Mill", "The loss was 8 crowns.", published="2022-05-05"),
    }
    answers = {"in 2021": [("one", "21 crowns", 5.0)], "in 2022": [("two", "8 crowns", 5.0)]}
    question = "What is the difference between the profit in 2021 and in 2022?"
    assert compose(material(question, articles, answers)) is None


@pytest.mark.parametrize(
    ("text", "published", "is_calculated"),
    [
        ("The levy rises from 84 crowns to 97 on 1 January.", "2024-10-05", True),
        ("The levy rose from 84 crowns to 97 on 1 January.", "2024-10-05", False),  # of this year
        ("The levy rises from 84 crowns to 97 on 1 January.", "2024-01-02", False),  # which one?
        ("The levy rises from 84 crowns to 97 in March.", "2024-10-05", False),
    ],
)
def test_a_change_that_is_to_come_with_the_next_year(text, published, is_calculated):
    articles = {"levy": Article("levy", "Levy", text, published=published)}
    question = "How much more will the levy be in 2025 than in 2024?"
    answers = {"in 2024": [("levy", "84 crowns to 97", 5.0)]}
    composition = compose(material(question, articles, answers))
    if is_calculated:
        assert first(composition) == "97 crowns − 84 crowns = 13 crowns."
    else:
        assert composition is None


def test_a_final_sum_beside_the_first_in_one_sentence():
    text = "The quay cost 6.9 million crowns instead of 4.2 million."
    articles = {"quay": Article("quay", "Quay", text, published="2024-10-05")}
    question = "How far above the sum first named was the final bill for the quay?"
    answers = {"final bill": [("quay", "6.9 million crowns", 5.0)]}
    composition = compose(material(question, articles, answers))
    assert first(composition) == "6.9 million crowns − 4.2 million crowns = 2.7 million crowns."
    assert [each.quote for each in composition.citations] == [text]
