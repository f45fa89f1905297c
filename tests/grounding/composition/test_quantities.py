"""Quantities of a text, and exact conversions."""

from decimal import Decimal

import pytest

from rag.grounding.composition.arithmetic.quantities import (
    Quantity,
    format_quantity,
    in_one_unit,
    quantities_in,
    unit_by_name,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("accepted by 523 votes to 97", ["523", "97"]),
        ("Twenty-two came and nine left", ["22", "9"]),
        ("in 41 minutes and 8 seconds", ["41 minutes 8 seconds"]),
        ("cost €2.5m, not 900,000 euros", ["2.5 million euros", "900,000 euros"]),
        ("put at 30m crowns", ["30 million crowns"]),
        ("a 12-kilometre line, 1,500 m of it new", ["12 kilometres", "1,500 metres"]),
        ("three dozen eggs", ["36"]),
        ("some 400 people", ["400"]),
        ("63.5 per cent", ["63.5 per cent"]),
        ("a 12 per cent rise, or 5.5%", ["12 per cent", "5.5 per cent"]),
        ("worth $1.2million", ["1.2 million dollars"]),
        ("£3billion of debt", ["3 billion pounds"]),
        ("£3tn of debt", ["3 trillion pounds"]),
        ("seen by 3million people", ["3 million"]),
        ("passed by 9 votes to 5", ["9", "5"]),
        ("at 90 km/h, or 56 miles an hour", ["90 km/h", "56 mph"]),
        ("80 kilometres per hour", ["80 km/h"]),
        ("1.5m wide and 2 m across", ["1.5 metres", "2 metres"]),
        ("from 3 to 5 votes", ["3", "5"]),
    ],
)
def test_quantities(text, expected):
    assert [format_quantity(each) for each in quantities_in(text)] == expected


@pytest.mark.parametrize(
    "text",
    [
        "more than 200 people",
        "at least 14",
        "two and a half miles",
        "two thirds of them",
        "on 12 May 2017",
        "since 1991",
        "the 12th time",
        "at 5.32 a.m.",
        "10:30",
        "a 3D film",
        "minus 4 degrees",
        "30-40 people",
        "30–40 people",
        "$30-$40",
        "30%–40%",
        "two or three people",
        "between 30 and 40 people",
        "30 to 40 minutes",
        "3k runners",
        "1.5m people",
        "1.5m viewers",
    ],
)
def test_what_is_no_exact_quantity_is_left_out(text):
    assert quantities_in(text) == []


def test_what_is_only_about_right_is_marked():
    assert [each.about for each in quantities_in("about 40 boats and 12 rafts")] == [True, False]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("1.2 km", "300 m", ["1,200 metres", "300 metres"]),
        ("2 tonnes", "450 kg", ["2,000 kilograms", "450 kilograms"]),
        ("2 hours", "45 minutes", ["2 hours", "45 minutes"]),
        ("2 weeks", "3 days", ["14 days", "3 days"]),
        ("12", "7", ["12", "7"]),
    ],
)
def test_units_of_one_system_are_converted(one, other, expected):
    pair = in_one_unit(*(quantities_in(each)[0] for each in (one, other)))
    assert pair is not None
    assert [format_quantity(each) for each in pair] == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("3 miles", "5 km"),
        ("4 tons", "4 tonnes"),
        ("5 per cent", "5"),
        ("9 dollars", "9 euros"),
        ("5 per cent", "5 percentage points"),
        ("2 months", "60 days"),
    ],
)
def test_units_of_two_systems_are_not_compared(one, other):
    assert in_one_unit(*(quantities_in(each)[0] for each in (one, other))) is None


def test_decimals_stay_exact():
    one, other = quantities_in("4.6 and 3.9")
    assert one.value - other.value == Decimal("0.7")


def test_units_by_name():
    kilometres = unit_by_name("kilometres")
    assert kilometres is not None
    assert kilometres.plural == "kilometres"
    assert unit_by_name("boats") is None
    assert format_quantity(Quantity(Decimal(1), kilometres)) == "1 kilometre"
