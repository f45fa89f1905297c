"""Near copies: how many are found, how many are none, and what finding them costs.

    python -m benchmarks.near_copies [--pairs N] [--held-out] [--shared FOLDER] [--articles N]
                                     [--misses]

In:  pairs of `benchmarks.copy_pairs`, half of them near copies; invented articles for the cost.
Out: precision and recall, by kind of pair; in how many pairs the right article is the origin;
     seconds, memory and bytes for many articles, and seconds for one more.

All pairs stand in one index. A pair that is found counts as wrong also where its articles are of
two different pairs and share no text. No model is needed.
"""

from __future__ import annotations

import argparse
import random
import resource
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.common import describe_machine, markdown_table
from benchmarks.copy_pairs import Pair, copy_pairs, load_pool, other_pairs
from rag.index.copies.finding import compare_new_texts
from rag.index.copies.origins import Origins
from rag.index.copies.tables import near_copies
from rag.index.document_writer import DocumentWriter, Entry, content_hash
from rag.types import Article

SEED = 20
_SYLLABLES = [one + two for one in "bdfgklmnprst" for two in ("a", "er", "i", "o")][:27]
_WORDS = 400  # of an invented article


@dataclass(frozen=True)
class Scores:
    """Pairs that are near copies and found, that are and are missed, that are not and found.

    `elsewhere`: the articles that were found to be copies although no pair names them.
    """

    right: int
    missed: tuple[Pair, ...]
    wrong: tuple[Pair, ...]
    elsewhere: tuple[tuple[str, str], ...]
    origins: int  # right pairs whose origin is the wire report

    @property
    def precision(self) -> float:
        return self.right / max(1, self.right + len(self.wrong) + len(self.elsewhere))

    @property
    def recall(self) -> float:
        return self.right / max(1, self.right + len(self.missed))


def store(documents: DocumentWriter, articles: Iterable[Article]) -> None:
    """Store articles without passages and find the near copies among them."""
    documents.put([Entry(each, content_hash(each), ()) for each in articles], {})
    compare_new_texts(documents)


def score_pairs(pairs: Sequence[Pair], documents: DocumentWriter) -> Scores:
    """What is found of `pairs`, all of which are stored in `documents`."""
    body_of = {id: body for id, *_, body in documents.filter_columns()[0]}
    near = {frozenset(each[:2]) for each in near_copies(documents)}
    origins = Origins.of(documents)
    bases: dict[int, set[str]] = defaultdict(set)
    name: dict[int, str] = {}
    for pair in pairs:
        for article, own in zip((pair.one, pair.other), pair.bases, strict=True):
            bases[body_of[article.id]] |= own
            name.setdefault(body_of[article.id], article.id)

    def is_near(pair: Pair) -> bool:
        bodies = frozenset((body_of[pair.one.id], body_of[pair.other.id]))
        return len(bodies) == 1 or bodies in near

    right = [each for each in pairs if each.is_copy and is_near(each)]
    wrong = [each for each in pairs if not each.is_copy and is_near(each)]
    of_pairs = {frozenset((body_of[each.one.id], body_of[each.other.id])) for each in pairs}
    elsewhere = [
        (name[one], name[other])
        for one, other in map(sorted, near - of_pairs)
        if not bases[one] & bases[other]
    ]
    return Scores(
        len(right),
        tuple(each for each in pairs if each.is_copy and not is_near(each)),
        tuple(wrong),
        tuple(elsewhere),
        sum(
            body_of[origins.origin(each.other.id).article] == body_of[each.one.id] for each in right
        ),
    )


def invented_articles(count: int, pool: Sequence[Article], rng: random.Random) -> list[Article]:
    """Articles in the words of `pool`, chained as they follow one another there, half of the long
    ones put for others; one in ten is a reprint of another with a line added."""
    words = " ".join(each.text for each in pool).split()
    following: dict[tuple[str, str], list[str]] = defaultdict(list)
    for n in range(len(words) - 2):
        following[words[n], words[n + 1]].append(words[n + 2])
    following[words[-2], words[-1]].append(words[0])
    starts = list(following)
    articles: list[Article] = []
    for number in range(count):
        if number % 10 == 9:
            text = f"{rng.choice(articles).text} Our reporter number {number} was there."
        else:
            chain = [*rng.choice(starts)]
            while len(chain) < _WORDS:
                # now and then a leap, so that two chains do not run on together
                leaps = rng.random() < 0.4
                chain += (
                    rng.choice(starts) if leaps else [rng.choice(following[chain[-2], chain[-1]])]
                )
                if (chain[-2], chain[-1]) not in following:
                    chain += rng.choice(starts)
            text = " ".join(_invented(word, rng) for word in chain)
        articles.append(Article(f"many{number:06d}", f"Article {number}", text))
    return articles


def _invented(word: str, rng: random.Random) -> str:
    """`word`, or one of 20,000 that do not exist: else too many articles would share phrases."""
    if len(word) < 5 or rng.random() < 0.5:
        return word
    return f"{rng.choice(_SYLLABLES)}{rng.choice(_SYLLABLES)}{rng.choice(_SYLLABLES)}"


def measure_cost(count: int, pool: Sequence[Article], folder: Path) -> list[Sequence[object]]:
    """Rows of the table of costs: `count` articles at once, then one more above them."""
    *articles, last = invented_articles(count + 1, pool, random.Random(SEED))
    documents = DocumentWriter.create(folder / "many.sqlite")
    started = time.perf_counter()
    documents.put([Entry(each, content_hash(each), ()) for each in articles], {})
    stored = time.perf_counter() - started
    size, before = (folder / "many.sqlite").stat().st_size, _peak()
    started = time.perf_counter()
    compare_new_texts(documents)
    compared = time.perf_counter() - started
    grown = (folder / "many.sqlite").stat().st_size - size
    documents.close()
    newer = DocumentWriter.create(folder / "one.sqlite", [folder / "many.sqlite"])
    started = time.perf_counter()
    reprint = Article("one", "One more", f"{last.text} {articles[0].text}")
    store(newer, [reprint])
    one_more = time.perf_counter() - started
    pairs = len(near_copies(newer))
    newer.close()
    return [
        [f"storing {count:,} articles, s", stored],
        [f"comparing them, s ({pairs:,} pairs found)", compared],
        ["memory it takes besides, MB", (_peak() - before) / 1000],
        ["bytes of an article in the index", grown / count],
        [f"one more above {count:,}, s", one_more],
    ]


def _peak() -> int:
    """The most memory that this process had, in kB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.near_copies", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--pairs", type=int, default=200, help="of each of the two kinds")
    parser.add_argument("--held-out", action="store_true", help="the half that is held out")
    parser.add_argument("--shared", type=Path, help="where eval/ is (default: ../shared)")
    parser.add_argument("--articles", type=int, default=10_000, help="for the cost; 0: none")
    parser.add_argument(
        "--misses", action="store_true", help="list the pairs that are judged wrong"
    )
    options = parser.parse_args()
    pool = load_pool(held_out=options.held_out, shared=options.shared)
    rng = random.Random(SEED + options.held_out)
    pairs = [*copy_pairs(options.pairs, rng, pool), *other_pairs(options.pairs, rng, pool)]
    with tempfile.TemporaryDirectory() as folder:
        documents = DocumentWriter.create(Path(folder) / "pairs.sqlite")
        store(documents, [article for each in pairs for article in (each.one, each.other)])
        scores = score_pairs(pairs, documents)
        documents.close()
        costs = measure_cost(options.articles, pool, Path(folder)) if options.articles else []
    print(f"{len(pool)} articles; {describe_machine()}\n")
    wrong = Counter(each.kind for each in scores.wrong)
    kinds = Counter(each.kind for each in pairs if not each.is_copy)
    rows: list[Sequence[object]] = [
        ["precision", f"{scores.precision:.3f}"],
        ["recall", f"{scores.recall:.3f}"],
        ["pairs found whose origin is the wire report", f"{scores.origins} of {scores.right}"],
        *([f"found, of {kinds[kind]}: {kind}", wrong[kind]] for kind in sorted(kinds)),
        ["found between articles of different pairs that share no text", len(scores.elsewhere)],
    ]
    print(markdown_table(["near copies", ""], rows))
    if costs:
        print("\n" + markdown_table(["cost", ""], costs))
    if options.misses:
        for each in (*scores.missed, *scores.wrong):
            print("missed" if each.is_copy else "wrong", each.kind, each.one.id, each.other.id)
        for pair in scores.elsewhere:
            print("wrong", *pair)


if __name__ == "__main__":
    main()
