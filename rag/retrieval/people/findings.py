"""Where a passage answers what is asked of a person.

    find_all(request, passage)      ->  the `Finding`s of a passage
    disagrees(request, ...)         ->  log odds against a sentence that no rule found

In:  a `PersonRequest`; a `PassageText`: a passage, what stands before it, the topic of its article.
Out: the sentences that answer by rule, the words in them that do, and what the rule is worth.
Left to others: what is asked (`rag.retrieval.people.requests`), what the reader makes of a finding
(`rag.retrieval.evidence`). Pure functions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rag.retrieval.people.acts import accords
from rag.retrieval.people.introductions import find_role
from rag.retrieval.people.mentions import people_in
from rag.retrieval.people.related_words import covered_share
from rag.retrieval.people.requests import PersonRequest
from rag.retrieval.people.speech import Speech, find_speaker, speeches, spoken_by
from rag.retrieval.people.wording import (
    Span,
    find_quoted,
    find_words,
    trimmed,
    without_quotations,
)
from rag.text.folding import fold
from rag.text.sentences import sentence_spans

_ROLE = 6.0  # log odds that a role that stands beside the name is right
_VERBATIM = 8.0  # that the speaker of a quotation that stands there word for word is
_ONLY_QUOTATION = 1.0  # more for the only quotation of somebody in a passage
_COVERED = 4.0  # log odds between a saying that has all words asked for and one that has none
_WITH_SENTENCE_BEFORE = 0.8  # what the sentence before tells counts less
_OTHER_PERSON = -6.0  # of a sentence that names others alone, or in a text without the name
_OTHER_QUOTATION = -6.0  # of a sentence without the quotation asked for
_OTHER_SAYING = -2.0  # of one that has no word of the saying
_MIN_UNMARKED = 5  # words of a saying from which it may be a quotation without marks
_POSSESSIVE = re.compile(r"(?:its|his|her|their) ", re.I)
_LONGEST = 700  # characters of the sentences of an answer


@dataclass(frozen=True, slots=True)
class PassageText:
    """A passage behind `before` characters of what stands before it in its article.

    These may name whom "she" means. `topic` is what the passage need not repeat, as a headline.
    """

    text: str
    topic: str = ""
    before: int = 0


@dataclass(frozen=True, slots=True)
class Finding:
    """The sentences `text[start:end]` answer, the words at `[answer_start:answer_end]` most.

    `log_odds` is what the rule is worth; where it is not `certain`, the reader's judgement of the
    sentences counts as well, which are read from `read_from` on, with the one before them.
    """

    start: int
    end: int
    answer_start: int
    answer_end: int
    log_odds: float
    certain: bool = False
    read_from: int = 0


def find_all(request: PersonRequest, passage: PassageText) -> list[Finding]:
    """What answers `request` in `passage`."""
    if request.kind == "role":
        return list(_roles(request, passage))
    if request.kind == "statement":
        return list(_statements(request, passage))
    verbatim = list(_verbatim(request, passage))
    return verbatim if verbatim or request.quoted else list(_reported(request, passage))


def disagrees(request: PersonRequest, sentence: str, passage: PassageText) -> float:
    """Log odds, 0 or less, against `sentence` of `passage`, which no rule has found."""
    if request.kind != "speaker":
        surname = request.name.split()[-1]
        is_of_others = people_in(sentence) and not find_words(sentence, surname)
        return _OTHER_PERSON if is_of_others or not find_words(passage.text, surname) else 0.0
    if request.quoted:
        is_there = find_quoted(passage.text, request.words) or find_words(sentence, request.words)
        return 0.0 if is_there else _OTHER_QUOTATION
    return _OTHER_SAYING * (covered_share(request.words, sentence, passage.topic) == 0.0)


def _roles(request: PersonRequest, passage: PassageText) -> Iterator[Finding]:
    """The sentence with the role; "its head" is read behind the sentence before it."""
    text, before = passage.text, passage.before
    role = find_role(text[before:], request.name)
    if role is None:
        return
    first, last = (before + each for each in role)
    start, end = _sentence_of(text, first)
    if start and _POSSESSIVE.match(text[first:last]):
        start, _ = _sentence_of(text, start - 1)
    yield Finding(start, end, first, last, _ROLE, certain=True)


def _verbatim(request: PersonRequest, passage: PassageText) -> Iterator[Finding]:
    """The speaker of a quotation that is there word for word."""
    text, words = passage.text, request.words
    if not request.quoted and len(fold(words).split()) < _MIN_UNMARKED:
        return
    spans = find_quoted(text, words) or (find_words(text, words) if request.quoted else [])
    for span in spans:
        speech = find_speaker(text, *span) if span[1] > passage.before else None
        if speech:
            yield _finding(text, speech, _VERBATIM, certain=True)


def _reported(request: PersonRequest, passage: PassageText) -> Iterator[Finding]:
    """The sayings that fit by what is done in them, and by their words."""
    for speech in speeches(passage.text):
        if speech.end <= passage.before:
            continue
        fits = accords(request.act, speech.act, passage.text[speech.place : speech.end])
        share = _share(request.words, passage, speech)
        yield _finding(passage.text, speech, fits + _COVERED * (share - 0.5))


def _statements(request: PersonRequest, passage: PassageText) -> Iterator[Finding]:
    """The sentences of theirs, in direct speech where that is asked for."""
    text = passage.text
    outside = without_quotations(text)
    speeches_of_theirs = [
        each
        for each in spoken_by(text, request.name)
        if each.end > passage.before
        and not (
            request.quoted
            and text[each.place : each.end].strip() == outside[each.place : each.end].strip()
        )
    ]
    for speech in speeches_of_theirs:
        share = _share(request.words, passage, speech)
        only = _ONLY_QUOTATION * (len(speeches_of_theirs) == 1 and request.quoted)
        yield _finding(text, speech, only + _COVERED * (share - 0.5))


def _share(words: str, passage: PassageText, speech: Speech) -> float:
    """The share of `words` that is told by a speech, or, less surely, by the sentence before it."""
    start, end = speech.start, speech.end
    own = covered_share(words, passage.text[start:end], passage.topic)
    before = _sentence_before(passage.text, start)
    return max(
        own, _WITH_SENTENCE_BEFORE * covered_share(words, passage.text[before:end], passage.topic)
    )


def _finding(text: str, speech: Speech, log_odds: float, certain: bool = False) -> Finding:
    """The sentences of `speech`; where who speaks is named too far away, the saying alone."""
    start, end, answer = speech.start, speech.end, (speech.who_start, speech.who_end)
    if end - start > _LONGEST:
        start, end = answer = trimmed(text, speech.place, end)
    return Finding(start, end, *answer, log_odds, certain, _sentence_before(text, start))


def _sentence_before(text: str, start: int) -> int:
    """Where the sentence before the one at `start` begins: what "it" means in this one."""
    return max((first for first, _ in sentence_spans(text) if first < start), default=start)


def _sentence_of(text: str, place: int) -> Span:
    """The sentence that `place` is in, without white space around it."""
    start, end = next(s for s in sentence_spans(text) if s[0] <= place < s[1])
    return trimmed(text, start, end)
