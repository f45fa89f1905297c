"""From a checked draft to numbered sentences and citations.

In:  a draft, the passages it was written from, a way to look up articles.
Out: `Sentence`s in order, `Citation`s numbered from 1 in order of appearance, the text to show;
     the same told in the quotes' own words.
Left to others: whether a passage supports a sentence (`rag.grounding.support`).

One number stands for one quote. A sentence that nothing supports whole is tried without its end
(", as reported by X", then what stands behind its last commas) and without a "two" that it has
from the question alone; if nothing supports that either, it keeps its place with `supported=False`
and is not shown. Nor is an answer that only repeats the question, unless that asks whether a thing
is so. What a source says is not told as fact: ", according to X" is added where the quote names
who says it and the sentence does not. A government that the question calls by its capital is
called as the article calls it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from rag.grounding.attribution import attributes, drop_question_counts, relaxed_forms, speaker
from rag.grounding.claims import Claim, split_claims
from rag.grounding.conflicts import Conflict
from rag.grounding.support import QuoteMatch, distinct, find_support, is_new, supplementary_spans
from rag.text.answer_types import yes_or_no
from rag.text.citation_marks import strip_nested_citation_marks
from rag.text.dates import resolve_relative_dates
from rag.text.names import normalize_metonyms
from rag.text.sentences import sentence_spans
from rag.types import Article, Citation, Hit, Sentence

Place = tuple[str, int, int]  # an article's id, and a span of its text


def build_citations(
    question: str, draft: str, hits: Sequence[Hit], article_of: Callable[[str], Article]
) -> tuple[tuple[Sentence, ...], tuple[Citation, ...]]:
    """Check `draft`, written for `question`, against the passages of `hits`.

    Each quote is the article's own text at [start:end].
    """
    texts = [hit.passage.text for hit in hits]
    articles = {hit.passage.article: article_of(hit.passage.article) for hit in hits}
    around = [_all_of(articles[hit.passage.article]) for hit in hits]
    numbers: dict[Place, int] = {}
    sentences = []
    told = "\n".join(dict.fromkeys(around))
    for drafted in distinct(split_claims(draft, len(texts)), question):
        claim = Claim(normalize_metonyms(drafted.text, question, told), drafted.passages)
        text, carried = _borne_out(claim, texts, question, around)
        quotes = _whole(
            text, question, [_place(hits[each.passage], each) for each in carried], articles
        )
        own = tuple(dict.fromkeys(numbers.setdefault(q, len(numbers) + 1) for q in quotes))
        sentences.append(Sentence(text, own, supported=bool(own)))
    told_new = is_new([each.text for each in sentences if each.supported], question)
    if not told_new and not yes_or_no(question):
        return tuple(Sentence(each.text, (), supported=False) for each in sentences), ()
    citations = tuple(
        citation(number, articles[id], start, end) for (id, start, end), number in numbers.items()
    )
    return tuple(sentences), citations


def as_extractive(
    sentences: Sequence[Sentence], citations: Sequence[Citation]
) -> tuple[Sentence, ...]:
    """Each quote as a sentence in quotation marks, in place of what the draft made of them."""
    told = (
        Sentence(
            f"“{strip_nested_citation_marks(' '.join(each.quote.split()))}”",
            (each.number,),
            supported=True,
        )
        for each in citations
    )
    return (*told, *(each for each in sentences if not each.supported))


def append_conflict(
    sentences: Sequence[Sentence],
    citations: Sequence[Citation],
    hit: Hit,
    told: Conflict,
    of: Article,
) -> tuple[tuple[Sentence, ...], tuple[Citation, ...]]:
    """The answer and, behind it, what another article says otherwise, in that article's words."""
    number = len(citations) + 1
    start, end = (hit.passage.start + offset for offset in told.span)
    outlet = of.source or f"“{of.title}”"
    text = strip_nested_citation_marks(f"{outlet} has it otherwise: {' '.join(told.text.split())}")
    more = Sentence(text, (number,), supported=True)
    return (*sentences, more), (*citations, citation(number, of, start, end))


def prefix_outlet(of: Article, sentences: Sequence[Sentence]) -> tuple[Sentence, ...]:
    """The sentences with the outlet, if known, before the first shown: "Nordpress: It rained." """
    first = next((n for n, each in enumerate(sentences) if each.supported), None)
    return tuple(
        replace(each, text=strip_nested_citation_marks(f"{of.source}: {each.text}"))
        if n == first and of.source
        else each
        for n, each in enumerate(sentences)
    )


def _borne_out(
    claim: Claim, texts: Sequence[str], question: str, around: Sequence[str]
) -> tuple[str, tuple[QuoteMatch, ...]]:
    """The claim's text, with its attribution put right, and the quotes that carry it."""
    carried = find_support(claim, texts, question, around)
    fewer = drop_question_counts(claim.text, question)
    forms = [*relaxed_forms(claim.text), fewer, *relaxed_forms(fewer)]
    for shorter in [] if carried else dict.fromkeys(forms):
        if carried := find_support(Claim(shorter, claim.passages), texts, question, around):
            claim = Claim(shorter, claim.passages)
            break
    if len(carried) != 1 or attributes(claim.text):
        return claim.text, carried
    quote = texts[carried[0].passage][slice(*carried[0].span)]
    who = speaker(quote) if len(sentence_spans(quote)) == 1 else None
    if who is None or any(word in claim.text or word in question for word in who.split()):
        return claim.text, carried
    bare, stop = claim.text.rstrip(".!"), claim.text[len(claim.text.rstrip(".!")) :]
    return f"{bare}, according to {who}{stop or '.'}", carried


def render_with_marks(sentences: Sequence[Sentence]) -> str:
    """The supported sentences, each with its numbers behind it."""
    return " ".join(
        sentence.text + " " + "".join(f"[{number}]" for number in sentence.citations)
        for sentence in sentences
        if sentence.supported
    )


def _place(hit: Hit, carried: QuoteMatch) -> Place:
    start, end = (hit.passage.start + offset for offset in carried.span)
    return hit.passage.article, start, end


def _whole(
    claim: str, question: str, quotes: list[Place], articles: Mapping[str, Article]
) -> list[Place]:
    """`quotes` and what else must be quoted so that every name and figure of `claim` stands there.

    The sentence that names him whom the quote calls "he" is quoted too: as the beginning of the
    same quote where it stands just before it. None at all where something stands nowhere.
    """
    if not quotes:
        return []
    id, start, end = quotes[0]
    article = articles[id]
    told = [articles[i].text[a:b] for i, a, b in quotes]
    records = (_record(articles[i], articles[i].text[a:b]) for i, a, b in quotes)
    record = "\n".join(records)
    more = supplementary_spans(claim, question, told, article.text, (start, end), record)
    if more is None:
        return []
    for first, last in reversed(more):
        if last <= start and not article.text[last:start].strip():
            start = first
    quotes[0] = (id, start, end)
    return quotes + [(id, first, last) for first, last in more if not start <= first < end]


def _record(article: Article, text: str) -> str:
    """What is known of an article beside its text, and the dates that `text` of it means."""
    told = (article.title, article.source, article.author, article.published)
    return "\n".join(filter(None, (*told, resolve_relative_dates(text, article.published))))


def _all_of(article: Article) -> str:
    return f"{_record(article, article.text)}\n{article.text}"


def citation(number: int, article: Article, start: int, end: int) -> Citation:
    """The citation `[number]` of the article's text at `[start:end]`."""
    return Citation(
        number=number,
        article=article.id,
        title=article.title,
        source=article.source,
        published=article.published,
        url=article.url,
        quote=article.text[start:end],
        start=start,
        end=end,
    )
