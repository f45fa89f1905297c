"""Attribution: whom a sentence names as its source, and forms of a claim without it.

In:  sentences of a draft or a quote; a question.
Out: the speaker; whether there is an attribution; the relaxed forms of a claim.
Left to others: denial (`rag.text.polarity`), whether a quote supports a claim
(`rag.grounding.support`).

Rules for English on the surface of the text; in doubt a sentence is left as it is. Pure functions.
"""

from __future__ import annotations

import re

from rag.text.numbers import number_forms

_SAYS = (  # only verbs that always report: not "Tesla added motors", "noted for"
    r"(?:said|says|told|tells|claim(?:s|ed)|alleg(?:es|ed)|reported|announc(?:es|ed)|"
    r"stat(?:es|ed)|warn(?:s|ed)|argu(?:es|ed)|insist(?:s|ed)|assert(?:s|ed)|accus(?:es|ed))"
)
_ATTRIBUTES = re.compile(
    rf"\b(?:{_SAYS}|say|claim|report|reports|add(?:s|ed)|estimat(?:es|ed)|note[sd]|call(?:s|ed)|"
    r"predict(?:s|ed)|suggest(?:s|ed)|believ(?:es|ed)|describ(?:es|ed)|cit(?:es|ed|ing)|"
    r"den(?:y|ies|ied)|acknowledg(?:es|ed)|according to|"
    r"in the (?:belief|view|opinion|words|judge?ment) of)\b",
    re.I,
)
_NAMED = r"(?:[A-Z][\w’'.-]*[\w](?: (?:of|for|the|and) (?=[A-Z])| )?){1,6}"
_SPEAKER = (
    re.compile(
        rf"\b(?i:according to|in the (?:belief|view|opinion|words|judge?ment) of) "
        rf"(?P<who>(?:the )?{_NAMED})"
    ),
    re.compile(
        rf"(?P<who>{_NAMED})(?:, [^,.;]{{3,60}},)? ?(?:has |had )?(?:reportedly )?{_SAYS}\b"
    ),
    re.compile(rf"[,”\"] {_SAYS} (?P<who>{_NAMED})"),
)
_ONE_NAME = re.compile(r"(?!(?:He|She|It|They|We|I|This|That|Some|Many|Most|One|\w{4,}s)$)\w+")
_TAIL = re.compile(
    r",? (?:as |which was )?(?:(?:reported|said|stated|told|claimed|announced|noted|cited|"
    r"mentioned|described) by|according to|as (?=[^,]{2,60} (?:reported|said|noted|stated)))"
    r"(?P<who> ?[^,;.]{2,60}?)(?: (?:reported|said|noted|stated))?(?P<stop>[.!?]?)$"
)

_OPENS_CLAUSE = re.compile(
    r"(?:According|In|On|At|By|For|With|After|Before|When|While|If|As|Under|During|Although|Though|"
    r"Since|Because|Despite|Unlike|Instead|Apart|From)\b"
)
_COUNT = re.compile(
    r"\b(the|these|those|first|last|next|other|his|her|its|their) "
    r"(two|three|four|five|six|seven|eight|nine|ten|[2-9]|10)(?= [a-z])",
    re.I,
)


def without_tail(claim: str) -> str | None:
    """The claim without ", as reported by X" at its end; None where it has no such end."""
    match = _TAIL.search(claim)
    return claim[: match.start()] + (match["stop"] or ".") if match else None


def drop_question_counts(claim: str, question: str) -> str:
    """`claim` without the small counts that `question` has too: "the two" becomes "the"."""
    numbers = number_forms(question)
    return _COUNT.sub(lambda match: match[1 if number_forms(match[2]) & numbers else 0], claim)


def relaxed_forms(claim: str) -> list[str]:
    """The claim without an attribution at its end, then up to each of its commas, longest first.

    It is never cut within a quotation or brackets, nor to fewer than four words.
    """
    forms = [bare] if (bare := without_tail(claim)) else []
    for comma in reversed(list(re.finditer(r"[,;] ", claim))):
        start = claim[: comma.start()]
        marks = sum(start.count(each) for each in '"“”')
        is_sentence = "," in start or not _OPENS_CLAUSE.match(start)
        if (
            is_sentence
            and len(start.split()) >= 4
            and marks % 2 == 0
            and start.count("(") == start.count(")")
        ):
            forms.append(start + ".")
    return list(dict.fromkeys(forms))


def attributes(sentence: str) -> bool:
    """Whether a sentence attributes what it says to somebody."""
    return _ATTRIBUTES.search(sentence) is not None


def speaker(sentence: str) -> str | None:
    """The name of the person or body whom a sentence reports; None where it names nobody."""
    if re.match(r"\s*[\"“]", sentence) is None and not attributes(sentence):
        return None
    for pattern in _SPEAKER:
        if match := pattern.search(sentence):
            name = match["who"].strip(" ,")
            if " " not in name and match.start("who") == 0 and not _ONE_NAME.match(name):
                return None  # "Officials said", "She said"
            return name
    return None
