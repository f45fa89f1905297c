"""The likeliest encoding of bytes that declare none: by the letters that they become.

    likeliest(data)  ->  `Guess`: the encoding, and whether another is about as likely

Each encoding is tried on the bytes above 127 and their neighbours. What it makes of them is scored
as text of one language: its letters by how common they are, marks by whether they stand where such
marks stand, East Asian characters by how common they are. A short text is enough, since a wrong
encoding gives letters that no single language has. Left to others: marks of the encoding, UTF-8
and UTF-16 (`rag.ingest.decoding`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

# letters beyond ASCII, by language, most common first
_LATIN = {
    "de": "üäöß",
    "fr": "éèàêçôîûâùëïœæ",
    "es": "óíáéñúü",
    "pt": "ãçáéíóõêâúà",
    "it": "àèùòìé",
    "sv": "äåöé",
    "da": "åøæéö",
    "is": "áðíéúóþæöý",
    "nl": "ëïéö",
    "cs": "íáéěřčžýůšúťďňó",
    "sk": "áíéčšžýúťľôňďäŕĺó",
    "pl": "łążęóśćźń",
    "hu": "éáőöíüóúű",
    "ro": "ăîâșțşţ",
    "hr": "čšžćđ",
    "tr": "ışüğçöİâ",
    "lt": "ėųįšžąčūę",
    "lv": "āēīūšžčņļķģ",
    "et": "äõöüšž",
}
_SCRIPTS = {
    "ru": "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё",
    "uk": "оаинітеврслкмдупязьбгйчхцжюїщєшфґ",
    "bg": "аоиетнрсвлдкпмзягубчъцжщйхфюшь",
    "sr": "аиоенрсјтувкдмплзбгчшцхжљњћђфџ",
    "el": "αοιτεσνηυρπκμλςωάέίόήύώθγδχφβξζψϊΐ",
    "he": "יוהלאתרבשמנםדעקחפטכגזסצןךףץ",
    "ar": "اليمنترويةوبدعسفكهجحقأشصطخثذغضظزىإآؤئء",
}
_ALPHABETS = {
    language: {letter: -math.log(rank + 2) - 0.6 for rank, letter in enumerate(letters)}
    for language, letters in (_LATIN | _SCRIPTS).items()
}
for _old, _new in ("şș", "ţț"):  # with a cedilla in most code pages
    _ALPHABETS["ro"][_old] = _ALPHABETS["ro"][_new]
_PRIOR = {"is": -3.0}  # of a language that few files are in, and that Turkish looks like
_VOWELS = {  # of scripts in which a wrong code page gives any letters
    **dict.fromkeys(("ru", "uk", "bg", "sr"), frozenset("аеёиоуыэюяіїє")),
    "el": frozenset("αεηιουωάέήίόύώϊΐϋΰ"),
}
_LEAST_VOWELS, _MANY_LETTERS = 0.28, 12  # share of the letters of a text of so many
_ACCENTS = frozenset("άέήίόύώΐΰ")  # that a Greek word of two syllables has
_BEFORE = {"pt": {"õ": "e", "ã": "oesmi"}}  # what alone follows a letter within a word
_PREFERENCE = {  # of encodings that read a text about equally well
    **{"cp1252": 0.0, "cp1251": 0.0, "cp1250": -0.05, "iso8859-2": -0.04, "koi8_r": -0.05},
    **{"koi8_u": -0.06, "iso8859-5": -0.1, "mac_roman": -0.15, "cp1253": -0.05, "iso8859-7": -0.1},
    **{"cp1254": -0.1, "cp1255": -0.1, "cp1256": -0.1, "iso8859-6": -0.15, "cp1257": -0.1},
    **{"iso8859-4": -0.4, "iso8859-13": -0.15, "iso8859-16": -0.25, "iso8859-15": -0.1},
    **{"mac_latin2": -0.2, "mac_cyrillic": -0.2, "cp850": -0.25, "cp852": -0.25, "cp866": -0.15},
    **{"cp437": -0.3, "cp775": -0.3, "cp737": -0.3, "cp857": -0.25, "mac_greek": -0.25},
    **{"mac_turkish": -0.25},
}
_MOST_PREFERRED = 24  # bytes above 127: of more, the few that read otherwise decide
_EAST_ASIAN = {  # and the bytes with which its common characters begin in one of its code pages
    "cp932": ("euc_jp", range(0xB0, 0xD0)),
    "euc_jp": ("euc_jp", range(0xB0, 0xD0)),
    "gb18030": ("gb2312", range(0xB0, 0xD8)),
    "big5": ("big5", range(0xA4, 0xC7)),
    "cp949": ("euc_kr", range(0xB0, 0xC9)),
}
_UNLIKELY, _IMPOSSIBLE, _MISPLACED = -9.0, -14.0, -4.0
_WORST = -5.2  # mean score from which a text is one in no encoding
_COMMONEST, _BONUS = "cp1252", 4.0  # most files without a declared encoding are in this one
_DOUBT = 3.0  # logarithm of how many times likelier a guess must be than the next
_FEW_HIGH = 4  # bytes of a text for each that is above 127
_SAMPLE = 6_000  # bytes above 127 that are scored
_SPACED_IDEOGRAPHS = re.compile(r"(?<=[\u4e00-\u9fff]) (?=[\u4e00-\u9fff])")
_OPENING, _CLOSING, _MONEY = "“„«‘‚‹»›¿¡", "”“’»‘›«‹", "€£$¥¢"
_BESIDE_DIGITS = "°×½¼¾±²³‰·"
_NOT_BEFORE_LETTERS = "¶§®™´¨¬¦ªºµ"
_RARE_MARKS = "§©®™•·†‡¶ªºµ¦¬¨´¸"


class Guess(NamedTuple):
    """An encoding, and whether the bytes are about as likely in another that reads otherwise."""

    encoding: str
    doubtful: bool


def likeliest(data: bytes) -> Guess | None:
    """The encoding in which `data` reads best; None where it reads as text in none."""
    sample = _around_high_bytes(data)
    high = sum(byte > 127 for byte in sample)
    if not high:
        return None
    scores = sorted(
        (
            (score + _BONUS * (encoding == _COMMONEST), encoding, text)
            for encoding, score, text in _scored(sample)
        ),
        reverse=True,
    )
    best, encoding, text = scores[0]
    if best / high < _WORST:
        # a text with a few bytes that nobody can tell is still a text
        return Guess(_COMMONEST, doubtful=True) if _FEW_HIGH * high <= len(sample) else None
    others = [score for score, _, other in scores if other != text]
    return Guess(encoding, bool(others) and best - others[0] < _DOUBT)


def _around_high_bytes(data: bytes) -> bytes:
    """The words of `data` with bytes above 127, as far as the sample reaches."""
    high = re.compile(rb"[\x80-\xff]")
    if len(high.findall(data[: 4 * _SAMPLE])) and len(data) <= 4 * _SAMPLE:
        return data
    lines, total = [], 0
    for line in data.split(b"\n"):
        if count := len(high.findall(line)):
            lines.append(line)
            total += count
        if total >= _SAMPLE:
            break
    return b"\n".join(lines)[: 4 * _SAMPLE]


def _scored(sample: bytes) -> Iterator[tuple[str, float, str]]:
    """Each encoding with the sum of its scores (logarithms) and the text that it gives."""
    for encoding, preference in _PREFERENCE.items():
        text = sample.decode(encoding, "replace")
        high = sum(byte > 127 for byte in sample)
        yield encoding, _score_alphabetic(text) + preference * min(high, _MOST_PREFERRED), text
    for encoding, (page, common) in _EAST_ASIAN.items():
        cut = 0.0
        try:
            text = sample.decode(encoding)
        except UnicodeDecodeError as error:
            if len(sample) - error.start > 3:
                continue  # not only cut off at the end of the sample
            text, cut = sample[: error.start].decode(encoding), _IMPOSSIBLE
        score = cut + sum(_score_east_asian(char, page, common) for char in text)
        if encoding != "cp949":  # Korean alone parts words by blanks
            score += _UNLIKELY * len(_SPACED_IDEOGRAPHS.findall(text))
        yield encoding, score, text


def _score_alphabetic(text: str) -> float:
    """The score of what is not ASCII in `text`, as text of the language that fits best."""
    marks, letters = _unpaired(text), list[tuple[str, float, str]]()
    for at, char in enumerate(text):
        if char < "\x80":
            continue
        before, after = text[at - 1 : at] or " ", text[at + 1 : at + 2] or " "
        if char.isalpha():
            low = char if char == "İ" else char.lower()
            letters.append((low, _score_place(char, before, after), after.lower()))
        else:
            marks += _score_mark(char, before, after)
    return marks + max((_score_in(language, letters) for language in _ALPHABETS), default=0.0)


def _score_in(language: str, letters: Sequence[tuple[str, float, str]]) -> float:
    """The score of letters, each with that of its place and what follows it, in a language."""
    if not letters:
        return 0.0
    alphabet, following = _ALPHABETS[language], _BEFORE.get(language, {})
    score = _PRIOR.get(language, 0.0)
    for letter, place, after in letters:
        misplaced = after.isalpha() and after not in following.get(letter, after)
        score += place + (_IMPOSSIBLE if misplaced else alphabet.get(letter, _UNLIKELY))
    if vowels := _VOWELS.get(language):
        share = sum(letter in vowels for letter, _, _ in letters) / len(letters)
        if share < _LEAST_VOWELS and len(letters) >= _MANY_LETTERS:
            score += _MISPLACED * len(letters) / _MANY_LETTERS
        if language == "el" and not any(letter in _ACCENTS for letter, _, _ in letters):
            score += _MISPLACED
    return score


def _unpaired(text: str) -> float:
    """The score of guillemets that open or close nothing."""
    return _MISPLACED if ("«" in text) != ("»" in text) else 0.0


def _score_place(char: str, before: str, after: str) -> float:
    """How a letter stands in its word: no capital after a small letter, one script alone."""
    score = -4.0 if char.isupper() and before.islower() else 0.0
    if char.isupper() and after.islower() and before.isupper():
        score -= 3.0
    latin = "LATIN" if ord(char) < 0x370 else ""
    for other in (before, after):
        if other.isalpha() and bool(latin) != (ord(other) < 0x370):
            score -= 3.0
        elif other.isdigit():
            score -= 4.0
    return score


def _score_mark(char: str, before: str, after: str) -> float:
    """How likely a sign that is no letter is between its neighbours."""
    apart_before, apart_after = not before.isalnum(), not after.isalnum()
    beside_blank = before.isspace() or after.isspace()
    beside_digit = before.isdigit() or after.isdigit()
    fitting = (
        (-1.5, char == "’" and (before.isalpha() or after.isdigit())),
        (-5.0, char == "’" and after.isalpha()),
        (_UNLIKELY, char in _NOT_BEFORE_LETTERS and apart_before and after.isalpha()),
        (_UNLIKELY, char == "©" and not (after.isalnum() or after.isspace())),
        (-2.0, char in _OPENING and apart_before and not apart_after),
        (-2.0, char in _CLOSING and apart_after and not before.isspace()),
        (-2.5, char == "\xa0"),
        (-2.5, char in "–—…" and not (before.isalpha() and after.isalpha())),
        (-3.0, char in _MONEY and (beside_digit or (before.isspace() and after.isspace()))),
        (-3.0, char in _BESIDE_DIGITS and beside_digit),
        (-3.5, char in "«»„“”" and beside_blank),
        (-5.0, char in _RARE_MARKS and (apart_before or apart_after)),
    )
    control = ord(char) < 0xA0 or char == "\ufffd"
    worst = _IMPOSSIBLE if control else _UNLIKELY
    return next((score for score, fits in fitting if fits), worst)


def _score_east_asian(char: str, page: str, common: range) -> float:
    """How common a character is; none where it takes one byte, as ASCII does."""
    if char < "\x80":
        return 0.0
    code = ord(char)
    if 0x3041 <= code <= 0x3096:
        return -4.5 if page == "euc_jp" else -12.0
    if 0x30A1 <= code <= 0x30FC or 0x3001 <= code <= 0x3011 or 0xFF01 <= code <= 0xFF5E:
        return -6.0
    if 0xFF61 <= code <= 0xFF9F or 0xE000 <= code < 0xF900 or code == 0xFFFD:
        return _IMPOSSIBLE
    try:
        lead = char.encode(page)[0]
    except UnicodeEncodeError:
        return 2 * _UNLIKELY
    return -7.0 if lead in common else -13.0
