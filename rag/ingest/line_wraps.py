"""Lines that were broken to fit a page, joined to the paragraphs that they were.

    unwrap(text)           plain text: paragraphs on one line each, verse and lists as they are
    join_lines(lines)      the same for lines that are known to be one paragraph

A word that was hyphenated at the end of a line is put together again; a hyphen that belongs to the
word stays ("twenty-two"). Pure functions. Left to others: lines by their place on a printed page
(`rag.ingest.parsers.pdf_layout`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

from rag.ingest.normalize import split_words

_WIDEST, _NARROWEST = 130, 24  # characters of the longest line of a paragraph that was wrapped
_WIDE = 50  # characters of a line that no verse has
_LONGEST_WORD = 60  # characters
_BREAKS = "\u00ad¬"  # hyphens that stand at the end of a line alone
_HYPHENS = f"-‐{_BREAKS}"
_HYPHENATED = re.compile(rf"([^\W\d_]+)[{_HYPHENS}]$")
_COMPOUND = re.compile(r"(?<!\w)[^\W\d_]{1,40}(?:[-‐][^\W\d_]{1,40}){1,6}(?!\w)")
_TENS = split_words(
    """twenty thirty forty fifty sixty seventy eighty ninety vingt trente quarante cinquante
    soixante"""
)
_FEW = split_words("two three four five six seven eight nine deux trois quatre cinq")
# what is written with a hyphen before another word
_FIRST_PARTS = (
    _TENS
    | _FEW
    | split_words(
        """well self half quasi vice long short high low old new full ever soit demi après grand
        peut rendez celui celle"""
    )
)
# further ones, which other words begin with, and the words before which they have the hyphen
_KIN = "grand great aunt aunts uncle uncles niece nieces nephew nephews"
_ROLES = """husband wife minister ministers president presidents mayor mayors king queen soldier
    soldiers serviceman servicemen convict convicts chief director premier captain policeman
    policemen officer officers teacher manager champion champions partner boyfriend girlfriend
    chairman chancellor leader member members prisoner prisoners pupil pupils owner ministre
    président maire mari femme"""
_PAIRS = {
    **dict.fromkeys(("great",), split_words(_KIN)),
    **dict.fromkeys(("one", "ten"), split_words("way sided man")),
    **dict.fromkeys(("post", "pre", "inter", "anti"), split_words("war")),
    **dict.fromkeys(("north", "south"), split_words("east west easterly westerly")),
    **dict.fromkeys(("nord", "sud"), split_words("est ouest")),
    **dict.fromkeys(("left", "right"), split_words("wing winger wingers hand handed hander")),
    **{"far": split_words("reaching right left off flung fetched away sighted")},
    **{"ex": split_words(_ROLES), "quatre": split_words("vingt vingts")},
    **{"so": split_words("called"), "by": split_words("election elections law laws product")},
    **{"all": split_words("round star time night day party important clear")},
    **{"x": split_words("ray rays rayed"), "t": split_words("shirt shirts")},
    **{"year": split_words("old olds long"), "years": split_words("old")},
    **{"months": split_words("old"), "month": split_words("old long"), "week": split_words("long")},
    **{"attorney": split_words("general"), "governor": split_words("general")},
    **{"secretary": split_words("general"), "director": split_words("general")},
    **{"president": split_words("elect"), "mayor": split_words("elect")},
    **{"passer": split_words("by"), "passers": split_words("by"), "runner": split_words("up")},
}
_COUNTED = split_words(
    """third thirds quarter quarters half halves fifth fifths sixth sixths seventh sevenths eighth
    eighths ninth ninths tenth tenths year years month months week weeks day days hour hours minute
    minutes mile miles foot feet inch inches pound pounds ton tons tonne storey story room bedroom
    page acre member party piece part thousand hundred fold seater strong"""
)
_COUNTS = _TENS | _FEW | split_words("one ten eleven twelve hundred thousand")
# endings and words that join what may otherwise be the first part of a compound: "six-/teen"
_ENDINGS = split_words(
    """er ers est ly ness y ty teen teens teenth teenths tieth tieths ties th ths ish en ened ening
    ens ing ings ed ful less ship hood some ward wards ern erner erners erly ther thest s age ages
    ity ities ness nesses ily"""
)
_JOINED = split_words(
    """halfway halfpenny halfpence longitude highway highways highland highlands lowland lowlands
    newspaper newspapers newspaperman newcomer newcomers newsreel newsroom everything everybody
    everyone everywhere everyday evermore everlasting evergreen welfare wellington wellingtons
    highlight highlights shorthand shortcoming shortcomings longshoreman longshoremen sixpence
    fourpence threepence twopence twofold threefold fourfold fivefold leftover fullback grandeur
    grandfather grandmother grandson grandsons granddaughter granddaughters grandchild
    grandchildren grandparent grandparents grandstand selfsame viceroy viceroys foursquare
    demiurge"""
)
_SUSPENDED = split_words("und oder bzw sowie och og")  # behind the first half: "Vor-/und Nachteile"
_BULLET = re.compile(r"\s*(?:[•▪●‣*–—-] |\d{1,2}[.)] )")
_ENDS = re.compile(r"[.!?…:][\"'”’»)\]]*$")
_MID_SENTENCE_END = re.compile(r"[.!?][\"”’»)]* [^\W\d_a-zß-ÿ]")


def compounds(text: str) -> frozenset[str]:
    """The words of `text` that are written with a hyphen within a line, in lower case."""
    return frozenset(match[0].lower() for match in _COMPOUND.finditer(text))


def join_lines(lines: Iterable[str], known: frozenset[str] = frozenset()) -> str:
    """One paragraph from its lines; `known` are compounds that the document has elsewhere."""
    paragraph = ""
    for line in filter(None, (line.strip() for line in lines)):
        paragraph = _joined(paragraph, line, known) if paragraph else line
    return paragraph


def unwrap(text: str) -> str:
    """`text`, normalized, with the lines of wrapped paragraphs joined."""
    known = compounds(text)
    return "\n\n".join(
        "\n".join(_unwrap_block(block.split("\n"), known)) for block in text.split("\n\n")
    )


def _unwrap_block(lines: Sequence[str], known: frozenset[str]) -> list[str]:
    """The lines between two blank ones: runs of wrapped lines become one line each."""
    joined: list[str] = []
    run: list[str] = []
    widest = 0  # of the lines of the run
    for line in lines:
        if run and not _continues(run[-1], line, widest):
            joined += _close(run, known)
            run, widest = [], 0
        run.append(line)
        widest = max(widest, len(line))
    return joined + _close(run, known)


def _continues(above: str, line: str, widest: int) -> bool:
    """Whether `line` may be the next one of a paragraph of which `above` is the last so far."""
    if _BULLET.match(line) or widest > _WIDEST or not line:
        return False
    if above[-1:] in _BREAKS and _hyphen_end(above):
        return True
    if len(line) > max(widest * 14 // 10, _NARROWEST + 10):
        return False
    hyphenated = _hyphen_end(above) is not None and line[0].islower()
    return hyphenated or len(above) >= widest * 7 // 10


def _close(run: Sequence[str], known: frozenset[str]) -> list[str]:
    """`run` as one line if it was a wrapped paragraph, else as it is."""
    if len(run) < 2 or not _was_wrapped(run):
        return list(run)
    return [join_lines(run, known)]


def _was_wrapped(run: Sequence[str]) -> bool:
    """Prose runs on from line to line and ends its sentences anywhere; verse and lists do not."""
    breaks = list(pairwise(run))
    hyphenated = sum(bool(_hyphen_end(a)) and b[:1].islower() for a, b in breaks)
    running = sum(not _ENDS.search(a) and (b[:1].islower() or b[:1].isdigit()) for a, b in breaks)
    inner_ends = sum(bool(_MID_SENTENCE_END.search(line)) for line in run)
    if hyphenated:
        return running + hyphenated >= len(breaks) / 2
    widest = max(map(len, run))
    prose = widest >= _WIDE or (widest >= _NARROWEST and inner_ends > 0)
    return prose and running >= len(breaks) / 2 and running > 0


def _hyphen_end(line: str) -> re.Match[str] | None:
    """The word and the hyphen that end a line, if it ends so."""
    if line[-1:] not in _HYPHENS:
        return None
    return _HYPHENATED.search(line, max(0, len(line) - _LONGEST_WORD))


def _joined(above: str, below: str, known: frozenset[str]) -> str:
    broken = _hyphen_end(above)
    if not broken or not below[0].isalpha():
        end = above[-1:] in _HYPHENS and bool(above[:-1].strip()) and above[-2:-1] != " "
        return above + ("" if end else " ") + below
    stem, part = above[:-1], re.match(r"[\w’'-]+", below)
    first = broken[1].lower()
    word = re.match(r"[^\W\d_]+", below)
    second = word[0].lower() if word else ""
    if above[-1] in _BREAKS:
        return stem + below
    if below[0].islower() and second in _SUSPENDED:
        return f"{above} {below}"
    keeps = (
        f"{first}-{second}" in known
        or below[0].isupper()
        or (part is not None and "-" in part[0].rstrip("-") and "-" in part[0])
        or above[broken.start() - 1 : broken.start()] in {"-", "‐"}
        or _is_compound(first, second)
    )
    return f"{stem}-{below}" if keeps else stem + below


def _is_compound(first: str, second: str) -> bool:
    """Whether two parts of a word are written with a hyphen between them, as far as is known."""
    if first in _COUNTS and second in _COUNTED:
        return True
    pairs = _PAIRS.get(first, frozenset())
    if second in pairs or (first == "great" and second.startswith("grand")):
        return True
    return first in _FIRST_PARTS and second not in _ENDINGS and first + second not in _JOINED
