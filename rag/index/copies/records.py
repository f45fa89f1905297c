"""What decides where an article comes from: its record, and whom it credits. Pure functions.

    Record                       day, outlet and credits of an article
    credits_outlet(own, named, other)   whether an article of one outlet credits another outlet
    name_words(text)             the words of a name, to be compared

In:  records of an index. Out: as above.
Left to others: near copies (`origins`), who rests on whom (`credit_graph`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from rag.text.folding import fold


@dataclass(frozen=True, slots=True)
class Record:
    """`published` (ISO 8601 or ""), `outlet`, whom an article credits and rests on as a whole."""

    id: str
    published: str = ""
    outlet: str = ""
    credits: tuple[str, ...] = ()
    rests_on: tuple[str, ...] = ()


def credits_outlet(own: str, named: Iterable[str], other: str) -> bool:
    """Whether an article of the outlet `own` that credits `named` credits the outlet `other`."""
    outlet = name_words(other)
    if not outlet or name_words(own) == outlet:
        return False
    return any(_is_name_of(name_words(each), outlet) for each in named)


@lru_cache(maxsize=4096)  # each is compared with many
def name_words(text: str) -> frozenset[str]:
    """The folded words of a name without its article."""
    return frozenset(fold(text).split()) - {"the"}


def _is_name_of(credit: frozenset[str], outlet: frozenset[str]) -> bool:
    """Whether a name that is credited is that of an outlet: "the Herald" of the Orrin Herald."""
    return bool(credit) and (credit <= outlet or outlet <= credit)
