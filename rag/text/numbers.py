"""Numbers in running text, in one form: "7,000" is "seven thousand". Pure functions.

In:  text. Out: its numbers as strings: "7000", "1500000", "72nd", "40 percent", "3 day".
Left to others: whether the numbers of a claim are in its quote (`rag.grounding.requirements`).

A number has a value and, where one follows directly, a unit or the ending of an ordinal. A claim
that gives a unit needs a quote that gives it too; a quote with a unit also supports the value
alone.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NamedTuple

from rag.text.folding import THOUSANDS_SEPARATORS, fold_figures

_ONES = re.findall(
    r"\w+",
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen",
)
_TENS = re.findall(r"\w+", "twenty thirty forty fifty sixty seventy eighty ninety")
_SMALL = {word: number for number, word in enumerate(_ONES)} | {
    word: number for number, word in zip(range(20, 100, 10), _TENS, strict=True)
}
_LARGE = {"hundred": 100, "thousand": 1_000, "million": 10**6, "billion": 10**9, "trillion": 10**12}
ORDINALS = {
    **{"first": 1, "second": 2, "third": 3, "fifth": 5, "eighth": 8, "ninth": 9, "twelfth": 12},
    **{f"{word}th": n for word, n in _SMALL.items() if word not in {"one", "two", "three", "five",
       "eight", "nine", "twelve"} and not word.endswith("y")},
    **{f"{word[:-1]}ieth": n for word, n in _SMALL.items() if word.endswith("y")},
}  # fmt: skip
COUNTING_WORDS = frozenset((*_SMALL, *ORDINALS)) - {"zero", "one", "first", "second"}
"""Words that are figures wherever they stand; "one" and "second" are often something else."""
_UNITS = {
    "percent": r"%|per ?cent|percent",
    "kilometre": r"km|kilomet(?:er|re)s?",
    "mile": r"mi|miles?",
    "metre": r"met(?:er|re)s?",
    "foot": r"ft|foot|feet",
    "kilogram": r"kg|kilograms?|kilos?",
    "ton": r"tons?|tonnes?",
    "dollar": r"dollars?|usd",
    "euro": r"euros?",
    "pound": r"pounds?",
    **{unit: rf"{unit}s?" for unit in ("minute", "hour", "day", "week", "month", "year")},
}
_SIGNS = {"$": "dollar", "€": "euro", "£": "pound"}
_UNIT = re.compile(
    r"[ \u00a0-]?(?:" + "|".join(f"(?P<{name}>{p})" for name, p in _UNITS.items()) + r")(?!\w)",
    re.I,
)
_NUMBER_WORD = "|".join([*ORDINALS, *_SMALL, *_LARGE])
_DIGITS = re.compile(
    r"(?P<sign>[$€£] ?)?(?<![\w.])"
    rf"(?P<digits>\d{{1,3}}(?:[{THOUSANDS_SEPARATORS}]\d{{3}})+(?!\d)(?:\.\d+)?|\d+(?:[.,:]\d+)*)"
    r"(?P<ordinal>st|nd|rd|th)?"
    r"(?:[ \u00a0-](?P<large>hundred|thousand|million|billion|trillion)\b)?",
    re.I,
)
_GLUED = re.compile(r"\d+(?:[.,:]\d+)*")
_WORDS = re.compile(rf"\b(?:{_NUMBER_WORD})(?:(?:[ -]|,? and )(?:{_NUMBER_WORD}))*\b", re.I)
_HALF = re.compile(
    rf"\b(?P<whole>{'|'.join(_SMALL)}|\d+) and a half (?P<large>thousand|million|billion)\b", re.I
)
_ROUND = re.compile(r"\b(?:a|an) (hundred|thousand|million|billion|trillion)\b", re.I)


class NumberSpan(NamedTuple):
    """One number of a text."""

    full: str  # with its unit or ordinal ending, where it has one
    value: str  # alone
    end: int  # where it ends in the text, in characters
    start: int = 0  # where it begins; of two numbers in a row ("two three") that of the first


def extract_numbers(text: str) -> frozenset[str]:
    """The numbers of `text`, each in its fullest form: "40 percent", "7000", "72nd".

    "one" alone is left out (mostly a pronoun), and so are ordinals in words ("first of all").
    """
    return frozenset(each.full for each in _scan(text, ordinal_words=False))


def number_spans(text: str) -> list[NumberSpan]:
    """Each number of `text`, ordinals in words included; not in the order of the text."""
    return _scan(text)


def number_forms(text: str) -> frozenset[str]:
    """All forms of the numbers of `text`: with the unit, and the value alone."""
    return frozenset(form for each in _scan(text) for form in (each.full, each.value))


def _scan(text: str, ordinal_words: bool = True) -> list[NumberSpan]:
    numbers: list[NumberSpan] = []
    spans: list[tuple[int, int]] = []  # of digits and round numbers, which no word may overlap
    for match in _HALF.finditer(text):
        whole = _SMALL.get(match["whole"].lower(), match["whole"])
        value = _value(f"{whole}.5", match["large"])
        numbers.append(_with_unit(value, text, match.span(), None))
        spans.append(match.span())
    for match in _DIGITS.finditer(text):
        value = _value(match["digits"], match["large"])
        start = match.start("digits")
        if any(first <= start < end for first, end in spans):
            continue
        spans.append(match.span())
        if match["ordinal"] and value.isdigit():
            numbers.append(NumberSpan(_ordinal(int(value)), value, match.end(), start))
        else:
            sign = _SIGNS.get((match["sign"] or "").strip())
            numbers.append(_with_unit(value, text, (start, match.end()), sign))
    for match in _GLUED.finditer(text):  # "3D", "B52": digits next to letters
        if not any(start <= match.start() < end for start, end in spans):
            value = _value(match[0], None)
            numbers.append(NumberSpan(value, value, match.end(), match.start()))
    for match in _ROUND.finditer(text):
        numbers.append(_with_unit(str(_LARGE[match[1].lower()]), text, match.span(), None))
        spans.append(match.span())
    for match in _WORDS.finditer(text):
        words = [word for word in re.findall(r"[a-z]+", match[0].lower()) if word != "and"]
        no_number = (
            words == ["one"]
            or words[0] in _LARGE
            or (words == ["second"] and _is_unit_of_time(text, match))
        )
        if not no_number and not any(a < match.end() and match.start() < b for a, b in spans):
            values = [v for v in _values_of(words) if ordinal_words or v.isdigit()]
            numbers += [_with_unit(value, text, match.span(), None) for value in values]
    return numbers


def _is_unit_of_time(text: str, match: re.Match[str]) -> bool:
    """Whether "second" follows a number: "30 second"."""
    return re.search(r"\d[ -]$", text[: match.start()]) is not None


def _with_unit(value: str, text: str, span: tuple[int, int], sign: str | None) -> NumberSpan:
    start, end = span
    if value[-1:].isalpha():  # an ordinal
        return NumberSpan(value, value[:-2], end, start)
    unit = _UNIT.match(text, end)
    name = sign or (unit.lastgroup if unit else None)
    return NumberSpan(f"{value} {name}" if name else value, value, end, start)


def _value(digits: str, large: str | None) -> str:
    number = fold_figures(digits)
    if not re.fullmatch(r"\d+(?:\.\d+)?", number):
        return number  # "10:30", "3.5.2"
    value = Decimal(number) * (_LARGE[large.lower()] if large else 1)
    return f"{value.normalize():f}" if large or "." in number else number


def _values_of(words: list[str]) -> list[str]:
    """The values of a run of number words; "two three" are two numbers."""
    values: list[str] = []
    total, part, open_ = 0, 0, False
    last = 0
    for word in words:
        if word in ORDINALS:
            number = ORDINALS[word]
            joins = open_ and (part % 100 == 0 or (part % 10 == 0 and number < 10))
            if open_ and not joins:
                values.append(str(total + part))
            values.append(_ordinal(total + part + number if joins else number))
            total, part, open_, last = 0, 0, False, 0
        elif word in _LARGE:
            size = _LARGE[word]
            if size == 100:
                part = (part or 1) * 100
            else:
                total, part = total + (part or 1) * size, 0
            last = size
        else:
            number = _SMALL[word]
            fits = last >= 100 or (20 <= last < 100 and 0 < number < 10)
            if open_ and not fits:
                values.append(str(total + part))
                total, part = 0, 0
            part, open_, last = part + number, True, number
    if open_:
        values.append(str(total + part))
    return values


def _ordinal(number: int) -> str:
    ending = (
        {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
        if number % 100 not in (11, 12, 13)
        else "th"
    )
    return f"{number}{ending}"
