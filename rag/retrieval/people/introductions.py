"""The role by which a text introduces somebody. Pure functions.

    find_role(text, name)  ->  the words of the role, surest form first

In:  the text of a passage; a name, in full or the surname alone.
Out: where the role stands: "Harbour master" in "Harbour master Lena Holt said", "the harbour
     master" in "Lena Holt, the harbour master," and in "the harbour master, Lena Holt,"; else what
     a clause says that somebody does: "who keeps the shop", "Lena Holt repairs clocks".
Left to others: which question asks for it (`rag.retrieval.people.requests`).
"""

from __future__ import annotations

import re

from rag.retrieval.people.wording import PERSON, Span, find_words
from rag.text.stemming import stem_tokens

_ROLES = frozenset(
    re.findall(
        r"\w+",
        "accountant admiral agent aide ambassador analyst applicant apprentice architect "
        "assistant astronaut athlete aunt bishop boss brother candidate captain chair chairwoman "
        "champion chef chief clerk coach colonel commandant constable consultant cook cox coxswain "
        "critic daughter dean delegate deputy diplomat duke envoy executive expert father friend "
        "general governess guard guide head heir host husband inspector judge justice king "
        "landlady landlord lead lieutenant marshal master mate mayor merchant midwife minister "
        "monk mother neighbour neighbor nephew niece nun nurse official owner partner patron "
        "pilot poet policeman president priest prince princess professor psychologist queen rabbi "
        "rector representative resident rival saint secretary sergeant sheriff sister sleuth "
        "smith son spokesman spokesperson spokeswoman steward student superintendent surgeon "
        "tenant treasurer trustee tutor uncle vet vicar victim warden widow widower wife winner "
        "witness workman",
    )
)
_ROLE_ENDING = re.compile(r"(?:er|or|ist|ian|man|woman|eur|ess|smith|keeper|master)$")
_NO_ROLE = frozenset(
    re.findall(  # with the ending of a role
        r"\w+",
        "after another before december earlier either ever former her however junior later latter "
        "letter major matter minor neither never november number october older or order other "
        "over paper per rather river senior september summer their together under water whether "
        "winter for nor upper lower inner outer nether nearer further former greater lesser silver "
        "copper water corner border harbor timber amber chapter power tower trawler quarter",
    )
)
_DETERMINER = r"(?:the|a|an|its|his|her|their|our|one of|[\w’'-]+['’]s?)"
_LONGEST_HEAD = 4  # words: "retired school cook"
_STOPS = r"[,.;:“”\"()]"
_BEHIND_COMMA = re.compile(
    rf"(?:(?:\d{{1,3}}|[\w ]{{2,20}}-year-old), )?(?P<role>{_DETERMINER} [^,.;:“”\"]{{2,80}}"
    rf"|[a-z](?!ho )[^,.;:“”\"]{{2,60}})(?=[,.;])"
)
_BEHIND_COPULA = re.compile(
    r"(?:is|was|has been|had been|became|becomes|remains|(?:serve[sd]?|work(?:s|ed)) as)"
    r"(?: (?:now|then|once|also))? (?P<role>(?:(?:the|a|an|one of) )?[^,.;:“”\"]{2,80})"
)
_RELATIVE = re.compile(  # of what somebody is or does, not of what befell them
    r"who (?:(?:now|still|also|until now) )?"
    r"(?P<role>(?:(?:is|was|(?:has|had) been) (?!\d)(?:(?:the|a|an|its|their|\w+[’']s) )?[\w-]+"
    r"|(?:has |had |have )?(?:leads?|led|runs?|ran|heads?|headed|chairs?|chaired|keeps?|kept|owns?"
    r"|owned|sells?|sold|teach(?:es)?|taught|drives?|drove|works?|worked|handles?|commands?"
    r"|commanded|manages?|managed|represents?|represented|speaks? for|spoke for|sits? (?:for|on|in)"
    r"|founded|bakes?|edits?|farms?|fish(?:es)?|plays?|coaches|trains?|studies|serves?|served)\b)"
    r"[^,.;:“”\"]{0,90})(?=[,.;])"
)
_AFFILIATION = re.compile(
    r"(?:, (?P<role>for (?:the )?[^,.;:“”\"]{2,60})(?=[,.;])"
    r"| (?P<of>(?:of|from|with) the [A-Z][^,.;:“”\"]{2,60}?)(?=,| said| told| asked| says))"
)
_PRESENT = re.compile(
    r" (?P<role>(?!(?:was|has|is|its|his|this|says|tells|asks|adds|denies|claims|warns|insists|"
    r"expects|hopes|wants|plans|needs|believes|thinks|fears|faces|sees|takes|wins|leaves|resigns|"
    r"dies|becomes|gets|comes|goes)\b)"
    r"[a-z]{2,}s [^.;“”\"]{4,120})(?=[.;])"
)
_BEFORE_COMMA = re.compile(
    rf"(?:^|{_STOPS} ?|\b(?:and|but|said|says|asked|told|by|when|that|to|with) )"
    rf"(?P<role>{_DETERMINER} [^,.;:“”\"]{{2,80}}), $",
    re.I,
)
_BEFORE = re.compile(r"(?:[\w’'-]+ ){1,6}$")
_VERBS = frozenset(
    re.findall(
        r"\w+",
        "said says told tells asked asks called calls added adds named names cleared met saw",
    )
)


def find_role(text: str, name: str) -> Span | None:
    """Where `text` says what `name` is; None where it does not."""
    spans = [_whole_name(text, each) for each in find_words(text, name)]
    for find in (_role_beside, _clause_behind, _affiliation, _habit):
        for start, end in spans:
            if role := find(text, start, end):
                return role
    return None


def is_role(words: str) -> bool:
    """Whether the noun phrase `words` names a person's role: its head is the name of one."""
    phrase = re.sub(rf"^{_DETERMINER} ", "", words.strip(), count=1, flags=re.I)
    head = re.split(
        r" (?:of|for|in|at|on|from|to|with|by|who|behind|which|under|since|until|when)\b", phrase
    )[0]
    words_of_head = head.split()
    return 0 < len(words_of_head) <= _LONGEST_HEAD and _is_role_noun(words_of_head[-1])


def _whole_name(text: str, span: Span) -> Span:
    """The name at `span` with the first name before it, without a title: "Lena" before "Holt"."""
    for match in re.finditer(PERSON, text):
        if match.start() <= span[0] and span[1] <= match.end():
            before = re.finditer(r"\S+ ", text[match.start() : span[0]])
            titles = [match.start() + word.end() for word in before if _is_role_noun(word[0])]
            return max([match.start(), *titles]), span[1]
    return span


def _role_beside(text: str, start: int, end: int) -> Span | None:
    """The role in apposition, before or behind the name at `[start:end]`."""
    if text[end : end + 2] == ", ":
        match = _BEHIND_COMMA.match(text, end + 2)
        if match and is_role(match["role"]):
            return match.span("role")
    match = _BEHIND_COPULA.match(text, end + 1)
    if match and is_role(match["role"]):
        return match.span("role")
    line = text.rfind("\n", 0, start) + 1
    before = _BEFORE_COMMA.search(text[line:start])
    if before and is_role(before["role"]):
        return line + before.start("role"), line + before.end("role")
    return _role_before(text, start)


def _role_before(text: str, start: int) -> Span | None:
    """The role right before the name: "Port director Lena Holt"."""
    match = _BEFORE.search(text[max(0, start - 90) : start])
    if match is None:
        return None
    words = match[0].split()
    count = 0
    for word in reversed(words):
        bare = word.lower()
        if count == 0 and not _is_role_noun(bare):
            return None
        if bare in _VERBS or not stem_tokens([bare])[0] or bare.endswith(("ly", "’s", "'s")):
            break
        if count == 3 or (count and words[-count][0].isupper() and word[0].islower()):
            break
        count += 1
    role = re.search(rf"(?:\S+ ){{{count}}}$", text[:start])
    return (role.start(), start - 1) if role else None


def _clause_behind(text: str, start: int, end: int) -> Span | None:
    """What a relative clause behind the name says of its bearer: "who keeps the shop"."""
    if text[end : end + 2] != ", ":
        return None
    match = _RELATIVE.match(text, end + 2)
    return match.span("role") if match else None


def _affiliation(text: str, start: int, end: int) -> Span | None:
    """Whom somebody speaks for or belongs to: "for the union", "of the Fishermen's League"."""
    match = _AFFILIATION.match(text, end)
    return match.span(match.lastgroup or 0) if match else None


def _habit(text: str, start: int, end: int) -> Span | None:
    """What a sentence that opens with the name says in the present: "Lena Holt repairs clocks"."""
    opens = re.search(r"(?:^|[\n.!?”\"] ?)$", text[:start])
    match = _PRESENT.match(text, end)
    return match.span("role") if opens and match else None


def _is_role_noun(word: str) -> bool:
    bare = word.lower().strip("’' ")
    if bare in _NO_ROLE or not stem_tokens([bare])[0]:
        return False
    last = bare.rpartition("-")[2]
    return last in _ROLES or bool(_ROLE_ENDING.search(last))
