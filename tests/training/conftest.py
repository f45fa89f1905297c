"""A data folder of two rows a file, and a tokenizer whose tokens are words."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest

from rag.training.examples import MIXES, Example, is_held_out


class WordTokenizer:
    """Tokens are words and marks; the id of a token is 10 plus the number of its letters."""

    cls_token_id, sep_token_id = 1, 2
    separators = 1  # between question and passage

    def num_special_tokens_to_add(self, *, pair: bool) -> int:
        return 2 + self.separators if pair else 2

    def __call__(self, texts: list[str], **_: Any) -> dict[str, Any]:
        matches = [list(re.finditer(r"\w+|[^\w\s]", text)) for text in texts]
        return {
            "input_ids": [[10 + len(m[0]) for m in each] for each in matches],
            "offset_mapping": [[m.span() for m in each] for each in matches],
        }


def question_row(number: int, **changes: Any) -> dict[str, Any]:
    place = ("Tarn", "Sund", "Holm", "Vik")[number % 4]
    row = {
        "kind": "qa",
        "source": "squad2_dev",
        "group": f"squad:Port_{number}",
        "question": f"Who opened the port of {place} in 19{10 + number}?",
        "passage": f"The port of {place} was opened by Lena Holt in 19{10 + number}. It is deep. "
        "Ships of Marek Dal call there.",
        "answers": ["Lena Holt"],
        "label": True,
    }
    return row | changes


def claim_row(number: int, label: str) -> dict[str, Any]:
    return {
        "kind": "claim",
        "source": "fever_dev_gold",
        "group": f"claim:{number}",
        "claim": f"The port has {number} cranes.",
        "passage": "The port has 3 cranes.",
        "label": label,
    }


def write_rows(path: Path, rows: list[dict[str, Any]]) -> None:
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the whole mix: a question and a claim, of held-out groups in every third."""
    folder = tmp_path_factory.mktemp("data")
    groups = [f"squad:Port_{n}" for n in range(2000)]
    held_out = iter([each for each in groups if is_held_out(Example("", each, "", ""))])
    for n, name in enumerate(MIXES["whole"].files):
        question, claim = question_row(n), claim_row(n, "supported" if n % 2 else "refuted")
        if n % 2:
            question |= {"label": False, "answers": []}
        if n % 3 == 0:
            question["group"] = claim["group"] = next(held_out)
        write_rows(folder / f"{name}.jsonl.gz", [question, claim])
    return folder
