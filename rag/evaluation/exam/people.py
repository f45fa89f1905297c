"""Questions made of what articles say of people: what they are, what they said.

    questions_on_people(source)  ->  who is the coxswain of the Tarnsey boat, who is Lena Holt,
                                     who commands the Kestrel Point, who said “…”, what did she
                                     say about the ferry

In:  a `SourceSentence`. Out: `MadeQuestion`s.
Left to others: statements about anything else (`rag.evaluation.exam.statements`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.evaluation.exam.clauses import NAME, without_time
from rag.evaluation.exam.question import MadeQuestion
from rag.evaluation.exam.sources import COMPASS, SourceSentence
from rag.retrieval.people.introductions import find_role, is_role
from rag.retrieval.people.mentions import full_name
from rag.retrieval.people.speech import find_speaker
from rag.retrieval.people.wording import QUOTATION, without_quotations
from rag.text.dates.forms import MONTH
from rag.text.folding import fold
from rag.text.names import NAME_WORD
from rag.text.verbs import verbs_of_form

__all__ = ["questions_on_people"]

_ROLE = re.compile(
    r", (?:\d{2}, )?(?P<article>the |an? )?(?P<role>(?:[a-z][\w’'-]+ ){0,5}?[a-z][\w’'-]+"
    rf"(?P<of> (?:of|for|at|with|to) (?:the )?(?:{NAME})(?: [a-z]+)?)?)(?=[,.])"
)
_OWNED = re.compile(r"(?:its|his|her|their|our)\b")
_NO_ROLE = re.compile(r"^(?:where|which|whose|whom|as|when|while|has|had|once|not)\b|[“”\"]", re.I)
_OF_SOMEBODY = re.compile(  # says little without saying whose
    r"\b(?:predecessor|successor|daughter|son|wife|husband|sister|brother|mother|father|widow|"
    r"widower|aunt|uncle|nephew|niece|cousin|friend|neighbour|partner|communist|other|thriller|paper|newspaper|poster|letter|number|member)$",
    re.I,
)
_AGE = re.compile(r", (?P<age>[1-9]\d)(?=[,.])")
_RELATIVE = re.compile(r", who (?P<verb>[a-z]+) (?P<rest>[^,.;:“”\"]{5,80})(?=[,.])")
_SAID = re.compile(
    r"(?:,[^,]{3,60},)?(?: (?:of|for) (?:the )?[A-Z][\w ’'-]{2,40})?"
    r" (?:also |later )?(?:said|says|added|claimed|suggested|argued|pointed out) (?:that )?"
    r"(?P<topic>(?:the (?:[a-z][\w-]+ )?[a-z][\w-]+"
    rf"(?: (?:of|for|at|in) (?:the )?(?:{NAME}|[a-z]+))?)"
    rf"|(?:the )?{NAME}) (?P<verb>was|were|would|had|has|have|is|are|could|can|should|will|might"
    r"|may|must|ought|needs?|needed|went|came|took|made)(?P<rest> [^;:“”\"]{8,160}?)"
    r"(?=[.;]|, (?:and|but|which|who)\b)"
)
_WORDS_OF_A_QUOTATION = (6, 22)
_NO_TOPIC = re.compile(
    r"^the (?:one|two|same|other|first|last|second|rest|latter|former)\b"
    r"|\b(?:was|were|would|had|has|is|are|could|can|should|will|might|may|must|not)$"
)


def questions_on_people(source: SourceSentence) -> Iterator[MadeQuestion]:
    """The questions that a sentence answers about the people in it."""
    for start, end in source.people:
        name = source.outside[start:end]
        if " " in name:  # a surname alone may be anybody's
            yield from _role(source, name, end)
            yield from _who_is(source, name)
            yield from _relative(source, name, end)
            yield from _age(source, name, end)
        yield from _report(source, name, end)
    yield from _quotation(source)


def _role(source: SourceSentence, name: str, end: int) -> Iterator[MadeQuestion]:
    match = _ROLE.match(source.outside, end)
    if match is None or not is_role(match["role"]):
        return
    role = match["role"].strip()
    if re.search(r"\b(?:one|another|former|then|where|which|who|whose|when|until)\b", role):
        return
    if match["of"] and (match["article"] or "the ") == "the " and not _OWNED.match(role):
        names = tuple(re.findall(NAME, match["of"]))
        yield MadeQuestion("who", f"Who is the {role}?", (name,), source, names)


def _who_is(source: SourceSentence, name: str) -> Iterator[MadeQuestion]:
    if find_role(source.outside, name) is None or fold(name).split()[0] in COMPASS:
        return
    if re.search(rf"\b(?:in|at|of|near|from|to|for|the) {re.escape(name)}", source.outside):
        return
    surname = name.rpartition(" ")[2]
    sentences = (outside for outside in source.siblings if surname in outside)
    spans = [(each, span) for each in sentences if (span := find_role(each, name))]
    roles = [role for text, span in spans if (role := _head(text[slice(*span)]))]
    if roles:
        answers = tuple(dict.fromkeys(roles))
        yield MadeQuestion("who_is", f"Who is {name}?", answers, source, (name,))


def _head(role: str) -> str:
    """The role alone: "harbour master" of "the town's harbour master at Sund"; "" without one."""
    role = re.sub(r"^(?:who )?(?:is|was|has been|had been) (?:now |then )?", "", role)
    if _NO_ROLE.search(role):
        return ""
    head = re.split(r" (?:of|for|at|in|by|with|to|who|from|on|since|under|until|when)\b", role)[0]
    head = re.sub(r"^(?:(?:.*['’]s?|the|an?|its|his|her|their|our) )", "", head, flags=re.I)
    return head if is_role(head) and not _OF_SOMEBODY.search(head) else ""


def _age(source: SourceSentence, name: str, end: int) -> Iterator[MadeQuestion]:
    if match := _AGE.match(source.outside, end):
        yield MadeQuestion("how_old", f"How old is {name}?", (match["age"],), source, (name,))


def _relative(source: SourceSentence, name: str, end: int) -> Iterator[MadeQuestion]:
    match = _RELATIVE.match(source.outside, end)
    if match is None:
        return
    forms = {form for _, form in verbs_of_form(match["verb"])}
    if not ({"past", "present"} & forms or match["verb"] in ("is", "was", "has", "had")):
        return
    rest = without_time(f" {match['rest']}").strip()
    rest = re.split(r" (?:and|but|when|while|because|after|before|until) ", rest)[0]
    names = tuple(each for each in re.findall(NAME, rest) if not re.match(MONTH, each))
    yield MadeQuestion("who", f"Who {match['verb']} {rest}?", (name,), source, names)


def _quotation(source: SourceSentence) -> Iterator[MadeQuestion]:
    least, most = _WORDS_OF_A_QUOTATION
    for match in QUOTATION.finditer(source.text):
        words = next(filter(None, match.groups())).strip()
        if not least <= len(words.split()) <= most or not re.match(r"[A-Z]", words):
            continue
        text = source.article.text
        place = source.start + match.start() + 1
        speech = find_speaker(text, place, place + len(words))
        if speech is None:
            continue
        name = full_name(without_quotations(text), (speech.who_start, speech.who_end))
        if not re.match(rf"{NAME_WORD}", name) or name in words:
            continue
        words = re.sub(r"[,.]$", "", words)
        answers = tuple(dict.fromkeys((name, name.split()[-1])))
        yield MadeQuestion("who_said", f"Who said “{words}”?", answers, source, ())


def _report(source: SourceSentence, name: str, end: int) -> Iterator[MadeQuestion]:
    match = _SAID.match(source.outside, end)
    if match is None or _NO_TOPIC.search(match["topic"]) or not _is_known(match["topic"], source):
        return
    text = without_quotations(source.article.text)
    where = source.start + end
    whole = full_name(text, (where - len(name), where))
    if " " not in whole:
        return
    rest = match["rest"].strip()
    if "  " in rest or len(rest.split()) < 2:
        return
    names = (whole, *re.findall(NAME, match["topic"]))
    question = f"What did {whole} say about {match['topic']}?"
    yield MadeQuestion("said_about", question, _spans(rest), source, names)


def _is_known(topic: str, source: SourceSentence) -> bool:
    """Whether a topic is a name, or its noun stands in the article more than once."""
    if re.match(rf"(?:the )?{NAME}", topic):
        return True
    noun = re.escape(topic.partition(" of ")[0].rpartition(" ")[2])
    return len(re.findall(rf"\b{noun}s?\b", source.article.text)) > 1


def _spans(words: str) -> tuple[str, ...]:
    """What of a report may be the answer: all of it, its beginning or its end."""
    each = re.sub(r"[,.]$", "", words).split()
    if len(each) <= 6:
        return (" ".join(each),)
    return (" ".join(each), " ".join(each[:5]), " ".join(each[-5:]))
