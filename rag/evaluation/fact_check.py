"""The numbers, names and quotations of a sentence, and whether a text contains them.

In:  a sentence; the text that is meant to support it. Out: those that the text lacks, as written.
Left to others: what follows from that (`rag.evaluation.citation_metrics`).

Shares no rule with the check of answers (`rag.grounding.support`), only word stems, the month
table and the folding of accents (`rag.text`), so that a fault of that check shows up here. The
comparison:

    numbers   by value: "7,000", "7000", "seven thousand" and "7 thousand" are one number; "18"
              and "18 million" are two; "72nd" is 72 and "1950s" is 1950. "One" alone is taken
              for a pronoun and requires nothing, nor do "first", "second" and so on; in the text
              they count. Dates are compared part by part.
    names     capitalised words except function words, titles of persons and the pronoun I.
              "Korean" matches "Korea"; "US" matches "U.S." but not "us"; "WHO" matches "World
              Health Organization". The first word of a sentence is compared like the others: a
              rare common noun there is reported as a missing name rather than a name overlooked.
    months    "Sept." is September, and 2024-06-12 contains "June".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from rag.text.dates.forms import MONTH_ABBREVIATIONS, MONTHS, month_number
from rag.text.folding import fold_accents, fold_compatible
from rag.text.stemming import stem_tokens


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_UNITS = _words(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
)
_TENS = _words("twenty thirty forty fifty sixty seventy eighty ninety")
_ORDINALS = _words(
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth "
    "fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth"
)
_SMALL = {
    **{word: number for number, word in enumerate(_UNITS)},
    **{word: 10 * number for number, word in enumerate(_TENS, start=2)},
    "dozen": 12,
}
_ORDINAL = {
    **{word: number for number, word in enumerate(_ORDINALS, start=1)},
    **{word[:-1] + "ieth": value for word, value in _SMALL.items() if word in _TENS},
}
_SCALES = {
    "thousand": 1_000,
    "million": 1_000_000,
    "billion": 1_000_000_000,
    "trillion": 1_000_000_000_000,
}
_NUMERAL = r"\d{1,3}(?:[,\u00a0\u202f]\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?"
_PART = re.compile(rf"(?P<numeral>{_NUMERAL})(?P<tail>[a-z]*)|(?P<word>[^\W\d_]+)", re.I)
_RANGE = re.compile(
    rf"({_NUMERAL})\s*(?:-|\u2013|to|and|or)\s*(?:{_NUMERAL})\s*({'|'.join(_SCALES)})", re.I
)
_SHORT_MONTH = re.compile(rf"\b({'|'.join(MONTH_ABBREVIATIONS)})\b\.?")
_ISO = re.compile(r"\b\d{4}-(0[1-9]|1[0-2])(?:-\d\d)?\b")
_QUOTED = re.compile(r"[\"“”„«]([^\"“”„«»]+)[\"“”»]")
_WORD = re.compile(r"(?:[^\W\d_]\.){2,}|[^\W\d_]+")
_NO_NAMES = frozenset(
    _words(  # function words, and adverbs that open sentences; titles of persons
        "a about above according accordingly across additionally after afterwards again "
        "against all almost along already also although among an and another any "
        "approximately are around as at based be because been before being below besides "
        "between both but by can could compared did despite do does due during each earlier "
        "either even every few finally first following for former from further furthermore "
        "had has have having he hence her here hers him his how however i if in indeed "
        "instead into is it its itself just last later less many may me meanwhile might "
        "more moreover most much must my namely near nearly neither never no nor not "
        "nothing now of off on once one only or other our out over overall own per perhaps "
        "rather same second several she should similarly since so some soon still such than "
        "that the their them then there therefore these they third this those though "
        "through throughout thus to together too toward towards two under unlike until up "
        "upon us using various very via was we were what when where whereas whether which "
        "while who whom whose why will with within without would yes yet you your mr mrs ms "
        "miss dr prof sir lord lady rep sen gen president minister professor"
    )
)
_DEMONYMS = {
    "french": "france", "spanish": "spain", "dutch": "netherlands", "greek": "greece",
    "polish": "poland", "danish": "denmark", "welsh": "wales", "scottish": "scotland",
    "irish": "ireland", "english": "england", "finnish": "finland", "thai": "thailand",
    "turkish": "turkey", "norwegian": "norway", "american": "us", "americans": "us",
}  # fmt: skip
_ENDINGS = frozenset(
    ("", *_words("a an ans ain e ea ean eans en er ers ese i ia ian ians ic is ish n ns ne s y"))
)


def extract_numbers(text: str, *, ordinals: bool = False) -> list[tuple[str, Decimal]]:
    """The numbers of `text`, as written and by value; with `ordinals`, "third" is 3 too."""
    return [(text[start:end], value) for start, end, value in _number_runs(text, ordinals)]


def missing_numbers(sentence: str, text: str) -> tuple[str, ...]:
    """The numbers of `sentence`, as written, whose value is not in `text`."""
    values = {value for _, value in extract_numbers(text, ordinals=True)}
    for number, scale in _RANGE.findall(text):  # "between 18 and 25 million"
        values.add(_decimal(number) * _SCALES[scale.lower()])
    numbers = [
        (surface, value) for surface, value in extract_numbers(sentence) if surface.lower() != "one"
    ]
    return tuple(dict.fromkeys(surface for surface, value in numbers if value not in values))


def extract_names(sentence: str) -> tuple[str, ...]:
    """The words of `sentence` that may be names, without "'s", in order."""
    names = []
    for position, word in enumerate(_WORD.findall(_without_clitics(sentence))):
        month = word == "May" and position > 0
        common = word.lower() in _NO_NAMES and not _is_capitals(word) and not month
        if word[0].isupper() and not common:
            names.append(word)
    return tuple(dict.fromkeys(word for word in names if word != "I"))


def missing_names(sentence: str, text: str) -> tuple[str, ...]:
    """The names of `sentence` that `text` does not contain."""
    words = _WORD.findall(_without_clitics(_with_month_names(text)))
    capitalized = [word for word in words if word[0].isupper()]
    folded_words = frozenset(map(_folded, words))
    folded_names = frozenset(map(_folded, capitalized))
    initials = "".join(word[0] for word in capitalized if "." not in word)
    text_stems = frozenset(stem_tokens([text])[0])

    def in_text(name: str) -> bool:
        folded = _folded(name)
        if _is_capitals(name):
            return folded in folded_names or (len(folded) > 2 and folded.upper() in initials)
        if folded in folded_words or text_stems.intersection(*stem_tokens([name])):
            return True
        country = _DEMONYMS.get(folded, folded)
        return country in folded_words or any(
            _is_same_name(country, _DEMONYMS.get(word, word)) for word in folded_names
        )

    return tuple(name for name in extract_names(_long_months(sentence)) if not in_text(name))


def missing_quotations(sentence: str, text: str) -> tuple[str, ...]:
    """What `sentence` puts in quotation marks, two words or more, that `text` does not contain."""
    padded = f" {_plain_words(text)} "
    quotations = [q for q in _QUOTED.findall(sentence) if len(_plain_words(q).split()) > 1]
    return tuple(each for each in quotations if f" {_plain_words(each)} " not in padded)


def _number_runs(text: str, ordinals: bool) -> Iterator[tuple[int, int, Decimal]]:
    """Start, end and value of each run of number words and numerals that is one number."""
    start, end, total = -1, 0, Decimal(0)  # total: what scales have closed ("two thousand …")
    addend: Decimal | None = None  # what is being added up
    joins = False  # the last word was "hundred" or "thousand", after which "and" may join

    def close() -> Iterator[tuple[int, int, Decimal]]:
        nonlocal start, total, addend, joins
        if start >= 0:
            yield start, end, total + (addend or 0)
        start, total, addend, joins = -1, Decimal(0), None, False

    for match in _PART.finditer(text):
        word = (match["word"] or "").lower()
        gap = text[end : match.start()].strip(" \u00a0-")
        if start >= 0 and gap not in ("", "and" if joins else ""):
            yield from close()
        if match["numeral"]:
            yield from close()
            start, addend = match.start(), _decimal(match["numeral"])
        elif word in _SMALL or (ordinals and word in _ORDINAL):
            value = Decimal(_SMALL[word] if word in _SMALL else _ORDINAL[word])
            if addend is not None and not _fits(addend, value):
                yield from close()
            start = match.start() if start < 0 else start
            addend, joins = (addend or Decimal(0)) + value, False
        elif word == "hundred" and (addend is None or addend < 100):
            start = match.start() if start < 0 else start
            addend, joins = (addend or Decimal(1)) * 100, True
        elif word in _SCALES and not (start >= 0 and addend is None):
            start = match.start() if start < 0 else start
            total, addend, joins = total + (addend or 1) * _SCALES[word], None, word == "thousand"
        elif word == "and" and joins:
            continue
        else:
            yield from close()
            continue
        end = match.end()
    yield from close()


def _fits(addend: Decimal, value: Decimal) -> bool:
    """Whether `value` may follow `addend` in one number: "forty-two", "two hundred five"."""
    return addend >= 20 and (addend % 100 == 0 if value >= 10 else addend % 10 == 0)


def _decimal(numeral: str) -> Decimal:
    return Decimal(re.sub(r"[,\u00a0\u202f]", "", numeral))


def _is_capitals(word: str) -> bool:
    return len(word.replace(".", "")) > 1 and word.isupper()


def _folded(word: str) -> str:
    return fold_accents(word.lower().replace(".", ""))


def _without_clitics(text: str) -> str:
    """`text` without endings behind an apostrophe, which are no part of a name."""
    return re.sub(r"(?<=\w)['’](?:s|re|ve|ll|d|m|t)?\b", " ", text)


def _long_months(text: str) -> str:
    return _SHORT_MONTH.sub(lambda m: MONTHS[month_number(m[1]) - 1], text)


def _with_month_names(text: str) -> str:
    """Months spelled out: "Sept." is September, and 2024-06-12 brings "June" with it."""
    return _ISO.sub(lambda m: f"{m[0]} {MONTHS[int(m[1]) - 1]}", _long_months(text))


def _is_same_name(one: str, other: str) -> bool:
    """Whether two words are one name with different endings: "china", "chinese"."""
    pairs = enumerate(zip(one, other, strict=False))
    differs_at = next((n for n, (a, b) in pairs if a != b), None)
    shared = min(len(one), len(other)) if differs_at is None else differs_at
    cuts = range(4, shared + 1)  # lengths of a common stem
    return one == other or any(one[n:] in _ENDINGS and other[n:] in _ENDINGS for n in cuts)


def _plain_words(text: str) -> str:
    """Lower-case words alone: punctuation and spacing do not count within a quotation."""
    return " ".join(re.findall(r"\w+", fold_compatible(text).lower()))
