"""The words for offices, for who holds them, and for leaving them. Pure functions.

    asks_for_holder(question)          ->  "Who chairs the board?", "Museum director?"
    asks_for_holder_now(question)      ->  the same, of no stated or past time
    holds_office(question, text, name) ->  whether `text` gives `name` the office of the question
    names_office(question, text)       ->  whether `text` has a word of that office
    LEAVES                             ->  "resigned", "had chaired", "her successor"

In:  a question; a sentence of an article.
Out: as above.
Left to others: which sentences are looked at (`rag.grounding.composition.states.succession`).
"""

from __future__ import annotations

import re

from rag.retrieval.evidence.ordering import asks_of_now
from rag.text.folding import fold

# words of one office: what somebody is, and what they do
_OFFICES = (
    r"mayor(?:ess)?",
    r"(?:prime )?minister",
    r"governor",
    r"ambassador",
    r"commissioner",
    r"curator|keeper",
    r"treasurer",
    r"captain",
    r"rector|vice-chancellor",
    r"dean",
    r"bishop|abbot|abbess|prior",
    r"harbou?r ?master",
    r"conductor",
    r"principal|head ?(?:teacher|master|mistress)",
    r"librarian",
    r"archivist",
    r"spokes(?:man|woman|person)",
    r"secretary",
    r"editors?|edits|edited|editing",
    r"chair(?:s|ed|ing|man|woman|person)?",
    r"coach(?:es|ed)?|trainer|trains",
    r"owners?|owns|owned|belong(?:s|ed)?|bought|purchase",
    r"master builder",
    r"president|presides",
    r"director|head(?:s|ed)?|chief(?: executive)?|leader|leads?|led|boss|ceo|manager|"
    r"manag(?:es|ed)|runs?|ran|in charge|officer|responsible|master",
)
_NOUN = (
    r"(?:mayor|minister|governor|ambassador|commissioner|curator|keeper|treasurer|captain|rector|"
    r"dean|bishop|abbot|abbess|harbou?r ?master|conductor|principal|head ?teacher|librarian|"
    r"archivist|spokes(?:man|woman|person)|secretary|editor|chair(?:man|woman|person)?|coach|"
    r"trainer|owner|master builder|president|director|head|chief(?: executive)?|leader|boss|ceo|"
    r"manager)"
)
_VERB = (
    r"(?:leads?|led|runs?|ran|heads?|headed|chairs?|chaired|manages?|managed|edits?|edited|"
    r"coach(?:es|ed)?|trains?|owns?|owned)"
)
_DOING = r"(?:in charge|responsible|(?:lead|runn|head|chair|manag|edit|coach|train)ing)"
_NO_LINK = r"(?!(?:\w+ing|of|by|to|that|who|from|with|against|for|on|about)\b)"
_WORDS = rf"(?:{_NO_LINK}[\w’'.&-]+ ){{0,6}}"  # before an office
_ASKS_WHO = re.compile(
    rf".*\bwho(?:['’]s| is| are| was| were) {_WORDS}(?:(?:at the )?{_NOUN}(?!['’]s)|{_DOING})\b"
    rf"|.*\bwho (?:now |currently |actually |really )?{_VERB}\b"
    rf"|.*\bwho (?:has|holds|held|had) the \w+ of {_WORDS}{_NOUN}\b"
    rf"|.*\bwhom?\b.*\bas (?:the |its |their )?(?:[\w-]+ )?{_NOUN}\b",
    re.IGNORECASE,
)
_CLIPPED = re.compile(
    rf"(?:[^?:]*: )?{_WORDS}{_NOUN}(?:,? (?:of|at|in) [^?]+|, [^?]+)?\W*", re.IGNORECASE
)
_OTHER_QUESTION = re.compile(
    r"^\W*(?:is|are|was|were|has|have|had|will|can|could|should|must|does?|did)\b"
    r"|\b(?:wh(?:at|ich|en|ere|y|ose)|how|number|did|does|do|say|said|says|age|salary|death|wife|"
    r"husband)\b",
    re.I,
)
_PAST = re.compile(
    r"\b(?:was|were|did|had|led|ran|headed|chaired|managed|owned|edited|coached|former|first|then|"
    r"before|until|previous|founded|succeeded|replaced|became|1\d\d\d|20\d\d)\b",
    re.I,
)
_OTHER_OFFICE = re.compile(
    r"\b(?:deputy|vice|former|formerly|ex|assistant|honorary|retired|late|once|until now|so far)"
    r"[- ](?:\w+[- ])?$",
    re.I,
)
_NEUTRAL = frozenset(
    [
        *("a", "an", "the", "new", "current", "present", "its", "his", "her", "their", "our"),
        *("and", "of", "for", "as", "is", "was", "said", "says", "with", "who", "whom", "that"),
    ]
)
_NEAR = 40  # characters between an office and the name of who holds it
_LEAVING = (
    r"resign(?:s|ed|ation|ing)?|st(?:ep|and)(?:s|ped|ping|ing)? (?:down|aside)|stood down",
    r"retire[sd]?|retirement|quits?|bow(?:s|ed) out|(?:makes?|made) way|parted company|farewell",
    r"(?:gave|given|gives|giving) up|hand(?:s|ed) (?:over|on)|cleared (?:his|her|their) desk",
    r"le(?:ft|aves|aving) (?:office|(?:his|her|their|the) (?:post|job|chair|paper|company|club))",
    r"sacked|dismiss(?:ed|al)|ousted|unseated|voted out|defeated|cost .{1,40} (?:post|job)",
    r"lost (?:to|(?:his|her|their) (?:post|job|seat|office))|term (?:ends|ended|expired)",
    r"not (?:stand|seek|run)(?:ing)? (?:again|for)|moved on|gone back to|no longer",
    r"succe(?:eds?|eded|ssors?|ssion)|predecessor|outgoing|departure|replac(?:es?|ed|ement)",
    r"t(?:ook|akes|aken) over|inherit(?:s|ed)|in (?:his|her|their) place|followed by",
    r"had (?:\w+ )?(?:chaired|led|run|headed|edited|directed|managed|coached|been|held|owned)",
    r"last (?:leader|day|shift|season)|until (?:now|then|recently)|former|vacant|interim|caretaker",
    r"died|death|buried|obituary",
)
LEAVES = re.compile(rf"\b(?:{'|'.join(_LEAVING)})\b", re.I)
"""Words of whoever leaves an office, or of who comes after."""


def asks_for_holder(question: str) -> bool:
    """Whether `question` asks who holds an office, whenever."""
    if _ASKS_WHO.match(question):
        return True
    return bool(_CLIPPED.fullmatch(question)) and not _OTHER_QUESTION.search(question)


def asks_for_holder_now(question: str) -> bool:
    """Whether `question` asks who holds an office now: in the present tense, or in none."""
    if not asks_for_holder(question):
        return False
    return asks_of_now(question) or not _PAST.search(question)


def names_office(question: str, text: str) -> bool:
    """Whether `text` has a word of an office that `question` names."""
    patterns = (re.compile(rf"\b(?:{office})\b", re.I) for office in _OFFICES)
    return any(each.search(question) and each.search(text) for each in patterns)


def holds_office(question: str, text: str, name: str) -> bool:
    """Whether `text` has the office of `question` beside `name`, and not that of a deputy.

    A word that tells one office from another ("artistic director", "fire chief") must be there.
    """
    place = text.find(name)
    if place < 0:
        return False
    for office in _OFFICES:
        pattern = re.compile(rf"\b(?:{office})\b", re.I)
        named_office = pattern.search(question)
        if named_office is None:
            continue
        kind = _kind(question[: named_office.start()])
        if kind and kind.capitalize() in question[1:]:
            kind = ""  # a name: "the Varghamn mayor"
        for match in pattern.finditer(text):
            gap = max(match.start() - place - len(name), place - match.end())
            if gap > _NEAR or _OTHER_OFFICE.search(text[: match.start()]):
                continue
            if not kind or kind == _kind(text[: match.start()]):
                return True
    return False


def _kind(before: str) -> str:
    """The word before an office, folded; "" where there is none or it is no kind of office."""
    word = re.search(r"([^\W\d_]+)[- ]$", before)
    kind = fold(word[1]) if word else ""
    return "" if kind in _NEUTRAL else kind
