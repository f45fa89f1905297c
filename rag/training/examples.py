"""Question sets and claim sets on disk to examples.

In:  a folder of `*.jsonl.gz` files whose rows have `kind` (`qa`, `claim`, `nli`), `source`,
     `question` or `claim`, `passage`, `answers`, `label`, and `group` (the article or document).
Out: `Example` values; how many of each file, `MIXES` says.
Left to others: unanswerable examples made from answerable ones (`near_misses`), invented news
(`news`), tokens (`features`).
"""

from __future__ import annotations

import gzip
import json
import random
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rag.errors import TrainingError

__all__ = [
    "CLAIM_LABELS",
    "CONTRADICTED",
    "MIXES",
    "NEITHER",
    "NOT_SUPPORTED",
    "SUPPORTED",
    "Example",
    "check_folder",
    "find_spans",
    "is_held_out",
    "parse_row",
    "read_examples",
    "read_set",
]

# Labels of claims, as the files spell them; the last stands for one of the two before it.
SUPPORTED, CONTRADICTED, NEITHER, NOT_SUPPORTED = "supported", "refuted", "neutral", "not_supported"
CLAIM_LABELS = (SUPPORTED, CONTRADICTED, NEITHER, NOT_SUPPORTED)

# How many examples of each file a run takes, and how far their label can be relied on.
_WHOLE: dict[str, tuple[int, float]] = {
    "squad2_dev": (7000, 1.0),
    "squad2_train_part": (5000, 1.0),
    "unansq_dev": (4000, 1.0),
    "unansq_train_sent": (5000, 1.0),
    "unansq_train_para": (1000, 1.0),
    "squad11_dev_rest": (3000, 1.0),
    "squad11_train_part": (800, 1.0),
    "squad_train_paragraphs": (4000, 1.0),
    "squadshifts_new_wiki": (7700, 1.0),
    "squadshifts_reddit": (3000, 1.0),
    "squadshifts_amazon": (2500, 1.0),
    "qamr": (10000, 1.0),
    "qed_dev": (1400, 1.0),
    "fairytaleqa": (2500, 1.0),
    "policyqa": (800, 1.0),
    "quac_first_turn": (400, 1.0),
    "boolq": (1500, 1.0),
    "pubmedqa": (200, 1.0),
    "selqa_sent": (3000, 0.95),
    "selqa_section": (1000, 0.95),
    "qnli_dev": (2000, 0.95),
    "squad_train_sent_kou": (3000, 0.95),
    "squad_train_sent_nqg": (1500, 0.95),
    "neg_squad_dev": (4000, 0.9),
    "neg_squad_train": (2500, 0.9),
    "neg_new_wiki": (4000, 0.9),
    "neg_policyqa": (400, 0.9),
    "fever_dev_gold": (13200, 1.0),
    "feverous_dev": (3000, 1.0),
    "summedits": (4700, 1.0),
    "begin": (2500, 1.0),
    "q2_wow": (1100, 1.0),
    "factcheck_gpt_stance": (3100, 1.0),
    "nli_mnli": (12000, 1.0),
    "nli_snli": (2500, 1.0),
    "nli_scitail": (2200, 1.0),
    "nli_med": (1500, 1.0),
    "nli_conj_dev": (700, 1.0),
    "nli_conj_auto": (1500, 0.9),
}
_PART = {  # fewer, for an encoder that reads a tenth as fast
    "squad2_dev": 7000,
    "squad2_train_part": 5000,
    "unansq_dev": 4000,
    "unansq_train_sent": 2000,
    "squad11_dev_rest": 1500,
    "squad_train_paragraphs": 1500,
    "squadshifts_new_wiki": 4000,
    "squadshifts_reddit": 1500,
    "squadshifts_amazon": 1000,
    "qamr": 2500,
    "qed_dev": 1000,
    "fairytaleqa": 600,
    "quac_first_turn": 300,
    "boolq": 300,
    "selqa_sent": 600,
    "neg_new_wiki": 1200,
    "fever_dev_gold": 3600,
    "feverous_dev": 500,
    "summedits": 900,
    "begin": 300,
    "factcheck_gpt_stance": 600,
    "nli_mnli": 2600,
    "nli_snli": 400,
    "nli_scitail": 600,
    "nli_conj_dev": 500,
    "nli_conj_auto": 300,
}
_HELD_OUT_PERCENT = 4  # of the groups of each file


@dataclass(frozen=True, slots=True)
class Additions:
    """How many examples are made beside those of the files (`rag.training.features.extend`)."""

    near_misses: int
    easy_negatives: int
    hard_negatives: int
    news: int
    orders: int
    roles: int


@dataclass(frozen=True, slots=True)
class Mix:
    """The examples of a run: of each file how many and how far its labels can be relied on."""

    files: dict[str, tuple[int, float]]
    additions: Additions


MIXES = {
    "whole": Mix(_WHOLE, Additions(16_000, 4_000, 14_000, 11_000, 4_000, 6_000)),
    "part": Mix(
        {name: (count, _WHOLE[name][1]) for name, count in _PART.items()},
        Additions(8_000, 600, 4_500, 7_500, 800, 1_500),
    ),
}
_YES_OR_NO = ("boolq", "pubmedqa")  # their answers, "yes" and "no", are no words of the passage
_MOST_WORDS_OF_A_DOCUMENT = 150  # of a claim; a longer document would have to be cut


@dataclass(frozen=True, slots=True)
class Example:
    """One text pair with what the reader must say of it.

    `first` is a question or a claim, `passage` what is read. `answers` says whether the passage
    answers the question, None for claims. `spans` are character ranges in `passage`, all of them
    right; empty where the passage does not answer or no span is known (`span_known` tells which).
    `claim` is one of the four labels above, None for questions. `trust` is the probability that
    the label is right.
    """

    source: str
    group: str
    first: str
    passage: str
    answers: bool | None = None
    spans: tuple[tuple[int, int], ...] = ()
    span_known: bool = True
    claim: str | None = None
    trust: float = 1.0
    title: str = ""

    def with_prefix(self, prefix: str) -> Example:
        """The same example with `prefix` before the passage."""
        moved = tuple((start + len(prefix), end + len(prefix)) for start, end in self.spans)
        return replace(self, passage=prefix + self.passage, spans=moved)


def read_examples(
    folder: Path, rng: random.Random, share: float = 1.0, mix: str = "whole"
) -> Iterator[Example]:
    """The examples of a mix, drawn at random by `rng`: `share` (0 to 1) of each number.

    Raises:
        TrainingError: a file is missing, cannot be read, is not gzip, or has a malformed row.
    """
    check_folder(folder, mix)
    for name, (count, trust) in MIXES[mix].files.items():
        examples = list(_read_file(_path(folder, name), trust))
        rng.shuffle(examples)
        yield from examples[: max(1, int(count * share))]


def read_set(folder: Path, name: str) -> Iterator[Example]:
    """All examples of the file `name` of the whole mix.

    Raises:
        TrainingError: it is missing, cannot be read, is not gzip, or has a malformed row.
    """
    yield from _read_file(_path(folder, name), _WHOLE[name][1])


def check_folder(folder: Path, mix: str = "whole") -> str:
    """A fingerprint of the files of a mix in `folder`, by their names and sizes.

    Raises:
        TrainingError: the folder, or a file of it, is missing.
    """
    if not folder.is_dir():
        raise TrainingError(
            f"no folder {folder}: give the folder of the question and claim sets with --data"
        )
    files = MIXES[mix].files
    missing = [name for name in files if not _path(folder, name).is_file()]
    if missing:
        raise TrainingError(
            f"{folder} lacks {len(missing)} of {len(files)} files, {missing[0]}.jsonl.gz first: "
            "give the folder that holds them all with --data (docs/training.md lists them)"
        )
    sizes = [(name, _path(folder, name).stat().st_size) for name in files]
    return f"{zlib.crc32(repr(sizes).encode()):08x}"


def _path(folder: Path, name: str) -> Path:
    return folder / f"{name}.jsonl.gz"


def _read_file(path: Path, trust: float) -> Iterator[Example]:
    row = 0
    try:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                row += 1
                if example := parse_row(json.loads(line), trust):
                    yield example
    except (OSError, EOFError, zlib.error) as error:  # BadGzipFile is an OSError
        raise TrainingError(
            f"{path} cannot be read behind row {row} ({error}): fetch the file again"
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        place = f"row {row + isinstance(error, UnicodeDecodeError)}"
        reason = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        raise TrainingError(
            f"{place} of {path} is malformed ({reason}): repair it, or fetch the file again"
        ) from error


def is_held_out(example: Example) -> bool:
    """Whether the article of `example` is kept from training, the same in every run."""
    return zlib.crc32(example.group.encode()) % 100 < _HELD_OUT_PERCENT


def parse_row(row: dict[str, Any], trust: float) -> Example | None:
    """One row; None where its answer does not stand in its passage or the document is too long.

    Raises:
        KeyError: a field is missing.
        ValueError: a label is unknown.
    """
    return _parse_question(row, trust) if row["kind"] == "qa" else _parse_claim(row, trust)


def _parse_claim(row: dict[str, Any], trust: float) -> Example | None:
    source, group, passage, label = row["source"], row["group"], row["passage"], row["label"]
    if label not in CLAIM_LABELS:
        raise ValueError(f"the label of a claim is {label!r}")
    if len(passage.split()) > _MOST_WORDS_OF_A_DOCUMENT:
        return None
    return Example(source, group, row["claim"], passage, claim=label, trust=trust)


def _parse_question(row: dict[str, Any], trust: float) -> Example | None:
    source, group, passage, label = row["source"], row["group"], row["passage"], row["label"]
    if not isinstance(label, bool):
        raise ValueError(f"the label of a question is {label!r}")
    title = _title_of(group)
    example = Example(
        source, group, row["question"], passage, answers=label, trust=trust, title=title
    )
    if not label:
        return example
    answers = [] if source in _YES_OR_NO else row["answers"]
    if answers:
        spans = tuple(find_spans(passage, answers))
        return replace(example, spans=spans) if spans else None
    sentence = row.get("sentence")
    if sentence and sentence != passage and (start := passage.find(sentence)) >= 0:
        return replace(example, spans=((start, start + len(sentence)),), span_known=False)
    return replace(example, span_known=False)


def find_spans(passage: str, answers: list[str]) -> Iterator[tuple[int, int]]:
    """Where any of `answers` stands in `passage` as whole words, without regard to case.

    Character ranges, each once; full stops, commas and semicolons around an answer are ignored.
    """
    seen = set()
    for answer in answers:
        text = answer.strip().strip(".,;")
        if not text:
            continue
        pattern = rf"(?<!\w){re.escape(text)}(?!\w)"
        for match in re.finditer(pattern, passage, re.IGNORECASE):
            if match.span() not in seen:
                seen.add(match.span())
                yield match.span()


def _title_of(group: str) -> str:
    """The title of an encyclopedia article, "" where the group is a number or another thing."""
    kind, _, name = group.partition(":")
    if kind not in ("squad", "shifts", "nq", "selqa") or ":" in name or "Reviews" in name:
        return ""
    return name.replace("_", " ")
