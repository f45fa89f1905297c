"""Raised and lowered characters as plain text: "10⁶", "CO₂", "5½"; the mark of a note is dropped.

    superscript(text), subscript(text)   ->  `text` between marks, to be put into its line
    resolve(line)                        ->  the line without the marks, decided by what is around

A raised figure never runs into the one before it. Pure functions. Left to others: which characters
are raised (`rag.ingest.markup.blocks`, `rag.ingest.parsers`).
"""

from __future__ import annotations

import re

from rag.ingest.normalize import split_words

# private-use characters, which no clean text holds (`rag.ingest.normalize`)
_UP, _UP_END, _NOTE, _NOTE_END, _DOWN, _DOWN_END = map(chr, range(0xE000, 0xE006))
MARKS = re.compile("[\ue000-\ue005]")
_FRACTION = re.compile(
    f"(\\d?)\\s*{_UP}\\s*(\\d+)\\s*{_UP_END}\\s*[/⁄∕]\\s*{_DOWN}\\s*(\\d+)\\s*{_DOWN_END}"
)
_RAISED = re.compile(f"{_UP}([^{_UP_END}]*){_UP_END}")
_NOTE_MARK = re.compile(f"{_NOTE}[^{_NOTE_END}]*{_NOTE_END}")
_LOWERED = re.compile(f"{_DOWN}([^{_DOWN_END}]*){_DOWN_END}")
_VULGAR = {
    **{"1/2": "½", "1/3": "⅓", "2/3": "⅔", "1/4": "¼", "3/4": "¾", "1/5": "⅕", "2/5": "⅖"},
    **{"3/5": "⅗", "4/5": "⅘", "1/6": "⅙", "5/6": "⅚", "1/8": "⅛", "3/8": "⅜", "5/8": "⅝"},
    "7/8": "⅞",
}
_SUPERSCRIPTS = str.maketrans("0123456789+-−–=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻⁼⁽⁾ⁿⁱ")
_SUBSCRIPTS = str.maketrans("0123456789+-−=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎")
_MAPPABLE = re.compile(r"[0-9+\-−–=()ni]+")
_LIKE_NOTE = re.compile(
    r"[\[(]?(?:\d{1,3}|[a-z]|[ivx]{1,4}|[*†‡§#]{1,3})(?:[,;–-] ?\d{1,3})*[\])]?"
)
_ORDINAL = re.compile(r"(?:st|nd|rd|th|er|ers|re|ère|e|è|ème|eme|nde?|os?|as?|º|ª|de|te)\.?", re.I)
# "nᵒ 5", "Mᵐᵉ Brun", "Dʳ Held": raised ends of short words, which are no marks of notes
_ABBREVIATION = re.compile(
    r"(?:n[oº]s?|m(?:me|lle|lles|mes|gr|r|rs|tre|e)|dre?|d[ao]|pr|ste?|cie|vve|sra?|jr|fr|bd|wm|chas)",
    re.I,
)
_ROMAN = re.compile(r"\b(?=[IVXLCM])M{0,3}(?:C[DM]|D?C{0,3})(?:X[LC]|L?X{0,3})(?:I[VX]|V?I{0,3})$")
_ORDINAL_OF_ROMAN = re.compile(r"(?:er|re|e|i?[eè]me)s?", re.I)
_UNITS = split_words(
    """km cm mm dm hm nm µm μm pm ft in yd mi sec min hr kg mg lb cc ha px kms pc mol cd kw mw
    metre metres meter meters mètre mètres metro metros metri kilometre kilometres kilometer
    kilometers centimetres foot feet inch inches yard yards mile miles"""
)


def superscript(text: str, *, note: bool = False) -> str:
    """`text` as raised characters; `note`: it is known to be the mark of a note."""
    text = MARKS.sub("", text)
    return f"{_NOTE}{text}{_NOTE_END}" if note else f"{_UP}{text}{_UP_END}"


def subscript(text: str) -> str:
    """`text` as lowered characters."""
    return f"{_DOWN}{MARKS.sub('', text)}{_DOWN_END}"


def resolve(line: str) -> str:
    """`line` with its raised and lowered characters as plain text."""
    if not MARKS.search(line):
        return line
    line = _NOTE_MARK.sub("", line)
    line = line.replace(f"{_UP_END}{_UP}", "").replace(f"{_DOWN_END}{_DOWN}", "")
    line = _FRACTION.sub(_fraction, line)
    line = _LOWERED.sub(_lowered, line)
    return MARKS.sub("", _RAISED.sub(_raised, line))


def _fraction(match: re.Match[str]) -> str:
    whole, above, below = match.groups()
    sign = _VULGAR.get(f"{above}/{below}")
    return whole + (sign or f"{' ' if whole else ''}{above}/{below}")


def _lowered(match: re.Match[str]) -> str:
    text = match[1].strip()
    return text.translate(_SUBSCRIPTS) if re.fullmatch(r"[0-9+\-−=()]+", text) else match[1]


def _raised(match: re.Match[str]) -> str:
    text, before = match[1].strip(), MARKS.sub("", match.string[: match.start()])
    after = match.string[match.end() : match.end() + 1]
    if not text:
        return match[1]
    if _ends_word(before, text):
        return text
    if _LIKE_NOTE.fullmatch(text) and _marks_note(before, text, after):
        return ""
    if _MAPPABLE.fullmatch(text):
        return text.translate(_SUPERSCRIPTS)
    plain = text.upper() in {"TM", "SM"} or not any(map(str.isalnum, text))
    if plain or not before or not before[-1].isalnum() or len(text) > 12:
        return match[1]
    return f"^{text}" if text.isalnum() else f"^({text})"


def _ends_word(before: str, text: str) -> bool:
    """Whether a raised text is the end of an ordinal ("XIXᵉ") or of an abbreviation ("Mᵐᵉ")."""
    counted = _ORDINAL if re.search(r"\d$", before) else _ORDINAL_OF_ROMAN
    if counted.fullmatch(text) and (counted is _ORDINAL or _ROMAN.search(before)):
        return True
    word = re.search(r"[^\W\d_]+$", before)
    return word is not None and _ABBREVIATION.fullmatch(word[0] + text) is not None


def _marks_note(before: str, text: str, after: str) -> bool:
    """Whether a short raised text behind `before` refers to a note, or numbers one."""
    bare = before.rstrip()
    if not bare:  # the number of the note itself, unless it belongs to the letter after it
        return not after.isalpha()
    last = bare[-1]
    isotope = text.isdigit() and after.isalpha() and not before[-1].isalnum()  # "of ²³⁵U"
    if isotope or not text.isdigit() or bare != before:
        return not isotope and not (last.isdigit() and re.fullmatch(r"[ni]", text))
    if last.isdigit():
        year = re.search(r"(?<![\d.,])(?:1[5-9]|20)\d\d$", bare)
        return year is not None
    if last.isalpha():
        word = re.search(r"[^\W\d_]+$", bare)
        if word is None or (len(word[0]) == 2 and _ROMAN.search(bare)):
            return True  # "Henry IV²"; a single letter may be a quantity
        return len(word[0]) > 2 and word[0].lower() not in _UNITS
    return True
