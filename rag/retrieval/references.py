"""What a follow-up or a clause refers to, where what stands before leaves no doubt: by rule.

    resolve_reference(question, history)   ->  a self-contained question, or None
    only_person(answer, earlier)           ->  the one person that a turn leaves "she" to mean
    refers_back(question)                  ->  whether it has a word such as "she" or "it"
    with_context(question, earlier)        ->  "Who came second?" in the race of the last question

In:  a question, earlier turns. Out: "How old is she?" with the only person that the last answer
names, "When was it built?" with the thing the last question is about, "And the Harbour List?" or
"and a year later?" as the last question about that. Left to others: a detail alone ("Since when?":
`rag.retrieval.clauses`), every other reference (`rag.retrieval.rewrite`). Pure functions.

There is no tagger of words: a thing is an article or a possessive and what follows it up to a verb
or a preposition, with what "of", "at" or "in" adds.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.text.citation_marks import EARLIER, strip_citation_marks
from rag.text.dates.forms import MONTH
from rag.text.names import extract_full_names, extract_names
from rag.types import Turn

_PERSON = re.compile(r"\b(?:(?P<he>he|him|his)|(?P<she>she|her|hers))\b", re.I)
_THING = re.compile(r"\b(?P<it>it|its|itself)\b", re.I)
_GROUP = re.compile(r"\b(?P<they>they|them|their|theirs)\b", re.I)
_PLACE = re.compile(
    r"(?<!\bwas )(?<!\bis )(?<!\bare )(?<!\bwere )\bthere\b(?! (?:is|was|are|were)\b)", re.I
)
_THAT_YEAR = re.compile(r"\b(?:(?:in )?(?:that|the same) year|that time)\b", re.I)
_POINTS = re.compile(
    r"\b(?:this|that|these|those)\b(?! (?:days?|weeks?|months?|years?)\b)"
    r"(?! (?:\w+ ){0,3}(?:was|were|is|are|had)\b)",
    re.I,
)
_ONE = re.compile(
    r"\bthe (?P<which>next|last|previous|first|second|third|other|new|old) ones?\b", re.I
)
_POSSESSIVE = re.compile(r"(?:his|hers|its|their|theirs)$", re.I)
_NOUN_BEHIND = re.compile(r"\s+(?!(?:and|or|in|on|at|for|to|by|with|from|of|as|when|if)\b)\w")
_ELLIPSIS = re.compile(
    r"(?:and|but|(?:and )?what about|(?:and )?how about)\s+(?P<rest>.+?)\W*$", re.I
)
_YEAR = re.compile(r"(?:in )?(?P<year>(?:1\d|20)\d\d)$", re.I)
_NUMBERS = ("a", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_YEARS_ON = re.compile(
    rf"(?:in )?(?:(?P<count>\d{{1,2}}|{'|'.join(_NUMBERS)}) years? "
    r"(?P<way>later|earlier|after|before)"
    r"|the (?P<next>next|following|previous) year|the year (?P<side>after|before|earlier))"
    r"(?: (?:that|then))?$",
    re.I,
)
_BACK = ("earlier", "before", "previous")
_ANY_YEAR = re.compile(r"\b(?:1\d|20)\d\d\b")
_NAME = r"(?:the )?[A-Z][\w’'-]+(?: (?:of |the )?[A-Z][\w’'-]+)*"
_SUBJECT = re.compile(
    rf"\b(?P<verb>did|does|do|is|are|was|were|has|have|had|will|would|can|could) {_NAME}"
)
_NOT_A_PERSON = re.compile(
    rf"\b(?:{MONTH}|Street|Road|University|Party|Union|League|Council|Cup)\b"
)
_BEFORE_A_THING = re.compile(r"\b(?:the|an?|at|in|near|off|on|its|their) $", re.I)
_DETERMINER = r"(?:the|an?|its|his|her|their|this|that)"
_PREPOSITION = r"(?:of|at|in|on|off|from|near|for|against|about|over)"
_VERB = (
    r"(?:\w{2,}(?<![aeiou])ed|be|been|built|held|sold|made|found|won|lost|cost|leave|left|weigh|win|take"
    r"|make|have|go|run|come|came|start|begin|open|close|end|sink|sank|happen|sell|pay|break|broke|hit"
    r"|buy|get|carry|say|said|measure|produce|employ|plan|want|use|move|hold|last|cover|contain|lie"
    r"|stand|become|get|earn|charge|raise|lead|led|give|gave|catch|caught|keep|kept|win|now)"
)
_WORD = (
    rf"(?!(?:{_DETERMINER}|{_PREPOSITION}|{_VERB}|and|or|by|to|with|when|after|before)\b)[\w’'-]+"
)
_THING_NAMED = re.compile(
    rf"\b{_DETERMINER} {_WORD}(?: {_WORD}){{0,3}}"
    rf"(?: {_PREPOSITION} (?:(?:the|an?|its|his|her|their) )?(?!\d{{4}}\b){_WORD}"
    r"(?: (?-i:[A-Z])[\w’'-]+)*)*",
    re.I,
)
_ASKS_WHO = re.compile(r"\W*(?:who|whom|whose|which (?!of\b)\w+)\b", re.I)
_ASKS_WHAT = re.compile(r"\W*(?:what|why)\b", re.I)
_COUNTED = re.compile(
    r"\W*(?:how many|which|what) (?P<noun>\w+s|people|men|women|children)\b", re.I
)
_PRONOUN = re.compile(r"\b(?:he|him|his|she|hers?|it|its|they|them|theirs?|there|one)\b", re.I)
_OF_AN_EVENT = re.compile(
    r"\W*(?:who|which \w+|what \w+) (?:(?:was|were|is|are|has|had|have) )?"
    r"(?P<verb>\w+) (?P<rest>.+?)\W*$",
    re.I,
)
_NO_MATTER = re.compile(
    rf"{_PRONOUN.pattern}|\b(?:who|what|which|where|when|how|why)\b.+\b"
    r"(?:who|what|which|where|when|how|why)\b",
    re.I,
)
_MOST_WORDS = 3  # of an earlier answer that a pronoun may mean as a whole


def resolve_reference(question: str, history: Sequence[Turn]) -> str | None:
    """`question` with what it refers to, from the turns of `history`; None where in doubt."""
    earlier = history[-1].question
    last = Turn(earlier, strip_citation_marks(history[-1].answer, EARLIER))
    if ellipsis := _ELLIPSIS.fullmatch(question):
        if about := _about(earlier, ellipsis["rest"]):
            return about
        question = _without_joining(question)
    resolved: str | None = question
    for resolve in (_with_one, _with_person, _with_year, _with_place, _with_thing, _with_group):
        if resolved is None:
            return None
        resolved = resolve(resolved, [*history[:-1], last])
    return resolved if resolved and resolved != question else None


def with_context(question: str, earlier: str) -> str | None:
    """`question`, which names nothing itself, with what the question `earlier` is about.

    "And who came second?" after "Who won the race at Tarn in 2021?" is "Who came second in the
    race at Tarn in 2021?". None where `question` names something or `earlier` is of another form.
    """
    bare = _without_joining(question).strip(" ?.!")
    event = _OF_AN_EVENT.fullmatch(earlier)
    names_something = extract_names(bare) or _THING_NAMED.search(bare) or _ANY_YEAR.search(bare)
    if event is None or names_something or _NO_MATTER.search(f"{bare} {event['rest']}"):
        return None
    if not re.match(r"(?:who|which|what|how)\b", bare, re.I):
        return None
    rest = event["rest"]
    joint = "" if re.match(rf"{_PREPOSITION}\b", rest, re.I) else "in "
    return f"{bare[:1].upper()}{bare[1:]} {joint}{rest}?"


def refers_back(question: str) -> bool:
    """Whether `question` has a pronoun, or another word for what stands before it."""
    return any(each.search(question) for each in (_PRONOUN, _THAT_YEAR, _ONE))


def thing_named(question: str) -> str | None:
    """The only thing that `question` tells by "the …" or "its …", or the last; None without one."""
    things = [each[0] for each in _THING_NAMED.finditer(question)]
    if not things:
        return None
    owner = next(iter(extract_full_names(question) or extract_names(question)), "")
    thing = re.sub(r"^(?:its|their)\b", f"{owner}'s" if owner else "the", things[-1], flags=re.I)
    return re.sub(r"^an?\b", "the", thing, flags=re.I)


def _without_joining(question: str) -> str:
    """`question` without the "and" or "but" that joins it to what stands before."""
    return re.sub(r"^(?:and|but|so)\s+", "", question, flags=re.I)


def _about(earlier: str, rest: str) -> str | None:
    """The question `earlier`, about `rest` in the place of its year or of its subject."""
    if year := _year_meant(earlier, rest):
        changed, count = _ANY_YEAR.subn(year, earlier)
        return changed if count == 1 else None
    if of_it := re.fullmatch(r"(?:its|his|her|their) (?P<what>[\w ’'-]+)", rest, re.I):
        changed, count = re.subn(
            rf"(?<=['’]s )(?:{_WORD})(?: {_WORD})*", of_it["what"], earlier, count=1, flags=re.I
        )
        return changed if count else None
    if not re.fullmatch(_NAME, rest):
        return _about_another(earlier.strip(" ?"), rest)
    changed, count = _SUBJECT.subn(lambda match: f"{match['verb']} {rest}", earlier, count=1)
    return changed if count else None


def _about_another(earlier: str, rest: str) -> str | None:
    """`earlier` about `rest` ("bus drivers", "for a child") in the place of its last words."""
    if not re.fullmatch(r"[\w’'-]+(?: [\w’'-]+){0,3}", rest) or re.match(
        r"(?:the|why|how|who|what|when|where|which)\b", rest, re.I
    ):
        return None
    preposition = re.match(rf"{_PREPOSITION}\b", rest, re.I)
    last = (
        rf" {preposition[0]} [\w’' -]+" if preposition else rf" {_DETERMINER} {_WORD}(?: {_WORD})?"
    )
    changed, count = re.subn(rf"(?:{last})$", f" {rest}", earlier, count=1, flags=re.I)
    return f"{changed}?" if count else None


def _year_meant(earlier: str, rest: str) -> str | None:
    """The year that "in 2019" or "two years later" means after the question `earlier`."""
    if year := _YEAR.fullmatch(rest):
        return year["year"]
    years = _ANY_YEAR.findall(earlier)
    if not (on := _YEARS_ON.fullmatch(rest)) or len(years) != 1:
        return None
    word = (on["count"] or "one").lower()
    count = max(1, _NUMBERS.index(word)) if word in _NUMBERS else int(word)
    way = (on["way"] or on["next"] or on["side"]).lower()
    return str(int(years[0]) + (-count if way in _BACK else count))


def _with_one(question: str, history: Sequence[Turn]) -> str | None:
    """ "The next one" is one of what the last question is about."""
    one = _ONE.search(question)
    if not one:
        return question
    thing = thing_named(history[-1].question)
    if thing is None:
        return None
    kind = re.sub(rf"^{_DETERMINER} ", "", thing, flags=re.I)
    head = re.split(rf" {_PREPOSITION} ", kind, maxsplit=1)[0]
    joint = " of the " if re.search(r"[^s]s$", head) else " "
    return f"{question[: one.start()]}the {one['which']}{joint}{kind}{question[one.end() :]}"


def _with_person(question: str, history: Sequence[Turn]) -> str | None:
    pronoun = _PERSON.search(question)
    if not pronoun:
        return question
    for turn in reversed(history):
        if name := only_person(turn.answer, turn.question):
            return _replaced(_PERSON, question, name, "he" if pronoun["he"] else "she")
        if not _PERSON.search(turn.question):
            break
    ship = re.search(rf"\bthe (?P<name>{_NAME})", history[-1].question)
    if ship and pronoun["she"] and not _ASKS_WHO.match(history[-1].question):
        return _replaced(_PERSON, question, f"the {ship['name']}", "she")
    return None


def _with_year(question: str, history: Sequence[Turn]) -> str | None:
    years = _ANY_YEAR.findall(history[-1].question)
    if not _THAT_YEAR.search(question):
        return question
    if len(years) != 1:
        return None
    bare = " ".join(_THAT_YEAR.sub("", question).replace("?", "").split())
    return with_context(bare, history[-1].question) or _THAT_YEAR.sub(f"in {years[0]}", question)


def _with_place(question: str, history: Sequence[Turn]) -> str | None:
    if not _PLACE.search(question):
        return question
    place = thing_named(history[-1].question)
    if place:
        return _PLACE.sub(f"at {place}", question)
    named = re.search(rf"\b(?P<at>in|at) (?P<name>{_NAME})", history[-1].question)
    return _PLACE.sub(named[0], question) if named else None


def _with_thing(question: str, history: Sequence[Turn]) -> str | None:
    if not _THING.search(question):
        return None if _POINTS.search(question) else question
    earlier, answer, _ = history[-1]
    if _ASKS_WHAT.match(earlier) and answer:  # "it" may be what the answer names
        return None
    thing = thing_named(earlier)
    return _replaced(_THING, question, thing, "it") if thing else None


def _with_group(question: str, history: Sequence[Turn]) -> str | None:
    """They are who the last answer names, where it is short, in what the last question tells of."""
    if not _GROUP.search(question):
        return question
    earlier, answer, _ = history[-1]
    group = answer.strip(" .")
    if any(name in question for name in extract_full_names(answer)):  # they are others
        return question
    if counted := _COUNTED.match(earlier):
        return _replaced(_GROUP, question, f"the {counted['noun']}", "they")
    if not _ASKS_WHO.match(earlier):
        return None
    if not group or len(group.split()) > _MOST_WORDS or not extract_names(f"x {group}"):
        return None
    event = _OF_AN_EVENT.fullmatch(earlier)
    replaced = _replaced(_GROUP, question, group, "they").rstrip(" ?")
    in_event = bool(event) and not extract_names(question) and event
    return f"{replaced} in {in_event['rest']}?" if in_event else f"{replaced}?"


def only_person(answer: str, earlier: str) -> str | None:
    """The one full name that the answer adds to the question; else the only one of the question."""
    new = [each for each in _persons(answer) if each not in earlier]
    for persons in (set(new), set(_persons(earlier))):
        if persons:
            return persons.pop() if len(persons) == 1 else None
    return None


def _persons(text: str) -> list[str]:
    """The full names in `text` that may be those of persons: not "the Maren", "in Port Tarn"."""
    return [
        name
        for name in dict.fromkeys(extract_full_names(text))
        if not _NOT_A_PERSON.search(name)
        and not _BEFORE_A_THING.search(text[: text.index(name)])
        and not re.match(r"(?:When|Where|Who|What|Which|How|The) ", name)
    ]


def _replaced(pronouns: re.Pattern[str], question: str, name: str, group: str) -> str:
    def replace(match: re.Match[str]) -> str:
        if not match[group]:
            return match[0]
        behind = match.string[match.end() :]
        owns = _POSSESSIVE.match(match[0]) or (
            match[0].lower() == "her" and _NOUN_BEHIND.match(behind)
        )
        return f"{name}'s" if owns else name

    return pronouns.sub(replace, question)
