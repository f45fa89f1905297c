"""What a question asks for, parsed once per question. Pure functions of its wording.

In:  a self-contained question; the metadata records of the index, for the names in them; the
     `Intent` that a trained model reads in the question.
Out: `QueryPlan`: what kind of question it is, what is searched first, the sub-questions that are
     answered one by one, the time that "latest" or "last week" means, and what the records are
     asked where they answer.
Left to others: types of questions (`rag.text.questions.question_types`), questions about the
records (`rag.retrieval.records.several.parts`), searching (`rag.retrieval.search`), carrying out
the plan (`rag.retrieval.retriever`).

What rules tell of a wording is certain. Where they tell nothing in particular, the intent decides,
if it is sure enough.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from rag.retrieval.clauses import (
    adds_a_detail,
    complete_clause,
    leans_on_first,
    without_source_request,
)
from rag.retrieval.records.by_intent import record_query_of
from rag.retrieval.records.description import RecordQuery
from rag.retrieval.records.records import NO_RECORDS, Records
from rag.retrieval.records.several.parts import RecordPart, RecordParts, parse_record_parts
from rag.retrieval.temporal import TimeIntent, parse_time_intent
from rag.text.languages import ENGLISH, language_of
from rag.text.questions.date_requests import standard_question
from rag.text.questions.question_types import classify
from rag.text.questions.topics import Topic, asks_for_overview, names_topic, parse_topic
from rag.types import Intent, QuestionType

Mode = Literal["single", "multiple", "comparison"]

_QUOTE = re.compile('[“”"„«»]')
_IT = re.compile(r"\bit\b(?! (?:(?:is|was)\b|true\b))", re.I)
SURE = 0.9  # probability from which an intent tells the type of a question
_GENERAL: frozenset[QuestionType] = frozenset({"fact", "who", "when", "quantity", "count"})
_BY_INTENT: frozenset[QuestionType] = frozenset({"overview", "latest", "list"})
_MAX_CLAUSES = 4  # each costs a draft
_MOST_WORDS = 30  # of a question whose intent is read: longer ones hold what is known already
_MOST_WORDS_OF_EACH = 4  # of two that the same is asked of
_NEXT_CLAUSE = re.compile(
    r",?\s+and\s+(?=(?:\w+\s+){0,2}?(?:what|which|who|whom|whose|when|where|how|why)\b)"
    r"|,\s+(?=(?:for|in|at|from|by|to|with|since|until) (?:what|which|how|whom)\b)",
    re.I,
)
_FOR_EACH = re.compile(
    r"(?P<question>\W*(?:(?:for|in|at|from|by|to|with|on) )?(?:who|what|which|when|where|how)\b.*?)"
    r"(?P<by> (?:for|in|on|at|from|to)) (?P<one>[^,?]+?),? and(?P=by) (?P<other>[^,?]+)\W*",
    re.I,
)
_ASKING = re.compile(r"\b(?:what|which|who|whom|whose|when|where|how|why)\b", re.I)
_TOGETHER = re.compile(
    r"\b(?:total|together|altogether|sum|combined|between|both|difference|more|less|fewer)\b", re.I
)
_BY_EACH = re.compile(
    r"(?P<question>.+?)(?P<by>,? (?:by|according to|in the words of)) (?P<one>[^,?]+?),?"
    r" and (?:by|according to|in the words of) (?P<other>[^,?]+)\W*",
    re.I,
)
_TELLERS = r"(?:accounts|articles|reports|versions|sources|outlets|news ?papers|papers)"
_MANY = r"(?:different|differing|conflicting|various|several|both|two|each of)"
_EACH_SAYS = re.compile(
    r"(?:^|,? )(?:by|in|across|among|between|according to) (?:all |all of )?(?:the )?"
    rf"{_MANY} (?:the )?{_TELLERS}\b",
    re.I,
)
_THEY_DIFFER = re.compile(
    rf"(?:how|where|in what) (?:do|did) (?:the )?(?:{_MANY} )?(?:the )?{_TELLERS} "
    r"(?:differ|disagree) (?:about|on|over|as to) ",
    re.I,
)


class IntentReader(Protocol):
    """What is needed of `rag.models.question_classifier.QuestionClassifier`."""

    def read(self, question: str) -> Intent:
        """What `question` asks for."""


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """A text to search for, and its clauses, which are searched for beside it (0, or 2 to 4)."""

    text: str
    clauses: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> SearchQuery:
        """`text` with its clauses."""
        return cls(text, tuple(split_question(text)[1:]))

    @property
    def texts(self) -> tuple[str, ...]:
        """The whole first, then its clauses."""
        return self.text, *self.clauses


@dataclass(frozen=True, slots=True)
class QueryPlan:
    """How a question is searched for and answered.

    single      one sub-question: the whole
    multiple    a sub-question for each clause
    comparison  one sub-question, put to each of several articles by itself

    `whole` is what is searched for first: the evidence on which the decision to abstain rests.
    `language` is the code of the question's. `records` are the parts that the metadata records
    answer, without a search: then `question_type` is "collection" or "metadata", or "overview" of
    one article. `rest` is the part that they leave to the articles' texts, if any: then all else is
    the plan of it, as it is of the whole question otherwise, and `type_in_text` is its type. With
    `rest_leans` it names nothing itself: it is about the articles of the first part.
    `topic` is set where an overview is asked for. `asks_source`: the question ends in "according to
    whom?", which is no clause: the sentence that answers names its source, or one beside it does.
    """

    question: str
    mode: Mode
    whole: SearchQuery
    sub_questions: tuple[SearchQuery, ...]
    time_intent: TimeIntent | None
    question_type: QuestionType = "fact"
    records: tuple[RecordPart, ...] = ()
    rest: str = ""
    rest_leans: bool = False
    language: str = ENGLISH
    topic: Topic | None = None
    type_in_text: QuestionType = "fact"
    asks_source: bool = False

    def leans_on_first(self, number: int) -> bool:
        """Whether the sub-question `number` (from 0) continues what the first one asks."""
        clauses = _clauses(self.whole.text)
        is_clause = self.mode == "multiple" and 0 < number < len(clauses)
        return is_clause and leans_on_first(clauses[number])

    def completed(self, number: int, answer: str) -> str:
        """The sub-question `number` (from 1), completed by what answers the first one."""
        clauses = _clauses(self.whole.text)
        completed = complete_clause(clauses[0], clauses[number], answer)
        return as_question(completed or clauses[number])

    @property
    def is_answered_apart(self) -> bool:
        """Whether it, or its first part, is answered without a search for passages."""
        return bool(self.records) or self.question_type == "help"

    def without_records(self) -> QueryPlan:
        """The plan by which the question, or its rest, is put to the articles' texts."""
        if not self.records:
            return self
        of_text = self.type_in_text
        return replace(
            self,
            records=(),
            rest="",
            rest_leans=False,
            question_type=of_text,
            type_in_text="fact",
        )


def plan_query(
    question: str,
    records: Records | None = NO_RECORDS,
    intent: Intent | None = None,
    earlier: RecordQuery | None = None,
) -> QueryPlan:
    """Parse a self-contained `question`; `records` are those of the index, for the names in them.

    Without records no name is that of an author or an outlet; with None they are asked nothing.
    Without an `intent` the type is told by rules alone. `earlier` is what the turn before asked of
    the records, or the articles that its answer cites where this one asks for their records.
    """
    if intent is not None and (intent.probability < SURE or len(question.split()) > _MOST_WORDS):
        intent = None
    of_records = (
        RecordParts() if records is None else _record_parts(question, records, intent, earlier)
    )
    rest = _completed_rest(of_records)
    of_text = rest or question
    searched = without_source_request(of_text)
    plan = replace(
        _plan_search(searched, None if rest else intent),
        language=language_of(question),
        asks_source=searched != of_text,
    )
    if not of_records.parts:
        return plan
    return replace(
        plan,
        records=of_records.parts,
        rest=rest,
        rest_leans=bool(rest) and leans_on_first(of_records.rest),
        question_type=of_records.parts[0].query.question_type,
        type_in_text=plan.question_type,
    )


def _record_parts(
    question: str, records: Records, intent: Intent | None, earlier: RecordQuery | None
) -> RecordParts:
    """What the records are asked, by rules; by the intent, where these know no wording of it."""
    by_rules = parse_record_parts(question, records, earlier)
    if by_rules.parts or intent is None or intent.question_type not in ("collection", "metadata"):
        return by_rules
    query = record_query_of(question, intent, records, earlier)
    return RecordParts((RecordPart(question, query),)) if query else by_rules


def _completed_rest(of_records: RecordParts) -> str:
    """What the records leave to the texts, as a question that can stand alone."""
    if not of_records.rest:
        return ""
    first = of_records.parts[0]
    topic = first.query.topic
    matter = topic if topic[:1].isupper() else f"the {topic}"
    rest = of_records.rest
    rest = _IT.sub(lambda _: matter, rest) if topic else rest
    if not _QUOTE.search(first.question):
        rest = complete_clause(first.question, rest) or rest
    return as_question(rest if _ASKING.search(rest) else f"what is {rest}")


def _plan_search(question: str, intent: Intent | None) -> QueryPlan:
    """What is searched for in the articles' texts, and the type of the question put to them."""
    question = standard_question(question)
    time_intent = parse_time_intent(question)
    if comparison := comparison_question(question):
        query = SearchQuery.parse(comparison)
        return QueryPlan(question, "comparison", query, (query,), time_intent, "disagreement")
    question_type = _type_of(question, time_intent, intent)
    if question_type == "latest" and time_intent is None:
        time_intent = TimeIntent("", "latest")
    whole = SearchQuery.parse(question)
    topic = _topic_of(question, intent) if question_type == "overview" else None
    if topic is not None and names_topic(topic):
        whole = SearchQuery(as_question(f"What is said about {topic.text}"))
    plan = QueryPlan(question, "single", whole, (whole,), time_intent, question_type, topic=topic)
    if not whole.clauses:
        return plan
    # a last clause that holds the rest of a long question has clauses of its own
    each = tuple(SearchQuery.parse(as_question(clause)) for clause in whole.clauses)
    return replace(plan, mode="multiple", sub_questions=each)


def _type_of(question: str, time_intent: TimeIntent | None, intent: Intent | None) -> QuestionType:
    """The type by rules; by the intent, where the wording has no particular form."""
    by_rules = classify(question, time_intent is not None and time_intent.kind == "latest")
    is_one = intent is not None and intent.question_type in _BY_INTENT
    return intent.question_type if intent and is_one and by_rules in _GENERAL else by_rules


def _topic_of(question: str, intent: Intent | None) -> Topic:
    """What an overview is to be about.

    The words of the frame ("Summarise what the articles say about …") are in articles that are
    about something else: they are no part of it.
    """
    if intent is None or asks_for_overview(question):
        return parse_topic(question)
    return Topic(intent.topic)


def split_question(question: str) -> list[str]:
    """The question and, where it has two or more clauses, each of them (the fourth holds the rest).

    "When did A start, and who ended B?" finds passages on B only if B is also searched for by
    itself. So does "How strong was it, by A and by B?", which asks for two accounts. A clause that
    has no subject of its own ("and for how much?") takes that of the first; where it cannot, the
    question stays whole.
    """
    clauses = _clauses(question)
    if each := _for_each(question):
        clauses = [f"{each['question']}{each['by']} {who}" for who in (each["one"], each["other"])]
    if len(clauses) < 2 or adds_a_detail(first := clauses[0]):
        return [question]
    completed = [complete_clause(first, clause) for clause in clauses[1:]]
    whole = [each for each in completed if each]
    return [question, first, *whole] if len(whole) == len(completed) else [question]


def _clauses(question: str) -> list[str]:
    return [clause.strip(" ,;") for clause in _NEXT_CLAUSE.split(question, _MAX_CLAUSES - 1)]


def _for_each(question: str) -> re.Match[str] | None:
    """A question that asks the same of two: "by A and by B", "for adults and for children"."""
    if each := _BY_EACH.fullmatch(question):
        return each
    each = _FOR_EACH.fullmatch(question)
    if each is None or _TOGETHER.search(question):
        return None
    sides = (each["one"], each["other"])
    is_plain = all(len(side.split()) <= _MOST_WORDS_OF_EACH for side in sides)
    return None if not is_plain or _ASKING.search(" ".join(sides)) else each


def comparison_question(question: str) -> str | None:
    """The question to put to each article where accounts are to be compared; else None.

    "How many were hurt, by the different accounts?" becomes "How many were hurt?", and "How do
    the reports differ about the fire?" "What is said about the fire?".
    """
    rest, matches = _EACH_SAYS.subn("", question, count=1)
    if differ := _THEY_DIFFER.match(question):
        rest, matches = f"What is said about {question[differ.end() :]}", 1
    return as_question(rest.strip(" ,")) if matches and len(rest.split()) > 2 else None


def as_question(clause: str) -> str:
    """A clause with a capital and a question mark."""
    return clause[:1].upper() + clause[1:].rstrip(" ?.") + "?"
