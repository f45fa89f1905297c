"""What a question fixes, element by element. Pure functions of its wording.

    elements_of(question)  ->  its quotations, names, years, months, editions, and content words
    parts_of(name)         ->  the names that it may consist of

In:  a self-contained question. Out: `Element`s, each in the question's own words.
Left to others: whether a sentence meets an element (`rag.grounding.abstention.shortfall`); years,
quarters and ordinals that a passage contradicts (`rag.retrieval.constraints`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from rag.retrieval.constraints import years_meant
from rag.retrieval.people.speech import SAYS
from rag.retrieval.people.wording import QUOTATION, quotations
from rag.text.dates import MONTH, WEEKDAY
from rag.text.names import extract_names
from rag.text.numbers import ORDINALS
from rag.text.stemming import stem_tokens

ElementKind = Literal["quotation", "name", "year", "month", "edition", "word"]

_MIN_QUOTED_WORDS = 4  # fewer are a title or a name
_MONTH = re.compile(rf"{MONTH}(?=\.?,? (?:\d|of \d)|\W*$)|(?<=\d ){MONTH}|(?<=[Ii]n ){MONTH}")
_JOINT = r" (?:of|at|for|de|del|von) (?:the |la )?"
_BETWEEN_NAMES = re.compile(rf"(?:['’]s?)? |{_JOINT}")
_EDITION = re.compile(  # one of several of a kind
    rf"\b(?:(?:{'|'.join(ORDINALS)}|\d+(?:st|nd|rd|th))[ -][a-z]{{3,}}|Q[1-4])\b"
    r"|\b(?:wo)?m[ae]n(?:['’]s [a-z]+)?\b",
    re.I,
)
_SAYS = re.compile(SAYS)
_WORD = re.compile(r"[^\W\d_][\w’'-]*")
# what is asked for, or how, rather than what about
_ASKING = (
    "amount answer articles article big called date day did do happen high how kind large long",
    "many men month much name named number old people person place say sort tall time times",
    "type women year years according exact exactly told reported figure figures man woman",
    "compare describe image likened",
    "bring brought came come get give given go got made make put take taken took",
    "qué cuál cuántos cuántas cuánto quién cuándo dónde del los las una por con para",
    "wer wie was wann viele der die das den dem ein eine und von mit",
    "qui que quel quelle combien quand où des les une dans pour avec",
)


@dataclass(frozen=True, slots=True)
class Element:
    """One thing that a question fixes; `words` as the question has them.

    An *edition* is one of several of a kind: "the second quarter", "the women's race".
    """

    kind: ElementKind
    words: str


def elements_of(question: str) -> tuple[Element, ...]:
    """The elements of `question`, each once: quotations first, then names, times, words."""
    quoted = [
        Element("quotation" if len(words.split()) >= _MIN_QUOTED_WORDS else "name", words)
        for each in quotations(question)
        if (words := each.strip(" ,.;:?!"))
    ]
    rest = QUOTATION.sub(" ", question).lstrip(" ¿¡")
    names = list(_names(rest))
    years = sorted(years_meant(rest, None))
    months = [match[0] for match in _MONTH.finditer(rest)]
    for taken in (*names, *years, *months):
        rest = rest.replace(taken, " ", 1)
    elements = [
        *quoted,
        *(Element("name", each) for each in names),
        *(Element("year", each) for each in years),
        *(Element("month", each) for each in months),
        *(Element("edition", match[0]) for match in _EDITION.finditer(question)),
        *(Element("word", each) for each in _content_words(rest)),
    ]
    return tuple(dict.fromkeys(elements))


def parts_of(name: Element) -> tuple[Element, ...]:
    """The names that small words join in `name`: one in "Heron at Noon", two in "Holt of Tarn"."""
    return tuple(Element("name", part) for part in re.split(_JOINT, name.words))


def _names(question: str) -> Iterator[str]:
    """Names, words with capitals in a row as one: "Port Calder", "Heron at Noon"."""
    end, run = 0, ""
    for word in extract_names(question):
        start = question.index(word, end)
        between = question[end:start]
        if run and _BETWEEN_NAMES.fullmatch(between):
            run += between + word
        else:
            if run:
                yield run
            run = word
        end = start + len(word)
        if re.fullmatch(rf"{MONTH}|{WEEKDAY}", word):
            run = ""
    if run:
        yield run


@lru_cache(maxsize=1)
def _asking_stems() -> frozenset[str]:
    return frozenset(stem for stems in stem_tokens(_ASKING) for stem in stems)


def _content_words(text: str) -> Iterator[str]:
    """The words that say what the question is about, without those that only ask."""
    for word in _WORD.findall(text):
        bare = re.sub(r"['’]s?$", "", word)
        stems = stem_tokens([bare])[0]
        if (
            len(bare) > 2
            and stems
            and not set(stems) & _asking_stems()
            and not _SAYS.fullmatch(bare)
        ):
            yield bare
