"""Accounts of one thing by several articles, and whether two of them exclude each other.

    accounts_of(question, judgement, ..) ->  the best evidence of each article that answers
    exclude(question, one, other)        ->  whether the two cannot both be right
    differing_figures(question, ..)      ->  pairs of accounts that count one thing otherwise
    agree(question, one, other)          ->  whether the two say the same
    side_by_side(verdict, accounts)      ->  the accounts one after the other, each named and cited

In:  the `Judgement` of a question.
Out: `Account`s, and what they have in common.
Left to others: which words of a passage answer (`rag.retrieval.evidence`), which account is shown
unasked (`rag.grounding.composition.other_account`), accounts found without a reader
(`rag.grounding.conflicts`).

What is compared is what the reader takes for the answers: figures with figures, dates with dates.
They exclude each other where no figure of one is one of the other, nor rounds it ("about 1,200"
and 1,187), or where the dates cannot be one day ("June" and "3 June" can). No account excludes
another

    of another matter    published months before or after it, unless both are of the year of the
                         question
    that it replaces     "58, not 63", a correction, "rose to 530"
    of more than it      "4,300 in all" is no other figure for one of three villages
    by its dateline      "PORT HALE, May 14 -" is no claim
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import pairwise

from rag.grounding.citations import ArticleLookup, make_citation
from rag.grounding.composition.material import Composition
from rag.grounding.conflicts import counted_stem
from rag.grounding.rendering import in_quotation_marks
from rag.prompts.injection import without_orders
from rag.retrieval.constraints import constraints_of
from rag.retrieval.evidence.candidates import Saying
from rag.retrieval.evidence.judgement import Judgement
from rag.text.citation_marks import strip_nested_citation_marks
from rag.text.dates.forms import MONTH, date_range, format_date, resolve_relative_dates
from rag.text.dates.mentions import resolve_mentions
from rag.text.dates.partial import PartialDate, stated_date
from rag.text.numbers import number_forms, number_spans
from rag.text.questions.answer_types import TIME_TYPES, expected_answer_type
from rag.text.sentences import sentence_spans
from rag.text.stemming import stem_tokens
from rag.types import Article, Evidence, Hit, Note, Sentence

_MIN_SCORE = 1.0  # log odds from which an article's best evidence is an account of the thing
_MIN_SCORE_OF_SAME = -1.5  # the same where it has a figure of the same thing as the best one
_MIN_SCORE_OF_COUNT = -4.0  # the same where the question names that, and the sentences are alike
_MIN_SHARED = 2  # stems that two such sentences have in common, beside what is counted
DIFFER, AGREE = "The articles differ.", "The articles agree."
"""Verdicts that stand before accounts side by side."""
_SAME_NEWS = 45  # days between two articles up to which they tell of the same matter
_MORE = Decimal("1.5")  # "more than 200" may be up to 300
_NO_OTHER = Note("unanswered", "No other article was found to compare it with.")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
MEASURES = frozenset(  # stems of what many sentences of one matter have figures in
    [
        *("crown", "dollar", "euro", "pound", "cent", "million", "billion", "percent", "per"),
        *("degre", "mile", "metr", "meter", "kilometr", "gram", "year", "month", "week", "day"),
        *("hour", "minut", "second", "time", "p.m", "a.m"),
    ]
)
_HEDGE = re.compile(
    r"\b(?:(?P<more>more than|over|at least|upwards? of)|about|around|some|nearly|almost|roughly|"
    r"approximately|up to|close to|an estimated|fewer than|less than|under)\b"
    r"(?:[^.;,]|[.,]\d){0,14}$",
    re.I,
)
TOTAL = re.compile(r"\b(?:in all|in total|altogether|combined|all told)\b", re.I)
_CHANGE = re.compile(
    r"\b(?:rose|risen|rises|climb(?:s|ed)|grew|grown|increased|fell|fallen|dropped|declined|"
    r"updated?|revised|corrected|now (?:stands|stood)|no longer)\b",
    re.I,
)
_CORRECTION = re.compile(
    r"^\W*(?:correction|clarification|corrected)\b"
    r"|\b(?:earlier|previous|original|first) versions?\b.*\b(?:said|gave|stated|put|reported|had)\b"
    r"|\b(?:wrongly|incorrectly|mistakenly|erroneously) (?:said|gave|stated|put|reported)\b",
    re.I,
)
_DATELINE = re.compile(
    r"\s*[A-ZÀ-ÞŁ][A-ZÀ-ÞŁ .'’-]+(?:, [^\n–—-]{1,30})?(?: \([^)\n]{1,40}\))? ?[–—-]{1,2} "
    r"|\s*[A-ZÀ-ÞŁ][A-ZÀ-ÞŁ .'’-]+ \([^)\n]{1,40}\)"
)
_DATE = re.compile(
    rf"\b(?:\d{{1,2}}(?:st|nd|rd|th)? (?:of )?)?{MONTH}\.?(?: \d{{1,2}}\b(?![,.]\d))?"
    r"(?:,? (?:1\d|20)\d\d\b)?|\b(?:1[5-9]|20)\d\d\b(?![,.]\d)"
)
_YEAR = re.compile(r"(?<![\d.,])(?:1[5-9]|20)\d\d(?![\d]|[.,]\d)")
_IN_A_YEAR = re.compile(r"\W*In (?:\w+ )?\d{4}, ")
_CLAUSE = re.compile(
    r"[,;:()–—]\s|\s[–—]|[.!?][”\"’]?\s"
    r"|\s(?=(?:because|although|though|while|whereas|but|which|whom?|after|before|when|until)\b)"
    r"|\s(?=and (?:(?:said|told|added|did|does|was|were|is|are|has|have|had|will|would|it|he|she"
    r"|they|there|that|no|nobody|none|not)\b))"
)


@dataclass(frozen=True, slots=True)
class Account:
    """What one article says of a thing: the sentence, and the article."""

    evidence: Evidence
    article: Article

    @property
    def by(self) -> str:
        """Who gives it and when: "Nordpress, 3 May 2024"; the headline where no outlet is known."""
        name = self.article.source or f"“{self.article.title}”"
        return ", ".join(filter(None, (name, format_date(self.article.published or ""))))

    @property
    def day(self) -> date | None:
        """The first on which the article may have been published."""
        days = date_range(self.article.published or "")
        return days and days[0]

    @property
    def days(self) -> frozenset[date]:
        """That of publication, and the first of each month or day that the sentence names."""
        mentions = resolve_mentions(self.evidence.text, self.article.published)
        named = (_first_day(each.date) for each in mentions if each.date)
        return frozenset(each for each in (self.day, *named) if each)

    @property
    def clauses(self) -> tuple[str, ...]:
        """The clauses of the sentence in which the words that answer stand."""
        text = self.evidence.text
        start = self.evidence.answer_start - self.evidence.start
        end = self.evidence.answer_end - self.evidence.start
        return tuple(
            text[first:last].strip()
            for first, last in clause_spans(text)
            if first < end and start < last
        )

    @property
    def date(self) -> PartialDate | None:
        """The date that the words that answer state, or mean by the day of publication."""
        evidence = self.evidence
        if stated := stated_date(evidence.answer):
            return stated
        start, end = evidence.answer_start - evidence.start, evidence.answer_end - evidence.start
        dates = {
            each.date
            for each in resolve_mentions(evidence.text, self.article.published)
            if each.start < end and start < each.end
        }
        return dates.pop() if len(dates) == 1 else None

    def figures(self, question: str) -> frozenset[_Figure]:
        """The figures of the words that answer, without dates and those of the question."""
        known = number_forms(question)
        text, start = self.evidence.text, self.evidence.answer_start - self.evidence.start
        answer = without_dates(self.evidence.answer)
        return frozenset(
            _Figure(
                Decimal(value),
                full.partition(" ")[2],
                counted_stem(text[start + end :]),
                *_hedges(text[: start + end]),
            )
            for full, value, end, _ in number_spans(answer)
            if value not in known and full not in known and _NUMBER.fullmatch(value)
        )


@dataclass(frozen=True, slots=True)
class _Figure:
    """A number, its unit where it has one, the stem of what it counts, and whether the text takes
    it for inexact."""

    value: Decimal
    unit: str
    counted: str
    is_hedged: bool
    is_lower_bound: bool

    def is_comparable(self, other: _Figure) -> bool:
        """Whether the units are the same; a bare number may be of any unit."""
        if self.unit == other.unit:
            return True
        bare = self if not self.unit else other
        return not bare.unit and not bare.counted

    def is_of_same(self, other: _Figure, question_stems: frozenset[str]) -> bool:
        """Whether both measure or count one thing; `question_stems`: those of the question."""
        if self.unit or self.counted == other.counted:
            return self.unit == other.unit
        return all(not each.counted or each.counted in question_stems for each in (self, other))

    def agrees(self, other: _Figure) -> bool:
        """Whether both can be one number: equal, or one an inexact form of the other."""
        return self.value == other.value or self._covers(other) or other._covers(self)

    def _covers(self, other: _Figure) -> bool:
        if self.is_lower_bound and self.value < other.value <= self.value * _MORE:
            return True
        step = self.value.normalize().as_tuple().exponent
        assert isinstance(step, int)  # of a number that is finite
        return self.is_hedged and other.value.quantize(Decimal((0, (1,), step))) == self.value


def accounts_of(
    question: str, judgement: Judgement, article_of: ArticleLookup
) -> tuple[Account, ...]:
    """The best evidence of each article that tells of what `question` asks, best first.

    The best of all is the first, whatever its score; without one that is a dateline.
    """
    accounts: dict[str, Account] = {}
    for hit, each in zip(judgement.hits, judgement.evidence, strict=True):
        if not _is_dateline(each, hit.passage.text, hit.passage.start):
            accounts.setdefault(each.article, Account(each, article_of(each.article)))
    best = next(iter(accounts.values()), None)
    return tuple(
        each
        for each in accounts.values()
        if best is each
        or each.evidence.score >= _MIN_SCORE
        or (best and _is_of_the_same(question, best, each))
    )


def exclude(question: str, one: Account, other: Account) -> bool:
    """Whether the two accounts of what `question` asks cannot both be right as they stand now."""
    return differ(question, one, other) and not replaces(one, other)


def differ(question: str, one: Account, other: Account) -> bool:
    """Whether the two tell of one matter and give other figures or dates, replaced or not."""
    texts = [each.evidence.text for each in (one, other)]
    is_total = [TOTAL.search(text) is not None for text in texts]
    if (
        not tell_of_one_matter(question, one, other)
        or any(map(is_correction, texts))
        or is_total[0] != is_total[1]
    ):
        return False
    if expected_answer_type(question) in TIME_TYPES:
        return bool(one.date and other.date) and not _dates_agree(one, other)
    pairs = comparable_figures(question, one, other)
    return bool(pairs) and not any(a.agrees(b) for a, b in pairs)


def agree(question: str, one: Account, other: Account) -> bool:
    """Whether the two accounts say the same of what `question` asks."""
    if expected_answer_type(question) in TIME_TYPES and one.date and other.date:
        return _dates_agree(one, other)
    if pairs := comparable_figures(question, one, other):
        return any(a.agrees(b) for a, b in pairs)
    sayings = (Saying.parse(each.evidence.answer) for each in (one, other))
    return next(sayings).agrees(next(sayings))


def differing_figures(
    question: str, judgement: Judgement, article_of: ArticleLookup
) -> tuple[tuple[Account, Account], ...]:
    """Pairs of clauses of two articles that count one thing otherwise, most in common first.

    For a question that asks for no figure of its own ("the flood"): each clause of a passage is an
    account of whatever it counts, sums of money and other measures left out. At most one pair for
    each thing that is counted.
    """
    clauses = [
        each
        for hit, evidence in zip(judgement.hits, judgement.evidence, strict=True)
        for each in clauses_with_figures(question, hit, evidence.score, article_of)
    ]
    pairs: dict[str, tuple[int, Account, Account]] = {}
    for n, one in enumerate(clauses):
        for other in clauses[n + 1 :]:
            counted = _counted_by_both(question, one, other) - MEASURES
            shared = _shared(one, other, counted)
            if one.article.id == other.article.id or not counted or not shared:
                continue
            if exclude(question, one, other):
                thing = min(counted)
                best = pairs.get(thing)
                if best is None or shared > best[0]:
                    pairs[thing] = (shared, one, other)
    by_shared = sorted(pairs.values(), key=lambda each: -each[0])
    return tuple((one, other) for _, one, other in by_shared)


def side_by_side(verdict: str, accounts: Sequence[Account]) -> Composition:
    """`verdict`, which rests on all of `accounts`, and each of them by its outlet and day."""
    numbers = range(1, len(accounts) + 1)
    texts = (f"{each.by}: {in_quotation_marks(each.evidence.text)}" for each in accounts)
    sides = (
        Sentence(strip_nested_citation_marks(text), (n,), supported=True)
        for n, text in zip(numbers, texts, strict=True)
    )
    citations = (
        make_citation(n, each.article, each.evidence.start, each.evidence.end)
        for n, each in zip(numbers, accounts, strict=True)
    )
    return Composition(
        (Sentence(verdict, tuple(numbers), supported=True), *sides),
        tuple(citations),
        tuple(each.evidence for each in accounts),
    )


def only_account(account: Account) -> Composition:
    """The account of the only article that tells of a thing, and a note that there is no other."""
    alone = side_by_side("", (account,))
    return replace(alone, sentences=alone.sentences[1:], notes=(_NO_OTHER,))


def is_correction(sentence: str) -> bool:
    """Whether `sentence` tells what an earlier version had: that is no account any more."""
    return _CORRECTION.search(sentence) is not None


def clause_spans(text: str) -> list[tuple[int, int]]:
    """The spans of the clauses of a sentence; they tile it."""
    bounds = [0, *(match.end() for match in _CLAUSE.finditer(text)), len(text)]
    return list(pairwise(bounds))


def without_dates(text: str) -> str:
    """`text` with a comma in place of each character of a date: its figures count nothing."""
    return _DATE.sub(lambda match: "," * len(match[0]), text)


def _is_of_the_same(question: str, one: Account, other: Account) -> bool:
    """Whether both have a figure of one thing, in sentences that are likely to be about the same.

    That is a figure with the same unit, or one that counts the same; a figure that stands alone
    ("Twelve needed treatment") may count anything that the question asks the number of.
    """
    score, question_stems = other.evidence.score, stems_of(question)
    if score < _MIN_SCORE_OF_COUNT or not tell_of_one_matter(question, one, other):
        return False
    counted = _counted_by_both(question, one, other)
    if counted & question_stems:
        shared = stems_of(one.evidence.text) & stems_of(other.evidence.text)
        if len(shared - counted) >= _MIN_SHARED:
            return True
    return score >= _MIN_SCORE_OF_SAME and any(
        a.is_of_same(b, question_stems) for a, b in comparable_figures(question, one, other)
    )


def _counted_by_both(question: str, one: Account, other: Account) -> frozenset[str]:
    """The stems of what figures of both accounts count."""
    pairs = comparable_figures(question, one, other)
    return frozenset(a.counted for a, b in pairs if a.counted and a.counted == b.counted)


def _shared(one: Account, other: Account, counted: frozenset[str]) -> int:
    """How many stems the clauses have in common, or else the sentences where those are enough."""
    first, second = (stems_of(each.evidence.answer) for each in (one, other))
    clauses = len((first & second) - counted)
    first, second = (stems_of(each.evidence.text) for each in (one, other))
    sentences = len((first & second) - counted)
    return sentences if clauses or sentences >= _MIN_SHARED else 0


def clauses_with_figures(
    question: str, hit: Hit, score: float, article_of: ArticleLookup
) -> list[Account]:
    """Each clause of a passage that has a figure, as an account by itself."""
    passage, accounts = hit.passage, []
    text = without_orders(passage.text)
    for start, end in sentence_spans(text):
        sentence = text[start:end].rstrip()
        offset = passage.start + start
        for first, last in clause_spans(sentence):
            evidence = Evidence(
                passage.article,
                offset,
                offset + len(sentence),
                sentence,
                score,
                offset + first,
                offset + last,
            )
            account = Account(evidence, article_of(passage.article))
            if account.figures(question):
                accounts.append(account)
    return accounts


def stems_of(text: str) -> frozenset[str]:
    """The stems of the words of `text`."""
    return frozenset(stem_tokens([text])[0])


def comparable_figures(
    question: str, one: Account, other: Account
) -> list[tuple[_Figure, _Figure]]:
    """The pairs of figures of the words that answer, of both accounts, with like units."""
    return [
        (a, b) for a in one.figures(question) for b in other.figures(question) if a.is_comparable(b)
    ]


def _dates_agree(one: Account, other: Account) -> bool:
    return bool(one.date and other.date and one.date.agrees(other.date))


def tell_of_one_matter(question: str, one: Account, other: Account) -> bool:
    """Whether both are of one piece of news, or both of the year that `question` names.

    An article is of the news of its day, and of that of a month or day that its sentence names.
    """
    if one.day is None and other.day is None:
        return True
    if any(abs((a - b).days) <= _SAME_NEWS for a in one.days for b in other.days):
        return True
    years = constraints_of(question).years
    return all(bool(years & years_of(each)) for each in (one, other))


def years_of(account: Account) -> frozenset[str]:
    """The years that the clause names or means, else those with which the sentence opens
    ("In 2021, …"), else that of publication."""
    published = account.article.published
    text = " ".join(account.clauses)
    clause = f"{text}\n{resolve_relative_dates(text, published)}"
    if re.search(r"\blast year\b|\ba year (?:ago|earlier|before)\b", clause, re.I) and account.day:
        return frozenset([str(account.day.year - 1)])
    opening = _IN_A_YEAR.match(account.evidence.text)
    stated = _YEAR.findall(clause) or _YEAR.findall(opening[0] if opening else "")
    return frozenset(stated or [(published or "")[:4]])


def replaces(one: Account, other: Account) -> bool:
    """Whether one of the two tells what was so before, and the other what took its place."""
    if number_forms(other.evidence.answer) <= number_forms(one.evidence.text):
        return bool(number_forms(other.evidence.answer))  # "58, not 63" tells of both
    newer = max((one, other), key=lambda each: each.day or date.min)
    return one.day != other.day and _CHANGE.search(newer.evidence.text) is not None


def _first_day(partial: PartialDate) -> date | None:
    """The first day of the month or the day that is stated; None for a year, or no such day."""
    if not partial.year or not partial.month:
        return None
    try:
        return date(partial.year, partial.month, partial.day or 1)
    except ValueError:
        return None


def _is_dateline(evidence: Evidence, text: str, passage_start: int) -> bool:
    """Whether the words that answer are of a line of place and date at the head of a passage."""
    head = _DATELINE.match(text)
    return head is not None and 0 <= evidence.answer_start - passage_start < head.end()


def _hedges(before: str) -> tuple[bool, bool]:
    """Whether a number at the end of `before` is inexact, and whether it is a lower bound."""
    hedge = _HEDGE.search(before)
    return hedge is not None, bool(hedge and hedge["more"])
