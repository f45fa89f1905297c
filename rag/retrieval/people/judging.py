"""What the findings in several passages are worth: by rule, and by the reader where that counts.

    judge_findings(request, sources, read)  ->  for each passage its best finding, or a penalty

In:  a `PersonRequest`; `Source`s, passages with their articles; a function that has the reader
     read sentences.
Out: `JudgedFinding`s, in characters of the article; or log odds against the passage.
Left to others: what a rule finds in one text (`rag.retrieval.people.findings`); the order of the
passages (`rag.retrieval.evidence`).

The first passage of an article stands for all of it, unless that is long: what answers may stand a
few lines from what the search found. A finding that is not certain counts together with the
reader's judgement of its sentences, by themselves or behind the sentence before them, which may say
what "it" is; and with its lead over what others say.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rag.prompts.injection import without_orders
from rag.retrieval.people.findings import Finding, PassageText, disagrees, find_all
from rag.retrieval.people.requests import PersonRequest
from rag.text.folding import fold_compatible
from rag.text.sentences import sentence_spans
from rag.types import Article, Passage, SpanReading

Read = Callable[[Sequence[str], Sequence[Article]], Sequence[SpanReading]]

_TOPIC_LENGTH = 200  # characters of an article's beginning that a sentence need not repeat
_BEFORE = 600  # characters before a passage, in which it may be named who "she" is
_LONGEST_ARTICLE = 12_000  # characters of an article that is looked through as a whole
_MOST_READ = 12  # findings that the reader judges by themselves
_MOST_LEAD = 6.0  # log odds
_LEAD_WEIGHT = 0.5
_LEAST_READING = -4.0  # log odds: a lower judgement of a sentence by itself says no more


@dataclass(frozen=True, slots=True)
class Source:
    """A passage, its article, and the sentence of it that the reader has chosen."""

    passage: Passage
    article: Article
    sentence: str


@dataclass(frozen=True, slots=True)
class JudgedFinding:
    """The `text` of an article at `[start:end]` answers, most of all `[answer_start:answer_end]`.

    `log_odds` is how sure that is, by rule and reader together; `certain`: by rule alone.
    """

    text: str
    start: int
    end: int
    answer_start: int
    answer_end: int
    log_odds: float
    certain: bool = False


@dataclass(frozen=True, slots=True)
class _Context:
    """A part of an article, from `first` on, in which rules look for what is asked of a person."""

    article: Article
    first: int
    passage: PassageText

    @classmethod
    def of(cls, passage: Passage, article: Article) -> _Context:
        """The article, or, of a long one, `passage` behind what may name whom it speaks of."""
        if len(article.text) <= _LONGEST_ARTICLE:
            return cls(article, 0, PassageText(without_orders(article.text), article.title))
        starts = (start for start, _ in sentence_spans(article.text))
        later = (start for start in starts if start >= passage.start - _BEFORE)
        first = min(next(later, passage.start), passage.start)  # it may begin within a sentence
        topic = f"{article.title}\n{article.text[: passage.start][:_TOPIC_LENGTH]}"
        text = without_orders(article.text[first : passage.end])
        return cls(article, first, PassageText(text, topic, passage.start - first))

    @property
    def is_whole(self) -> bool:
        """Whether it is all of the article."""
        return len(self.article.text) <= _LONGEST_ARTICLE

    def judged(self, finding: Finding, log_odds: float) -> JudgedFinding:
        """`finding` in characters of the article."""
        start, end = self.first + finding.start, self.first + finding.end
        answer = self.first + finding.answer_start, self.first + finding.answer_end
        text = self.article.text[start:end]
        return JudgedFinding(text, start, end, *answer, log_odds, finding.certain)


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A finding in the text of `contexts[number]`, and what it is worth so far."""

    number: int
    context: _Context
    finding: Finding
    log_odds: float

    @property
    def place(self) -> tuple[str, int]:
        """The article, and where in it the finding ends."""
        return self.context.article.id, self.context.first + self.finding.end

    @property
    def words(self) -> frozenset[str]:
        """The folded words that answer."""
        finding = self.finding
        words = self.context.passage.text[finding.answer_start : finding.answer_end]
        return frozenset(fold_compatible(words).split())


def judge_findings(
    request: PersonRequest, sources: Sequence[Source], read: Read
) -> list[JudgedFinding | float]:
    """For each passage of `sources` the best finding, or the log odds to be taken off its score."""
    contexts = [_Context.of(each.passage, each.article) for each in sources]
    firsts = {context.article.id: n for n, context in reversed(list(enumerate(contexts)))}
    candidates = [
        _Candidate(n, context, finding, finding.log_odds)
        for n, context in enumerate(contexts)
        if firsts[context.article.id] == n or not context.is_whole
        for finding in find_all(request, context.passage)
    ]
    certain = [each for each in candidates if each.finding.certain]
    if not certain:
        likely = sorted(candidates, key=lambda each: -each.log_odds)[:_MOST_READ]
        certain = _with_leads(_with_readings(likely, read), request)
    best: dict[int, _Candidate] = {}
    for each in certain:
        if each.number not in best or each.log_odds > best[each.number].log_odds:
            best[each.number] = each
    return [
        context.judged(best[n].finding, best[n].log_odds)
        if n in best
        else -disagrees(request, source.sentence, context.passage)
        for n, (context, source) in enumerate(zip(contexts, sources, strict=True))
    ]


def _with_readings(likely: Sequence[_Candidate], read: Read) -> list[_Candidate]:
    """Candidates with the better of two readings of their sentences: alone, and behind the one
    before them. What answers only in that one does not count."""
    if not likely:
        return []
    texts = [each.context.passage.text for each in likely]
    spans = [each.finding for each in likely]
    own = [each.context.article for each in likely]
    alone = read([t[f.start : f.end] for t, f in zip(texts, spans, strict=True)], own)
    behind = read([t[f.read_from : f.end] for t, f in zip(texts, spans, strict=True)], own)
    judged = []
    for each, one, other in zip(likely, alone, behind, strict=True):
        is_own = other.end > each.finding.start - each.finding.read_from
        reading = max(one.log_odds, other.log_odds if is_own else _LEAST_READING)
        log_odds = each.log_odds + max(_LEAST_READING, reading)
        judged.append(_Candidate(each.number, each.context, each.finding, log_odds))
    return judged


def _with_leads(candidates: Sequence[_Candidate], request: PersonRequest) -> list[_Candidate]:
    """Candidates with a part of their lead over the best of another person.

    Of a statement all are of one person: there the lead is that over another sentence.
    """

    def is_other(one: _Candidate, other: _Candidate) -> bool:
        if request.kind == "statement":
            return one.place != other.place
        return not one.words & other.words

    leading = []
    for each in candidates:
        others = (other.log_odds for other in candidates if is_other(each, other))
        lead = min(_MOST_LEAD, each.log_odds - max(others, default=each.log_odds - _MOST_LEAD))
        log_odds = each.log_odds + _LEAD_WEIGHT * lead
        leading.append(_Candidate(each.number, each.context, each.finding, log_odds))
    return leading
