"""People named in a text, and whom "she" means. Pure functions.

    people_in(text, start, end)    ->  where people are named, in order
    antecedent(text, place, word)  ->  the person named last before `place` who fits "he" or "she"

In:  the text of an article, whose quotations are blanked (`rag.retrieval.people.wording`).
Out: spans of it.
Left to others: who speaks (`rag.retrieval.people.speech`).

A person is known by a capital, and by what an article does with its people and not with its places
and companies: it calls them Mr or Dr, gives a role before them ("the cox, Jorunn Pask"), an age or
"who" behind them, or their surname alone later on. A name behind "the" is none of a person.
"""

from __future__ import annotations

import re
from functools import lru_cache

from rag.retrieval.people.introductions import is_role
from rag.retrieval.people.wording import PERSON, Span
from rag.text.sentences import sentence_spans

_NAME = re.compile(PERSON)
_TITLE = re.compile(
    r"(?:Mr|Mrs|Ms|Miss|Mx|Dr|Sir|Dame|Lord|Lady|Prof|Professor|Judge|Captain|Sergeant|Inspector"
    r"|Detective|Father|Sister|Mayor|Premier|President|Minister|Senator|Bishop|Chairman|Chairwoman"
    r"|Herr|Frau|Señora?|Madame|Monsieur)\.?$"
)
_OPENERS = re.compile(  # capitals for the sake of the sentence
    r"(?:He|She|It|They|We|You|I|This|That|These|Those|There|The|A|An|Both|All|Some|Many|Most|One|"
    r"But|And|Or|If|In|On|At|By|For|As|So|Nor|Nobody|Somebody|Its|His|Her|Their|Our|My|What|When|"
    r"Where|Who|How|Why|Asked|According|After|Before|Until|Since|While|With|From|To|Of|Not|No|"
    r"Winning|Former|New|Last|Next|Outside|Among|During|Once|Yesterday|Today|"
    r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|January|February|March|April|May|June|July|"
    r"August|September|October|November|December)$"
)
_BODY = re.compile(  # what companies, papers, places and offices are called
    r"(?:Agency|Alliance|Archive|Army|Assembly|Association|Authority|Bank|Bay|Board|Bridge|"
    r"Broadcasting|Brothers|Bulletin|Bureau|Business|Channel|Chronicle|Church|City|Club|College|"
    r"Commission|Committee|Company|Corporation|Council|Court|Daughters|Department|Dispatch|"
    r"District|Express|Farm|Farmers|Ferries|Fire|Foundation|Fund|Gazette|Grid|Group|Guild|Harbour|"
    r"Head|Herald|Hospital|House|Infirmary|Institute|Island|Islands|Journal|Labour|Lane|League|"
    r"Ledge|Line|Lines|List|Mail|Marine|Market|Mill|Ministry|Museum|Mutual|News|Office|Party|"
    r"Police|Port|Post|Press|Packet|Quay|Race|Rail|Railway|Regatta|Review|River|Road|Row|School|"
    r"Service|Services|Society|Sons|Square|Station|Store|Stores|Street|Sun|Survey|Times|Tower|Town|"
    r"Tribune|Trust|Union|University|Valley|Water|Weir|Wire|Works|Zeitung|ship|Bote)s?$"
)
_BEHIND = re.compile(r",? (?:who\b|\d{1,3}[,.])|, \d{1,3}\b")
_ROLE_BEHIND = re.compile(r", (?P<role>(?:the|an?|its|his|her|their) [^,.;:“”\"]{2,60}?)[,.]")
_HE_WORDS = frozenset(
    re.findall(
        r"\w+",
        "mr sir lord king father brother son husband uncle nephew chairman spokesman fisherman "
        "policeman fireman landlord abbot monk priest prince duke widower herr el monsieur",
    )
)
_SHE_WORDS = frozenset(
    re.findall(
        r"\w+",
        "mrs ms miss dame lady queen mother sister daughter wife aunt niece chairwoman "
        "spokeswoman policewoman landlady nun abbess princess duchess widow midwife frau la "
        "señora madame",
    )
)
_HE, _SHE = r"\b(?:he|him|his)\b", r"\b(?:she|her|hers)\b"
_FORMS = {"he": _HE, "his": _HE, "she": _SHE, "her": _SHE}
_MOST_BACK = 4  # sentences that have neither name nor pronoun


def people_in(text: str, start: int = 0, end: int | None = None) -> list[Span]:
    """Where `text[start:end]` names people, with their first names and without titles."""
    spans = []
    for match in _NAME.finditer(text, start, len(text) if end is None else end):
        first = _first_word(match)
        if first < match.end() and _is_person(text, first, match.end()):
            spans.append((first, match.end()))
    return spans


def antecedent(text: str, place: int, pronoun: str) -> Span | None:
    """Where the person is named whom `pronoun` at `place` means; None where nobody fits.

    A sentence that has the same pronoun before any name goes on about the same person. The first
    before it that does not, and introduces somebody who fits or is about them, tells who that is:
    in it who opens it, who is told more of, or the only one. Where it names several in another way,
    nobody is meant.
    """
    same = re.compile(_FORMS[pronoun.lower()], re.I)
    left = _MOST_BACK
    for start, end in reversed([span for span in sentence_spans(text) if span[0] < place]):
        people = people_in(text, start, min(end, place))
        fitting = [
            each
            for each in people
            if (_is_introduced(text, *each) or _is_subject(text, start, each[0]))
            and _fits(text, each, pronoun)
        ]
        goes_on = same.search(text, start, fitting[0][0] if fitting else min(end, place))
        if fitting and not goes_on:
            return _most_prominent(text, start, fitting)
        left -= not goes_on
        if not left:
            return None
    return None


def full_name(text: str, span: Span) -> str:
    """The name at `span`, or the full one that `text` gives somewhere for a surname alone."""
    name = text[slice(*span)]
    if " " in name:
        return name
    return next((full for full in _full_names(text) if full.split()[-1] == name), name)


def is_title(word: str) -> bool:
    """Whether `word` is a title, as it stands before a name: "Ms", "Judge"."""
    return _TITLE.match(word) is not None


def _first_word(match: re.Match[str]) -> int:
    """Where the name itself begins, behind what only opens the sentence, titles and roles."""
    start = match.start()
    words = list(re.finditer(r"\S+", match[0]))
    for n, word in enumerate(words):
        is_last = n == len(words) - 1
        if not (_OPENERS.match(word[0]) or _TITLE.match(word[0])) and (
            is_last or not is_role(word[0].lower()) or n > 0
        ):
            return start + word.start()
    return match.end()


def _is_person(text: str, start: int, end: int) -> bool:
    name = text[start:end]
    words = name.split()
    if text[end : end + 2] in ("’s", "'s"):
        return False
    if name.isupper() or _BODY.match(words[-1]) or (len(words) > 1 and _BODY.match(words[0])):
        return False
    if re.search(r"\b[Tt]he $", text[max(0, start - 5) : start]):
        return False
    if _is_introduced(text, start, end):
        return True
    if len(words) == 1:
        return name in _surnames(text)
    return not re.search(
        r"\b(?:in|at|off|near|to|from|outside|of|above|below|across|around|over) $",
        text[max(0, start - 9) : start],
    )


def _is_introduced(text: str, start: int, end: int) -> bool:
    """Whether a title or a role stands before the name, or an age or "who" behind it."""
    before = text[max(0, start - 90) : start]
    last = re.search(r"(\S+) $", before)
    if last and (_TITLE.match(last[1]) or is_role(last[1].strip(",“").lower())):
        return True
    behind = _ROLE_BEHIND.match(text, end)
    return bool(
        _BEHIND.match(text, end)
        or (behind and is_role(behind["role"]))
        or (re.search(r"[^,]+, $", before) and is_role(re.split(r"[,.;:] ", before[:-2])[-1]))
    )


@lru_cache(maxsize=64)
def _full_names(text: str) -> tuple[str, ...]:
    names = (
        text[_first_word(match) : match.end()]
        for match in _NAME.finditer(text)
        if _first_word(match) < match.end()
    )
    return tuple(
        dict.fromkeys(name for name in names if " " in name and not _BODY.match(name.split()[-1]))
    )


@lru_cache(maxsize=64)
def _surnames(text: str) -> frozenset[str]:
    """The last words of full names of people, and names that stand behind a title."""
    titled = re.findall(rf"\b(?:Mr|Mrs|Ms|Miss|Dr)\.? ({PERSON})", text)
    full = (
        text[start : match.end()]
        for match in _NAME.finditer(text)
        if (start := _first_word(match)) < match.end()
        and " " in text[start : match.end()]
        and _is_person(text, start, match.end())
    )
    return frozenset(name.split()[-1] for name in (*full, *titled))


def _most_prominent(text: str, start: int, people: list[Span]) -> Span | None:
    names = {full_name(text, each).split()[-1] for each in people}
    if len(names) == 1:
        return people[0]
    if _is_subject(text, start, people[0][0]):
        return people[0]
    told_of = [each for each in people if _BEHIND.match(text, each[1])]
    return told_of[-1] if len(told_of) == 1 else None


def _is_subject(text: str, start: int, place: int) -> bool:
    """Whether a name at `place` is the subject of the sentence at `start`.

    Before it stands nothing, or a role, a title or "But".
    """
    before = text[start:place].strip(" ,\n")
    return (
        before.endswith(tuple('.:”"'))
        or is_role(before)
        or all(_OPENERS.match(each) or _TITLE.match(each) for each in before.split())
    )


def _fits(text: str, span: Span, pronoun: str) -> bool:
    """Whether nothing in the text says that the person is no "he", or no "she"."""
    others = {"he": _SHE_WORDS, "his": _SHE_WORDS, "she": _HE_WORDS, "her": _HE_WORDS}
    against = others.get(pronoun.lower(), frozenset())
    surname = re.escape(text[slice(*span)].rsplit(maxsplit=1)[-1])
    for match in re.finditer(rf"(?P<before>(?:\S+ ){{0,3}}){surname}\b(?P<behind>, [^,.]+)?", text):
        before = match["before"].lower().split()[-3:]
        title = before[-1].strip(".,") if before else ""
        given = [each.strip(".,") for each in before if each.endswith(",")]
        behind = re.findall(r"\w+", (match["behind"] or "").lower())[:3]
        if against & {title, *given, *behind}:
            return False
    return True
