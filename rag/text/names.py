"""Names of people, places and bodies in running text. Pure functions.

In:  text. Out: names; whether one stands in a text, in whatever form.
Left to others: whether a name must stand somewhere (`rag.grounding.support`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from rag.text.dates import MONTH
from rag.text.stemming import stem_tokens

# a state and the seat of its government, each of which reporters write for the other
METONYMS = tuple(
    tuple(name.strip() for name in each.split("/"))
    for each in """
    Washington/the White House/the United States/the U.S./the US/America
    London/Downing Street/the United Kingdom/Britain/the U.K./the UK
    Brussels/the European Union/the E.U./the EU; Moscow/the Kremlin/Russia
    Seoul/South Korea; Pyongyang/North Korea; Abuja/Nigeria; Addis Ababa/Ethiopia; Amman/Jordan
    Ankara/Turkey/Türkiye; Athens/Greece; Baghdad/Iraq; Baku/Azerbaijan; Bangkok/Thailand
    Beijing/China; Beirut/Lebanon; Belgrade/Serbia; Berlin/Germany; Bogotá/Bogota/Colombia
    Brasília/Brasilia/Brazil; Bucharest/Romania; Budapest/Hungary; Buenos Aires/Argentina
    Cairo/Egypt; Canberra/Australia; Caracas/Venezuela; Copenhagen/Denmark; Damascus/Syria
    Dhaka/Bangladesh; Doha/Qatar; Dublin/Ireland; Hanoi/Vietnam; Havana/Cuba; Helsinki/Finland
    Islamabad/Pakistan; Jakarta/Indonesia; Kabul/Afghanistan; Khartoum/Sudan; Kyiv/Kiev/Ukraine
    Lisbon/Portugal; Madrid/Spain; Manila/the Philippines; Minsk/Belarus; Nairobi/Kenya
    New Delhi/Delhi/India; Oslo/Norway; Ottawa/Canada; Paris/France
    Prague/Czechia/the Czech Republic; Pretoria/South Africa; Riyadh/Saudi Arabia; Rome/Italy
    Sofia/Bulgaria; Stockholm/Sweden; Taipei/Taiwan; Tbilisi/Georgia; Tehran/Iran; Tokyo/Japan
    Tripoli/Libya; Vienna/Austria; Warsaw/Poland; Wellington/New Zealand; Yerevan/Armenia
    """.strip()
    .replace("\n", ";")
    .split(";")
)

_NAME = re.compile(r"(?<![.!?:] )(?<!^)\b[A-Z][\w-]+|^[A-Z][\w-]+(?= [A-Z])")
_FULL_NAME = re.compile(r"\b[A-Z][\w-]+(?: [A-Z][\w-]+)+")
_ENDINGS = frozenset(
    [
        *("", "a", "an", "ans", "e", "ean", "eans", "er", "ers", "ese", "i", "ia", "ian", "ians"),
        *("ic", "is", "ish", "n", "ns", "s", "y", "ies"),
    ]
)
_MONTH = re.compile(rf"{MONTH}$")


def extract_names(text: str) -> list[str]:
    """The words of `text` that are names by their capital, in order.

    The first word of a sentence is one only before another capital; "The" never is.
    """
    return [name for name in _NAME.findall(text) if stem_tokens([name])[0]]


def opening_name(sentence: str) -> str | None:
    """The first word of a sentence where nothing but its place tells whether it is a name."""
    first = re.match(r"\W*([A-Z][\w-]+)\b(?![\w-]| [A-Z])", sentence)
    return first[1] if first and stem_tokens([first[1]])[0] else None


def full_names_of(text: str) -> tuple[str, ...]:
    """Runs of two or more words with capitals: "Lena Holt"."""
    return tuple(_FULL_NAME.findall(text))


def mentions(text: str, name: str) -> bool:
    """Whether `name` stands in `text`, however it begins or ends ("Chinese", "China")."""
    if month := _MONTH.match(name):
        told = re.finditer(rf"\b{MONTH}", text)
        return any(each[0][:3] == month[0][:3] for each in told)
    first = f"[{name[0].upper()}{name[0].lower()}]"
    if len(name) < 4:  # "Un" is not in "until"
        return re.search(rf"\b{first}{re.escape(name[1:])}\b", text) is not None
    akin = re.finditer(rf"\b{first}{re.escape(name[1:4])}[\w-]*", text)
    return any(_same(name, each[0]) for each in akin)


def _same(one: str, other: str) -> bool:
    """Whether two words are one name but for their endings: "Chinese", "China"."""
    one, other = one.lower(), other.lower()
    shared = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    shared = min(len(one), len(other)) if shared is None else shared
    cuts = range(4, shared + 1)
    return one == other or any(one[cut:] in _ENDINGS and other[cut:] in _ENDINGS for cut in cuts)


def normalize_metonyms(sentence: str, question: str, article: str) -> str:
    """`sentence` with the article's word for a government that the question calls otherwise.

    "Washington said" becomes "the United States said" where the article never writes
    "Washington". Only a name that the sentence has from the question is changed, and only into
    one that stands in the article.
    """
    for names in METONYMS:
        shared = [n for n in names if all(_alone(n, each) for each in (sentence, question))]
        if not shared or any(_alone(name, article) for name in shared):
            continue
        known = next((name for name in names if _alone(name, article)), None)
        if known is not None:
            for start, end in reversed(_alone(shared[0], sentence)):
                sentence = sentence[:start] + known + sentence[end:]
            sentence = sentence[:1].upper() + sentence[1:]
    return sentence


def _alone(name: str, text: str) -> list[tuple[int, int]]:
    """Where `name` stands in `text` for itself, not as part of another ("Washington Post").

    An article before it ("the") may be missing. Without one, a word with a capital that stands
    before it makes it part of another name, unless it is a word such as "In".
    """
    bare = name.removeprefix("the ")
    before = "" if bare == name else "(?:[Tt]he )?"
    found = re.finditer(rf"(?<![\w-]){before}{re.escape(bare)}(?![\w-])(?! [A-Z])", text)
    return [
        each.span()
        for each in found
        if each[0].lower().startswith("the ") or not _is_led(text[: each.start()])
    ]


def _is_led(before: str) -> bool:
    """Whether a text ends in a word that makes one name with the next: "South ", "George "."""
    word = re.search(r"\b([A-Z][\w.’'-]*) $", before)
    return word is not None and bool(stem_tokens([word[1]])[0])


def short_forms(full: Sequence[str], article: str) -> dict[str, str]:
    """Words by which the article may call those of `full` that it names in full ("Kim").

    A word that is part of two names of the article stands for neither.
    """
    others = set(_FULL_NAME.findall(article))
    short: dict[str, str] = {}
    for name in full:
        if name not in article:
            continue
        for word in name.split():
            bearers = {other for other in others if word in other.split()}
            if all(name in other or other in name for other in bearers):
                short[word] = name
    return short


def named_short(known_as: Mapping[str, str], quote: str) -> frozenset[str]:
    """All words of the names that `quote` gives by one of their words (of `short_forms`)."""
    return frozenset(
        part
        for word, name in known_as.items()
        if re.search(rf"\b{re.escape(word)}\b", quote)
        for part in name.split()
    )
