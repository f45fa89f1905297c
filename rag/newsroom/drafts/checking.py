"""A text of the user's against the articles of an index, sentence by sentence.

    check_steps(tools, text, filters)  ->  `CheckResult`, as it grows

In:  an open index with what searches and reads it (`DraftTools`), a text, a search filter.
Out: as above; no language model is used.
Left to others: each step, in the modules beside this one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

from rag.errors import QuestionError
from rag.grounding.citations import make_citation
from rag.index.snapshot import Snapshot
from rag.models.protocols import EvidenceReader
from rag.newsroom.drafts.comparison import compare
from rag.newsroom.drafts.facts import Facts, facts_of, settle_names
from rag.newsroom.drafts.judging import Candidate, Judgement, judge
from rag.newsroom.drafts.nearness import Nearness
from rag.newsroom.drafts.quotations import QuotationCheck, check_quotations
from rag.newsroom.drafts.result import CheckedSentence, CheckResult, Difference
from rag.newsroom.drafts.sentences import DraftSentence, split_draft
from rag.newsroom.drafts.sources import Source, find_sources, sources_in
from rag.retrieval.filters import NO_FILTER, SearchFilter
from rag.retrieval.index_filter import require_known_names
from rag.retrieval.people.wording import without_quotations
from rag.retrieval.retriever import Retriever
from rag.text.sentences import Span
from rag.types import Article, Citation, ClaimReading

LONGEST_DRAFT = 100_000
"""Characters of a text that is checked."""
_PASSAGES = 6  # that are searched for a sentence
_PASSAGES_WITH_BEFORE = 4  # the same for the sentence with the one before it
_COMPARED = 8  # sentences of articles, the nearest in meaning
_READ = 4  # of these, by the reader
_SAME_ARTICLE = 0.1  # of cosine, for the article that the sentence before rests on


@dataclass(frozen=True, slots=True)
class DraftTools:
    """What a draft is checked with; without a reader exact rules and nearness decide alone."""

    index: Snapshot
    retriever: Retriever
    reader: EvidenceReader | None = None


def check_steps(
    tools: DraftTools, text: str, filters: SearchFilter = NO_FILTER
) -> Iterator[CheckResult]:
    """What the articles that match `filters` say of each sentence of `text`.

    A result is given before the first sentence and after each; the last one is whole.

    Raises:
        QuestionError: the text is empty or too long, or a filter gives a name that no article has.
        IndexFault, ModelError: the index or a model failed.
    """
    if not text.strip():
        raise QuestionError("the text is empty: give one with sentences to check")
    if len(text) > LONGEST_DRAFT:
        raise QuestionError(
            f"the text has {len(text):,} characters, at most {LONGEST_DRAFT:,} are checked at once:"
            " check it in parts"
        )
    require_known_names(tools.index, filters)
    checker = _Checker(tools, filters, Nearness(tools.retriever.embedder))
    checked: tuple[CheckedSentence, ...] = ()
    yield CheckResult(text, checked)
    for sentence in split_draft(text):
        checked = (*checked, checker.check(sentence))
        yield CheckResult(text, checked, dict(checker.citations.articles))


@dataclass
class _Citations:
    """Quotes by number: one that is cited again keeps its number."""

    numbers: dict[tuple[str, int, int], int] = field(default_factory=dict)
    articles: dict[str, Article] = field(default_factory=dict)

    def cite(self, article: Article, start: int, end: int) -> Citation:
        number = self.numbers.setdefault((article.id, start, end), len(self.numbers) + 1)
        self.articles[article.id] = article
        return make_citation(number, article, start, end)


class _Checker:
    """Checks the sentences of one draft, in order."""

    def __init__(self, tools: DraftTools, filters: SearchFilter, nearness: Nearness) -> None:
        self._tools, self._filters, self._nearness = tools, filters, nearness
        self._article = ""  # that the sentence before rests on
        self.citations = _Citations()

    def check(self, sentence: DraftSentence) -> CheckedSentence:
        """One sentence, after those before it."""
        if not sentence.is_claim:
            return CheckedSentence(sentence.text, sentence.start, sentence.end, "no_claim")
        quotations = check_quotations(self._tools.index, sentence.text, self._filters)
        if quotations:
            return self._with_quotations(sentence, quotations)
        judgement = self._judge(facts_of(sentence.text), sentence, self._sources(sentence))
        return self._checked(sentence, judgement)

    def _sources(self, sentence: DraftSentence) -> list[Source]:
        index, search = self._tools.index, self._tools.retriever.search
        hits = list(search(index, sentence.text, _PASSAGES, self._filters))
        if sentence.leans and sentence.before:
            both = f"{sentence.before} {sentence.text}"
            hits += search(index, both, _PASSAGES_WITH_BEFORE, self._filters)
        return find_sources(index, hits)

    def _judge(self, claim: Facts, sentence: DraftSentence, sources: Sequence[Source]) -> Judgement:
        text = sentence.text
        claim = settle_names(
            claim, (f"{each.article.title}\n{each.article.text}" for each in sources)
        )
        cosines = self._nearness.of(text, [each.text for each in sources])
        bonus = _SAME_ARTICLE if sentence.leans else 0.0
        pairs = sorted(
            zip(cosines, sources, strict=True),
            key=lambda pair: -pair[0] - bonus * (pair[1].article.id == self._article),
        )
        words = {each.sense.name for each in claim.words}
        nearest = pairs[:_COMPARED]
        nearest += [pair for pair in pairs[_COMPARED:] if _says_only(pair[1], words)]
        reader = self._tools.reader
        readings: list[ClaimReading] = []
        if reader:
            readings = reader.check(text, [each.with_neighbours for _, each in nearest[:_READ]])
        return judge(
            claim,
            [
                Candidate(compare(claim, source, self._nearness.best), cosine, reading)
                for (cosine, source), reading in zip_longest(nearest, readings)
            ],
        )

    def _checked(self, sentence: DraftSentence, judgement: Judgement) -> CheckedSentence:
        best = judgement.best
        if best is None:
            return CheckedSentence(
                sentence.text, sentence.start, sentence.end, "not_found", 0.0,
                ((sentence.start, sentence.end),),
            )  # fmt: skip
        source = best.comparison.source
        is_cited = judgement.verdict != "not_found"
        self._article = source.article.id if is_cited else self._article
        citation = (
            self.citations.cite(source.article, source.start, source.end) if is_cited else None
        )
        return CheckedSentence(
            sentence.text,
            sentence.start,
            sentence.end,
            judgement.verdict,
            judgement.score,
            _shifted(judgement.unsupported, sentence.start),
            (citation,) if citation else (),
            _in_draft(best.comparison.differences, sentence.start) if is_cited else (),
        )

    def _with_quotations(
        self, sentence: DraftSentence, quotations: Sequence[QuotationCheck]
    ) -> CheckedSentence:
        """A sentence with quotations: these exactly, the rest as any other sentence."""
        differences = [each for check in quotations for each in check.differences]
        absent = [each.span for each in quotations if each.is_absent]
        cited = [
            (self._tools.index.article(each.article), *each.span)
            for check in quotations
            for each in check.result.citations[:1]
            if each.span
        ]
        rest = facts_of(without_quotations(sentence.text))
        sources = [
            source for article, start, end in cited for source in _around(article, start, end)
        ]
        judgement = (
            self._judge(rest, sentence, sources) if sources else Judgement("not_found", None)
        )
        nearest = judgement.best.comparison if judgement.best else None
        verdict = judgement.verdict
        if differences or (verdict == "contradicted" and not absent):
            verdict = "contradicted"
        elif absent:
            verdict = "not_found"
        elif _only_attributes(rest, quotations):
            verdict = "supported"
        if verdict == "contradicted" and nearest and judgement.verdict == "contradicted":
            differences += nearest.differences
        unsupported = {*absent, *((each.start, each.end) for each in differences)}
        if verdict == "not_found":
            unsupported |= set(judgement.unsupported)
        citations = tuple(self.citations.cite(*each) for each in cited)
        self._article = cited[0][0].id if cited else self._article
        return CheckedSentence(
            sentence.text,
            sentence.start,
            sentence.end,
            verdict,
            judgement.score,
            _shifted(sorted(unsupported), sentence.start),
            citations if verdict != "not_found" else (),
            _in_draft(differences, sentence.start),
        )


def _says_only(source: Source, words: set[str]) -> bool:
    """Whether a sentence has no words but these: "Nobody was hurt.", which may deny them."""
    own = {each.sense.name for each in source.facts.words}
    return bool(own) and own <= words


def _around(article: Article, start: int, end: int) -> list[Source]:
    """The sentences of a quote and the two beside it."""
    sources = sources_in(article, 0, len(article.text))
    places = [n for n, each in enumerate(sources) if each.start < end and start < each.end]
    return sources[max(0, places[0] - 1) : places[-1] + 2] if places else []


def _only_attributes(rest: Facts, quotations: Sequence[QuotationCheck]) -> bool:
    """Whether what stands outside the quotations only says who spoke, and that is so."""
    speakers = {
        word
        for check in quotations
        if check.result.speaker_matches
        for word in (check.result.named or "").lower().split()
    }
    names = {word for name in rest.names for word in name.text.lower().split()}
    words = [
        each for each in rest.words if each.sense.name not in ("say", "tell", "add", "accord")
        and each.text.lower() not in speakers
    ]  # fmt: skip
    return bool(speakers) and names <= speakers and not words and not rest.figures and not rest.days


def _shifted(spans: Sequence[Span], by: int) -> tuple[Span, ...]:
    return tuple((start + by, end + by) for start, end in spans)


def _in_draft(differences: Sequence[Difference], by: int) -> tuple[Difference, ...]:
    return tuple(
        Difference(each.kind, each.given, each.source_text, each.start + by, each.end + by)
        for each in differences
    )
