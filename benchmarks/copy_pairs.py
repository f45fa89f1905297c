"""Pairs of articles of which one is a near copy of the other, and pairs of which neither is.

    copy_pairs(count, rng, pool)     wire copy that was cut, joined, reordered and reworded
    other_pairs(count, rng, pool)    one event by two reporters; reports of two years by one
                                     template; articles with the same lines of their outlet
    load_pool(held_out)              the articles they are made of: invented ones of the project,
                                     and those of ../shared/eval that are there

One half of the articles, of the events and of the outlets' lines is held out. Every run of one seed
is the same.
"""

from __future__ import annotations

import json
import random
import re
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from zlib import crc32

from rag.text.sentences import sentence_spans
from rag.training.news import FAMILIES, draw_values
from rag.types import Article

ROOT = Path(__file__).parents[1]
_DATA: dict[str, Any] = tomllib.loads(
    Path(__file__).with_name("data").joinpath("near_copies.toml").read_text(encoding="utf-8")
)
_OURS = ("islands", "newsroom", "uplands")
_THEIRS = ("kinds", "squad2")
_FEWEST_WORDS = 90
_REPRINTS = ("upl12", "orr13")  # which repeat another article of their set
_PLACES = ("Varn", "Ollerby", "Tarnsey", "Quarle", "Brennick", "Saltby", "Dunmarch", "Hulm")
_THINGS = ("corn hall", "harbour mill", "town library", "old brewery", "tram depot", "bell tower")
_NAMES = ("Ida Lorentzen", "Piet Maas", "Rosa Adeyemi", "Karel Novik", "Mina Osei", "Tor Hagen")
_MAYORS = ("Lena Strand", "Owen Tarrant", "Greta Wills", "Aldo Ferri", "Noor Haddad")
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_OUTLETS = ("Saltby Times", "Vale Observer", "North Shore Post", "The Evening Bell", "Hill Courier")
# what several of our own articles tell of one event, by two outlets
_TOLD_TWICE = (
    ("var05", "var06"), ("var13", "var14"), ("var19", "var20"), ("var07", "var08"),
    ("ferry-1", "ferry-2"), ("tram-2", "tram-3"), ("mill-1", "mill-2"), ("water-1", "water-2"),
    ("art-1", "art-2"), ("upl07", "upl08"), ("upl09", "upl10"),
)  # fmt: skip


@dataclass(frozen=True)
class Pair:
    """Two articles; `is_copy`: whether `other` is made from `one`.

    `bases` name the texts that each of them was made of; articles of other pairs may share them.
    """

    kind: str
    one: Article
    other: Article
    is_copy: bool
    bases: tuple[frozenset[str], frozenset[str]]


def load_pool(*, held_out: bool, shared: Path | None = None) -> list[Article]:
    """The articles of 90 words and more of one half, by id."""
    files = [(name, ROOT / "tests/questions" / name / "articles.jsonl") for name in _OURS]
    folder = shared or ROOT.parent / "shared"
    files += [(name, folder / "eval" / name / "articles.jsonl") for name in _THEIRS]
    articles = []
    for name, file in files:
        for line in file.read_text(encoding="utf-8").splitlines() if file.is_file() else ():
            record = json.loads(line)
            id, length = record["id"], len(record["text"].split())
            wanted = length >= _FEWEST_WORDS and id not in _REPRINTS
            if wanted and _is_held_out(id) == held_out:
                articles.append(Article(f"{name}/{record['id']}", record["title"], record["text"]))
    return articles


def _is_held_out(id: str) -> bool:
    return bool(crc32(id.encode()) % 2)


def copy_pairs(count: int, rng: random.Random, pool: Sequence[Article]) -> list[Pair]:
    """`count` pairs of a wire report and what another outlet made of it."""
    return [_copy_pair(number, rng, pool) for number in range(count)]


def other_pairs(count: int, rng: random.Random, pool: Sequence[Article]) -> list[Pair]:
    """`count` pairs of which neither article is made from the other, a third of each kind."""
    makers: tuple[Callable[[int, random.Random, Sequence[Article]], Pair], ...] = (
        _two_reporters,
        _two_years,
        _one_outlet,
    )
    return [makers[number % 3](number, rng, pool) for number in range(count)]


def _copy_pair(number: int, rng: random.Random, pool: Sequence[Article]) -> Pair:
    base = pool[number % len(pool)]
    paragraphs = _paragraphs(base.text)
    bases = {base.id}

    def join(paragraphs: list[str], rng: random.Random) -> list[str]:
        """A second report behind this one."""
        second = pool[rng.randrange(len(pool))]
        if second.id == base.id:
            return paragraphs
        bases.add(second.id)
        return _mix(paragraphs, _cut(_paragraphs(second.text), rng))

    changes = {**_CHANGES, "join": join, "add_lines": _add_lines}  # in the order they are made in
    drawn = set(rng.sample(list(changes), rng.randint(2, 4)))
    for name, change in changes.items():
        if name in drawn:
            paragraphs = change(paragraphs, rng)
    credited = rng.random() < 0.25
    if credited:
        paragraphs.append(rng.choice((
            "First published in Coast Wire.", "According to Coast Wire, more is to follow.",
            "(Reporting by Coast Wire)", "Source: Coast Wire",
        )))  # fmt: skip
    day = rng.randint(1, 20)
    wire = replace(
        base, id=f"copy{number:03d}a", source="Coast Wire", published=f"2024-03-{day + 2:02d}",
        title=base.title or _headline(rng),
    )  # fmt: skip
    later = day + 2 + rng.randint(0, 5) if not credited else day + rng.randint(0, 2)
    reprint = Article(
        f"copy{number:03d}b", _headline(rng), "\n\n".join(paragraphs), rng.choice(_OUTLETS),
        f"2024-03-{later:02d}",
    )  # fmt: skip
    kind = "+".join(sorted(drawn))
    return Pair(kind, wire, reprint, True, (frozenset({base.id}), frozenset(bases)))


def _two_reporters(number: int, rng: random.Random, pool: Sequence[Article]) -> Pair:
    by_id = {each.id.partition("/")[2]: each for each in pool}
    told_twice = [(by_id[a], by_id[b]) for a, b in _TOLD_TWICE if a in by_id and b in by_id]
    turn = number // 3
    if turn < len(told_twice):
        one, other = told_twice[turn]
        return _pair("two reporters", number, (one.text, other.text), (one.id, other.id))
    events = _DATA["events"]
    half = len(events) // 2
    own = events[:half] if _is_held_out(pool[0].id.partition("/")[2]) else events[half:]
    event = own[turn % len(own)]
    values = {
        "place": rng.choice(_PLACES), "thing": rng.choice(_THINGS), "name": rng.choice(_NAMES),
        "mayor": rng.choice(_MAYORS), "weekday": rng.choice(_DAYS),
        "hour": f"{rng.randint(1, 12)}:{rng.choice(('15', '30', '45'))}",
        "number": str(rng.randint(40, 900)), "small": str(rng.randint(3, 20)),
        "year": str(rng.randint(1700, 1999)), "money": f"{rng.randint(20, 900) * 1000:,}",
    }  # fmt: skip
    texts = (_filled(event["first"], values, rng), _filled(event["second"], values, rng))
    return _pair("two reporters", number, texts)


def _filled(sentences: Sequence[str], values: dict[str, str], rng: random.Random) -> str:
    some = [sentences[0], *rng.sample(sentences[1:], len(sentences) - 1)]
    return "\n\n".join(each.format(**values) for each in some)


def _two_years(number: int, rng: random.Random, pool: Sequence[Article]) -> Pair:
    """A yearly report: by a family of sentences, or an article with other figures and names."""
    if number % 2:
        family = rng.choice([each for each in FAMILIES if len(each.sentences) >= 4])
        values = draw_values(rng)
        same: dict[str, str] = {
            name: values[name] for name in ("place", "company", "a", "work") if name in values
        }
        texts = []
        for year in ("2021", "2022"):
            own: dict[str, str] = dict(draw_values(rng))
            own.update(same)
            own.update({"year": year, "when": " on Sunday", "of_year": ""})
            texts.append(" ".join(each.format(**own) for each in family.sentences))
        return _pair("two years", number, (texts[0], texts[1]))
    news = [each for each in pool if not each.id.startswith("squad2")]
    base = rng.choice([each for each in news if len(re.findall(r"\d+", each.text)) >= 6])
    other_year = _next_year(base.text, rng)
    return _pair("two years", number, (base.text, other_year), (base.id, f"{number}b"))


def _next_year(text: str, rng: random.Random) -> str:
    """`text` with other figures, days and months, and most names changed, each in all places."""
    names: dict[str, str] = {}

    def other_name(match: re.Match[str]) -> str:
        word = match[0]
        if word in _DAYS or word in _MONTHS:
            return rng.choice([w for w in (_DAYS if word in _DAYS else _MONTHS) if w != word])
        if word not in names:
            names[word] = word if rng.random() < 0.35 else rng.choice(_NAMES).split()[-1]
        return names[word]

    text = re.sub(r"(?<=[a-z,] )[A-Z][a-z]{3,}\b", other_name, text)
    return re.sub(r"\d", lambda match: str((int(match[0]) + rng.randint(1, 8)) % 9 + 1), text)


def _one_outlet(number: int, rng: random.Random, pool: Sequence[Article]) -> Pair:
    """Two articles with nothing in common but what their outlet prints around each of them."""
    lines = _DATA["lines"]
    half = len(lines) // 2
    own = lines[:half] if _is_held_out(pool[0].id.partition("/")[2]) else lines[half:]
    outlet, frame = own[number // 3 % len(own)]
    one, other = rng.sample(list(pool), 2)
    texts = []
    for article in (one, other):
        body = _paragraphs(article.text)
        short = rng.random() < 0.5
        body = body[: max(1, len(body) // 3)] if short else body
        texts.append("\n\n".join([*body, frame]))
    pair = _pair("one outlet", number, (texts[0], texts[1]), (one.id, other.id))
    return replace(
        pair, one=replace(pair.one, source=outlet), other=replace(pair.other, source=outlet)
    )


def _pair(
    kind: str, number: int, texts: tuple[str, str], bases: tuple[str, str] | None = None
) -> Pair:
    first, second = bases or (f"{number}a", f"{number}b")
    one = Article(f"other{number:03d}a", f"{kind} {number}", texts[0], _OUTLETS[0], "2024-05-01")
    other = Article(f"other{number:03d}b", f"{kind} {number}", texts[1], _OUTLETS[1], "2024-05-02")
    return Pair(kind, one, other, False, (frozenset({first}), frozenset({second})))


# what an editor does to wire copy: paragraphs in, paragraphs out


def _paragraphs(text: str) -> list[str]:
    """The paragraphs of a text; of one without any, its sentences by twos."""
    parts = [each for each in text.split("\n\n") if each.strip()]
    if len(parts) > 2:
        return parts
    sentences = [text[start:end].strip() for start, end in sentence_spans(text)]
    return [" ".join(sentences[n : n + 2]) for n in range(0, len(sentences), 2)]


def _cut(paragraphs: list[str], rng: random.Random) -> list[str]:
    """Drop up to six in ten of the paragraphs, one at least stays."""
    least = max(1, round(len(paragraphs) * rng.uniform(0.4, 0.85)))
    chosen = sorted(rng.sample(range(len(paragraphs)), least))
    return [paragraphs[n] for n in chosen]


def _shuffle(paragraphs: list[str], rng: random.Random) -> list[str]:
    return rng.sample(paragraphs, len(paragraphs))


def _reword(paragraphs: list[str], rng: random.Random) -> list[str]:
    """Put other words for many of those that have some, and leave out an adverb here and there."""
    others = dict(_DATA["synonyms"])
    share = rng.uniform(0.4, 1.0)

    def draw(match: re.Match[str]) -> str:
        word = match[0]
        if word in others and rng.random() < share:
            return str(others[word])
        return "" if word.endswith("ly") and rng.random() < share / 2 else word

    return [re.sub(r"\b[a-z]+\b", draw, each).replace("  ", " ") for each in paragraphs]


def _add_lines(paragraphs: list[str], rng: random.Random) -> list[str]:
    """One to three lines of the reporter's own."""
    for _ in range(rng.randint(1, 3)):
        line = " ".join(rng.choice(_DATA[each]) for each in ("who", "did", "what", "when"))
        line = f"{line[0].upper()}{line[1:]}.".format(place=rng.choice(_PLACES))
        at = rng.randint(0, len(paragraphs))
        paragraphs = [*paragraphs[:at], line, *paragraphs[at:]]
    return paragraphs


def _shorten_quotes(paragraphs: list[str], rng: random.Random) -> list[str]:
    def shorten(match: re.Match[str]) -> str:
        words = match[1].split()
        return f"“{' '.join(words[: max(3, round(len(words) * rng.uniform(0.3, 0.7)))])} …”"

    return [re.sub(r"“([^”]{30,})”", shorten, each) for each in paragraphs]


def _change_figure(paragraphs: list[str], rng: random.Random) -> list[str]:
    """One or two figures are others, as in a later version of a report."""
    places = [n for n, each in enumerate(paragraphs) if re.search(r"\d", each)]
    for n in rng.sample(places, min(len(places), rng.randint(1, 2))):
        paragraphs = [*paragraphs]
        paragraphs[n] = re.sub(
            r"\d+", lambda match: str(int(match[0]) + rng.randint(1, 9)), paragraphs[n], count=1
        )
    return paragraphs


def _mix(paragraphs: list[str], others: list[str]) -> list[str]:
    """A second report behind the first, no longer than it."""
    most = sum(len(each) for each in paragraphs)
    taken: list[str] = []
    for each in others:
        if sum(map(len, taken)) + len(each) <= most:
            taken.append(each)
    return [*paragraphs, *taken]


_CHANGES = {
    "cut": _cut,
    "shuffle": _shuffle,
    "reword": _reword,
    "shorten_quotes": _shorten_quotes,
    "change_figure": _change_figure,
}


def edited(paragraphs: list[str], rng: random.Random) -> list[str]:
    """What another outlet makes of a report: one or two changes, in words or order."""
    changes = {**_CHANGES, "add_lines": _add_lines}
    drawn = set(rng.sample(list(changes), rng.randint(1, 2)))
    for name, change in changes.items():
        if name in drawn:
            paragraphs = change(paragraphs, rng)
    return paragraphs


def _headline(rng: random.Random) -> str:
    return f"{rng.choice(_PLACES)}: {rng.choice(_DATA['headlines'])}"
