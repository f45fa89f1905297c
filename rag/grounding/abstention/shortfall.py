"""The sentence that comes nearest to a question, and what of the question it does not meet.

    find_shortfall(question, hits, article_of)  ->  `Shortfall`

In:  a question that was not answered, its passages as they were judged, best first.
Out: the sentence that meets most elements of the question, by weight, and what it lacks.
Left to others: the elements (`rag.grounding.abstention.elements`); words for it
(`rag.grounding.abstention.explanation`).

A sentence has an element *itself*, or *by context*: from the sentence before it, the headline, the
first sentence of its article, or the day of publication. What an article is about holds for all of
its sentences; what stands elsewhere in it does not. What is said of several sentences at once
("they name Lena Holt, but not with …") holds for every sentence that was retrieved.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from rag.grounding.abstention.elements import Element, ElementKind, elements_of, parts_of
from rag.retrieval.constraints import constraints_of, years_meant
from rag.retrieval.evidence import without_orders
from rag.text.dates import format_date
from rag.text.folding import fold, has_phrase
from rag.text.names import extract_full_names, mentions
from rag.text.sentences import sentence_spans
from rag.text.stemming import stem_tokens
from rag.types import Article, Hit

_WEIGHTS: Mapping[ElementKind, float] = {
    "quotation": 3.0,
    "name": 1.5,
    "year": 1.5,
    "month": 1.0,
    "edition": 1.0,
    "word": 1.0,
}
_TOPIC = 0.8  # share of the weight of a name or a time that only the context has
_TOPIC_WORD = 0.2  # the same of a word
_MIN_SHARE = 0.35  # of the weight of all elements, from which a sentence is near
_IRREGULAR = (  # forms of one verb that stemming does not bring together
    *("begin began begun", "break broke broken", "build built", "burn burnt", "buy bought"),
    *("catch caught", "choose chose chosen", "drive drove driven", "fall fell fallen"),
    *("fight fought", "find found", "fly flew flown", "freeze froze frozen", "grow grew grown"),
    *("hold held", "keep kept", "lay laid", "lead led", "leave left", "lend lent", "lose lost"),
    *("meet met", "pay paid", "ride rode ridden", "rise rose risen", "sell sold", "send sent"),
    *("shake shook shaken", "shoot shot", "sink sank sunk", "speak spoke spoken", "spend spent"),
    *("stand stood", "steal stole stolen", "strike struck", "swim swam swum", "teach taught"),
    *("throw threw thrown", "win won", "write wrote written", "die death dead"),
)
_BASE_FORMS = {form: forms.split()[0] for forms in _IRREGULAR for form in forms.split()}
_AS_NEAR = 0.75  # of the best sentence's weight, from which another tells of the same matter
_MOST_LIKE = 3  # names that are like a missing one


@dataclass(frozen=True, slots=True)
class Place:
    """A sentence in its article.

    `own` is the sentence, `before` the one before it, `topic` the headline, day of publication
    and first sentence of the article; all three without the names of outlets.
    """

    article: Article
    sentence: str
    own: str
    before: str
    topic: str

    @property
    def years(self) -> frozenset[str]:
        """The years that the sentence states or means, and those of headline and publication."""
        published = self.article.published
        return years_meant(self.own, published) | years_meant(self.article.title, published)


@dataclass(frozen=True, slots=True)
class Shortfall:
    """What the sentences that were retrieved do not meet; each field in the question's order.

    place      the nearest sentence; None where none is near
    met        what it has, itself or by context
    lacks      what it has in no way; where it has everything, words and names that it has from
               other sentences alone
    unnamed    names that no article has, each with the like names that they have instead
    apart      names that articles have, but in no sentence that has what `met` has itself
    unsaid     words that no sentence has that has a name of `met`
    absent     words and quotations that no article has
    years      those that sentences as near tell of, where a year of the question is not met
    """

    place: Place | None = None
    met: tuple[Element, ...] = ()
    lacks: tuple[Element, ...] = ()
    unnamed: tuple[tuple[Element, tuple[str, ...]], ...] = ()
    apart: tuple[Element, ...] = ()
    unsaid: tuple[Element, ...] = ()
    absent: tuple[Element, ...] = ()
    years: tuple[str, ...] = ()


def find_shortfall(
    question: str, hits: Sequence[Hit], article_of: Callable[[str], Article]
) -> Shortfall:
    """What the passages `hits` lack that `question` asks for; nothing is known without any."""
    if not hits:
        return Shortfall()
    articles = {hit.passage.article: article_of(hit.passage.article) for hit in hits}
    texts = ["\n".join(filter(None, (a.title, a.author, a.text))) for a in articles.values()]
    elements = tuple(_as_named(elements_of(question), texts))
    absent = tuple(e for e in elements if not any(_has(e, text, text) for text in texts))
    overall = Shortfall(
        unnamed=tuple((e, _like_names(e.words, texts)) for e in absent if e.kind == "name"),
        absent=tuple(e for e in absent if e.kind in ("word", "quotation")),
    )
    outlets = {each.source for each in articles.values() if each.source}
    places = [each for hit in hits for each in _places(hit, articles[hit.passage.article], outlets)]
    weights = [_weight(elements, each) for each in places]
    best = max(weights, default=0.0)
    if best < _MIN_SHARE * sum(_WEIGHTS[each.kind] for each in elements):
        return overall
    near = [
        place for place, weight in zip(places, weights, strict=True) if weight >= _AS_NEAR * best
    ]
    return _at(places[weights.index(best)], elements, near, places, overall)


def _at(
    place: Place,
    elements: Sequence[Element],
    near: Sequence[Place],
    places: Sequence[Place],
    overall: Shortfall,
) -> Shortfall:
    """`overall`, and what `place` lacks; `near` are the sentences that come as near."""
    met = tuple(each for each in elements if _share(each, place) > 0)
    lacks = tuple(each for each in elements if each not in met)
    names = [each for each in met if each.kind == "name"]
    stated = [each for each in met if _has_itself(each, place) and each.kind != "edition"]
    missing = [each for each in lacks if each not in overall.absent]
    unnamed = [name for name, _ in overall.unnamed]
    return replace(
        overall,
        place=place,
        met=met,
        lacks=lacks or tuple(each for each in met if _is_from_elsewhere(each, place)),
        apart=tuple(
            each
            for each in missing
            if each.kind == "name"
            and each not in unnamed
            and not any(all(_has_itself(e, other) for e in (each, *stated)) for other in places)
        ),
        unsaid=tuple(
            each
            for each in lacks
            if each.kind == "word"
            and names
            and not any(
                _has_itself(each, other) and any(_share(name, other) > 0 for name in names)
                for other in places
            )
        ),
        years=_other_years(lacks, near),
    )


def _as_named(elements: Iterable[Element], texts: Sequence[str]) -> Iterator[Element]:
    """`elements`; "Holt of Tarn" as two names where articles have both, but not as one."""
    folded = [fold(each) for each in texts]

    def is_known(element: Element) -> bool:
        return any(has_phrase(text, fold(element.words)) for text in folded)

    for element in elements:
        parts = parts_of(element) if element.kind == "name" else (element,)
        is_one, are_known = is_known(element), all(map(is_known, parts))
        yield from parts if are_known and not is_one else (element,)


def _other_years(lacks: Iterable[Element], near: Iterable[Place]) -> tuple[str, ...]:
    """The years of `near`; none where no year lacks, or some sentence is of that year."""
    wanted = {each.words for each in lacks if each.kind == "year"}
    years = {year for place in near for year in place.years}
    return tuple(sorted(years)) if wanted and not wanted & years else ()


def _places(hit: Hit, article: Article, outlets: Iterable[str]) -> Iterator[Place]:
    """The sentences of a passage. An outlet named in passing is no place and no person."""

    def without_outlets(text: str) -> str:
        for outlet in outlets:
            text = text.replace(outlet, "")
        return text

    text = without_orders(hit.passage.text)
    first = next(iter(sentence_spans(article.text)), (0, 0))[1]
    day = format_date(article.published or "")
    topic = without_outlets("\n".join((article.title, day, article.text[:first])))
    before = ""
    for start, end in sentence_spans(text):
        if sentence := " ".join(text[start:end].split()):
            own = without_outlets(sentence)
            yield Place(article, sentence, own, before, topic)
            before = own


def _weight(elements: Iterable[Element], place: Place) -> float:
    return sum(_WEIGHTS[each.kind] * _share(each, place) for each in elements)


def _share(element: Element, place: Place) -> float:
    """1.0 where the sentence has `element` itself, less where by context alone, else 0.0."""
    if _has_itself(element, place):
        return 1.0
    if element.kind == "year":
        return _TOPIC * (element.words in place.years)
    context = f"{place.topic}\n{place.before}"
    if element.kind in ("quotation", "edition") or not _has(element, context, place.article.text):
        return 0.0
    return _TOPIC_WORD if element.kind == "word" else _TOPIC


def _has_itself(element: Element, place: Place) -> bool:
    text = f"{place.article.title}\n{place.own}" if element.kind == "edition" else place.own
    return _has(element, text, place.article.text, place.article.published)


def _is_from_elsewhere(element: Element, place: Place) -> bool:
    """Whether the sentence has a word, or a name that is no topic of its article, by context."""
    if _has_itself(element, place):
        return False
    on_topic = element.kind == "name" and _has(element, place.topic, place.article.text)
    return element.kind == "word" or (element.kind == "name" and not on_topic)


def _has(element: Element, text: str, article: str, published: str | None = None) -> bool:
    """Whether `text`, a part of the text `article`, has `element`.

    An edition is there unless another of its kind is. "Last year" is a year by `published`.
    """
    match element.kind:
        case "year":
            return element.words in years_meant(text, published) - {(published or "")[:4]}
        case "month":
            return mentions(text, element.words)
        case "name":
            return _has_name(element.words, text, article)
        case "quotation":
            return has_phrase(fold(text), fold(element.words))
        case "edition":
            return not constraints_of(element.words).kinds_contradicted(text)
        case "word":
            return _stems(element.words) <= _stems(text)


@lru_cache(maxsize=1024)
def _stems(text: str) -> frozenset[str]:
    """The stems of `text`; irregular forms of a verb have one stem ("won" is "win")."""
    words = (_BASE_FORMS.get(word, word) for word in fold(text).split())
    return frozenset(stem_tokens([" ".join(words)])[0])


def _has_name(name: str, text: str, article: str) -> bool:
    """Whether `text` has `name`, or the last word of it where the article has all of it."""
    capitals, words = [word for word in name.split() if word[:1].isupper()], fold(text)
    if has_phrase(words, fold(name)) or (len(capitals) == 1 and mentions(text, name)):
        return True
    if not capitals:  # a title in small letters
        return False
    return has_phrase(fold(article), fold(name)) and has_phrase(words, fold(capitals[-1]))


def _like_names(name: str, texts: Iterable[str]) -> tuple[str, ...]:
    """Names in `texts` that share a word with `name`, the most frequent first."""
    words = {word for word in name.split() if word[:1].isupper()}
    if len(words) < 2:
        return ()
    others = Counter(
        other
        for text in texts
        for each in extract_full_names(text)
        if words & set((other := each.removeprefix("The ")).split()) and " " in other
    )
    return tuple(other for other, _ in others.most_common(_MOST_LIKE))
