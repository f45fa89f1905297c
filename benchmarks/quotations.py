"""Quotations: how often the verdict, the record and the speaker are right, and how long it takes.

    python -m benchmarks.quotations --data FOLDER [--count N] [--passages N] [--misses]

In:  the folder of the evaluation sets `kinds`, `mhr`, `rgb`, `squad2` and `xquad`; who speaks in
     the first two (`data/quotation_speakers.toml`).
Out: for the half of the articles that is for tuning and the half that is held out: the share of
     right verdicts, by kind of quotation; of records, of speakers that are right or said to be
     unknown; sources that are invented; seconds per quotation.

A third of the quotations stand word for word in an article that is indexed, also with an ellipsis,
other quotation marks, or in another spelling. A third are altered in one thing: a word, a figure,
the order, words left out. A third are of texts that are not indexed: articles of the same sets that
are left out, and those of `xquad`; none of them shares a third of its runs of four words with an
indexed article. All is drawn with a fixed seed. No model takes part: the index has synthetic
vectors, which a quotation does not need.
"""

from __future__ import annotations

import argparse
import html
import json
import random
import re
import tempfile
import time
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from unittest import mock

import numpy as np

from benchmarks.common import describe_machine, markdown_table
from benchmarks.retrieval import SyntheticEmbedder, write_corpus
from rag.evaluation.dataset import held_out
from rag.index import build
from rag.index.snapshot import Snapshot
from rag.index.snapshots import SnapshotStore
from rag.newsroom.quotes.finding import find_quote
from rag.retrieval.people.wording import QUOTATION
from rag.settings import Settings
from rag.text.folding import fold, fold_accents
from rag.text.numbers import number_spans
from rag.text.sentences import sentence_spans
from rag.text.stemming import stem_tokens
from rag.types import Article, QuoteResult, QuoteVerdict

SEED = 21
RECORDED = ("kinds", "mhr")  # sets whose articles have a record
SETS = (*RECORDED, "rgb", "squad2")
_OTHERS = "xquad"
_WORDS = range(8, 41)  # of a quotation
_DAY = 10  # characters of a date in ISO 8601; the hour is not stored
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


@dataclass(frozen=True)
class Outcome:
    """What was told of a quotation, in how many seconds."""

    quotation: Quotation
    result: QuoteResult
    seconds: float
    has_source: bool  # whether an article that is cited has the words that it was made of

    @property
    def is_right(self) -> bool:
        return self.result.verdict == self.quotation.verdict

    @property
    def invents(self) -> bool:
        """Whether a source is named that has no such words."""
        if self.quotation.verdict == "absent":
            return bool(self.result.citations)
        return bool(self.result.citations) and not self.has_source

    @property
    def has_record(self) -> bool:
        """Whether headline, outlet, date and URL of the article are told, and nothing invented."""
        own = self.quotation.source.article
        record = (own.title, own.source, (own.published or "")[:_DAY], own.url)
        cited = [
            (each.title, each.source, each.published, each.url) for each in self.result.citations
        ]
        return record in cited and not self.invents

    @property
    def has_speaker(self) -> bool:
        """Whether the speaker is right, or said to be unknown."""
        name = self.result.speaker
        wanted = self.quotation.source.speaker or ""
        return name is None or bool(wanted and f" {fold(wanted)} " in f" {fold(name)} ")


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


def build_index(articles: Sequence[Article], passages: int, folder: Path) -> Settings:
    """An index of `articles`, with synthetic vectors, and of `passages` invented ones besides."""
    folder.mkdir()
    corpus = folder / "articles.jsonl"
    if passages:
        write_corpus(corpus, passages)
    fields = ("id", "title", "text", "source", "published", "author", "url")
    with corpus.open("a", encoding="utf-8") as file:
        for each in articles:
            values = {name: getattr(each, name) for name in fields if getattr(each, name)}
            file.write(json.dumps({"title": "", **values}) + "\n")
    settings = replace(Settings.load(), corpus=corpus, index=folder / "index")
    vectors = np.random.default_rng(SEED).standard_normal((50, 384)).astype(np.float32)
    embedder = SyntheticEmbedder(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
    with (
        mock.patch.object(build.Embedder, "open", lambda _: embedder),  # type: ignore[attr-defined]
        mock.patch.object(build, "verify_model", lambda *_: Path()),
    ):
        build.build_index(settings)
    return settings


def open_index(settings: Settings) -> Snapshot:
    return SnapshotStore(settings.index).open_current(build.expected_fingerprint(settings))


def look_up(index: Snapshot, quotation: Quotation) -> Outcome:
    """What is told of a quotation."""
    started = time.perf_counter()
    result = find_quote(index, quotation.text)
    seconds = time.perf_counter() - started
    words = fold(quotation.source.text)
    texts = (index.documents.article(each.article).text for each in result.citations)
    return Outcome(quotation, result, seconds, any(words in fold(text) for text in texts))


def _share(flags: Sequence[bool]) -> str:
    return f"{sum(flags) / len(flags):.3f} ({sum(flags)} of {len(flags)})" if flags else "-"


def rows_of(outcomes: Sequence[Outcome]) -> list[list[str]]:
    """The rows of the table, for the outcomes of one half."""
    recorded = [
        each
        for each in outcomes
        if each.quotation.source.collection in RECORDED and each.quotation.verdict != "absent"
    ]
    spoken = [each for each in recorded if each.quotation.source.speaker is not None]
    kinds = dict.fromkeys(each.quotation.kind for each in outcomes)
    return [
        ["verdict right", _share([each.is_right for each in outcomes])],
        *(
            [f"… {kind}", _share([o.is_right for o in outcomes if o.quotation.kind == kind])]
            for kind in kinds
        ),
        ["headline, outlet, date and URL right", _share([each.has_record for each in recorded])],
        ["speaker right or said to be unknown", _share([each.has_speaker for each in spoken])],
        ["… and named", _share([each.result.speaker is not None for each in spoken])],
        ["invented sources", str(sum(each.invents for each in outcomes))],
    ]


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.quotations", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--data", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--count", type=int, default=300, metavar="N", help="of quotations")
    parser.add_argument(
        "--passages", type=int, default=10_000, metavar="N", help="of the larger index; 0: none"
    )
    parser.add_argument("--misses", action="store_true", help="list those of the tuning half")
    options = parser.parse_args()
    articles, quotations = prepare(options.data, options.count)
    with tempfile.TemporaryDirectory() as folder:
        index = open_index(build_index(articles, 0, Path(folder) / "small"))
        look_up(index, quotations[0])
        outcomes = [look_up(index, each) for each in quotations]
        index.close()
        times = [(f"seconds, {len(articles):,} articles", outcomes)]
        if options.passages:
            index = open_index(build_index(articles, options.passages, Path(folder) / "large"))
            count = index.documents.counts()[1]
            look_up(index, quotations[0])
            outcomes_of_large = [look_up(index, each) for each in quotations]
            times.append((f"seconds, {count:,} passages", outcomes_of_large))
            index.close()
    print(f"{len(quotations)} quotations; {describe_machine()}\n")
    halves = [[o for o in outcomes if o.quotation.is_held_out == half] for half in (False, True)]
    first, second = (rows_of(half) for half in halves)
    shares = {row[0]: row[1] for row in second}
    table = [[name, value, shares.get(name, "-")] for name, value in first]
    print(markdown_table(["quotations", "tuning", "held out"], table) + "\n")
    rows = [
        [name, f"{np.median(seconds):.3f}", f"{max(seconds):.3f}"]
        for name, some in times
        for seconds in [[each.seconds for each in some]]
    ]
    print(markdown_table(["", "median", "most"], rows))
    if options.misses:
        for each in halves[0]:
            list_misses(each)


def list_misses(outcome: Outcome) -> None:
    """Print what is wrong with an outcome."""
    quotation, result = outcome.quotation, outcome.result
    wrong = [
        name
        for name, fails in (
            ("verdict", not outcome.is_right),
            ("source", outcome.invents),
            (
                "record",
                quotation.source.collection in RECORDED
                and quotation.verdict != "absent"
                and not outcome.has_record,
            ),
            ("speaker", quotation.source.speaker is not None and not outcome.has_speaker),
        )
        if fails
    ]
    if wrong:
        print(f"\n{', '.join(wrong)}: {quotation.kind}, {quotation.source.article.id}")
        print(f"  given {quotation.text}\n  from  {quotation.source.text}")
        cited = [each.article for each in result.citations]
        print(f"  {result.verdict} {cited} {result.speaker} ({quotation.source.speaker})")
        for each in result.differences:
            print(f"    {each.kind}: {each.given!r} {each.source_text!r}")
        print(*(f"    cited: {each.quote}" for each in result.citations[:1]), sep="\n")


if __name__ == "__main__":
    main()
