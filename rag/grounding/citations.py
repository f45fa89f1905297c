"""From a draft to sentences with citations.

In:  a draft, the passages it was generated from, a way to look up articles.
Out: a `CitedDraft`: its sentences in order, and citations numbered from 1 in order of appearance.
Left to others: whether a passage supports a sentence (`rag.grounding.support`), how sentences and
citations are shown (`rag.grounding.rendering`).

One number stands for one quote. A sentence without support is tried again in relaxed forms: less
its attribution (", as reported by X"), less what follows its last commas, less a "two" that it has
from the question alone. If none of them has support it stays, with `supported=False`, and is not
shown. Nor is a draft that only repeats the question, unless that is a yes-no question. What
somebody says is not stated as fact: ", according to X" is appended where the quote names the
speaker and the sentence does not. A government that the question calls by its capital is called
as in the article.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from rag.grounding.attribution import attributes, drop_question_counts, relaxed_forms, speaker
from rag.grounding.claims import Claim, adds_to_question, drop_repetitions, split_claims
from rag.grounding.support import QuoteMatch, find_support, supplementary_spans
from rag.ingest.markup.places import place_at
from rag.text.dates.forms import resolve_relative_dates
from rag.text.names import normalize_metonyms
from rag.text.page_anchors import quote_context, text_fragment
from rag.text.questions.answer_types import is_yes_no_question
from rag.text.reuse.cut import is_cut_short
from rag.text.sentences import sentence_spans
from rag.types import Article, Citation, Hit, RecordField, Sentence

ArticleSpan = tuple[str, int, int]  # an article's id, and a span of its text
ArticleLookup = Callable[[str], Article]  # by id
# details of an article that say where it stands
_PLACES = ("sender", "sent", "captured", "inner", "ocr")


@dataclass(frozen=True, slots=True)
class CitedDraft:
    """A draft checked against its passages; without citations none of it may be shown.

    `repeats_question`: its supported sentences together say nothing that the question did not.
    """

    sentences: tuple[Sentence, ...] = ()
    citations: tuple[Citation, ...] = ()
    repeats_question: bool = False

    @property
    def text(self) -> str:
        """The supported sentences, without marks."""
        return " ".join(each.text for each in self.sentences if each.supported)

    @property
    def breaks_off(self) -> bool:
        """Whether a supported sentence is one of its quotes cut short, before what it speaks of."""
        return any(
            is_cut_short(each.text, "\n".join(self.quotes[n - 1] for n in each.citations))
            for each in self.sentences
            if each.supported
        )

    @property
    def quotes(self) -> list[str]:
        """The quotes, in the order of their numbers."""
        return [each.quote for each in self.citations]


def build_citations(
    question: str, draft: str, hits: Sequence[Hit], article_of: ArticleLookup
) -> CitedDraft:
    """Check `draft`, generated for `question`, against the passages of `hits`.

    Each quote is the article's own text at [start:end].
    """
    texts = [hit.passage.text for hit in hits]
    articles = {hit.passage.article: article_of(hit.passage.article) for hit in hits}
    contexts = [_with_record(articles[hit.passage.article]) for hit in hits]
    numbers: dict[ArticleSpan, int] = {}
    sentences = []
    all_articles = "\n".join(dict.fromkeys(contexts))
    for drafted in drop_repetitions(split_claims(draft, len(texts)), question):
        claim = Claim(normalize_metonyms(drafted.text, question, all_articles), drafted.passages)
        text, matches = _supported_form(claim, texts, question, contexts)
        quotes = _complete_quotes(
            text, question, [_article_span(hits[each.passage], each) for each in matches], articles
        )
        cited = tuple(dict.fromkeys(numbers.setdefault(q, len(numbers) + 1) for q in quotes))
        sentences.append(Sentence(text, cited, supported=bool(cited)))
    supported = [each.text for each in sentences if each.supported]
    repeats_question = not adds_to_question(supported, question)
    if repeats_question and not is_yes_no_question(question):
        unsupported = (Sentence(each.text, (), supported=False) for each in sentences)
        return CitedDraft(tuple(unsupported), (), repeats_question)
    citations = tuple(
        make_citation(number, articles[id], start, end)
        for (id, start, end), number in numbers.items()
    )
    return CitedDraft(tuple(sentences), citations, repeats_question)


def make_citation(number: int, article: Article, start: int, end: int) -> Citation:
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
        page=page_at(article, start),
        outlets=(article.source,) if article.source else (),
        where=_where(article, start),
        corrected=tuple(article.corrected),
        author=article.author,
        fragment=_fragment(article, start, end),
        selector=_selectors(article, start, end),
    )


def _fragment(article: Article, start: int, end: int) -> str | None:
    """The link that leads to the quote in the page of its article, which repeats the headline."""
    head = f"{article.title}\n"
    return text_fragment(article.url, head + article.text, len(head) + start, len(head) + end)


def _selectors(article: Article, start: int, end: int) -> tuple[dict[str, str | int], ...]:
    """The quote as W3C's Web Annotation model (section 4.2) selects it: by words, by characters."""
    if start == end:
        return ()
    prefix, suffix = quote_context(article.text, start, end)
    by_words: dict[str, str | int] = {
        "type": "TextQuoteSelector",
        "exact": article.text[start:end],
        "prefix": prefix,
        "suffix": suffix,
    }
    return by_words, {"type": "TextPositionSelector", "start": start, "end": end}


def page_at(article: Article, place: int) -> int | None:
    """The page or slide, from 1, on which the character `place` of the article's text stands."""
    page = place_at(article.details.get("places", ""), place) or ""
    return int(page) if page.isdigit() else None


def _where(article: Article, start: int) -> dict[str, str]:
    """What else is known of the place of a character, as `Citation.where` has it."""
    where = {name: article.details[name] for name in _PLACES if article.details.get(name)}
    time = place_at(article.details.get("times", ""), start)
    return where | ({"time": time} if time else {})


def make_record_citation(number: int, article: Article, field: RecordField) -> Citation:
    """The citation `[number]` of a field of the article's metadata record.

    A field without a value has an empty quote.
    """
    text_citation = make_citation(number, article, 0, 0)
    quote = getattr(article, field) or ""
    where = {name: value for name, value in text_citation.where.items() if name != "time"}
    return replace(
        text_citation, quote=quote, start=None, end=None, field=field, page=None, where=where
    )


def _supported_form(
    claim: Claim, texts: Sequence[str], question: str, contexts: Sequence[str]
) -> tuple[str, tuple[QuoteMatch, ...]]:
    """The first form of the claim that has support, attributed to its speaker; its quotes."""
    matches = find_support(claim, texts, question, contexts)
    without_counts = drop_question_counts(claim.text, question)
    forms = [*relaxed_forms(claim.text), without_counts, *relaxed_forms(without_counts)]
    for form in [] if matches else dict.fromkeys(forms):
        if matches := find_support(Claim(form, claim.passages), texts, question, contexts):
            claim = Claim(form, claim.passages)
            break
    if len(matches) != 1 or attributes(claim.text):
        return claim.text, matches
    quote = texts[matches[0].passage][slice(*matches[0].span)]
    name = speaker(quote) if len(sentence_spans(quote)) == 1 else None
    if name is None or any(word in claim.text or word in question for word in name.split()):
        return claim.text, matches
    bare, stop = claim.text.rstrip(".!"), claim.text[len(claim.text.rstrip(".!")) :]
    return f"{bare}, according to {name}{stop or '.'}", matches


def _article_span(hit: Hit, match: QuoteMatch) -> ArticleSpan:
    start, end = (hit.passage.start + offset for offset in match.span)
    return hit.passage.article, start, end


def _complete_quotes(
    claim: str, question: str, quotes: list[ArticleSpan], articles: Mapping[str, Article]
) -> list[ArticleSpan]:
    """`quotes`, and what else must be quoted so that they contain all names and numbers of `claim`.

    The sentence that names the person whom the quote calls "he" is quoted too, as the beginning
    of the same quote where it is the sentence before. None at all where a name or a number is
    nowhere in the article.
    """
    if not quotes:
        return []
    id, start, end = quotes[0]
    article = articles[id]
    texts = [articles[i].text[a:b] for i, a, b in quotes]
    records = (_record(articles[i], articles[i].text[a:b]) for i, a, b in quotes)
    more = supplementary_spans(
        claim, question, texts, article.text, (start, end), "\n".join(records)
    )
    if more is None:
        return []
    for first, last in reversed(more):
        if last <= start and not article.text[last:start].strip():
            start = first
    quotes[0] = (id, start, end)
    return quotes + [(id, first, last) for first, last in more if not start <= first < end]


def _record(article: Article, text: str) -> str:
    """What is known of an article beside its text, and the dates that `text` of it means."""
    values = (article.title, article.source, article.author, article.published)
    return "\n".join(filter(None, (*values, resolve_relative_dates(text, article.published))))


def _with_record(article: Article) -> str:
    return f"{_record(article, article.text)}\n{article.text}"
