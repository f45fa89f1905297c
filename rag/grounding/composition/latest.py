"""The latest state of a matter that changed, and what it was before.

    compose_latest(material)   "What is the latest count of the sick?", "Who runs the line now?"
    compose_holder(material)   "Who is the curator?", "Who was the curator in May 2022?"

In:  a `Material` whose question asks for a state: of now, or of a stated time.
Out: the latest state, and the one before it where an earlier article tells of another; None where
     the matter was never told otherwise: the quotation says all then.
Left to others: which account answers best, and the order by time (`rag.retrieval.evidence`).

An office is held by whoever followed last: where an account names its holder, it is looked for who
succeeded them, and so on; nobody comes twice. An article that is not older must say it, with a word
of succession, and name the predecessor there or shortly before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from rag.grounding.composition.material import Composition, Material
from rag.grounding.composition.overviews.standalone import stands_alone
from rag.grounding.composition.quotations import Quoted, compose_quotations, published_on
from rag.retrieval.constraints import constraints_of
from rag.retrieval.evidence.candidates import Saying
from rag.retrieval.evidence.judgement import Judgement
from rag.retrieval.evidence.ordering import asks_of_now
from rag.text.dates.forms import DATE_PATTERN, date_range, parse_date
from rag.text.names import extract_full_names, extract_names, mentions
from rag.text.numbers import number_forms
from rag.text.sentences import Span, sentence_spans
from rag.types import Article, Evidence

_MIN_SCORE = 1.0  # log odds from which another account is evidence
_MOST_SUCCESSIONS = 3  # each costs a search
_SUCCESSION = re.compile(
    r"\b(?:succe(?:eds?|eded|ssors?|ssion)|replac(?:es?|ed|ement)|t(?:akes?|ook|aken|ake) over|"
    r"follow(?:s|ed)|new|appointed|named|elected|sworn in|(?:will|is to) (?:lead|run|head)|"
    r"(?:has been|who has been) .{3,60} since|in (?:his|her|their) place|steps? in|stepped in)\b",
    re.IGNORECASE,
)
_NAME = r"(?P<name>[^\W\d_a-zß-ÿ][\w’'-]+(?: [^\W\d_a-zß-ÿ][\w’'-]+)+)"
_NAMES_SUCCESSOR = (
    re.compile(
        rf"(?i:\b(?:(?:his|her|their|\w+['’]s) successor|(?:succeeded|replaced|followed) by)),? "
        rf"(?:(?i:is|will be) )?{_NAME}"
    ),
    re.compile(
        rf"{_NAME},?(?: [^.;]{{0,60}},)? (?:(?:will|is to) (?:lead|run|head|take over|succeed|"
        r"replace|follow)|takes over|took over|succeeds|replaces|steps in)\b"
    ),
    re.compile(rf"(?i:\bnew \w+(?: \w+)? (?:is|will be)) {_NAME}"),
)
_MOST_BEFORE = 2  # sentences that are quoted before one that leans on them
_CONTEXT = 4  # sentences before one that names a successor, in which the predecessor is named
_OFFICE = (
    r"(?:mayor|minister|president|director|head|chief|chair\w*|leader|commissioner|governor|"
    r"secretary|captain|editor|manager|curator|treasurer|ambassador|coach|boss|ceo|executive|"
    r"officer|principal|master|owner|in charge|responsible|leading|running|heading|leads?|led|"
    r"runs?|ran|heads|headed|chairs|chaired|manages|managed|owns|owned)"
)
_ASKS_FOR_HOLDER = re.compile(rf"who\b.*\b{_OFFICE}\b", re.IGNORECASE)
_AT_A_TIME = re.compile(
    rf"(?P<question>who (?:was|were|led|ran|headed|chaired|managed|owned)\b.+?),? "
    rf"(?:in|on|at the (?:end|beginning|start) of) (?P<date>{DATE_PATTERN})\W*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _State:
    """A state of the matter, as an article tells it; `day` is the last on which it appeared."""

    evidence: Evidence
    article: Article
    day: date


def compose_latest(material: Material) -> Composition | None:
    """The latest state and the one before; None where no earlier article has it otherwise."""
    judgement = material.judgement
    states = list(_states(material, judgement))
    if judgement.contradicted or not states or states[0].evidence != judgement.evidence[0]:
        return None
    if not material.decide(judgement).shown:
        return None
    question, latest = material.plan.question, states[0]
    if _ASKS_FOR_HOLDER.match(question):
        holder = _last_holder(material, latest, date.max)
        if holder != latest:
            return _composed(material, holder, _before(holder, states, material))
    before = _otherwise(question, latest, states[1:])
    return _composed(material, latest, before) if before else None


def compose_holder(material: Material) -> Composition | None:
    """Who holds an office now, or held it at a stated time, where that changed; else None."""
    question = material.plan.question
    if not _ASKS_FOR_HOLDER.match(question):
        return None
    if asks_of_now(question):
        return _holder_now(material)
    match = _AT_A_TIME.fullmatch(question)
    days = match and date_range(parse_date(match["date"]) or "")
    if not match or not days or material.decide(material.judgement).shown:
        return None
    return _holder_at(material, f"{match['question']}?", days[1])


def _holder_now(material: Material) -> Composition | None:
    judgement = material.judgement
    states = list(_states(material, judgement))
    if judgement.contradicted or not states or not material.decide(judgement).shown:
        return None
    holder = _last_holder(material, states[0], date.max)
    if holder == states[0]:
        return None
    return _composed(material, holder, _before(holder, states, material))


def _holder_at(material: Material, question: str, until: date) -> Composition | None:
    """Who held the office by what was told up to `until`; `question` does not name the time."""
    accounts = [
        state
        for state in _states(material, material.judge(question))
        if state.day <= until
        and state.evidence.score >= _MIN_SCORE
        and _names_subject(question, state)
        and _person(state)
    ]
    if not accounts:
        return None
    newest = max(accounts, key=lambda each: (each.day, each.evidence.score))
    holder = _last_holder(material, newest, until)
    label = f"Reported {published_on(holder.article)}"
    quoted = Quoted(_with_antecedent(holder), label)
    return compose_quotations([quoted], material.article_of)


def _states(material: Material, judgement: Judgement) -> Iterator[_State]:
    """The dated accounts of `judgement`, in its order."""
    for evidence in judgement.evidence:
        article = material.article_of(evidence.article)
        if days := date_range(article.published or ""):
            yield _State(evidence, article, days[1])


def _last_holder(material: Material, state: _State, until: date) -> _State:
    """Who followed last on the holder that `state` names, up to `until`."""
    holders = [state]
    while len(holders) <= _MOST_SUCCESSIONS and (successor := _successor(material, holders, until)):
        holders.append(successor)
    return holders[-1]


def _successor(material: Material, holders: list[_State], until: date) -> _State | None:
    """Who followed on the last of `holders`, none of these; the newest account up to `until`."""
    state = holders[-1]
    person, predecessors = _person(state), [_person(each) for each in holders]
    if not person:
        return None
    judgement = material.judge(f"Who succeeded {person}?")
    hits = (*judgement.hits, *material.judgement.hits)
    passages = {hit.passage.id: hit.passage for hit in hits}
    accounts = [
        _State(evidence, article, days[1])
        for passage in passages.values()
        if (article := material.article_of(passage.article))
        and (days := date_range(article.published or ""))
        and (evidence := _named_successor(article, (passage.start, passage.end), person))
    ]
    read = [
        each
        for each in _states(material, judgement)
        if each.evidence.score >= _MIN_SCORE
        and mentions(each.article.text, person)
        and _SUCCESSION.search(each.evidence.text)
        and mentions(_around(each.article.text, each.evidence.start), person.split()[-1])
    ]
    following = [
        each
        for each in (*accounts, *read)
        if state.day <= each.day <= until
        and _person(each)
        and not any(mentions(name, _person(each).split()[-1]) for name in predecessors)
    ]
    return max(following, key=lambda each: each.day, default=None)


def _named_successor(article: Article, within: Span, person: str) -> Evidence | None:
    """The sentence of `article`, in the passage `within`, that says who followed on `person`.

    They must be named in it or in the few sentences before it.
    """
    surname = person.rsplit(maxsplit=1)[-1]
    if not mentions(article.text, person):
        return None
    for start, end in sentence_spans(article.text):
        if not within[0] <= start < within[1]:
            continue
        text = article.text[start:end].rstrip()
        match = next(filter(None, (form.search(text) for form in _NAMES_SUCCESSOR)), None)
        if match is None or not mentions(_around(article.text, start), surname):
            continue
        if mentions(person, match["name"].split()[-1]):
            continue
        first, last = (start + offset for offset in match.span("name"))
        begin = _start_of_mention(article.text, start, surname)
        text = article.text[begin : start + len(text)]
        return Evidence(article.id, begin, begin + len(text), text, 0.0, first, last)
    return None


def _start_of_mention(text: str, start: int, surname: str) -> int:
    """Where the nearest sentence begins, of that at `start` and the two before, with `surname`."""
    spans = [span for span in sentence_spans(text) if span[0] <= start]
    for first, last in reversed(spans[-_MOST_BEFORE - 1 :]):
        if mentions(text[first:last], surname):
            return first
    return start


def _around(text: str, position: int) -> str:
    """The sentence of `text` at `position` and those before it in which its subject is named."""
    spans = [span for span in sentence_spans(text) if span[0] <= position]
    return text[spans[-_CONTEXT - 1 :][0][0] : spans[-1][1]]


def _person(state: _State) -> str:
    """The only full name in the words that answer, else ""."""
    names = extract_full_names(state.evidence.answer)
    return names[0] if len(names) == 1 else ""


def _otherwise(question: str, latest: _State, others: list[_State]) -> _State | None:
    """The newest account older than `latest` that answers with something else of its kind."""
    now = Saying.parse(latest.evidence.answer)
    earlier = [
        each
        for each in others
        if each.day < latest.day
        and each.evidence.score >= _MIN_SCORE
        and _names_subject(question, each)
        and _is_of_one_kind(latest.evidence.answer, each.evidence.answer)
        and not Saying.parse(each.evidence.answer).agrees(now)
    ]
    return max(earlier, key=lambda each: each.day, default=None)


def _before(holder: _State, states: list[_State], material: Material) -> _State | None:
    """The newest account of somebody else that is not part of what is quoted of `holder`."""
    shown = _with_antecedent(holder)
    others = [
        each
        for each in states
        if each.day < holder.day
        and each.evidence.score >= _MIN_SCORE
        and _names_subject(material.plan.question, each)
        and not (each.article == holder.article and each.evidence.start >= shown.start)
        and not mentions(each.evidence.answer, _person(holder).split()[-1])
    ]
    return max(others, key=lambda each: each.day, default=None)


def _names_subject(question: str, state: _State) -> bool:
    """Whether the article has all names of the question."""
    article = state.article
    text = "\n".join(filter(None, (article.title, article.source, article.text)))
    return constraints_of(question).missing_names(text) == 0.0


def _is_of_one_kind(one: str, other: str) -> bool:
    """Whether both answers are figures, or both are names: else they do not answer alike."""
    if number_forms(one) or number_forms(other):
        return bool(number_forms(one)) and bool(number_forms(other))
    return bool(extract_names(f"of {one}")) == bool(extract_names(f"of {other}"))


def _with_antecedent(state: _State) -> Evidence:
    """The sentence that answers; with those before it where it leans on them."""
    evidence, text = state.evidence, state.article.text
    spans = [span for span in sentence_spans(text) if span[1] <= evidence.start]
    start = evidence.start
    for first, last in reversed(spans[-_MOST_BEFORE:]):
        if stands_alone(text[start : evidence.end]):
            break
        start = first + len(text[first:last]) - len(text[first:last].lstrip())
    return replace(evidence, start=start, text=text[start : evidence.end])


def _composed(material: Material, latest: _State, before: _State | None) -> Composition:
    quoted = [Quoted(_with_antecedent(latest), f"Now, reported {published_on(latest.article)}")]
    if before:
        label = f"Before, reported {published_on(before.article)}"
        quoted.append(Quoted(_with_antecedent(before), label))
    confidence = material.decide(material.judgement).confidence
    return compose_quotations(quoted, material.article_of, confidence)
