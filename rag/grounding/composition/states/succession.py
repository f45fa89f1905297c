"""Who followed on the holder of an office, by what later articles tell.

    successor(material, holders, until)  ->  the newest account of who followed on the last of them

In:  the `Material` of a question; accounts of holders, the last of whom may have been followed.
Out: a `State`; None where no later article tells of another.
Left to others: the words of offices (`offices`), what is shown (`state`).

An article that is not older must say it: it names a successor, gives the very office to somebody
else, or tells that the holder left; then what it says next is quoted with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date

from rag.grounding.composition.material import Material
from rag.grounding.composition.states.offices import LEAVES, holds_office, names_office
from rag.grounding.composition.states.state import (
    MIN_SCORE,
    State,
    names_subject,
    person_of,
    states,
)
from rag.retrieval.constraints import constraints_of
from rag.text.dates.forms import date_range
from rag.text.names import extract_full_names, mentions
from rag.text.sentences import Span, sentence_spans
from rag.types import Article, Evidence

_MIN_SCORE_OF_OFFICE = -5.0  # log odds, of an account that gives the very office to somebody
_MAY_SCORE_LESS = 4.0  # log odds less than the best, where the question names nothing
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
_APPOINTED = re.compile(
    rf"{_SUCCESSION.pattern}|\b(?:in charge|took|becomes?|became|chosen|interim|permanent)\b",
    re.IGNORECASE,
)
_MOST_BEFORE = 2  # sentences that are quoted before one that names a successor
_MOST_AFTER = 3  # sentences that are quoted after one that tells of leaving
_CONTEXT = 4  # sentences before one that names a successor, in which the predecessor is named


def successor(material: Material, holders: Sequence[State], until: date) -> State | None:
    """Who followed on the last of `holders`, none of these; the newest account up to `until`."""
    state = holders[-1]
    person = person_of(state)
    if not person:
        return None
    judgement = material.judge(f"Who succeeded {person}?")
    hits = (*judgement.hits, *material.judgement.hits)
    passages = {hit.passage.id: hit.passage for hit in hits}
    named = [
        State(evidence, article, days[1])
        for passage in passages.values()
        if (article := material.article_of(passage.article))
        and (days := date_range(article.published or ""))
        and (evidence := _named_successor(article, (passage.start, passage.end), person))
    ]
    read = [
        each
        for each in states(material, judgement)
        if each.evidence.score >= MIN_SCORE
        and mentions(each.article.text, person)
        and _SUCCESSION.search(each.evidence.text)
        and mentions(_around(each.article.text, each.evidence.start), person.split()[-1])
    ]
    articles = {hit.passage.article: material.article_of(hit.passage.article) for hit in hits}
    leaving = [
        each
        for article in articles.values()
        for each in _leaving(article, person)
        if names_subject(material.plan.question, each)
        and (
            names_office(material.plan.question, each.evidence.text)
            or _APPOINTED.search(each.evidence.text)
        )
    ]
    known = [person_of(each).split()[-1] for each in holders]

    def follows(each: State) -> bool:
        name = person_of(each)
        is_new = bool(name) and not any(mentions(name, surname) for surname in known)
        return state.day <= each.day <= until and is_new

    in_office = [each for each in _in_office(material) if each.day > state.day]
    following = list(filter(follows, (*named, *read, *in_office, *leaving)))  # plainest first
    if following:
        newest = person_of(max(following, key=lambda each: each.day))
        return next(each for each in following if person_of(each) == newest)
    departures = [each for each in leaving if state.day < each.day <= until]
    return max(departures, key=lambda each: each.day, default=None)


def _in_office(material: Material) -> Iterator[State]:
    """Accounts that give the very office of the question to the person who answers it."""
    question, judgement = material.plan.question, material.judgement
    least = _MIN_SCORE_OF_OFFICE
    if not constraints_of(question).names:
        least = judgement.evidence[0].score - _MAY_SCORE_LESS
    for each in states(material, judgement):
        name = person_of(each)
        if (
            each.evidence.score >= least
            and name
            and not name.startswith("The ")
            and not LEAVES.search(each.evidence.text)
            and holds_office(question, each.evidence.text, name)
            and names_subject(question, each)
        ):
            yield each


def _leaving(article: Article, person: str) -> Iterator[State]:
    """The sentences of `article` by which `person` left, with those that name who came after."""
    days = date_range(article.published or "")
    if not days or not mentions(article.text, person):
        return
    surname, text = person.rsplit(maxsplit=1)[-1], article.text
    spans = sentence_spans(text)
    for n, (start, end) in enumerate(spans):
        if not mentions(text[start:end], surname) or not LEAVES.search(text[start:end]):
            continue
        first, last, name = start, end, (start, start)
        for begin, stop in _nearest(text, spans, n):
            if (at := _new_name(text[begin:stop], surname)) is not None:
                first, last = min(first, begin), max(last, stop)
                name = (begin + at[0], begin + at[1])
                break
        last = first + len(text[first:last].rstrip())
        yield State(
            Evidence(article.id, first, last, text[first:last], 0.0, *name), article, days[1]
        )


def _nearest(text: str, spans: Sequence[Span], n: int) -> list[Span]:
    """The sentence `n` and those around it, in the order in which a successor is looked for.

    After it where that tells of an appointment, else before it ("… says Ada Holm. Her predecessor
    …"), else after it.
    """
    after, before = spans[n + 1 : n + 1 + _MOST_AFTER], spans[max(0, n - _MOST_BEFORE) : n][::-1]
    appointed = [each for each in after[:1] if _APPOINTED.search(text[slice(*each)])]
    return [spans[n], *appointed, *before, *after]


def _new_name(sentence: str, surname: str) -> Span | None:
    """Where `sentence` has the full name of somebody else."""
    for name in extract_full_names(sentence):
        if not mentions(name, surname):
            start = sentence.index(name)
            return start, start + len(name)
    return None


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
