"""What one sentence of an article says to a question for yes or no.

    Case(question, statement, account, reader).stance()  ->  "yes", "no", None where not certain
    stance_of(question, account, reader)                 ->  the same

In:  a question, the statement that yes would affirm, an `Account`, a reader that checks claims.
Out: a `Stance`.
Left to others: the question as a statement (`rag.grounding.composition.statement`), what a clause
negates (`rag.text.polarity`), words of one sense and of contrary sense (`rag.text.senses`), which
sentences are looked at (`rag.grounding.composition.yes_no`).

What the question asks whether it is so has a head, the first word of its predicate ("accept" of
"accept the medal"). A clause that has a word of that sense affirms it, one with a word of contrary
sense ("refused") denies it, and a negation turns either round. So does a part where the question
asks of all ("four of its eight beds"). Where the clause has neither word it can only deny: it is
negated, and has other words of the predicate or, to the reader, excludes the statement.

What somebody does must be said of the subject; names, figures and the year must be those of the
question. What is denied, wanted, to come or not known is neither yes nor no. The reader may object
to any of these. It affirms nothing by itself: it takes a text that shares many words with a
statement for its support.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import dropwhile
from typing import Literal

from rag.grounding.composition.accounts import Account, years_of
from rag.grounding.composition.statement import Statement, statement_of
from rag.grounding.quotation import ClaimReader
from rag.retrieval.constraints import constraints_of
from rag.retrieval.evidence.readings import record_prefix
from rag.text.dates.forms import MONTH, WEEKDAY
from rag.text.names import extract_names, mentions
from rag.text.numbers import extract_numbers, number_forms
from rag.text.polarity import Polarity, polarity_of
from rag.text.senses import Sense, senses_of
from rag.text.sentences import sentence_spans
from rag.types import ClaimReading

Stance = Literal["yes", "no"]
_SURE = 4.0  # log odds from which a negation need not share a word with the question
_LEAST = 1e-3  # of a probability, before its logarithm is taken
_OBJECTS_TO_NO = 3.5  # contrast from which the reader takes a negated sentence for a yes
_OBJECTS_TO_YES = 0.0  # contrast up to which it takes a sentence that states something for a no
_EXCLUDES = -2.0  # contrast up to which it takes a negated sentence to exclude the statement
_NO_NOUN = re.compile(r"\bno (?!one\b|longer\b|more\b)(?:\w+ ){0,2}?(?P<noun>\w{3,})\b", re.I)
_NEGATIVE = re.compile(r"\b(?:\w{3,}less|not|never|no|without|fail(?:s|ed)?)\b", re.I)
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
_ACTOR = re.compile(r"(?:he|she|it|they)", re.I)
_OBJECT = re.compile(r"(?:him|her|it|them|this|that)", re.I)
_CALENDAR = re.compile(rf"{MONTH}|{WEEKDAY}")
_WORD = re.compile(r"\w+(?:['’]\w*)?")
_POSSESSIVE = re.compile(r"['’]s?$")
_ATTACHED = re.compile(r" (?:of|in|on|at|from|for|by) ")  # behind the noun of a subject
_ANYBODY = re.compile(r"some(?:one|body|thing)|people|persons?|there", re.I)
_PASSIVE = re.compile(r"\b(?:was|were|is|are|been|being|be|gets?|got)(?: \w+ly)? $", re.I)
_TEST = re.compile(r"(?:An?|The|His|Her|Their|Its|Breath|Blood|Alcohol)\b[^,;]{0,30}\btests?\b")
_OPENING_WORDS = 5  # among which the subject of a sentence is named
_DETERMINER = re.compile(r"(?:the|an?|his|her|its|their|this|that|these|those)", re.I)
_PREPOSITION = re.compile(
    r"(?:about|against|at|behind|beside|between|by|for|from|in|into|near|of|on|over|than|to|under|"
    r"with|without)",
    re.I,
)
_FILLERS = re.compile(  # they open a predicate and say nothing
    r"^(?:(?:been|be|being|an?|the|some|still|again|ever|once|yet|already|now|actually|also|found|to"
    r"|going to|(?:have|had) to|end(?:ed)? up(?: as)?|(?:left|remain|stay)(?:ed)?(?= un)) )+",
    re.I,
)
_ASIDE = re.compile(r",? ?\b(?:in the end|at all|so far|in fact|yet|any longer|at last)\b", re.I)
_WITHOUT = re.compile(r"\bwithout(?=(?: \w+){2})", re.I)  # it negates what stands next to it
_ALL = re.compile(
    r"\b(?:all|both|each|every(?:one|body|thing)?|whole|entire|nobody|none|no one)\b", re.I
)
_PART = re.compile(
    r"\b(?:\w+ of (?:the|its|his|her|their|these|those)|only|except|apart from)\b", re.I
)


@dataclass(frozen=True)
class Case:
    """A question for yes or no beside one account, and the reader that judges the statement."""

    question: str
    statement: Statement
    account: Account
    reader: ClaimReader

    def stance(self) -> Stance | None:
        """What the account says of the question; None where that is not certain."""
        if _NEGATIVE.search(self.statement.predicate) or not self._is_of_its_year():
            return None
        matches = self._matches(self.clause)
        if len({self._says_same(each) for each in matches}) > 1:
            return None
        if matches:
            return self._by_head(matches[0])
        return "no" if self._polarity(None) == "negated" and self._is_negated() else None

    def _by_head(self, match: Sense) -> Stance | None:
        """What a clause says in which `match` has the sense of the head, or the contrary."""
        polarity = self._polarity(match)
        if polarity == "open":
            return None
        affirms = self._says_same(match) == (polarity == "stated")
        if affirms and not self._is_of_part():
            return "yes" if self._is_affirmed(match.start) else None
        if affirms:
            holds = self._has_names()
        elif polarity == "negated":
            holds = self._is_negated()
        else:
            holds = self._is_denied(match.start)
        return "no" if holds else None

    @cached_property
    def head(self) -> Sense | None:
        """The word of the predicate that says what the question asks whether it is so."""
        senses = senses_of(self._bare_predicate)
        if not senses:
            return None
        return senses[-1] if senses[-1].is_negated else senses[0]

    @cached_property
    def clause(self) -> str:
        """What decides: of the clauses in which the words that answer stand those that have the
        head or its contrary, else those that have a word of the predicate."""
        clauses, predicate = self.account.clauses, _names(self.statement.predicate)
        with_head = [each for each in clauses if self._matches(each)]
        related = [each for each in clauses if predicate & _names(each)]
        return " ".join(with_head or related or clauses)

    @cached_property
    def contrast(self) -> float:
        """Log odds by which the reader holds the statement, rather than its denial, to be so."""
        premise = [record_prefix(self.account.article) + self.account.evidence.text]
        affirmed, denied = (
            _log_odds(self.reader.check(each, premise)[0])
            for each in (self.statement.affirmed, self.statement.denied)
        )
        return affirmed - denied

    @cached_property
    def has_head(self) -> bool:
        """Whether the clause has the head of the question, or its contrary."""
        return bool(self._matches(self.clause))

    @cached_property
    def coverage(self) -> float:
        """Share of the question's words, head and names left out, that the sentence has, the one
        before it, or the headline."""
        article, evidence = self.account.article, self.account.evidence
        before = article.text[: evidence.start].rstrip()
        spans = sentence_spans(before)
        previous = before[spans[-1][0] :] if spans else ""
        near = _names(f"{article.title}\n{previous}\n{evidence.text}")
        names = {name for each in extract_names(self.question) for name in _names(each)}
        subject = self.statement.subject
        own = "" if _ANYBODY.fullmatch(subject) else subject
        clause = _ASIDE.sub("", f"{own} {self.statement.predicate}")
        wanted = _names(clause) - names
        wanted -= {self.head.name} if self.head else set()
        return len(wanted & near) / len(wanted) if wanted else 1.0

    def _matches(self, clause: str) -> list[Sense]:
        """The words of `clause` that have the sense of the head, or the contrary."""
        head = self.head
        if head is None:
            return []
        return [
            each
            for each in senses_of(clause)
            if each.is_same(head)
            or each.is_contrary(head)
            or (_implies(each, head) and _PASSIVE.search(clause[: each.start]))
        ]

    def _says_same(self, match: Sense) -> bool:
        return self.head is not None and (match.is_same(self.head) or _implies(match, self.head))

    def _polarity(self, match: Sense | None) -> Polarity:
        """That of the clause without the word that matches; "open" where the sentence is."""
        sentence, clause = self.account.evidence.text, self.clause
        if match is None:
            return polarity_of(clause, self.question)
        word = clause[match.start : match.end]
        before = _WITHOUT.sub("with", clause[: match.start])
        behind = _WITHOUT.sub("with", clause[match.end :])
        polarity = polarity_of(before + behind, self.question)
        whole = polarity_of(sentence.replace(word, "", 1), self.question)
        return "open" if polarity == "stated" and whole == "open" else polarity

    @property
    def _bare_predicate(self) -> str:
        return _FILLERS.sub("", self.statement.predicate)

    def _is_of_its_year(self) -> bool:
        """Whether the account is of a year of the question, if that has any."""
        years = constraints_of(self.question).years
        stated = set(_YEAR.findall(self.account.evidence.text))
        return not years or bool(years & (years_of(self.account) | stated))

    def _is_of_its_time(self) -> bool:
        """Whether the clause tells neither of what is to come nor of what has ended, unless that
        is what the question asks of."""
        ended = _ENDED.search(self.clause)
        if ended and not self._matches(ended[0]):
            return False
        return not _FUTURE.search(self.clause) or bool(_FUTURE.search(self.question))

    def _is_of_part(self) -> bool:
        """Whether the question asks of all, and the clause tells of a part."""
        return bool(_ALL.search(self.question) and _PART.search(self.clause))

    def _is_affirmed(self, start: int) -> bool:
        """Whether the word of the clause at `start` is said of what the question names."""
        head = self.head
        if head is None or (head.start > 0 and not head.is_negated):
            return False
        sentence = self.account.evidence.text
        return (
            (not _ALL.search(self.question) or bool(_ALL.search(sentence)))
            and self._is_of_its_time()
            and self._has_names_and_figures()
            and (not self.statement.is_active or self._is_of_subject(start))
            and self.contrast > (_EXCLUDES if head.is_negated else _OBJECTS_TO_YES)
        )

    def _is_denied(self, start: int) -> bool:
        behind = _WORD.findall(self.clause[start:])[1:2]
        is_of_subject = (
            any(map(_OBJECT.fullmatch, behind))
            or self._is_of_subject(start)
            or self._is_result_for_subject()
        )
        return is_of_subject and self.contrast < _OBJECTS_TO_NO and self._has_names_and_figures()

    def _is_negated(self) -> bool:
        """Whether it is what the question asks of that the clause negates."""
        clause, wording = self.clause, _names(self.question)
        negated = [_names(match["noun"]) for match in _NO_NOUN.finditer(clause)]
        if any(not wording & each for each in negated):
            return False
        shared = _names(self.statement.predicate) & _names(clause)
        is_about = (
            bool(shared or self._matches(clause))
            or self.excludes
            or (self.contrast < 0 and self.account.evidence.score >= _SURE)
        )
        return is_about and self.contrast < _OBJECTS_TO_NO and self._has_names()

    @property
    def excludes(self) -> bool:
        """Whether, to the reader, the sentence excludes the statement."""
        return self.contrast <= _EXCLUDES

    def negates_word_by_word(self) -> bool:
        """Whether the clause negates all words of the question, of an article with its names."""
        names = {name for each in extract_names(self.question) for name in _names(each)}
        wording = _names(f"{self.statement.subject} {self.statement.predicate}")
        words = {each for each in wording if not each.isdigit() and each not in names}
        return bool(words) and words <= _names(self.clause) and self.stance() == "no"

    def _has_names_and_figures(self) -> bool:
        """Whether the article has all names, and the sentence all figures and a name or pronoun."""
        sentence = self.account.evidence.text
        near = f"{self.account.article.title}\n{sentence}"
        names = self._question_names
        figures = {each for each in extract_numbers(self.question) if not _YEAR.fullmatch(each)}
        is_near = (
            not names
            or any(self._mentions(near, each) for each in names)
            or bool(_PRONOUN.search(sentence))
            or not _without_calendar(extract_names(sentence))
        )
        return self._has_names() and is_near and figures <= number_forms(sentence)

    def _has_names(self) -> bool:
        article = self.account.article
        whole = f"{article.title}\n{article.text}"
        return all(self._mentions(whole, each) for each in self._question_names)

    @property
    def _question_names(self) -> list[str]:
        """The names of the question, without months and days of the week."""
        return _without_calendar(extract_names(self.question))

    def _mentions(self, text: str, name: str) -> bool:
        """Whether `text` has `name`, other than in the name of the outlet that it stands in."""
        return mentions(text.replace(self.account.article.source or "\0", " "), name)

    def _is_of_subject(self, start: int) -> bool:
        """Whether the word of the clause at `start` is said of the subject of the statement.

        The subject or a pronoun stands before it; or the subject behind it, with "by" where it acts
        and next to it where it does not. A clause that begins with the word is of the subject that
        opens the sentence, one that begins with "who" of the subject that stands before "who".
        """
        if _ANYBODY.fullmatch(self.statement.subject) or not senses_of(self.statement.subject):
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

    def _is_result_for_subject(self) -> bool:
        """Whether the sentence gives the outcome of a test, and the one before it has the subject
        and names nobody else: "The driver was questioned. A breath test was negative."."""
        evidence = self.account.evidence
        if not _TEST.match(evidence.text) or extract_names(evidence.text):
            return False
        before = self.account.article.text[: evidence.start].rstrip()
        spans = sentence_spans(before)
        previous = before[spans[-1][0] :] if spans else ""
        opening = _WORD.findall(previous)[:_OPENING_WORDS]
        return bool(self._subjects(opening))

    def _subjects(self, words: Sequence[str], *, attached: bool = False) -> list[int]:
        """Which of `words` name the subject: its noun, or the last word of its name.

        No possessive does ("the baker’s wife"), and, unless `attached`, nothing that belongs to
        another noun by a preposition ("the wife of the baker").
        """
        subject = self.statement.subject
        noun = (senses_of(_ATTACHED.split(subject)[0]) or senses_of(subject))[-1].name
        return [
            place
            for place, word in enumerate(words)
            if noun in _names(word)
            and not _POSSESSIVE.search(word)
            and (attached or not _is_attached(words[:place]))
        ]


def _implies(match: Sense, head: Sense) -> bool:
    """Whether who is `match` is `head` as well: who is killed dies."""
    killed, dead = (senses_of(each)[0].name for each in ("killed", "die"))
    names = (match.name, head.name)
    return not match.is_negated and not head.is_negated and names == (killed, dead)


def case_of(question: str, account: Account, reader: ClaimReader) -> Case | None:
    """`question` beside `account`; None where it is no question for yes or no."""
    statement = statement_of(question, account.article.text)
    return None if statement is None else Case(question, statement, account, reader)


def stance_of(question: str, account: Account, reader: ClaimReader) -> Stance | None:
    """What `account` says to `question`, which asks for yes or no; None where it is not certain."""
    case = case_of(question, account, reader)
    return None if case is None else case.stance()


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


def _without_calendar(names: Sequence[str]) -> list[str]:
    return [each for each in names if not _CALENDAR.fullmatch(each)]


def _log_odds(reading: ClaimReading) -> float:
    return math.log((reading.supported + _LEAST) / (reading.contradicted + _LEAST))


def _names(text: str) -> frozenset[str]:
    """The names of the senses of `text`."""
    return frozenset(each.name for each in senses_of(text))
