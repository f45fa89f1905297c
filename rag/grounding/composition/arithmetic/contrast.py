"""Two years of one thing that a question compares, in whatever words.

    parse_contrast("How many more boats started in 2022 than in 2018?")
        ->  difference of "How many boats started in 2022?" and "How many boats started in 2018?"
    parse_contrast("Did more people watch the race in 2021 or in 2023?")
        ->  most of "How many people watch the race in 2021?" and the same of 2023

In:  a question on one line, without its question mark. Out: a `Contrast`, or None.
Left to others: other comparisons (`rag.grounding.composition.arithmetic.query`), the answers.
Pure functions.

What is left of the question once the years, the words that join them and the words that compare are
taken out is a simple question; it is put once for each year. It is read by a model alone, so its
word order need not be idiomatic.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

_YEAR = r"(?:1[5-9]\d\d|20\d\d)"
_JOINT = (
    r"(?:,|;|\b(?:as )?compared (?:to|with)\b|\b(?:rather )?than\b|\b(?:versus|vs\.?|against|and|"
    r"or|to|from|between|until|on)\b)"
)
_TIME = re.compile(
    rf"(?:{_JOINT}\s*)*(?:\b(?:in|for|of|during|at|that|those|the ones?|the)\s+)*"
    rf"(?P<year>{_YEAR})\b(?:['’]s?\b)?,?",
    re.I,
)
_POSITIVE = {
    **dict.fromkeys(("longer", "shorter"), "long"),
    **dict.fromkeys(("higher", "lower"), "high"),
    **dict.fromkeys(("larger", "bigger", "smaller", "greater"), "large"),
    **dict.fromkeys(("older", "younger"), "old"),
    **dict.fromkeys(("heavier", "lighter"), "heavy"),
    **dict.fromkeys(("faster", "slower", "quicker"), "long"),
    **dict.fromkeys(("warmer", "colder", "hotter", "cooler"), "warm"),
    **dict.fromkeys(("dearer", "cheaper"), "expensive"),
    **dict.fromkeys(("deeper", "wider", "taller", "farther", "further"), "long"),
}
_LESS = frozenset(
    [
        *("shorter", "lower", "smaller", "younger", "lighter", "slower", "colder", "cooler"),
        *("cheaper", "less", "fewer", "least", "fewest", "narrower"),
    ]
)
_SHORTER_IS_MORE = frozenset(("faster", "quicker"))
_COMPARATIVE = r"(?:more|fewer|less|" + "|".join(_POSITIVE) + ")"
_AUX = r"(?:did|does|do|is|are|was|were|has|have|had|will)"
_RISE = (
    r"(?:gr[eo]wn?|rise|risen|increased?|climb(?:ed)?|go up|gain|add|improved?|jump(?:ed)?|expand)"
)
_FALL = r"(?:fall(?:en)?|drop(?:ped)?|declined?|decreased?|shr[iu]nk|go down|lose|slip|sink)"
_HOW = r"(?:by )?(?:how (?:much|many(?: \w+)?)|what (?:amount|sum|margin|number))"
_FRAMES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.I), form)
    for pattern, form in (
        (rf"{_HOW} (?P<c>{_COMPARATIVE}) (?P<n>\w.*)", "how"),
        (r"(?P<h>how (?:much|many \w+)) (?P<c>more|fewer|less) (?P<n>\w.*)", "noun"),
        (rf"{_HOW} {_AUX} (?P<x>.+?) (?P<v>{_RISE}|{_FALL})\b(?P<r>.*)", "change"),
        (
            r"(?:(?:what|how (?:large|big|great))(?:['’]s| is| was) )?(?:the )?"
            r"(?:difference|gap|change) (?:(?:between|in|of) )?(?P<x>.+)",
            "change",
        ),
        (r"compare (?P<x>[^:?]+?)(?:[:?].*)?", "change"),
        (
            rf"(?:(?:in )?(?:which|what) \w+,? )?{_AUX} (?:there )?(?P<c>more|fewer|less) "
            r"(?P<n>\w.*)",
            "which",
        ),
        (
            r"(?:in )?(?:which|what) \w+ (?P<v>\w+) (?:the )?(?P<c>more|fewer|less|most|fewest) "
            r"(?P<n>\w.*)",
            "which",
        ),
        (
            r"(?:which|what) (?P<n>\w+) (?:was|were) (?P<x>won|decided|lost|carried) by the "
            r"(?P<c>larger|bigger|greater|smaller|narrower|wider) (?P<m>\w+)\b.*",
            "by",
        ),
        (
            rf"(?:(?:in )?(?:which|what)(?: \w+)? )?(?P<a>{_AUX}) (?P<x>.+?) "
            rf"(?P<c>{_COMPARATIVE})\b.*",
            "which_high",
        ),
    )
)
_DETAIL = re.compile(r",? and (?:what|how|by)\b[^,]*$", re.I)  # "and what was that margin?"
_REST = re.compile(r"^[\s,:;]+|[\s,:;?]+$|\b(?:of the two|between them)\b", re.I)


@dataclass(frozen=True, slots=True)
class Contrast:
    """`body` is the question without a year, `years` are put into it, in the order of the question.

    `operation` is what is to be done with the answers. `is_less`: the second is expected to be
    more; None: the question says nothing of which is.
    """

    operation: Literal["difference", "most", "least"]
    body: str
    years: tuple[str, str]
    is_less: bool | None

    def question(self, year: str) -> str:
        """The simple question for one year."""
        return f"{self.body} in {year}?"


def parse_contrast(question: str) -> Contrast | None:
    """The comparison of two years of one thing; None where `question` is none."""
    years = list(dict.fromkeys(re.findall(rf"\b{_YEAR}\b", question)))
    if len(years) != 2:
        return None
    text = _DETAIL.sub("", question.strip(" ?."))
    for pattern, form in _FRAMES:
        if frame := pattern.fullmatch(text):
            return _contrast(form, frame, (years[0], years[1]))
    return None


def _contrast(form: str, frame: re.Match[str], years: tuple[str, str]) -> Contrast | None:
    parts = frame.groupdict()
    word = (parts.get("c") or "").lower()
    is_less: bool | None = word in _LESS
    operation: Literal["difference", "most", "least"] = "difference"
    if form == "how":
        is_count = word in ("more", "fewer", "less")
        how = re.match(r"(?:by )?(?P<how>how (?:much|many))(?: (?P<unit>\w+))?", frame[0], re.I)
        much = how["how"].capitalize() if how else "How much"
        unit = f" {how['unit']}" if how and how["unit"] and how["unit"].lower() != word else ""
        body = f"{much}{unit} {parts['n']}" if is_count else f"How {_POSITIVE[word]} {parts['n']}"
    elif form == "noun":
        body = f"{parts['h'].capitalize()} {parts['n']}"
    elif form == "by":
        body = f"By what {parts['m']} was the {parts['n']} {parts['x']}"
        operation = "least" if is_less else "most"
    elif form == "change":
        body, verb = f"What was {parts['x']}{parts.get('r') or ''}", (parts.get("v") or "").lower()
        counted = re.match(r"(?:by )?how many (?!did|was|were)(?P<n>\w+)", frame[0], re.I)
        if counted:
            body = f"How many {counted['n']} did {parts['x']} have{parts.get('r') or ''}"
        if not verb:
            is_less = None
        else:
            years = (max(years), min(years))
            is_less = re.fullmatch(_FALL, verb) is not None
    elif form == "which":
        verb = f" {parts['v']}" if parts.get("v") else ""
        nouns, _, rest = parts["n"].partition(" ")
        body = f"How many {nouns}{verb} {rest}" if not verb else f"How many {parts['n']}"
        operation = "least" if is_less else "most"
    else:
        positive = _POSITIVE.get(word)
        if positive is None:
            return None
        body = f"How {positive} {parts['a'].lower()} {parts['x']}"
        operation = "least" if is_less or word in _SHORTER_IS_MORE else "most"
    if word in _SHORTER_IS_MORE and operation == "difference":
        is_less = True
    body = _without_times(body)
    return Contrast(operation, body, years, is_less) if len(body.split()) > 2 else None


def _without_times(body: str) -> str:
    """`body` without its years and the words that join them."""
    bare = _TIME.sub(" ", body)
    bare = re.sub(r"\b(?:between|and|or|than|compared (?:to|with)|from|to)\s*$", "", bare.strip())
    return re.sub(r"\s+(?=[,.?])", "", " ".join(_REST.sub(" ", bare).split()))
