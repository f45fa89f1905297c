"""Names of people, places and bodies in running text. Pure functions.

In:  text. Out: the names in it; whether a text mentions a name, in whatever form; a sentence with
     the article's name for a government.
Left to others: whether a claim's names must be in its quote (`rag.grounding.requirements`).

A name is a word with a capital: there is no list of names and no model. Names of governments
("Washington", "the United States") are in `data/metonyms.toml`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files

from rag.text.dates.forms import MONTH
from rag.text.folding import fold, has_phrase
from rag.text.stemming import stem_tokens

_CAPITAL = f"[{''.join(filter(str.isupper, map(chr, range(0x530))))}]"  # Latin, Greek, Cyrillic
# a pattern: "Holt", "Łucja", "O’Brien", "Jong-un"
NAME_WORD = rf"(?:{_CAPITAL}['’])?{_CAPITAL}[\w-]+"
_NAME = re.compile(rf"(?<![.!?:] )(?<!^)\b{NAME_WORD}|^{NAME_WORD}(?= {_CAPITAL})")
_FULL_NAME = re.compile(rf"\b{NAME_WORD}(?: {NAME_WORD})+")
_ENDINGS = frozenset(
    [
        *("", "a", "an", "ans", "e", "ean", "eans", "er", "ers", "ese", "i", "ia", "ian", "ians"),
        *("ic", "is", "ish", "n", "ns", "s", "y", "ies"),
    ]
)
_MONTH = re.compile(rf"{MONTH}$")


@lru_cache(maxsize=1)
def metonyms() -> tuple[tuple[str, ...], ...]:
    """Groups of names that reporters use for one government, as `data/metonyms.toml` has them."""
    text = files("rag.text").joinpath("data/metonyms.toml").read_text(encoding="utf-8")
    return tuple(tuple(group) for group in tomllib.loads(text)["groups"])


def extract_names(text: str) -> list[str]:
    """The words of `text` that are names by their capital, in order.

    The first word of a sentence is one only before another capital; "The" never is.
    """
    return [name for name in _NAME.findall(text) if stem_tokens([name])[0]]


def opening_name(sentence: str) -> str | None:
    """The first word of a sentence if it may be a name: its capital alone does not tell."""
    first = re.match(rf"\W*({NAME_WORD})\b(?![\w-]| {_CAPITAL})", sentence)
    return first[1] if first and stem_tokens([first[1]])[0] else None


def extract_full_names(text: str) -> tuple[str, ...]:
    """Runs of two or more words with capitals: "Lena Holt"."""
    return tuple(_FULL_NAME.findall(text))


def mentions(text: str, name: str) -> bool:
    """Whether `text` has `name`, in whatever form: "Chinese" and "China", "Dec." and "December".

    Spelling is folded: "Łucja" and "Lucja" are one name.
    """
    if month := _MONTH.match(name):
        months = re.finditer(rf"\b{MONTH}", text)
        return any(each[0][:3] == month[0][:3] for each in months)
    words = _words(text)
    return all(
        part in words or (len(part) > 3 and any(_same_name(part, each) for each in words))
        for part in fold(name).split()
    )


@lru_cache(maxsize=256)
def _words(text: str) -> frozenset[str]:
    """The words of `text`, folded; several names are looked for in one text."""
    return frozenset(fold(text).split())


def _same_name(one: str, other: str) -> bool:
    """Whether two folded words are one name but for their endings: "chinese", "china"."""
    if one[:4] != other[:4]:
        return False
    shared = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    shared = min(len(one), len(other)) if shared is None else shared
    cuts = range(4, shared + 1)
    return one == other or any(one[cut:] in _ENDINGS and other[cut:] in _ENDINGS for cut in cuts)


def normalize_metonyms(sentence: str, question: str, article: str) -> str:
    """`sentence` with the article's name for a government that the question calls otherwise.

    "Washington said" becomes "the United States said" where the article never writes
    "Washington". Only a name that the sentence shares with the question is replaced, and only by
    one that the article uses.
    """
    for names in metonyms():
        shared = [n for n in names if all(_spans_of(n, each) for each in (sentence, question))]
        if not shared or any(_spans_of(name, article) for name in shared):
            continue
        replacement = next((name for name in names if _spans_of(name, article)), None)
        if replacement is not None:
            for start, end in reversed(_spans_of(shared[0], sentence)):
                sentence = sentence[:start] + replacement + sentence[end:]
            sentence = sentence[:1].upper() + sentence[1:]
    return sentence


def _spans_of(name: str, text: str) -> list[tuple[int, int]]:
    """Where `text` has `name` by itself, not as part of another ("Washington Post").

    An article before it ("the") may be missing. Without one, a capitalised word before it makes
    it part of another name, unless that is a word such as "In".
    """
    bare = name.removeprefix("the ")
    before = "" if bare == name else "(?:[Tt]he )?"
    matches = re.finditer(rf"(?<![\w-]){before}{re.escape(bare)}(?![\w-])(?! [A-Z])", text)
    return [
        match.span()
        for match in matches
        if match[0].lower().startswith("the ") or not _ends_in_name(text[: match.start()])
    ]


def _ends_in_name(before: str) -> bool:
    """Whether a text ends in a word that makes one name with the next: "South ", "George "."""
    word = re.search(r"\b([A-Z][\w.’'-]*) $", before)
    return word is not None and bool(stem_tokens([word[1]])[0])


def short_forms(full_names: Sequence[str], article: str) -> dict[str, str]:
    """Words by which `article` may call those of `full_names` that it gives in full ("Kim").

    A word that is part of two names of the article stands for neither.
    """
    text = fold(article)
    article_names = {fold(each) for each in _FULL_NAME.findall(article)}
    short: dict[str, str] = {}
    for name in full_names:
        folded = fold(name)
        if not has_phrase(text, folded):
            continue
        for word in name.split():
            bearers = {other for other in article_names if has_phrase(other, fold(word))}
            if all(has_phrase(other, folded) or has_phrase(folded, other) for other in bearers):
                short[word] = name
    return short


def expand_short_forms(forms: Mapping[str, str], quote: str) -> frozenset[str]:
    """All words of the names that `quote` gives by one of their words; `forms`: `short_forms`."""
    text = fold(quote)
    return frozenset(
        part
        for word, name in forms.items()
        if has_phrase(text, fold(word))
        for part in name.split()
    )
