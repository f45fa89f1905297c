"""Where a quotation stands in an index, and who says it there.

    find_quote(index, text, speaker, filters)  ->  `QuoteResult`

In:  an open `Snapshot`, what the user gives, a search filter. Out: as above; no model is used.
Left to others: each step, in the modules beside this one.

A quotation is *verbatim* where an article has all its words in their order, *altered* where the
nearest place has at least `LEAST_SCORE` of them by weight, else *absent*.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise

from rag.grounding.citations import make_citation
from rag.index.snapshot import Snapshot
from rag.newsroom.quotes.alignment import Edit, align, differences, word_weights
from rag.newsroom.quotes.candidates import candidate_articles
from rag.newsroom.quotes.given import GivenQuotation, read_quotation
from rag.newsroom.quotes.matching import Run, TextWords, common_runs, find_verbatim
from rag.newsroom.quotes.speakers import Teller, find_teller, same_speaker
from rag.retrieval.filters import NO_FILTER, SearchFilter
from rag.retrieval.index_filter import allowed_rows, require_known_names
from rag.retrieval.people.wording import Span
from rag.text.folding import fold, fold_spaces
from rag.types import Article, Citation, QuoteResult, QuoteVerdict

LEAST_SCORE = 2 / 3
"""Share of a quotation, by weight, from which an article has it altered."""
_LEAST_MATCHED = 2.0  # weight of the words of an altered quotation that are there
_APART = 25  # words from which two pieces of a quotation are cited apart
_LEAST_JOINED = 5  # words that were joined from another article
_LEAST_JOINED_WEIGHT = 2.0
_CLEARLY = 0.1  # more of a quotation that two articles must have than one
_SHOWN = 10  # words that follow in the text instead of what was joined
_UNDATED = "9999"


@dataclass(frozen=True, slots=True)
class Place:
    """A quotation in an article: the runs of words that are there, and what differs.

    `part` counts the pieces that were joined from two articles.
    """

    article: Article
    text: TextWords
    runs: tuple[Run, ...]
    edits: tuple[Edit, ...] = ()
    score: float = 1.0
    matched: float = 0.0
    part: int = 0

    @property
    def spans(self) -> list[Span]:
        """Where its pieces stand, in characters and in the order of the text."""
        joined = {each.given[0] for each in self.edits if each.kind == "joined"}
        spans: list[Span] = []
        last = 0
        for run in sorted(self.runs, key=lambda each: each.text):
            start, end = self.text.span(run)
            if spans and run.text - last <= _APART and run.given not in joined:
                spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
            else:
                spans.append((start, end))
            last = run.text_end
        return spans


def find_quote(
    index: Snapshot, text: str, speaker: str | None = None, filters: SearchFilter = NO_FILTER
) -> QuoteResult:
    """Where the quotation `text` stands, and whether `speaker` says it there.

    `text` may name the speaker itself ("…, said X"). Only articles that match `filters` are looked
    through.

    Raises:
        QuestionError: the quotation has fewer than two words or is too long, or a filter gives a
            name that no article has.
        IndexFault: a file of the index cannot be read.
    """
    given = read_quotation(text, speaker)
    require_known_names(index, filters)
    allowed = allowed_rows(index, filters)
    words_of = cache(TextWords.of)  # copies share a text
    articles = [
        (article, words_of(article.text))
        for article in candidate_articles(index, given.bare_text, allowed)
    ]
    verdict, places = _verbatim(given, articles)
    if not places:
        verdict, places = _altered(given, articles)
    if not places:
        return QuoteResult(given.text, "absent", named=given.speaker)
    return _result(index, given, verdict, places)


def _verbatim(
    given: GivenQuotation, articles: Iterable[tuple[Article, TextWords]]
) -> tuple[QuoteVerdict, list[Place]]:
    """The articles that have every word in order; "altered" where its pieces in each of them are
    what different people say."""
    places = [
        Place(article, words, tuple(runs))
        for article, words in articles
        if (runs := find_verbatim(given, words))
    ]
    of_one = [each for each in places if not _is_of_several(each)]
    if of_one or not places:
        return "verbatim", of_one
    return "altered", [replace(each, edits=_all_joined(each)) for each in places]


def _is_of_several(place: Place) -> bool:
    """Whether the pieces of a quotation are words of different people."""
    text = place.article.text
    pieces = [run for run in place.runs if run.text in place.text.quoted_words]
    if len(pieces) < 2:
        return False
    tellers = [find_teller(text, *place.text.span(run)) for run in pieces]
    names = [each.name for each in tellers if each]
    return any(not same_speaker(names[0], other, text) for other in names[1:])


def _all_joined(place: Place) -> tuple[Edit, ...]:
    return tuple(
        Edit("joined", (run.given, run.given_end), (before.text_end, before.text_end + _SHOWN))
        for before, run in pairwise(place.runs)
    )


def _altered(
    given: GivenQuotation, articles: Sequence[tuple[Article, TextWords]]
) -> tuple[QuoteVerdict, list[Place]]:
    """The articles that come nearest, if they are near enough, and all that come as near."""
    weights = word_weights(given)
    places = []
    for article, words in articles:
        if aligned := align(given, words, weights):
            places.append(
                Place(article, words, aligned.runs, aligned.edits, aligned.score, aligned.matched)
            )
    if not places:
        return "absent", []
    best = max(places, key=_nearness)
    joined, share = _joined(given, articles, weights)
    if share >= max(LEAST_SCORE, best.score + _CLEARLY):
        return "altered", joined
    if best.score < LEAST_SCORE or best.matched < _LEAST_MATCHED:
        return "absent", []
    return "altered", [each for each in places if _nearness(each) == _nearness(best)]


def _nearness(place: Place) -> tuple[float, int, int]:
    """By which of two places the one that is nearer to the quotation comes last."""
    spread = sum(end - start for start, end in place.spans)
    return place.score, -len(place.edits), -spread


def _joined(
    given: GivenQuotation,
    articles: Sequence[tuple[Article, TextWords]],
    weights: Sequence[float],
) -> tuple[list[Place], float]:
    """Two articles of which each has one part of the quotation, and the share that they have."""
    folded = [word.folded for word in given.words]

    def weight(run: Run) -> float:
        return sum(weights[run.given : run.given_end])

    pieces = [
        (run, article, words)
        for article, words in articles
        for run in common_runs(folded, words.folded)
        if run.length >= _LEAST_JOINED and weight(run) >= _LEAST_JOINED_WEIGHT
    ]
    first = max(pieces, key=lambda each: each[0].length, default=None)
    others = [
        (rest, article, words)
        for run, article, words in pieces
        if first and words is not first[2] and (rest := run.outside(first[0]))
    ]
    second = max(others, key=lambda each: each[0].length, default=None)
    if first is None or second is None or second[0].length < _LEAST_JOINED:
        return [], 0.0
    before, behind = sorted((first, second), key=lambda each: each[0].given)
    one, other = before[0], behind[0]
    edit = Edit("joined", (other.given, other.given_end), (one.text_end, one.text_end + _SHOWN))
    missing = [n for n in range(len(folded)) if not (one.has(n) or other.has(n))]
    edits = (*(Edit("added", (n, n + 1), (0, 0)) for n in missing), edit)
    share = (weight(one) + weight(other)) / sum(weights)
    return [
        Place(before[1], before[2], (one,), edits),
        Place(behind[1], behind[2], (other,), part=1),
    ], share


def _result(
    index: Snapshot, given: GivenQuotation, verdict: QuoteVerdict, places: Sequence[Place]
) -> QuoteResult:
    """The places as citations, the origin before its copies, with their speakers.

    Of a quotation that was joined from two articles the order is that of its pieces.
    """
    origins = index.origins.listed(
        each.article.id for each in sorted(places, key=lambda each: _first(each.article))
    )
    rank = {id: n for n, id in enumerate(id for each in origins for id in each.articles)}
    ordered = sorted(places, key=lambda each: (each.part, rank[each.article.id]))
    cited = [(place, span) for place in ordered for span in place.spans]
    citations = _with_outlets(
        [make_citation(n, place.article, *span) for n, (place, span) in enumerate(cited, 1)]
    )
    tellers = [find_teller(place.article.text, *span) for place, span in cited]
    teller, matches = _speaker(
        given.speaker,
        [
            (teller, place.article.text)
            for teller, (place, _) in zip(tellers, cited, strict=True)
            if teller
        ],
    )
    first = next((each for each in ordered if each.edits), ordered[0])
    return QuoteResult(
        quotation=given.text,
        verdict=verdict,
        citations=citations,
        differences=differences(given, first.text, first.edits),
        speaker=teller.name if teller else None,
        speaker_matches=matches,
        named=given.speaker,
        speakers=tuple(each.name if each else None for each in tellers),
        attribution=fold_spaces(teller.attribution) if teller else None,
        origins=origins,
    )


def _speaker(
    named: str | None, tellers: Sequence[tuple[Teller, str]]
) -> tuple[Teller | None, bool | None]:
    """Who says it, and whether that is who is `named`: in one article that is enough."""
    if not tellers:
        return None, None
    if named is None:
        return tellers[0][0], None
    judged = [(teller, same_speaker(named, teller.name, text)) for teller, text in tellers]
    return next((each for each in judged if each[1]), judged[0])


def _with_outlets(citations: Sequence[Citation]) -> tuple[Citation, ...]:
    """`citations`, each with the outlets of those that quote the same words."""
    words = [fold(each.quote) for each in citations]
    sources = [
        [other.source for other, theirs in zip(citations, words, strict=True) if theirs == own]
        for own in words
    ]
    return tuple(
        replace(each, outlets=tuple(dict.fromkeys(filter(None, (each.source, *others)))))
        for each, others in zip(citations, sources, strict=True)
    )


def _first(article: Article) -> tuple[str, str]:
    return article.published or _UNDATED, article.id
