"""When what a sentence tells took place: dates of events, and what is none."""

from __future__ import annotations

import pytest

from rag.newsroom.timelines.dating import date_sentence, precision_of

FRIDAY = "2024-04-19"


@pytest.mark.parametrize(
    ("sentence", "dates"),
    [
        ("The lock opened on Monday.", ["2024-04-15"]),
        ("The lock opened yesterday, a day late.", ["2024-04-18"]),
        ("The lock opened on 3 May 2019 and shut on 5 May 2019.", ["2019-05-03", "2019-05-05"]),
        ("The lock opened on Monday, and boats passed on Tuesday.", ["2024-04-15", "2024-04-16"]),
        ("The lock, built in 1911, leaks.", ["1911"]),
        ("The lock opened in March 2022.", ["2022-03"]),
        ("The museum had 28,000 visitors last year.", ["2023"]),
        ("The board met last month.", ["2024-03"]),
        ("Two boats sank last week.", ["2024-04"]),
        ("Keeper Ulla Brandt retired in February.", ["2024-02"]),
        ("It had 90 boats at the end of March, 15 more than a year before.", ["2024-03"]),
        # of several times the one of the news
        ("The lock, which opened in May 1911, was shut on Monday.", ["2024-04-15"]),
        ("The lock is shut from Monday and is to open again in 2026.", ["2024-04-22"]),
        ("When keepers met on 28 March, they told of the flood of 2021.", ["2024-03-28"]),
        ("In 2021 the county began and in March it stopped.", ["2021"]),  # March of which year?
        ("After more than three years the lock opened on Monday.", ["2024-04-15"]),
        # to come
        ("The lock will be closed to all boats from Monday.", ["2024-04-22"]),
        ("The ferry gets a second boat from May.", ["2024-05"]),
        ("A ruling is expected in June.", ["2024-06"]),
        ("The match is on Saturday.", ["2024-04-20"]),
        ("The dividend will be paid in September.", ["2024-09"]),
        # the day of the report counts where there is no other
        ("The mayor said on Thursday that the lock leaks.", ["2024-04-18"]),
        ("The lock was shut on Tuesday, the county said on Thursday.", ["2024-04-16"]),
    ],
)
def test_a_sentence_is_dated_by_its_events(sentence: str, dates: list[str]):
    dating = date_sentence(sentence, FRIDAY)
    assert sorted(each.date for each in dating.events) == dates
    assert not dating.is_uncertain


@pytest.mark.parametrize(
    "sentence",
    [
        "The lock will stay shut until June 2025.",
        "The gate has been in use since 1950.",
        "Profit was 3 million crowns in the second quarter of 2023.",
        "Turnout fell to 40 percent, from 52 percent four years ago.",
        "Boats stay away until the lock is mended next year.",
        "More boats came than in 2018.",
        "The boat of 2018 was faster.",
        "Theresa May opened the lock and praised it.",
        "Dues were cut in 1200 cases.",
        "The union agreed on a rise from January.",
        "This year the board meets twice.",
        "Last year's budget was too small.",
        "A keeper told Lock Tonight of the crack.",
        "The Sunday Times praised the keeper.",
        "Shops sold lamps on Black Friday.",
        "The board asks for two more keepers.",
    ],
)
def test_limits_comparisons_periods_and_names_are_no_date(sentence: str):
    dating = date_sentence(sentence, FRIDAY)
    assert (dating.events, dating.is_uncertain) == ((), False)


@pytest.mark.parametrize(
    "sentence",
    [
        "Two days later the lock opened.",
        "The race was called off in March of that year.",
        "The festival closes with a concert on 4 December.",
    ],
)
def test_a_time_that_cannot_be_told_leaves_the_sentence_uncertain(sentence: str):
    dating = date_sentence(sentence, FRIDAY)
    assert (dating.events, dating.is_uncertain) == ((), True)


def test_a_year_just_before_makes_a_month_uncertain():
    assert date_sentence("In March it was sold.", FRIDAY).events[0].date == "2024-03"
    assert date_sentence("In March it was sold.", FRIDAY, ["2007"]).is_uncertain


def test_without_a_day_of_publication_only_whole_dates_count():
    assert date_sentence("The lock opened on Monday.", None).events == ()
    (event,) = date_sentence("The lock opened on 3 May 2019.", None).events
    assert (event.date, event.precision) == ("2019-05-03", "day")


def test_precision_is_that_of_the_date():
    dates = ["2019", "2019-05", "2019-05-03"]
    assert list(map(precision_of, dates)) == ["year", "month", "day"]


@pytest.mark.parametrize(
    ("day", "published", "dates"),
    [("29", "2025-01-10", ()), ("29", "2024-06-01", ()), ("28", "2025-01-10", ("2025-02-28",))],
)
def test_a_leap_day_has_no_date_where_the_year_has_none(day, published, dates):
    text = f"The law is expected to take effect on February {day}."
    assert tuple(each.date for each in date_sentence(text, published).events) == dates
