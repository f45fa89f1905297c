"""Figures in running text, in one form: "7,000" is "seven thousand". Pure functions.

In:  text. Out: canonical figures as strings: "7000", "1500000", "72nd", "40 percent", "3 day".
Left to others: whether a figure belongs where it stands (`rag.grounding.support`).

A figure has a value and, where one follows directly, a unit or the ending of an ordinal. A claim
needs the value with these where it gives them; a quote that gives them also holds the value.
"""

from __future__ import annotations

import re
from decimal import Decimal

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
_ORDINALS = {
    **{"first": 1, "second": 2, "third": 3, "fifth": 5, "eighth": 8, "ninth": 9, "twelfth": 12},
    **{f"{word}th": n for word, n in _SMALL.items() if word not in {"one", "two", "three", "five",
       "eight", "nine", "twelve"} and not word.endswith("y")},
    **{f"{word[:-1]}ieth": n for word, n in _SMALL.items() if word.endswith("y")},
}  # fmt: skip
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
_word = "|".join([*_ORDINALS, *_SMALL, *_LARGE])
_DIGITS = re.compile(
    r"(?P<sign>[$€£] ?)?(?<![\w.])(?P<digits>\d+(?:[.,:]\d+)*)(?P<ordinal>st|nd|rd|th)?"
    r"(?:[ \u00a0-](?P<large>hundred|thousand|million|billion|trillion)\b)?",
    re.I,
)
_GLUED = re.compile(r"\d+(?:[.,:]\d+)*")
_WORDS = re.compile(rf"\b(?:{_word})(?:(?:[ -]|,? and )(?:{_word}))*\b", re.I)
_ROUND = re.compile(r"\b(?:a|an) (hundred|thousand|million|billion|trillion)\b", re.I)


def extract_numbers(text: str) -> frozenset[str]:
    """The figures that `text` gives, each in its fullest form ("40 percent", "7000", "72nd").

    "one" alone is none (mostly a pronoun), nor is an ordinal in words ("first of all").
    """
    return frozenset(full for full, _, _ in _read(text, ordinals=False))


def number_spans(text: str) -> list[tuple[str, str, int]]:
    """Each figure of `text`: its fullest form, its bare value, and where it ends (characters)."""
    return _read(text)


def number_forms(text: str) -> frozenset[str]:
    """All forms of the figures of `text`: with its unit, and the bare value."""
    return frozenset(form for full, value, _ in _read(text) for form in (full, value))


def _read(text: str, ordinals: bool = True) -> list[tuple[str, str, int]]:
    """(value with unit, value, end) of each figure; `ordinals` in words count too."""
    found: list[tuple[str, str, int]] = []
    taken: list[tuple[int, int]] = []
    for match in _DIGITS.finditer(text):
        value = _value(match["digits"], match["large"])
        if match["ordinal"] and value.isdigit():
            found.append((_ordinal(int(value)), value, match.end()))
            taken.append(match.span())
            continue
        sign = _SIGNS.get((match["sign"] or "").strip())
        found.append(_with_unit(value, text, match.end(), sign))
        taken.append(match.span())
    for match in _GLUED.finditer(text):  # "3D", "B52": a figure glued to letters
        if not any(a <= match.start() < b for a, b in taken):
            found.append((_value(match[0], None), _value(match[0], None), match.end()))
    for match in _ROUND.finditer(text):
        found.append(_with_unit(str(_LARGE[match[1].lower()]), text, match.end(), None))
        taken.append(match.span())
    for match in _WORDS.finditer(text):
        words = [w for w in re.findall(r"[a-z]+", match[0].lower()) if w != "and"]
        alone = (
            words == ["one"]
            or words[0] in _LARGE
            or (words == ["second"] and _unit_before(text, match))
        )
        if not alone and not any(a < match.end() and match.start() < b for a, b in taken):
            values = [v for v in _spelled(words) if ordinals or v.isdigit()]
            found += [_with_unit(v, text, match.end(), None) for v in values]
    return found


def _unit_before(text: str, match: re.Match[str]) -> bool:
    """ "30 second": the unit of time, not the ordinal."""
    return re.search(r"\d[ -]$", text[: match.start()]) is not None


def _with_unit(value: str, text: str, end: int, sign: str | None) -> tuple[str, str, int]:
    if value[-1:].isalpha():
        return value, value[:-2], end  # an ordinal
    unit = _UNIT.match(text, end)
    name = sign or (unit.lastgroup if unit else None)
    return f"{value} {name}" if name else value, value, end


def _value(digits: str, large: str | None) -> str:
    plain = re.sub(r",(?=\d{3}(?!\d))", "", digits)
    if not re.fullmatch(r"\d+(?:\.\d+)?", plain):
        return plain  # "10:30", "3.5.2"
    number = Decimal(plain) * (_LARGE[large.lower()] if large else 1)
    return f"{number.normalize():f}" if large or "." in plain else plain


def _spelled(words: list[str]) -> list[str]:
    """The values of a run of number words; two that stand side by side are two figures."""
    values: list[str] = []
    total, part, open_ = 0, 0, False
    last = 0
    for word in words:
        if word in _ORDINALS:
            number = _ORDINALS[word]
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
