"""Yes or no, and the sentence that shows it.

    compose_yes_no(material)  ->  `No: “Nobody was hurt.” [1]`, or both sides where articles differ

In:  a `Material` whose question asks for yes or no.
Out: a `Composition`; None where it is not certain enough which of the two: then the sentence is
     quoted without a word before it.
Left to others: which sentence is about it (`rag.retrieval.evidence`), the question as a statement
(`rag.grounding.composition.statement`), what a clause negates (`rag.text.polarity`), whether two
articles tell of one matter (`rag.grounding.composition.accounts`).

The clause in which the words that answer stand decides. Where it is negated ("nobody was hurt",
"turned down"), the answer is no, unless something else than the question asks of is negated ("no
paddler was hurt"). It is no as well where the clause says the contrary ("closed" of what may be
open). Where nothing in it is negated, it has the verb of the question, and the article every name
and figure, the answer is yes; what somebody does must be said of the subject. Of another year than
the question's it is neither. The reader, who judges the question as a statement, may object to any
of these. It alone decides nothing: it takes a text that shares many words with a statement for its
support. What is denied, wanted or not known is neither.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import dropwhile
from typing import Literal

from rag.grounding.citations import make_citation
from rag.grounding.composition.accounts import (
    DIFFER,
    Account,
    accounts_of,
    side_by_side,
    tell_of_one_matter,
    years_of,
)
from rag.grounding.composition.material import Composition, Material
from rag.grounding.composition.statement import Statement, statement_of
from rag.grounding.quotation import ClaimReader
from rag.grounding.rendering import in_quotation_marks
from rag.retrieval.constraints import constraints_of
from rag.retrieval.evidence import record_prefix
from rag.text.dates import MONTH, WEEKDAY
from rag.text.names import extract_names, mentions
from rag.text.numbers import extract_numbers, number_forms
from rag.text.polarity import Polarity, polarity_of
from rag.text.stemming import stem_tokens
from rag.types import ClaimReading, Sentence

Stance = Literal["yes", "no"]
_MIN_SCORES: Mapping[Stance, float] = {"yes": 2.0, "no": 0.5}
"""Log odds from which the sentence that answers best decides."""
_MIN_SCORE_TO_DIFFER = 3.0  # the same for an article that says the contrary
_MIN_SCORE_BY_WORDS = -6.0  # the same for a sentence that negates the question word by word
_SURE = 4.0  # log odds from which a negation need not share a word with the question
_LEAST = 1e-3  # of a probability, before its logarithm is taken
_OBJECTS_TO_NO = 3.5  # contrast from which the reader takes a negated sentence for a yes
_OBJECTS_TO_YES = 0.0  # contrast up to which it takes a sentence that states something for a no
_NO_NOUN = re.compile(r"\bno (?!one\b|longer\b|more\b)(?:\w+ ){0,2}?(?P<noun>\w{3,})\b", re.I)
_NEGATIVE = re.compile(r"\b(?:\w{3,}less|not|never|no|without|fail(?:s|ed)?)\b", re.I)
_UN = re.compile(  # at the head of a predicate
    r"(?:(?:left|remain|stay)(?:ed)? )?"
    r"(?P<word>un(?!der|til|less|ion|it|iv)(?P<contrary>\w{4,}))\b",
    re.I,
)
_YEAR = re.compile(r"(?:1[5-9]|20)\d\d")
_FUTURE = re.compile(
    r"\b(?:will|would|shall|going to|(?:is|are|was|were) to|next)\b|['’]ll\b", re.I
)
_ENDED = re.compile(
    r"\b(?:stepp(?:ed|ing) down|resigned|retired|quit|sacked|ousted|replaced|former(?:ly)?"
    r"|until now|used to|no longer)\b",
    re.I,
)
_PRONOUN = re.compile(r"\b(?:he|she|it|they|them|his|her|its|their)\b", re.I)
_CALENDAR = re.compile(rf"{MONTH}|{WEEKDAY}")
_WORD = re.compile(r"\w+(?:['’]\w*)?")
_POSSESSIVE = re.compile(r"['’]s?$")
_ATTACHED = re.compile(r" (?:of|in|on|at|from|for|by) ")  # behind the noun of a subject
_ANYBODY = re.compile(r"some(?:one|body|thing)|people|persons?|there", re.I)
_DETERMINER = re.compile(r"(?:the|an?|his|her|its|their|this|that|these|those)", re.I)
_PREPOSITION = re.compile(
    r"(?:about|against|at|behind|beside|between|by|for|from|in|into|near|of|on|over|than|to|under|"
    r"with|without)",
    re.I,
)
_ACTOR = re.compile(r"(?:he|she|it|they)", re.I)
_SAME = (  # words for one thing, and irregular forms of one verb
    *(
        "hurt injure injured injury injuries wounded harmed damage damaged",
        "die died dead death deaths",
        "kill killed kills killing",
    ),
    *("win won", "leave left", "hold held", "build built", "find found", "sell sold", "pay paid"),
    *("give gave given", "take took taken", "lose lost", "break broke broken", "make made"),
    *("steal stole stolen", "buy bought", "say said", "fall fell fallen", "rise rose risen"),
    *("begin began begun start started", "go went gone", "come came", "get got", "see saw seen"),
    *("tell told", "send sent", "spend spent", "lead led", "meet met", "run ran", "keep kept"),
    *("speak spoke spoken", "choose chose chosen", "drive drove driven", "fly flew flown"),
    *("sink sank sunk", "catch caught", "bring brought", "strike struck", "write wrote written"),
    *("resign resigned quit", "close closed shut", "swim swam swum", "stand stood", "hear heard"),
    *("wear wore worn", "grow grew grown", "know knew known", "think thought", "ride rode ridden"),
)


_FILLERS = re.compile(
    r"^(?:(?:been|be|being|a|an|the|some|still|again|ever|also|found|to) )+", re.I
)
_CONTRARIES = tuple(
    (rf"\b(?:{one})\b", rf"\b(?:{other})\b")
    for one, other in (
        (r"(?:(?:switched|turned) )?on", r"(?:switched|turned|shut|been|was|is|were) off"),
        ("open(?:ed|s)?", "closed?|closes|shut|shuts"),
        ("full", "empty"),
        ("safe", "unsafe|dangerous"),
        ("guilty", "cleared|acquitted|not guilty|innocent"),
        ("alive", "dead|died"),
        ("allowed|legal", "forbidden|banned|illegal|prohibited"),
        ("rise|rose|risen|increased?|grow|grew", "fall|fell|fallen|decreased?|dropped?|shrank"),
    )
)


@dataclass(frozen=True, slots=True)
class _Case:
    """A question for yes or no beside one account, and the reader that judges the statement."""

    question: str
    statement: Statement
    account: Account
    reader: ClaimReader

    @property
    def verb(self) -> str:
        """The first word of the predicate, by its meaning: "go" of "did the port go to court".

        "" where that is a preposition or the like ("was the alarm on in the gallery").
        """
        return next(iter(_meanings(self._bare_predicate.split(" ", 1)[0])), "")

    @property
    def _bare_predicate(self) -> str:
        """The predicate without the words that open it and say nothing: "been", "still", "the"."""
        return _FILLERS.sub("", self.statement.predicate)

    @property
    def clause(self) -> str:
        """What decides: of the clauses in which the words that answer stand, those that have a word
        of the predicate."""
        clauses, predicate = self.account.clauses, set(_meanings(self.statement.predicate))
        return " ".join([each for each in clauses if predicate & set(_meanings(each))] or clauses)

    def stance(self) -> Stance | None:
        """What the account says of the question; None where that is not certain."""
        if _NEGATIVE.search(self.statement.predicate) or not self._is_of_its_year():
            return None
        polarity = polarity_of(self.clause, self.question)
        if negative := _UN.match(self._bare_predicate):
            return self._stance_to_contrary(negative, polarity)
        if polarity == "stated" and (contrary := self._contrary()):
            is_no = self._is_of_subject(contrary.start()) and self._contrast() < _OBJECTS_TO_NO
            return "no" if is_no and self._has_names_and_figures() else None
        if polarity == "stated":
            sentence = self.account.evidence.text
            is_open = polarity_of(sentence, self.question) == "open"
            return "yes" if not is_open and self._is_of_its_time() and self._is_affirmed() else None
        return "no" if polarity == "negated" and self._is_negated() else None

    def _stance_to_contrary(self, negative: re.Match[str], polarity: Polarity) -> Stance | None:
        """What a clause says of "unharmed" that states or negates the contrary, "harmed"."""
        start = self._place_of(_meanings(negative["contrary"])[0])
        if polarity == "open" or start is None or negative["word"] in self.clause.lower():
            return None
        if not (self._has_names_and_figures() and self._is_of_subject(start)):
            return None
        if polarity == "negated":
            return "yes" if self._contrast() > _OBJECTS_TO_YES else None
        return "no" if self._contrast() < _OBJECTS_TO_NO else None

    def _is_of_its_year(self) -> bool:
        """Whether the account is of a year of the question, if that has any."""
        years = constraints_of(self.question).years
        return not years or bool(years & years_of(self.account))

    def _is_of_its_time(self) -> bool:
        """Whether the clause tells neither of what is to come nor of what has ended, unless that
        is what the question asks of."""
        ended = _ENDED.search(self.clause)
        if ended and self.verb not in _meanings(ended[0]):
            return False
        return not _FUTURE.search(self.clause) or bool(_FUTURE.search(self.question))

    def _contrary(self) -> re.Match[str] | None:
        """The contrary of the predicate's first word in the clause, where that word is not."""
        found_in_clause = (
            re.search(other, self.clause, re.I)
            for pair in _CONTRARIES
            for one, other in (pair, pair[::-1])
            if re.match(one, self._bare_predicate, re.I) and not re.search(one, self.clause, re.I)
        )
        return next(filter(None, found_in_clause), None)

    def _is_affirmed(self) -> bool:
        start = self._place_of(self.verb) if self.verb else None
        return (
            start is not None
            and self._has_names_and_figures()
            and (not self.statement.is_active or self._is_of_subject(start))
            and self._contrast() > _OBJECTS_TO_YES
        )

    def _is_negated(self) -> bool:
        """Whether it is what the question asks of that the clause negates."""
        clause, wording = self.clause, set(_meanings(self.question))
        if any(not wording & set(_meanings(match["noun"])) for match in _NO_NOUN.finditer(clause)):
            return False
        shared = set(_meanings(self.statement.predicate)) & set(_meanings(clause))
        contrast = self._contrast()
        is_about = bool(shared) or contrast < 0 or self.account.evidence.score >= _SURE
        return is_about and contrast < _OBJECTS_TO_NO and self._has_names()

    def negates_word_by_word(self) -> bool:
        """Whether the clause negates all words of the question, of an article with its names."""
        names = {stem for each in extract_names(self.question) for stem in _meanings(each)}
        wording = _meanings(f"{self.statement.subject} {self.statement.predicate}")
        words = {each for each in wording if not each.isdigit() and each not in names}
        return bool(words) and words <= set(_meanings(self.clause)) and self.stance() == "no"

    def _has_names_and_figures(self) -> bool:
        """Whether the article has all names, and the sentence all figures and a name or pronoun."""
        sentence = self.account.evidence.text
        near = f"{self.account.article.title}\n{sentence}"
        names = self._names
        figures = {each for each in extract_numbers(self.question) if not _YEAR.fullmatch(each)}
        is_near = (
            any(self._mentions(near, each) for each in names)
            or bool(_PRONOUN.search(sentence))
            or not extract_names(sentence)
        )
        return self._has_names() and is_near and figures <= number_forms(sentence)

    def _has_names(self) -> bool:
        article = self.account.article
        whole = f"{article.title}\n{article.text}"
        return all(self._mentions(whole, each) for each in self._names)

    @property
    def _names(self) -> list[str]:
        """The names of the question, without months and days of the week."""
        return [each for each in extract_names(self.question) if not _CALENDAR.fullmatch(each)]

    def _mentions(self, text: str, name: str) -> bool:
        """Whether `text` has `name`, other than in the name of the outlet that it stands in."""
        return mentions(text.replace(self.account.article.source or "\0", " "), name)

    def _place_of(self, meaning: str) -> int | None:
        """Where the first word of the clause with this meaning begins."""
        words = _WORD.finditer(self.clause)
        return next((each.start() for each in words if meaning in _meanings(each[0])), None)

    def _is_of_subject(self, start: int) -> bool:
        """Whether the word of the clause at `start` is said of the subject of the statement.

        The subject or a pronoun stands before it; or the subject behind it, with "by" where it acts
        and next to it where it does not. A clause that begins with the word is of the subject that
        opens the sentence, one that begins with "who" of the subject that stands before "who".
        """
        if _ANYBODY.fullmatch(self.statement.subject) or not _meanings(self.statement.subject):
            return True
        before = _WORD.findall(self.clause[:start])
        if any(map(_ACTOR.fullmatch, before)) or self._subjects(before):
            return True
        if not before or before[0].lower() in ("who", "which", "that"):
            lead = _WORD.findall(self.account.evidence.text.partition(self.clause)[0])
            places = self._subjects(lead)
            if not places:
                return False
            return places[-1] == len(lead) - 1 if before else _is_one_phrase(lead[: places[0]])
        behind = _WORD.findall(self.clause[start:])[1:]
        if self.statement.is_active:
            behind = list(dropwhile(lambda word: word.lower() != "by", behind))[1:]
        places = self._subjects(behind, attached=True)
        return bool(places) and _is_one_phrase(behind[: places[0]])

    def _subjects(self, words: Sequence[str], *, attached: bool = False) -> list[int]:
        """Which of `words` name the subject: its noun, or the last word of its name.

        No possessive does ("the baker’s wife"), and, unless `attached`, nothing that belongs to
        another noun by a preposition ("the wife of the baker").
        """
        subject = self.statement.subject
        noun = (_meanings(_ATTACHED.split(subject)[0]) or _meanings(subject))[-1]
        return [
            place
            for place, word in enumerate(words)
            if noun in _meanings(word)
            and not _POSSESSIVE.search(word)
            and (attached or not _is_attached(words[:place]))
        ]

    def _contrast(self) -> float:
        """Log odds by which the reader holds the statement, rather than its denial, to be so."""
        premise = [record_prefix(self.account.article) + self.account.evidence.text]
        affirmed, denied = (
            _log_odds(self.reader.check(each, premise)[0])
            for each in (self.statement.affirmed, self.statement.denied)
        )
        return affirmed - denied


def stance_of(question: str, account: Account, reader: ClaimReader) -> Stance | None:
    """What `account` says to `question`, which asks for yes or no; None where it is not certain."""
    statement = statement_of(question, account.article.text)
    return None if statement is None else _Case(question, statement, account, reader).stance()


def compose_yes_no(material: Material) -> Composition | None:
    """The answer to a question for yes or no, where an article settles it."""
    judgement, verdict = material.judgement, material.decide(material.judgement)
    if not judgement.evidence or judgement.contradicted:
        return None
    if verdict.shown and (composed := _by_best(material)) is not None:
        return replace(composed, confidence=verdict.confidence)
    return _by_words(material)


def _by_best(material: Material) -> Composition | None:
    """What the sentence that answers best says, and an article that says the contrary."""
    question, evidence, reader = (
        material.plan.question,
        material.judgement.evidence,
        material.reader,
    )
    best = Account(evidence[0], material.article_of(evidence[0].article))
    stance = stance_of(question, best, reader)
    if stance is None or best.evidence.score < _MIN_SCORES[stance]:
        return None
    for other in accounts_of(question, material.judgement, material.article_of):
        if (
            other != best
            and other.evidence.score >= _MIN_SCORE_TO_DIFFER
            and tell_of_one_matter(question, best, other)
            and stance_of(question, other, reader) not in (stance, None)
        ):
            return side_by_side(DIFFER, (best, other))
    return _one_side(stance, best)


def _by_words(material: Material) -> Composition | None:
    """No, by the first sentence that negates the question word by word."""
    question = material.plan.question
    for each in material.judgement.evidence:
        account = Account(each, material.article_of(each.article))
        statement = statement_of(question, account.article.text)
        if statement is None or each.score < _MIN_SCORE_BY_WORDS:
            continue
        if _Case(question, statement, account, material.reader).negates_word_by_word():
            return _one_side("no", account)
    return None


def _one_side(stance: Stance, account: Account) -> Composition:
    evidence = account.evidence
    text = f"{stance.capitalize()}: {in_quotation_marks(evidence.text)}"
    citation = make_citation(1, account.article, evidence.start, evidence.end)
    return Composition((Sentence(text, (1,), supported=True),), (citation,), (evidence,))


def _is_one_phrase(words: Sequence[str]) -> bool:
    """Whether the noun behind `words` is that of the phrase that they begin: "the old" pool."""
    return not any(map(_PREPOSITION.fullmatch, words)) and not any(
        map(_DETERMINER.fullmatch, words[1:])
    )


def _is_attached(words: Sequence[str]) -> bool:
    """Whether the noun behind `words` belongs to another by a preposition: "of the old" baker."""
    adjectives = 0
    for word in reversed(words):
        if _PREPOSITION.fullmatch(word):
            return True
        is_name = word[:1].isupper() and not _CALENDAR.fullmatch(word)
        adjectives += not is_name and not _DETERMINER.fullmatch(word)
        if adjectives > 1 or _CALENDAR.fullmatch(word) or word.isdigit():
            return False
    return False


def _log_odds(reading: ClaimReading) -> float:
    return math.log((reading.supported + _LEAST) / (reading.contradicted + _LEAST))


def _meanings(text: str) -> list[str]:
    """The stems of `text` in order, one for words that mean the same."""
    words = _first_words()
    plain = re.sub(r"\w+", lambda match: words.get(match[0].lower(), match[0]), text)
    return stem_tokens([plain])[0]


@lru_cache(maxsize=1)
def _first_words() -> Mapping[str, str]:
    """For each word of a group of `_SAME` the first of it."""
    return {word: group.split()[0] for group in _SAME for word in group.split()}
