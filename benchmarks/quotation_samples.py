"""Quotations of known origin, made of the articles of the evaluation sets.

    prepare(folder, count)  ->  the articles to index, and quotations of them and of other texts

In:  the folder of the sets `kinds`, `mhr`, `rgb`, `squad2` and `xquad`; who speaks in the first two
     (`data/quotation_speakers.toml`).
Out: `Quotation`s, a third of each verdict; drawn with a fixed seed.
Left to others: looking them up (`benchmarks.quotations`).

Verbatim ones also have an ellipsis, a bracket, other quotation marks, or another spelling. Altered
ones differ in one thing: a word, a figure, the order, words left out. The others are of articles
that are left out of the index, and of `xquad`; none of them shares a third of its runs of four
words with an indexed article.
"""

from __future__ import annotations

import html
import json
import random
import re
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rag.evaluation.dataset import held_out
from rag.retrieval.people.wording import QUOTATION
from rag.text.folding import fold, fold_accents
from rag.text.numbers import number_spans
from rag.text.sentences import sentence_spans
from rag.text.stemming import stem_tokens
from rag.types import Article, QuoteVerdict

SEED = 21
RECORDED = ("kinds", "mhr")  # sets whose articles have a record
SETS = (*RECORDED, "rgb", "squad2")
_OTHERS = "xquad"
_WORDS = range(8, 41)  # of a quotation
_SPEECH_WORDS = 5  # of a direct quotation, at least
_LEFT_OUT = 9  # one article in so many is not indexed
_SHARED = 1 / 3  # of its runs of four words, from which a text counts as that of another
_SPEAKERS = Path(__file__).parent / "data" / "quotation_speakers.toml"


@dataclass(frozen=True)
class Sentence:
    """Words of an article; `speaker`: of direct speech the last name, "" for nobody named."""

    collection: str
    article: Article
    text: str
    speaker: str | None = None


@dataclass(frozen=True)
class Quotation:
    """A quotation made of a sentence, and what is to be told of it."""

    kind: str
    verdict: QuoteVerdict
    text: str
    source: Sentence

    @property
    def is_held_out(self) -> bool:
        return held_out(self.source.article.id)


def read_articles(folder: Path, collection: str) -> list[Article]:
    """The articles of a set."""
    lines = (folder / collection / "articles.jsonl").read_text(encoding="utf-8").splitlines()
    fields = ("id", "title", "text", "source", "published", "author", "url")
    values = ({n: v for n, v in json.loads(each).items() if n in fields} for each in lines)
    return [Article(**{**each, "title": html.unescape(each["title"])}) for each in values]


def sentences_of(collection: str, article: Article, speakers: dict) -> Iterator[Sentence]:
    """The direct quotations whose speaker is on record, and the sentences and pairs of them."""
    labels = iter(speakers.get(collection, {}).get(article.id, ()))
    for match in QUOTATION.finditer(article.text):
        if len(match[0].split()) >= _SPEECH_WORDS and (label := next(labels, None)) is not None:
            words = next(each for each in match.groups() if each is not None)
            yield Sentence(collection, article, words.rstrip(","), label)
    spans = sentence_spans(article.text)
    for n, (start, end) in enumerate(spans):
        last = spans[n + 1][1] if n % 3 == 2 and n + 1 < len(spans) else end
        text = article.text[start:last].strip()
        if len(fold(text).split()) in _WORDS:
            yield Sentence(collection, article, " ".join(text.split()))


def _inner(words: Sequence[str], rng: random.Random, most: int = 5) -> tuple[int, int]:
    """A stretch of at least two words that is neither at the beginning nor at the end."""
    length = rng.randint(2, max(2, min(most, len(words) // 3)))
    start = rng.randint(2, max(2, len(words) - length - 2))
    return start, min(start + length, len(words) - 2)


_NEGATION = re.compile(
    r"\b(?:not|no|never|none|nobody|nor|neither|cannot|without)\b|n['’]t\b", re.I
)


def with_ellipsis(text: str, rng: random.Random, words: Sequence[str]) -> str | None:
    """Words left out, and an ellipsis in their place; no negation is hidden."""
    own = text.split()
    start, end = _inner(own, rng)
    if end <= start or _NEGATION.search(" ".join(own[start:end])):
        return None
    mark = rng.choice(["…", "[...]", "...", "[…]", "(…)"])
    return " ".join([*own[:start], mark, *own[end:]])


def with_other_marks(text: str, rng: random.Random, words: Sequence[str]) -> str | None:
    """In other quotation marks, with other apostrophes and dashes."""
    opening, closing = rng.choice([("„", "“"), ("«", "»"), ('"', '"'), ("“", "”")])
    inner = re.sub('[“”„"«»]', "", text)
    inner = inner.replace("'", "’") if rng.random() < 0.5 else inner.replace("’", "'")
    return f"{opening}{inner.replace('—', '–')}{closing}"


def in_other_spelling(text: str, rng: random.Random, words: Sequence[str]) -> str | None:
    """Without marks on letters, hyphens and separators in figures, in small letters."""
    plain = re.sub(r"(?<=\w)-(?=[A-Za-z])", " ", fold_accents(text))
    plain = re.sub(r"(?<=\d),(?=\d{3})", "", plain)
    return plain.lower() if fold(plain) == fold(text) else fold_accents(text).lower()


def as_it_is(text: str, rng: random.Random, words: Sequence[str]) -> str | None:
    return text


def with_bracket(text: str, rng: random.Random, words: Sequence[str]) -> str | None:
    """A pronoun in place of which the editor puts a name in brackets."""
    match = re.search(r"(?<=\w )(?:he|she|it|they)(?= \w)", text)
    return f"{text[: match.start()]}[the speaker]{text[match.end() :]}" if match else None


def with_other_word(text: str, rng: random.Random, words: Sequence[str]) -> str | None:
    """A word that says something is another one, or a "not" is put in or left out."""
    own = text.split()
    if rng.random() < 0.25:
        if match := re.search(r"\b(?:not|never) ", text):
            return text[: match.start()] + text[match.end() :]
        if match := re.search(r"\b(?:is|are|was|were|will|would|could|can) (?=\w)", text):
            return f"{text[: match.end()]}not {text[match.end() :]}"
    places = [n for n, word in enumerate(own) if n and stem_tokens([word])[0] and word.isalpha()]
    if not places:
        return None
    place = rng.choice(places)
    other = rng.choice(words)
    return (
        None
        if fold(other) == fold(own[place])
        else " ".join([*own[:place], other, *own[place + 1 :]])
    )


def with_other_figure(text: str, rng: random.Random, words: Sequence[str]) -> str | None:
    """One digit of a figure is another."""
    digits = [m for m in re.finditer(r"\d", text) if number_spans(text)]
    if not digits:
        return None
    match = rng.choice(digits)
    other = rng.choice([d for d in "123456789" if d != match[0]])
    return text[: match.start()] + other + text[match.end() :]


def in_other_order(text: str, rng: random.Random, words: Sequence[str]) -> str | None:
    """Two parts that follow one another, the other way round."""
    own = text.rstrip(".").split()
    if len(own) < 6:
        return None
    start = rng.randint(0, len(own) // 3)
    end = rng.randint(2 * len(own) // 3, len(own))
    middle = (start + end) // 2
    changed = " ".join([*own[:start], *own[middle:end], *own[start:middle], *own[end:]])
    return None if fold(changed) in fold(text) else changed


def with_words_left_out(text: str, rng: random.Random, words: Sequence[str]) -> str | None:
    """Words left out without an ellipsis; none where the text has one, which may stand for them."""
    if "..." in text or "…" in text:
        return None
    own = text.split()
    start, end = _inner(own, rng, most=4)
    changed = " ".join([*own[:start], *own[end:]])
    return changed if 0 < start < end and fold(changed) != fold(text) else None


Change = Callable[[str, random.Random, Sequence[str]], str | None]
VERBATIM: dict[str, Change] = {
    "as it is": as_it_is,
    "an ellipsis": with_ellipsis,
    "other marks": with_other_marks,
    "other spelling": in_other_spelling,
    "a bracket": with_bracket,
}
ALTERED: dict[str, Change] = {
    "a word": with_other_word,
    "a figure": with_other_figure,
    "the order": in_other_order,
    "left out": with_words_left_out,
}


def make_quotations(
    count: int, indexed: Sequence[Sentence], others: Sequence[Sentence], rng: random.Random
) -> list[Quotation]:
    """A third of each verdict; of the first two as many of each set, half of these direct speech
    where there is enough."""
    words = sorted({w for s in indexed for w in s.text.split() if w.isalpha() and len(w) > 4})
    quotations = []
    used: set[str] = set()

    def draw(pool: list[Sentence], kind: str, change: Change, verdict: QuoteVerdict) -> bool:
        for _ in range(200):
            sentence = rng.choice(pool)
            changed = change(sentence.text, rng, words)
            if changed and sentence.text + verdict not in used:
                used.add(sentence.text + verdict)
                quotations.append(Quotation(kind, verdict, changed, sentence))
                return True
        return False

    for verdict, changes in (("verbatim", VERBATIM), ("altered", ALTERED)):
        kinds = list(changes)
        n = 0
        while sum(each.verdict == verdict for each in quotations) < count // 3:
            collection = SETS[n % len(SETS)]
            kind = kinds[n // len(SETS) % len(kinds)]
            speech = n // 2 % 2 == 0
            pool = [s for s in indexed if s.collection == collection]
            direct = [s for s in pool if s.speaker is not None]
            n += 1
            (speech and direct and draw(direct, kind, changes[kind], verdict)) or draw(
                pool, kind, changes[kind], verdict
            )
    kinds = [name for name in VERBATIM if name != "a bracket"]
    for n in range(count - len(quotations)):
        draw(list(others), "of another text", VERBATIM[kinds[n % len(kinds)]], "absent")
    return quotations


def _shingles(text: str) -> set[tuple[str, ...]]:
    words = fold(text).split()
    return set(zip(*(words[n:] for n in range(4)), strict=False))


def prepare(folder: Path, count: int) -> tuple[list[Article], list[Quotation]]:
    """The articles to index, and the quotations."""
    speakers = tomllib.loads(_SPEAKERS.read_text(encoding="utf-8"))
    indexed: list[tuple[str, Article]] = []
    left_out = [(_OTHERS, article) for article in read_articles(folder, _OTHERS)]
    for collection in SETS:
        for n, article in enumerate(read_articles(folder, collection)):
            is_left_out = n % _LEFT_OUT == 4 and article.id not in speakers.get(collection, {})
            (left_out if is_left_out else indexed).append((collection, article))
    holders = defaultdict(set)
    for _, article in indexed:
        for shingle in _shingles(article.text):
            holders[shingle].add(article.id)

    def is_foreign(sentence: Sentence) -> bool:
        own = _shingles(sentence.text)
        shared: dict[str, int] = defaultdict(int)
        for shingle in own:
            for id in holders.get(shingle, ()):
                shared[id] += 1
        return max(shared.values(), default=0) < _SHARED * len(own)

    sentences = [s for c, a in indexed for s in sentences_of(c, a, speakers)]
    others = [s for c, a in left_out for s in sentences_of(c, a, {}) if is_foreign(s)]
    quotations = make_quotations(count, sentences, others, random.Random(SEED))
    return [article for _, article in indexed], quotations
