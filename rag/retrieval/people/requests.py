"""What a question asks of a person, told by its words in any order.

    parse_person_request(question)  ->  `PersonRequest`, or None

In:  a self-contained question. Out: as above.
Left to others: where a passage answers it (`rag.retrieval.people.findings`). Pure functions.

role       "Who is Lena Holt?", "Lena Holt's job?": what she is
speaker    "Who denied that …?", "“…” – whose words?": who says this, or something like it
statement  "What did Lena Holt say about the harbour?", "her exact words?": what she says, in direct
           speech where her words are asked for

A question is one for a role where it says nothing but a name and words such as "who", "job" and
"tell me"; one for a speaker where its first verb, behind "who" or "which minister", is one of
speech, or where it has a quotation; one for a statement where somebody is named as who speaks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from rag.retrieval.people.acts import Act, acts_in
from rag.retrieval.people.introductions import is_role
from rag.retrieval.people.wording import PERSON, quotations
from rag.text.nearest import nearest_words
from rag.text.stemming import stem_tokens

_MIN_QUOTED_WORDS = 3
_ASKS_WHO = re.compile(r"\b(?:who|whom|whose|which|what|speaker|speaking)(?:['’]s)?\b", re.I)
_OF_WORDS = re.compile(
    r"\b(?:words?|lines?|quot\w+|remarks?|phrases?|sentences?|sayings?|statements?|speak\w*"
    r"|utter\w*|owe|credit\w*|attribut\w*|com(?:e|es) from|came (?:from|up with)|put it)\b",
    re.I,
)
_WHO = re.compile(r"(?:and |so |but )?(?:according to )?(?:who|whom|which|what)(?:['’]s)?\b", re.I)
_BODIES = re.compile(
    r"\b(?:paper|newspaper|outlet|station|agency|broadcaster|magazine|article|obituary|story"
    r"|stories|piece|column|interview|review|book|report)s?\b",
    re.I,
)
_AUXILIARY = re.compile(
    r"(?:has|have|had|is|was|were|did|does|do|also|first|publicly|once|later|then|still|ever|"
    r"been|being|it|that|\w+ly)\b",
    re.I,
)
_NOUN_WORDS = 6  # of "which local politician and mother of two"
_OPENS_CLAUSE = re.compile(
    r"(?:that|whether|if|when|where|how|why|the|a|an|to|for|on|in|by|it|his|her|their)\b", re.I
)
_GENERIC = frozenset(  # words of a question for a role beside the name
    re.findall(
        r"[\w’']+",
        "who whos whom whose what whats which that this these he she they him her it is are was "
        "were be been being do does did done has have had hold holds held work works worked "
        "working living job jobs profession role position "
        "office occupation post title function trade business career capacity line field employ "
        "employed by as at for in on of the a an to from with about and or so exactly precisely "
        "actually again please tell me us you your i id i'd we any some idea clue know knows "
        "find out say explain describe identify remember remind like want would could can may "
        "might should person man woman guy fellow lady kind sort part appear appears figure "
        "figures play plays known day days there here one thing hey well speak speaks spoke "
        "speaking represent represents represented act acts acted appeared court lawyer side "
        "behalf",
    )
)
_EARNS = re.compile(
    r"\bhow (?P<does>does|did) (?P<who>.+?) (?:earn|make) (?:a|his|her|their) "
    r"(?:living|money|keep|bread|crust)\b|\bwhat (?P<does2>does|did) (?P<who2>.+?) live on\b",
    re.I,
)
_ASKS_ROLE = re.compile(
    r"\b(?:who|whos|whom|what|represent\w*|job|profession|role|position|office|occupation|post|title|function|trade"
    r"|living|career|capacity|work(?:s|ed)?|employ(?:s|ed)?|explain|identify)\b",
    re.I,
)
_BEFORE_LOWER_NAME = ("is", "was", "s", "does", "did", "this", "that", "of", "has")
_IS_OBJECT = re.compile(  # before a name: "Who worked for Lena Holt?" asks for somebody else
    r"\b(?:(?:work|represent|act|appear|play|employ)\w*|sp[eo]a?ke?s?|made)"
    r"(?: (?:for|with|as|in|on|at|by))? $|\b(?:for|with|from|by|to|about|as|like) $",
    re.I,
)
_DETERMINED = re.compile(r"\b(?:the|an?|his|her|its|our|their|my|your|in|at|on|near|off) $", re.I)
_WORKPLACE = re.compile(r" (?:at|of|in|for|with) (?:the )?(?P<place>[^,?]+)\W*$")
_OCCASION = re.compile(  # "in what capacity did she act at the trial?"
    r"\b(?:capacity|job|occupation|office|position|post|profession|role|title)\b.*?"
    r"(?P<at> (?:at|during) (?:(?:the|an?|last|this|that)(?: [\w’'-]+){1,5}|[a-z]+))\W*$",
    re.I,
)
_ROLE_WORDS = ("capacity", "career", "function", "occupation", "office", "position", "profession")
_WORDS_ASKED = re.compile(
    r"\b(?:exact|exactly|own words?|word for word|verbatim|literally|words?|quote|quotes|quoted"
    r"|image|metaphor|comparison|terms)\b"
    r"|\b(?:describe|compare|liken|picture|depict|portray|characteri[sz]e|put it|phrase|sum up"
    r"|praise|call|mock|joke about)s?d?\b",
    re.I,
)
_STATES = re.compile(
    r"\b(?:say|said|says|tell|told|remark|claim|state|add|explain|announce|warn|write|comment|think"
    r"|argue|respond|reply|answer|react|view|opinion|reaction|response|put|picture|depict|portray"
    r"|praise|phrase|words?|describe|compare|liken|call|characteri[sz]e|insist|promise|deny)\b",
    re.I,
)
_VERB = re.compile(r"has|have|had|did|does|do|is|was|were", re.I)
_ASKS_OTHERWISE = re.compile(
    r"\W*(?:(?:by|to) )?(?:who|whom|whose|when|where|why|how (?:many|much|long))\b", re.I
)
_SUBJECT = re.compile(
    r"\b(?:did|does|do|has|had|is|was|were|according to|by|give me|quote|from|of|for)"
    r" (?:(?!(?:in|on|at)\b)[a-z’'-]+ ){0,5}$"
)
_STATEMENT_WORDS = re.compile(
    r"\b(?:what|how|which|with|in|to|did|does|do|has|had|was|were|is|exactly|exact|own|her|his|"
    r"their|words?|word for word|verbatim|literally|give|me|quote|image|metaphor|comparison|terms|"
    r"say|said|says|tell|told|us|about|of|on|the|a|an|remark|claim|state|describe|describes|"
    r"compare|liken|call|called|picture|depict|portray|characteri[sz]e|put|phrase|sum up|like|as|"
    r"according)\b",
    re.I,
)
_QUESTION_WORDS = re.compile(
    r"(?:What|Who|Whose|Whom|Which|When|Where|Why|How|In|With|By|To|From|On|At|For|Of|Give|Tell|Is|"
    r"Are|Was|Were|Did|Does|Do|Has|Have|Had|Can|Could|Would|Explain|Describe|Quote|Please|Any|And|"
    r"But|So|According|Mr|Mrs|Ms|Miss|Dr|I)(?:['’]s|['’]d)? "
)


@dataclass(frozen=True, slots=True)
class PersonRequest:
    """A question about a person: of whom (`name`), or about which saying (`words`).

    `quoted`: the words are a quotation, or, of a statement, the answer is one. `act`: what is done
    by saying it.
    """

    kind: Literal["role", "speaker", "statement"]
    name: str = ""
    words: str = ""
    quoted: bool = False
    act: Act = "say"


def parse_person_request(question: str) -> PersonRequest | None:
    """What `question` asks of a person; None where it asks for something else."""
    if quotation := _quotation(question):
        asks = _asks_for_speaker(question.replace(quotation, " "))
        return PersonRequest("speaker", words=quotation, quoted=True) if asks else None
    return _statement(question) or _role(question) or _speaker(question)


def _asks_for_speaker(rest: str) -> bool:
    """Whether what stands around a quotation asks whose words it is."""
    if not _ASKS_WHO.search(rest) or _BODIES.search(rest):
        return False
    if re.match(r"\W*(?:in |on )?(?:which|what)\b", rest, re.I):
        return _speaker(f"{rest} it") is not None
    return bool(any(acts_in(rest)) or _OF_WORDS.search(rest)) or not content_stems(rest)


def _role(question: str) -> PersonRequest | None:
    """The question for a role: one name, and beside it only words that every such question has."""
    question = _EARNS.sub(lambda m: f"what does {m['who'] or m['who2']} do", question)
    question = re.sub(r"\b[a-z]{6,}\b", lambda m: _role_word(m[0]), question)
    if not _ASKS_ROLE.search(question):
        return None
    plain = question
    match = _WORKPLACE.search(question)
    if match and re.search(r"[A-Z]", match["place"]) and _names(question[: match.start()]):
        plain = question[: match.start()]
    elif (occasion := _OCCASION.search(question)) and _names(question[: occasion.start("at")]):
        plain = question[: occasion.start("at")]
    names = _names(plain) or _lower_name(plain)
    if len(names) != 1:
        return None
    start, end = names[0]
    rest = f"{plain[:start]} {plain[end:]}"
    if _IS_OBJECT.search(plain[:start]):
        return None
    if _DETERMINED.search(plain[:start]) and " " not in plain[start:end]:
        return None
    words = re.findall(r"[\w’']+", re.sub(r"['’]s\b", "", rest).lower())
    if not all(word in _GENERIC for word in words):
        return None
    return PersonRequest("role", name=plain[start:end])


def _role_word(word: str) -> str:
    """The word for a role that `word` is but for one slip of the fingers, else itself."""
    if word in _GENERIC:
        return word
    return next((each for _, each in nearest_words(word, _ROLE_WORDS, 1)), word)


def _names(question: str) -> list[tuple[int, int]]:
    """Where `question` has names: capitals that do not only open it."""
    spans = []
    for match in re.finditer(PERSON, question):
        start = match.start()
        while opening := _QUESTION_WORDS.match(question, start, match.end()):
            start = opening.end()
        name = question[start : match.end()]
        opens = not question[:start].strip(" \"“'")
        is_word = re.fullmatch(r"What|Who|Whose|Which|How|Explain|Give|Tell|In|Any|Do", name)
        if not is_word and not (opens and " " not in name and name.lower() in _GENERIC):
            spans.append((start, match.end()))
    return spans


def _lower_name(question: str) -> list[tuple[int, int]]:
    """A name typed in haste: the only two or three words of the question that are not generic."""
    if question != question.lower():
        return []
    plain = re.sub(r"['’]s\b", " s", question)
    words = list(re.finditer(r"\w[\w-]*", plain))
    own = [n for n, word in enumerate(words) if word[0] not in _GENERIC and word[0] != "s"]
    if len(own) not in (2, 3) or own != list(range(own[0], own[-1] + 1)):
        return []
    before = words[own[0] - 1][0] if own[0] else ""
    behind = words[own[-1] + 1][0] if own[-1] + 1 < len(words) else ""
    if before not in _BEFORE_LOWER_NAME and behind not in ("is", "was", "s"):
        return []
    start, end = words[own[0]].start(), words[own[-1]].end()
    is_word = any(is_role(words[n][0]) for n in own)
    return [] if is_word or question[start:end] != plain[start:end] else [(start, end)]


def _statement(question: str) -> PersonRequest | None:
    """The question for what somebody says: the one who speaks is named, "who" is not asked."""
    if _ASKS_OTHERWISE.match(question) or _BODIES.search(question):
        return None
    names = (
        (start, end)
        for start, end in _names(question)
        if _SUBJECT.search(question[:start].lower()) or question[end : end + 2] in ("’s", "'s")
    )
    start, end = next(names, (0, 0))
    before, behind = question[:start], re.sub(r"^['’]s\b", "", question[end:])
    if not end or not (_STATES.search(behind) or _WORDS_ASKED.search(before)):
        return None
    words = " ".join(_STATEMENT_WORDS.sub(" ", f"{before} {behind}").split())
    quoted = bool(_WORDS_ASKED.search(f"{before} {behind}"))
    return PersonRequest("statement", question[start:end], words.strip(" ?.,"), quoted=quoted)


def _speaker(question: str) -> PersonRequest | None:
    """The question for who says something: its first verb is one of speech."""
    match = _WHO.match(question.strip())
    if match is None:
        return None
    rest = question.strip()[match.end() :].strip()
    if match[0].lower().startswith("according"):
        return PersonRequest("speaker", words=rest.strip(" ?."))
    act = next(acts_in(rest), None)
    if act is None:
        return None
    before, verb = rest[: act.start], rest[act.start : act.end]
    is_asked = _is_person_asked if match[0].lower() in ("which", "what") else _is_predicate
    if not is_asked(before) or (verb in ("wrote", "written") and _BODIES.search(rest)):
        return None
    behind = rest[act.start :] if act.act in ("demand", "refuse") else rest[act.end :]
    words = behind.strip(" ?.,:")
    return PersonRequest("speaker", words=words, act=act.act) if words else None


def _is_person_asked(before: str) -> bool:
    """Whether what stands between "which" and a verb tells of a person: "local politician"."""
    noun = re.sub(r"\b(?:has|had|have|first|also|publicly) $", "", before).split()
    return (
        0 < len(noun) <= _NOUN_WORDS
        and not _BODIES.search(before)
        and not any(_OPENS_CLAUSE.match(each) or _VERB.fullmatch(each) for each in noun)
    )


def _is_predicate(before: str) -> bool:
    """Whether a verb behind `before` is that of "who": "has publicly", "on her behalf"."""
    return all(map(_AUXILIARY.match, before.split())) or bool(re.match(r"on .+? behalf ", before))


def _quotation(question: str) -> str:
    """The words in quotation marks that a question is about."""
    long = [each for each in quotations(question) if len(each.split()) >= _MIN_QUOTED_WORDS]
    return max(long, key=len, default="")


def content_stems(words: str) -> frozenset[str]:
    """The stems of `words` that carry meaning."""
    return frozenset(stem_tokens([words])[0])
