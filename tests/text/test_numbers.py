from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.text.numbers import extract_numbers, number_forms


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7,000 men and seven thousand men", {"7000"}),
        ("7,000 men and 3.5 in 1950-1953", {"7000", "3.5", "1950", "1953"}),
        ("7’400 and 1\u00a0234 km in May 2019", {"7400", "1234 kilometre", "2019"}),
        ("38km and 38 km", {"38 kilometre"}),
        ("$1.5 billion, 1.5 billion dollars", {"1500000000 dollar"}),
        ("twenty-five people, two hundred and five cows", {"25", "205"}),
        ("five hundred thousand", {"500000"}),
        ("two and a half thousand people, 3 and a half million crowns", {"2500", "3500000"}),
        ("his 72nd, his seventy-third birthday", {"72nd"}),
        ("the twenty-first and the 12th", {"12th"}),
        ("a 72-year-old, 72 years", {"72 year"}),
        ("40% or 40 percent or 40 per cent", {"40 percent"}),
        ("100 km and 100 miles", {"100 kilometre", "100 mile"}),
        ("a million and hundreds of thousands", {"1000000"}),
        ("one of the men, for a second time", set()),
        ("six or seven, four and five", {"4", "5", "6", "7"}),
        ("at 10:30 by B52", {"10:30", "52"}),
        ("1,2,3", {"1,2,3"}),
        ("none", set()),
    ],
)
def test_extract_numbers_gives_one_form_of_each(text, expected):
    assert extract_numbers(text) == expected


def test_number_forms_include_the_value_without_its_unit():
    assert number_forms("her 72nd birthday") == {"72nd", "72"}
    assert number_forms("40% of 7,000") == {"40 percent", "40", "7000"}
    assert number_forms("his seventy-second, the first") == {"72nd", "72", "1st", "1"}
    assert "72nd" not in number_forms("72 men")


@given(st.text(st.sampled_from("0123456789,. ndhksevtyou-$%"), max_size=60))
def test_number_forms_include_all_that_extract_numbers_finds(text):
    assert extract_numbers(text) <= number_forms(text)


@given(st.integers(0, 10**9))
def test_extract_numbers_ignores_separators(number):
    assert extract_numbers(f"{number:,} men") == extract_numbers(f"{number} men") == {str(number)}
