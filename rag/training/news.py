"""Invented news to examples about editions, years, roles, figures and dates.

In:  a random number generator; the families, word lists and patterns of `news.toml`.
Out: examples whose passage is a short report or a cut-off snippet, with or without a dateline, a
     headline and a day of publication, and questions that it answers or just does not.
Left to others: everything that is not invented here.

A family is a thing that happens again and again (a race, a company's quarter, an election). Its
sentences have slots; a question asks for one slot. The question is unanswerable where its sentence
was left out of the passage, or where its year, its event or its role is another than the passage's.
"""

from __future__ import annotations

import random
import re
import string
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

from rag.training.examples import Example

__all__ = ["FAMILIES", "Family", "draw_values", "make_news_examples"]

_TRUST = 0.97  # of an unanswerable example: share that is in fact unanswerable
_MAX_QUESTIONS = 4  # about one report
_DATA = tomllib.loads(files("rag.training").joinpath("news.toml").read_text(encoding="utf-8"))
_WORDS: dict[str, list[str]] = _DATA["words"]
_DRAW = re.compile(r"\{(?:(\w+)|([\d.]+?)\.\.([\d.]+?)(?::([^}]+))?)\}")
_ASPECTS = ("year", "role", "prize", "quarter", "post")  # traps of what was asked about a subject
_SUBJECTS = {"name", "company", "company2", "place", "a", "work"}


@dataclass(frozen=True, slots=True)
class Family:
    """A thing that happens again and again, as `news.toml` describes it.

    `sentences` and `title` have slots in braces; `questions` are pairs of a text and the slot that
    it asks for; `traps` are slots whose other value makes a question unanswerable.
    """

    sentences: tuple[str, ...]
    questions: tuple[tuple[str, str], ...]
    traps: tuple[str, ...]
    title: str


FAMILIES = tuple(
    Family(
        tuple(each["sentences"]),
        tuple((text, slot) for text, slot in each["questions"]),
        tuple(each["traps"]),
        each["title"],
    )
    for each in _DATA["families"].values()
)


@dataclass(frozen=True, slots=True)
class _Report:
    """One report: `prefix + body` is read; `values` are those of the slots in `sentences`."""

    family: Family
    values: Mapping[str, str]
    sentences: tuple[str, ...]
    prefix: str
    body: str
    has_title: bool  # or a day of publication: a question may be answered by it
    tells_year: bool


def make_news_examples(count: int, rng: random.Random) -> list[Example]:
    """`count` examples, some 58 in 100 of them answerable. Every run of one seed is the same."""
    examples: list[Example] = []
    while len(examples) < count:
        report = _write_report(rng.choice(FAMILIES), rng)
        questions = report.family.questions
        for text, slot in rng.sample(questions, min(_MAX_QUESTIONS, len(questions))):
            if (example := _ask(report, text, slot, rng)) is not None:
                examples.append(example)
    return examples[:count]


def draw_values(rng: random.Random) -> dict[str, str]:
    """A value for every slot of every family; those of one draw belong together."""
    quarter = rng.randrange(4)
    year, month, day = rng.randint(1996, 2026), rng.choice(_WORDS["month"]), rng.randint(1, 28)
    role, role2 = rng.choice(_DATA["pairs"]["role"])
    prize, prize2 = rng.choice(_DATA["pairs"]["prize"])
    date = "{m} {d}, {y}" if rng.random() < 0.5 else "{d} {m} {y}"
    score = _fill("6-{0..4}, 7-{5..6}, 6-{0..4}", rng)
    values = {slot: _fill(pattern, rng) for slot, pattern in _DATA["values"].items()}
    values |= {slot: _draw_money(rng) for slot in ("money", "money2", "money3")}
    values |= _quarter(quarter)
    values["other_year"] = str(year - rng.randint(4, 30))
    values["date2"] = date.format(
        d=rng.randint(1, 28), m=rng.choice(_WORDS["month"]), y=year + 1
    )  # fmt: skip
    values["day"] = _fill("{weekday}", rng)
    values |= {slot: _fill(f"{{{slot}}}", rng) for slot in ("pron", "pron_c")}
    today = date.format(d=day, m=month, y=year)
    return values | {
        "role": role,
        "role2": role2,
        "prize": prize,
        "prize2": prize2,
        "prize2_c": prize2.capitalize(),
        "score": score,
        "year": str(year),
        "date": today,
        "published": today,
        "published_short": f"{month[:3]} {day}, {year}",
    }


def _fill(pattern: str, rng: random.Random) -> str:
    """`pattern` with a draw in place of every brace, from left to right; see `news.toml`."""

    def draw(match: re.Match[str]) -> str:
        words, low, high, form = match.groups()
        if words:
            return rng.choice(_WORDS[words])
        if "." in low:
            return format(rng.uniform(float(low), float(high)), form)
        return format(rng.randint(int(low), int(high)), form or "")

    return _DRAW.sub(draw, pattern)


def _draw_money(rng: random.Random) -> str:
    form = rng.choice(_DATA["money"]["forms"])
    return str(form).format(rng.choice([_fill(each, rng) for each in _DATA["money"]["amounts"]]))


def _quarter(number: int) -> dict[str, str]:
    """The slots of the quarter `number`, 0 to 3."""
    return {"quarter": _WORDS["quarter"][number], "q": f"Q{number + 1}"}


def _write_report(family: Family, rng: random.Random) -> _Report:
    values = draw_values(rng)
    is_dated = rng.random() < 0.75  # whether the text, not only the headline, tells the year
    values["when"] = _draw_time(values, is_dated, rng)
    values["of_year"] = f" of {values['year']}" if is_dated else ""
    sentences = _draw_sentences(family, rng)
    body = _cut_off(" ".join(each.format(**values) for each in sentences), rng)
    title = family.title.format(**values) if rng.random() < 0.6 else ""
    prefix, has_title = _draw_prefix(title, values, rng)
    tells_year = (is_dated and values["year"] in body) or values["year"] in prefix
    return _Report(family, values, sentences, prefix, body, has_title, tells_year)


def _draw_time(values: Mapping[str, str], is_dated: bool, rng: random.Random) -> str:
    if is_dated:
        return rng.choice((f" on {values['date']}", f" in {values['year']}"))
    return rng.choice(("", _fill(" on {weekday}", rng), " on Sunday night"))


def _draw_sentences(family: Family, rng: random.Random) -> tuple[str, ...]:
    """Some of the family's sentences, the first of them in front, now and then with a filler."""
    first, *rest = [each for each in family.sentences if rng.random() < 0.7] or [
        family.sentences[0]
    ]
    sentences = [first, *rng.sample(rest, len(rest))]
    if rng.random() < 0.4:
        sentences.insert(rng.randrange(len(sentences) + 1), rng.choice(_WORDS["filler"]))
    return tuple(sentences)


def _cut_off(text: str, rng: random.Random) -> str:
    """A quarter of the texts is cut off somewhere behind its middle, as search results are."""
    if rng.random() >= 0.25:
        return text
    words = text.split()
    return " ".join(words[: max(12, int(len(words) * rng.uniform(0.5, 0.95)))]) + " ..."


def _draw_prefix(title: str, values: Mapping[str, str], rng: random.Random) -> tuple[str, bool]:
    """What stands before the text, and whether a title (or the word "Report") is part of it."""
    style = rng.random()
    if style < 0.25:
        return (f"{title}. ", True) if title else ("", False)
    if style < 0.6:
        return f"{title or 'Report'} ({values['published']}). ", True
    if style < 0.75:
        return f"{values['published_short']} ... ", False
    return "", False


def _ask(report: _Report, question: str, slot: str, rng: random.Random) -> Example | None:
    """The question about `report`, as it is or with a trap; None where nobody could tell."""
    if "{year}" in question and not report.tells_year:
        return None
    trap = rng.choice((*report.family.traps, None, None, None))
    passage = report.prefix + report.body
    subjects = _SUBJECTS & _slots_of(question)
    group = f"news:{report.values['a']}:{report.values['place']}"
    if trap in _ASPECTS or trap in subjects:
        if trap == slot or not _is_mentioned(trap, question):
            return None
        other = {**report.values, **_other_value(trap, report.values, rng)}
        text = question.format(**other)
        return Example("news", group, text, passage, answers=False, trust=_TRUST)
    if any(report.values[each] not in passage for each in subjects):
        return None
    text = question.format(**report.values)
    if (span := _span_of(report, slot)) is not None:
        return Example("news", group, text, passage, answers=True, spans=(span,))
    could_be_title = trap is None and report.has_title
    unanswerable = Example("news", group, text, passage, answers=False, trust=_TRUST)
    return None if could_be_title else unanswerable


def _slots_of(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def _is_mentioned(trap: str, question: str) -> bool:
    """Whether `question` has the slot `trap`; a quarter may be written as "Q2" too."""
    return bool({trap, "q" if trap == "quarter" else trap} & _slots_of(question))


def _span_of(report: _Report, slot: str) -> tuple[int, int] | None:
    """Characters of the slot's value in the passage; None where its sentence was left out."""
    value = rf"(?<!\w){re.escape(report.values[slot])}(?!\w)"
    match = re.search(value, report.body)
    if match is None or not any(slot in _slots_of(each) for each in report.sentences):
        return None
    return match.start() + len(report.prefix), match.end() + len(report.prefix)


def _other_value(trap: str, values: Mapping[str, str], rng: random.Random) -> dict[str, str]:
    """The slot `trap` with a value that the report does not have."""
    if trap == "year":
        return {"year": str(int(values["year"]) + rng.choice((-3, -2, -1, 1, 2, 3)))}
    if trap == "quarter":
        return _quarter(rng.choice([n for n in range(4) if f"Q{n + 1}" != values["q"]]))
    if trap in ("role", "prize"):
        return {trap: rng.choice(_WORDS[f"other_{trap}"])}
    if trap == "post":
        return {"post": rng.choice([each for each in _WORDS["post"] if each != values["post"]])}
    return {trap: draw_values(rng)[trap]}
