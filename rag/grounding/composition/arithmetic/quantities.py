"""Quantities that a text states, with their units, and exact arithmetic on them. Pure functions.

    quantities_in(text)         ->  "39 minutes and 20 seconds", "611", "$1.2m" as `Quantity`s
    in_one_unit(one, other)     ->  both in the finer of their units, or None
    format_quantity(quantity)   ->  "463", "0.7 million crowns", "1 minute 5 seconds"

In:  a sentence. Out: quantities in the order of the text.
Left to others: numbers and their values (`rag.text.numbers`), which of them answers
(`rag.grounding.composition.arithmetic.calculation`).

Units are converted within one system of measures alone, where the factor is exact: kilometres and
metres, not miles; a tonne is 1,000 kg, a ton has no fixed weight. What has no unit of the table is
a count. Dates, years, ordinals, times of day, fractions, bounds ("more than 200") and ranges
("30-40") are no quantities that can be calculated with, and are left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise

from rag.text.dates import MONTH
from rag.text.numbers import NumberSpan, number_spans


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: `factor` times the base of its `dimension` (its system of measures)."""

    plural: str
    dimension: str
    factor: Decimal
    pattern: str

    @property
    def singular(self) -> str:
        """The name of one of it."""
        return "foot" if self.plural == "feet" else self.plural.removesuffix("s")


def _units(dimension: str, *units: tuple[str, str, str]) -> list[Unit]:
    return [Unit(name, dimension, Decimal(factor), form) for name, factor, form in units]


_METRE = r"met(?:re|er)s?"
_CURRENCIES = re.findall(
    r"\w+",
    "cents crowns dinars dirhams dollars euros florins francs guilders krona kroner kronor lira "
    "marks pesos pounds rand reais riyals roubles rubles rupees shekels shillings yen yuan zloty",
)
_UNITS = (
    *_units(  # before lengths, with which they begin
        "speed", ("km/h", "1", rf"km/h|kmh|kph|(?:km|kilo{_METRE}) (?:per|an) hour")
    ),
    *_units("speed in miles", ("mph", "1", r"mph|miles? (?:per|an) hour")),
    *_units(
        "length",
        ("millimetres", "0.001", rf"mm|milli{_METRE}"),
        ("centimetres", "0.01", rf"cm|centi{_METRE}"),
        ("metres", "1", rf"m|{_METRE}"),
        ("kilometres", "1000", rf"km|kilo{_METRE}"),
    ),
    *_units(
        "length in inches",
        ("inches", "1", r"inch(?:es)?"),
        ("feet", "12", r"ft|foot|feet"),
        ("yards", "36", r"yards?"),
        ("miles", "63360", r"miles?"),
    ),
    *_units(
        "area",
        ("square metres", "1", rf"m²|m2|square {_METRE}"),
        ("hectares", "10000", r"ha|hectares?"),
        ("square kilometres", "1000000", rf"km²|km2|square kilo{_METRE}"),
    ),
    *_units(
        "volume",
        ("litres", "1", r"lit(?:re|er)s?"),
        ("cubic metres", "1000", rf"m³|m3|cubic {_METRE}"),
    ),
    *_units(
        "weight",
        ("grams", "0.001", r"g|grams?|grammes?"),
        ("kilograms", "1", r"kg|kilos?|kilogram(?:me)?s?"),
        ("tonnes", "1000", r"tonnes?"),
    ),
    *_units(
        "time",
        ("seconds", "1", r"s|secs?|seconds?"),
        ("minutes", "60", r"mins?|minutes?"),
        ("hours", "3600", r"hours?|hrs?"),
        ("days", "86400", r"days?"),
        ("weeks", "604800", r"weeks?"),
    ),
    *_units("months", ("months", "1", r"months?"), ("years", "12", r"years?")),
    *_units("share", ("per cent", "1", r"%|per ?cent")),
    *_units("points", ("percentage points", "1", r"percentage points?")),
    *_units("temperature", ("degrees", "1", r"°C?|degrees?(?: celsius)?")),
    *_units("tons", ("tons", "1", r"tons?")),
    *(
        Unit(name, name, Decimal(1), rf"{name.removesuffix('s')}s?" if name[-1] == "s" else name)
        for name in _CURRENCIES
    ),
)
_UNIT = re.compile(
    r"[ \u00a0\u202f-]?(?:" + "|".join(f"({each.pattern})" for each in _UNITS) + r")(?!\w)", re.I
)
_SIGNS = {"$": "dollars", "€": "euros", "£": "pounds", "¥": "yen"}
_BY_NAME = {each.plural: each for each in _UNITS}
_SCALES = {"million": 10**6, "billion": 10**9, "trillion": 10**12}  # of which figures are told
_ABBREVIATED = re.compile(r"[ \u00a0]?(?P<scale>k|mln|mn|m|bn|tn|trillion|billion|million)\b", re.I)
_ABBREVIATIONS = {
    **{"k": 10**3, "m": 10**6, "mn": 10**6, "mln": 10**6, "bn": 10**9, "tn": 10**12},
    **_SCALES,  # glued to the figures
}
_PLAIN_ABBREVIATIONS = frozenset(_ABBREVIATIONS) - {"k", "m"}  # which stand for nothing else
_RANGE = re.compile(r"(?: ?%)?[-–—−][$€£¥]?| or [$€£¥]?")  # between two numbers that are its ends
_MANY = re.compile(r" (?:people|(?!(?:across|as|has|is|its|plus|this|was)\b)[a-z]{2,}s)\b")
_DOZEN = re.compile(r"[ -]dozens?\b", re.I)
_ABOUT = re.compile(
    r"\b(?:about|around|some|roughly|nearly|almost|approximately|estimated|circa|close to)"
    r"(?: an?)? ?[$€£¥]?$",
    re.I,
)
_BOUND = re.compile(
    r"\b(?:(?:more|less|fewer|greater|higher|lower|longer|shorter|older|younger) than|at least|"
    r"at most|over|under|up to|as (?:many|much|few) as|below|above|beyond|exceeding)"
    r"(?: an?)? ?[$€£¥]?$",
    re.I,
)
_NO_NUMBER_BEFORE = re.compile(
    r"(?:\b(?:minus|no\.|number|chapter|article|page) |[−-])[$€£¥]?$", re.I
)
_NO_NUMBER_AFTER = re.compile(
    r"(?:,? and (?:a|one|three)[ -](?:half|third|quarters?)| ?[½¼¾]|[ -](?:thirds|quarters|halves|"
    r"fifths|tenths)\b| ?[ap]\.?m\b| o['’]clock|[ -]or[ -](?:so|more|fewer|less)\b| times\b)",
    re.I,
)
_DATE = re.compile(
    rf"\b\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {MONTH}\.?(?:,? \d{{4}}\b)?"
    rf"|\b{MONTH}\.? \d{{1,2}}\b(?:,? \d{{4}}\b)?(?!\w)|\b{MONTH}\.?,? (?:of )?\d{{4}}\b"
    r"|\b\d{4}-\d\d(?:-\d\d)?\b"
    r"|\b(?:in|since|of|until|till|before|after|from|during|by|early|late|year|summer|autumn|winter|"
    r"spring|and|to|than)"
    r" (?:1\d|20)\d\d\b(?! ?[%€$£]|,\d)"
)
_JOINED = re.compile(r",? (?:and )?", re.I)


@dataclass(frozen=True, slots=True)
class Quantity:
    """`value` times `unit` (None: a count), which a text states at `[start:end]` (characters).

    `scale` is the 10**6 of "1.2 million", else 1; `value` has it in it. `about`: the text says that
    it is not exact.
    """

    value: Decimal
    unit: Unit | None = None
    scale: int = 1
    start: int = 0
    end: int = 0
    about: bool = False

    def comparable(self, other: Quantity) -> bool:
        """Whether both are counts, or measured in units of one system."""
        if self.unit is None or other.unit is None:
            return self.unit is other.unit
        return self.unit.dimension == other.unit.dimension

    def same_amount(self, other: Quantity) -> bool:
        """Whether both are one amount, whatever the unit."""
        pair = in_one_unit(self, other)
        return pair is not None and pair[0].value == pair[1].value


def quantities_in(text: str) -> list[Quantity]:
    """The quantities of `text` that can be calculated with, in order."""
    dateless = _DATE.sub(lambda match: " " * len(match[0]), text)
    spans = sorted(number_spans(dateless), key=lambda each: each.start)
    ends = _ends_of_ranges(dateless, spans)
    exact = (_quantity(dateless, span) for span in spans if span.start not in ends)
    single = [each for each in exact if each]
    joined: list[Quantity] = []
    for each in single:
        if joined and _continues(dateless, joined[-1], each):
            joined[-1] = _sum_of_parts(joined[-1], each)
        else:
            joined.append(each)
    return joined


def unit_by_name(word: str) -> Unit | None:
    """The unit that `word` is, as a word of a question: "kilometres", "day"."""
    match = _UNIT.fullmatch(f" {word.lower()}")
    return _UNITS[(match.lastindex or 1) - 1] if match else None


def in_one_unit(one: Quantity, other: Quantity) -> tuple[Quantity, Quantity] | None:
    """Both in the finer of their units; None where they are not comparable."""
    if not one.comparable(other):
        return None
    if one.unit is None or other.unit is None:
        return one, other
    finer = min(one.unit, other.unit, key=lambda each: each.factor)
    return in_unit(one, finer), in_unit(other, finer)


def in_unit(quantity: Quantity, unit: Unit) -> Quantity:
    """`quantity` in `unit`, which is of the same dimension."""
    assert quantity.unit is not None
    value = quantity.value * quantity.unit.factor / unit.factor
    scale = quantity.scale if quantity.unit == unit else 1
    return replace(quantity, value=value, unit=unit, scale=scale)


def format_quantity(quantity: Quantity) -> str:
    """The amount in figures and its unit; a time of more than a minute in hours and minutes."""
    unit = quantity.unit
    if unit is None:
        return format_number(quantity.value, quantity.scale)
    if unit.plural in ("seconds", "minutes") and quantity.value * unit.factor >= 60:
        return _hours_and_minutes(quantity)
    number = format_number(quantity.value, quantity.scale)
    return f"{number} {unit.singular if number == '1' else unit.plural}"


def format_number(value: Decimal, scale: int = 1) -> str:
    """ "7,400"; "1.2 million" with the scale 10**6."""
    word = next((name for name, size in _SCALES.items() if size == scale), "")
    number = value / scale if word else value
    text = f"{number:,.6f}".rstrip("0").rstrip(".")
    return f"{text} {word}".rstrip().replace("-", "−")


def _hours_and_minutes(quantity: Quantity) -> str:
    assert quantity.unit is not None
    rest, parts = quantity.value * quantity.unit.factor, []
    for name in ("hours", "minutes", "seconds"):
        unit = _BY_NAME[name]
        whole, rest = divmod(rest, unit.factor) if name != "seconds" else (rest, Decimal(0))
        if whole:
            number = format_number(whole)
            parts.append(f"{number} {unit.singular if number == '1' else unit.plural}")
    return " ".join(parts)


def _quantity(text: str, span: NumberSpan) -> Quantity | None:
    before, after = text[: span.start], text[span.end :]
    if (
        not re.fullmatch(r"\d+(?:\.\d+)?", span.value)
        or re.search(r"\d(?:st|nd|rd|th)$", span.full)
        or _BOUND.search(before)
        or _NO_NUMBER_BEFORE.search(before)
        or _NO_NUMBER_AFTER.match(after)
        or _is_glued(text, span.end)
        or _is_year(text, span)
    ):
        return None
    value, end, about = Decimal(span.value), span.end, bool(_ABOUT.search(before))
    written = text[span.start : span.end].lower()
    scale = next((size for name, size in _SCALES.items() if written.endswith(name)), 1)
    sign = re.search(r"[$€£¥]", text[max(0, span.start - 2) : span.start + 1])
    short = _ABBREVIATED.match(after)
    abbreviation = short["scale"].lower() if short else ""
    if short and (sign or abbreviation in _PLAIN_ABBREVIATIONS or _is_money(after, short)):
        scale = _ABBREVIATIONS[abbreviation]
        value, end = value * scale, end + short.end()
    elif short and (
        not _UNIT.match(text, end) or _MANY.match(after, short.end())
    ):  # "3k runners", "1.5m people": what is counted, or a length
        return None
    elif dozen := _DOZEN.match(after):
        value, end = value * 12, end + dozen.end()
    if sign:
        return Quantity(value, _BY_NAME[_SIGNS[sign[0]]], scale, span.start, end, about)
    unit = _UNIT.match(text, end)
    if unit is None:
        return Quantity(value, None, scale, span.start, end, about)
    named = _UNITS[(unit.lastindex or 1) - 1]
    return Quantity(value, named, scale, span.start, unit.end(), about)


def _ends_of_ranges(text: str, spans: list[NumberSpan]) -> frozenset[int]:
    """Where numbers start that are the ends of a range: "30-40 people", "30 to 40 minutes".

    "30 to 40" may be a score, unless a unit follows.
    """
    ends = set()
    for one, other in pairwise(spans):
        joint = text[one.end : other.start]
        if (
            _RANGE.fullmatch(joint)
            or (joint == " to " and _UNIT.match(text, other.end))
            or (joint == " and " and re.search(r"\bbetween [$€£¥]?$", text[: one.start], re.I))
        ):
            ends |= {one.start, other.start}
    return frozenset(ends)


def _is_money(after: str, short: re.Match[str]) -> bool:
    """Whether a currency follows the letter: "30m crowns"."""
    unit = _UNIT.match(after, short.end())
    return unit is not None and _UNITS[(unit.lastindex or 1) - 1].plural in _CURRENCIES


def _is_glued(text: str, end: int) -> bool:
    """Whether letters that are no unit follow directly: "3D"."""
    return bool(
        re.match(r"\w", text[end:])
        and not _UNIT.match(text, end)
        and not _ABBREVIATED.match(text[end:])
    )


def _is_year(text: str, span: NumberSpan) -> bool:
    """Whether four figures in a row are followed neither by a unit nor by what they count."""
    written = re.fullmatch(r"(?:1\d|20)\d\d", text[span.start : span.end])
    return bool(written) and not (
        _UNIT.match(text, span.end) or re.match(r" [a-z]{4,}", text[span.end :])
    )


def _continues(text: str, one: Quantity, other: Quantity) -> bool:
    """Whether `other` is the rest of `one`: the seconds of "39 minutes and 20 seconds"."""
    return (
        one.unit is not None
        and other.unit is not None
        and one.unit.dimension == other.unit.dimension == "time"
        and one.unit.factor > other.unit.factor
        and bool(_JOINED.fullmatch(text, one.end, other.start))
    )


def _sum_of_parts(one: Quantity, other: Quantity) -> Quantity:
    assert other.unit is not None
    value = in_unit(one, other.unit).value + other.value
    return replace(other, value=value, start=one.start, about=one.about)
