"""Sentences to clauses whose subject is a name: who or what, its verb, what follows.

    clauses_of(sentence)  ->  "The Row was won by Hulm in 2018" as subject, "was", verb, rest

In:  a `SourceSentence`. Out: `Clause`s, in order.
Left to others: questions made of them (`rag.evaluation.exam.makers`).

Only what stands on the surface is read: a name, perhaps with an aside between commas, right before
a verb of the table (`rag.text.verbs`), and the words up to the end of the clause. What a sentence
denies, hedges or leaves open is no statement, and gives no clause.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from rag.evaluation.exam.sources import COMPASS, SourceSentence
from rag.retrieval.people.introductions import find_role, is_role
from rag.retrieval.people.mentions import antecedent, full_name, is_title
from rag.retrieval.people.wording import without_quotations
from rag.text.dates.forms import MONTH, WEEKDAY
from rag.text.names import NAME_WORD
from rag.text.numbers import COUNTING_WORDS
from rag.text.polarity import polarity_of
from rag.text.stemming import stem_tokens
from rag.text.verbs import Form, Verb, verbs_of_form

__all__ = ["NAME", "Clause", "clauses_of", "is_name", "without_time"]

_LINK = (
    r"(?: & |['’]s? | (?:van|von|de|der|den|da|di|du|la|le|al|bin)(?: (?:la|der|den))? "
    r"| of (?:the )?| )"
)
NAME = rf"{NAME_WORD}(?:{_LINK}(?:{NAME_WORD}|[A-Z]\b\.?|[1-9]\d?\b))*"
_SUBJECT = re.compile(
    r"(?:^|(?<=[;:] )|(?<=, )|(?<=, and )|(?<=, but )|(?<=\b[Ww]hen )|(?<=\b[Aa]fter )"
    r"|(?<=\b[Bb]efore )|(?<=^But )|(?<=^And )|(?<=^Yet ))"
    rf"(?P<subject>(?:[Tt]he (?:[a-z][\w-]+ ){{0,2}})?{NAME}|(?<![\w ])(?:He|She)\b)"
    r"(?P<aside>, [^,;:]{3,90},)?"
    r"(?P<adverb> (?:also|then|later|first|now|once|already|recently|since|long|\w+ly))*"
    r" (?P<aux>was|were|is|are|has been|have been|had been|has|have|had|will|would|can|could|may"
    r"|might|must|should)?(?P<space> )?"
    r"(?P<late>(?:also|then|later|first|now|once|already|recently|since|long|\w+ly) )?"
    r"(?P<verb>[a-z]+)\b"
)
_END = re.compile(
    r"[;:—–“”\"()]|, "
    r"| and (?:has|have|had|was|were|is|are|may|might|could|can|will|would|not|never)\b"
    r"|,? (?:but|while|because|although|though|when|where|which|who|whom|whose|that"
    r"|so|if|until|unless|whether|as|despite|citing|amid|amidst|after|before|since then)\b"
    r"| -+ |  |[.!?]+$"
)
_RESTRICTIVE = re.compile(r" (?:that|which|who|whom|whose|where)\b")
_AND = re.compile(r",? and (?:(?:also|then|later) )?(?P<verb>[a-z]+)\b")
_NO_OBJECT = re.compile(r" (?:and|or|of|to|is|are|was|were|has|have|had)\b")  # "K-pop hits and"
_TIME = re.compile(
    r" (?:(?:late |early |only )?(?:on|last|next|this|by|since|until) "
    r"(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|week|month|year|night|summer|winter|spring|"
    r"autumn|morning|evening|afternoon|weekend)(?: (?:morning|evening|night|afternoon))?"
    r"|yesterday|today|tonight|(?:earlier|later) this (?:week|month|year)|so far|again|too|alike"
    r"|as well|in (?:turn|return|exchange)|for its part|within (?:hours|days))(?=[ ,.]|$)"
)
_NO_NAME = (
    frozenset(
        re.findall(
            r"[\w-]+",
            "the a an he she it they we you i this that these those there here but and or nor if "
            "in on at by for as so both all some many most one none each every no not nobody "
            "somebody everybody its his her their our my what when where who how why asked about "
            "after before until since while with from to of last next other others another under "
            "over between meanwhile however mr mrs ms dr today yesterday officials critics police "
            "members three two four",
        )
    )
    | COUNTING_WORDS
)


@dataclass(frozen=True, slots=True)
class Clause:
    """A statement about a subject that has a name.

    `subject` with its "the"; `aux` is "was", "has", "will" or the like, or empty; `rest` is what
    follows the verb up to the end of the clause, without its full stop. `by_pronoun`: the sentence
    calls the subject "he" or "she".
    """

    source: SourceSentence
    subject: str
    aux: str
    verb: Verb
    form: Form
    rest: str
    by_pronoun: bool = False

    @property
    def bare_subject(self) -> str:
        """The name of the subject, without "the" or "the ferry" before it."""
        return _without_article(self.subject)

    @property
    def is_passive(self) -> bool:
        """Whether something is done to the subject: "was built"."""
        return self.form == "participle" and bool(re.search(r"was|were|is|are|been", self.aux))

    @property
    def is_person(self) -> bool:
        """Whether the subject is a person, whose role the article tells."""
        name = self.bare_subject
        if name.split()[0].lower() in COMPASS or not self.source.names_person(name):
            return False
        return bool(find_role(self.source.article.text, name))


def clauses_of(source: SourceSentence) -> Iterator[Clause]:
    """The clauses of a sentence whose subject is a name, those joined by "and" one by one."""
    outside = source.outside
    for match in _SUBJECT.finditer(outside):
        start = match.start("subject")
        if match["aux"] and not match["space"]:
            continue
        by_pronoun = match["subject"] in ("He", "She")
        if by_pronoun:
            subject = _antecedent(source, match["subject"])
        elif is_name(match["subject"], source):
            subject = _trimmed(source, match["subject"], start)
        else:
            continue
        if not subject:
            continue
        aux, rest = match["aux"] or "", outside[match.end() :]
        verb = _finite(match["verb"], aux)
        if (
            verb is None
            or (verb[0].plain == "have" and aux)
            or (verb[1] == "present" and _NO_OBJECT.match(rest))
        ):
            continue
        for clause in _parts(source, subject, aux, verb, rest):
            yield replace(clause, by_pronoun=by_pronoun)


def is_name(subject: str, source: SourceSentence) -> bool:
    """Whether a subject is the name of somebody or something, and no word with a capital."""
    words = _without_article(subject).split()
    if not words or words[0].lower() in _NO_NAME or not stem_tokens([words[0]])[0]:
        return False
    if re.match(rf"{WEEKDAY}|{MONTH}", words[0]):
        return False
    if len(words) > 1:
        return True
    text = source.article.text  # the first word of a sentence has a capital anyway
    inside = rf"(?<=[\w,;] ){re.escape(words[0])}(?!\w)"
    plain = rf"(?<!\w){re.escape(words[0].lower())}(?!\w)"
    return bool(re.search(inside, text)) and not re.search(plain, text)


def without_time(rest: str) -> str:
    """`rest` without times that only the day of the article makes clear: "on Friday"."""
    return _TIME.sub("", rest)


def _antecedent(source: SourceSentence, pronoun: str) -> str:
    """The full name of whom a sentence calls "he" or "she"; "" where that is in doubt."""
    text = without_quotations(source.article.text)
    who = antecedent(text, source.start, pronoun)
    name = full_name(text, who) if who else ""
    return name if " " in name else ""


def _without_article(subject: str) -> str:
    return re.sub(r"^[Tt]he (?:[a-z][\w-]+ )*", "", subject)


def _trimmed(source: SourceSentence, subject: str, start: int) -> str:
    """A subject; of a person the name alone, without titles and roles."""
    end = start + len(subject)
    for first, last in source.people:
        before = re.sub(r"^[Tt]he |^[Tt]he$", "", source.outside[start:first].strip())
        is_known = not before or is_role(before) or all(map(is_title, before.split()))
        if start <= first and last == end and is_known:
            return source.outside[first:last]
    words = subject.split()
    while len(words) > 1 and is_title(words[0]):
        words.pop(0)
    return " ".join(words)


def _finite(word: str, aux: str) -> tuple[Verb, Form] | None:
    """The verb that `word` is behind `aux`, in the form that fits there."""
    known = verbs_of_form(word)
    wanted: tuple[Form, ...] = ("past", "present")
    if re.search(r"\b(?:was|were|is|are|been|has|have|had)$", aux):
        wanted = ("participle",)
    elif aux:
        wanted = ("plain",)
    return next(((verb, form) for verb, form in known if form in wanted), None)


def _parts(
    source: SourceSentence, subject: str, aux: str, verb: tuple[Verb, Form], rest: str
) -> Iterator[Clause]:
    end = _END.search(rest)
    if end and _RESTRICTIVE.match(end[0]):
        return  # "over a course that …" says little without what follows
    own = rest[: end.start()] if end else rest
    following: tuple[Verb, Form] | None = verb
    while following is not None:
        verb = following
        joint = next((m for m in _AND.finditer(own) if _is_verb(m["verb"], verb[1])), None)
        part = own[: joint.start()] if joint else own
        whole = f"{subject} {aux} {verb[0].past} {part}"
        if polarity_of(whole) == "stated" and not source.outside.startswith("If "):
            yield Clause(source, subject, aux, *verb, part.strip(" .,"))
        following = _joined(joint["verb"], aux, verb[1]) if joint else None
        own = own[joint.end() :] if joint else ""


def _is_verb(word: str, form: Form) -> bool:
    """Whether a word behind "and" is a verb there; a plain form only behind a plain one."""
    forms = {each for _, each in verbs_of_form(word)}
    return bool(forms - {"plain"} or (forms and form == "plain") or word.endswith("ed"))


def _joined(word: str, aux: str, form: Form) -> tuple[Verb, Form] | None:
    """The verb behind "and" that has the subject of the one before it, in a form that fits."""
    fitting = (form,) if aux or form == "past" else (form, "past")
    return next(((v, f) for v, f in verbs_of_form(word) if f in fitting), None)
