"""Fit what tells another account of a thing from an account of something else.

    python -m benchmarks.other_accounts [QUESTIONS...]

In:  question sets beside their articles (`articles.jsonl`), by default those of `tests/questions/`
     that may be read: questions on which two articles differ (kind `disagreement`, `parts` are the
     accounts), and questions that have one answer.
Out: the weights of `rag.grounding.composition.other_account`, and for several least probabilities
     how many other accounts are found and how many are none: each author's questions (the ids begin
     with a name of theirs) are judged by weights that were fitted on those of the others.

Nothing is withheld, and the reader alone answers. Fifteen minutes on two cores.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from tqdm import tqdm

import rag.pipeline.run
from benchmarks.common import ROOT, temporary_index
from rag.assistant import Assistant
from rag.evaluation.dataset import EvalQuestion, read_questions
from rag.grounding.citations import ArticleLookup, CitedDraft
from rag.grounding.composition.other_account import (
    WEIGHTS,
    candidates,
    is_no_account,
    pair_features,
)
from rag.retrieval.evidence.judgement import Judgement

_SETS = (
    "coasts/questions",
    "islands/questions",
    "newsroom/tuning",
    "marsh/tuning",
    "plains/tuning",
)
_PENALTY = 0.3  # inverse of the strength of regularisation
_PROBABILITIES = (0.3, 0.35, 0.4, 0.45, 0.5, 0.6)


@dataclass(frozen=True)
class Pair:
    """The best account of a question and that of another article."""

    question: EvalQuestion
    features: tuple[float, ...]
    is_other: bool

    @property
    def author(self) -> str:
        """Whose question it is: what its id begins with."""
        return self.question.id.partition("-")[0]


def pairs_of(file: Path) -> Iterator[Pair]:
    """The pairs of all questions of `file` for which a quotation is shown."""
    pairs: list[Pair] = []
    question: EvalQuestion

    def note(
        cited: CitedDraft, text: str, judgement: Judgement, lookup: ArticleLookup, _: object
    ) -> CitedDraft:
        best, others = candidates(judgement, lookup)
        answers = groups_in(question, " ".join(each.quote for each in cited.citations))
        for rank, other in others:
            if is_no_account(text, best, other):
                continue
            features = pair_features(text, best, other, rank)
            is_other = question.kind == "disagreement" and bool(
                answers and groups_in(question, other.evidence.text) - answers
            )
            values = tuple(features[name] for name in WEIGHTS)
            pairs.append(Pair(question, values, is_other))
        return cited

    rag.pipeline.run.with_other_account = note  # type: ignore[attr-defined]
    articles = file.parent / "articles.jsonl"
    with temporary_index(articles, model="none", max_wrong=1.0) as settings:
        assistant = Assistant.open(settings)
        for question in tqdm(read_questions(file), file.parent.name):
            if question.answerable:
                assistant.ask(question.question)
    yield from pairs


def groups_in(question: EvalQuestion, text: str) -> frozenset[int]:
    """Which of the accounts that `question` has are in `text`."""
    folded = text.casefold()
    return frozenset(
        n for n, group in enumerate(question.parts) if any(s.casefold() in folded for s in group)
    )


def fit(pairs: Sequence[Pair]) -> tuple[list[float], float]:
    """The weights, in the order of `WEIGHTS`, and the bias."""
    features = np.array([each.features for each in pairs])
    mean, spread = features.mean(0), features.std(0) + 1e-9
    model = LogisticRegression(C=_PENALTY, max_iter=3000)
    model.fit((features - mean) / spread, [each.is_other for each in pairs])
    weights = model.coef_[0] / spread
    return weights.tolist(), float(model.intercept_[0] - weights @ mean)


def main(arguments: Sequence[str] | None = None) -> None:
    """Ask, fit, print."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.other_accounts", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    default = [ROOT / "tests" / "questions" / f"{name}.jsonl" for name in _SETS]
    parser.add_argument("files", nargs="*", type=Path, default=default, metavar="QUESTIONS")
    options = parser.parse_args(arguments)
    pairs = [pair for file in options.files for pair in pairs_of(file)]
    odds: dict[Pair, float] = {}
    for author in {each.author for each in pairs}:
        weights, bias = fit([each for each in pairs if each.author != author])
        own = (each for each in pairs if each.author == author)
        odds |= {each: bias + float(np.dot(weights, each.features)) for each in own}
    likeliest: dict[str, Pair] = {}
    for each in sorted(pairs, key=odds.__getitem__):
        likeliest[each.question.id] = each
    print("| least probability | other accounts | none, where articles differ | none, elsewhere |")
    print("| --- | --- | --- | --- |")
    there = len({each.question.id for each in pairs if each.is_other})
    for least in _PROBABILITIES:
        shown = [each for each in likeliest.values() if odds[each] >= np.log(least / (1 - least))]
        wrong = [each for each in shown if not each.is_other]
        differing = sum(each.question.kind == "disagreement" for each in wrong)
        right = len(shown) - len(wrong)
        print(f"| {least} | {right} of {there} | {differing} | {len(wrong) - differing} |")
    weights, bias = fit(pairs)
    print({name: round(weight, 3) for name, weight in zip(WEIGHTS, weights, strict=True)})
    print("bias", round(bias, 3))


if __name__ == "__main__":
    main()
