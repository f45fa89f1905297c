"""Small files that are easily read wrongly, from beside the checkout: what is stored of each.

`expect.jsonl` there says what a careful person would have stored. To see what holds:

    python -m tests.ingest.test_shared_cases [FOLDER]
"""

from __future__ import annotations

import json
import re
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from rag.ingest.corpus import Corpus, SkippedFile
from rag.types import Article
from tests.conftest import SHARED

CASES = SHARED / "cases"
RECORD = ("title", "source", "author", "published")


def expectations(folder: Path) -> list[dict[str, Any]]:
    lines = (folder / "expect.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line.strip()]


def faults(folder: Path) -> dict[str, list[str]]:
    """What does not hold of each file of `folder/expect.jsonl`; nothing where all of it does."""
    cases = expectations(folder)
    with tempfile.TemporaryDirectory() as copy:
        for case in cases:
            target = Path(copy) / case["file"]
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(folder / case["file"], target)
        corpus = Corpus.open(Path(copy))
        items = list(corpus.scan({}))
    return {
        case["file"]: list(_faults(case, [item for name, item in items if name == case["file"]],
                                   corpus.names_not_read))
        for case in cases
    }  # fmt: skip


def _faults(
    case: Mapping[str, Any], items: list[Article | SkippedFile], not_read: Collection[str]
) -> Iterator[str]:
    articles = [item for item in items if isinstance(item, Article)]
    reasons = [item.reason for item in items if isinstance(item, SkippedFile)]
    if case.get("told"):
        if articles or not (reasons or case["file"] in not_read):
            yield f"{len(articles)} articles and not named"
        return
    if len(articles) != case.get("articles", 1):
        yield f"{len(articles)} articles {reasons}"
        return
    if articles:
        yield from _differences(case, articles)
    for wanted in case.get("each", ()):
        if all(list(_differences(wanted, [article])) for article in articles):
            nearest = min((list(_differences(wanted, [each])) for each in articles), key=len)
            yield f"no article has {nearest}"


def _differences(wanted: Mapping[str, Any], articles: list[Article]) -> Iterator[str]:
    text = "\n\n".join(article.text for article in articles)
    for field in set(RECORD) & wanted.keys():
        accepted = wanted[field] if isinstance(wanted[field], list) else [wanted[field]]
        for article in articles:
            value = getattr(article, field)
            if _comparable(field, value) not in [_comparable(field, each) for each in accepted]:
                yield f"{field} is {value!r}, not {wanted[field]!r}"
    for strings in wanted.get("contains", ()):
        choices = strings if isinstance(strings, list) else [strings]
        if not any(_holds(text, each) for each in choices):
            yield f"lacks {choices[0]!r}"
    yield from (f"holds {each!r}" for each in wanted.get("lacks", ()) if _holds(text, each))


def _holds(text: str, part: str) -> bool:
    """Whether `part` occurs; blanks and line ends count as one blank unless it has a line end."""
    return part in text if "\n" in part else " ".join(part.split()) in " ".join(text.split())


def _comparable(field: str, value: str | None) -> str | None:
    if value is None or field == "published":
        return value
    value = " ".join(value.casefold().split())
    value = value.removeprefix("the ") if field == "source" else value
    return re.sub(r",? and |, ?| & ", "; ", value) if field == "author" else value


@pytest.mark.skipif(not CASES.is_dir(), reason="../shared/cases is not beside this checkout")
def test_files_are_stored_as_a_careful_person_would_have_it() -> None:
    assert {file: each for file, each in faults(CASES).items() if each} == {}


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else CASES
    results = faults(folder)
    right, total = Counter[str](), Counter[str]()
    for file, differences in results.items():
        kind = file.partition("/")[0]
        total[kind] += 1
        right[kind] += not differences
        if differences:
            print(file, *differences, sep="\n    ")
    for kind, count in total.items():
        print(f"{kind}: {right[kind]} of {count}")
    print(f"{right.total()} of {total.total()} hold")


if __name__ == "__main__":
    main()
