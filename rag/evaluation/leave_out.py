"""Unanswerable questions of a real set: half of the articles that answer are left out.

In:  a dump of articles and the question set that was written for it.
Out: a folder with `articles.jsonl`, without half of the articles that hold an answer, and
     `questions.jsonl`, the questions on those, which are not answerable now. As a command:
     `python -m rag.evaluation.leave_out ARTICLES QUESTIONS OUT`.
Left to others: asking them (`rag eval`).

Which articles are left out is decided by SHA-256 of their ids, the same in every run. Questions
whose articles are all left are dropped: they are those of the set itself, and an answer that is
counted twice would make a promise look better supported than it is. So are questions of which only
some articles are left, which may be answered in part, and those for the latest state of a matter,
which the articles that are left answer by an older one.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

Record = dict[str, Any]

_ANSWERED_BY_OLDER = ("latest",)  # kinds of question


def is_left_out(article: str) -> bool:
    """Whether the article of this id is among the half that is left out."""
    return hashlib.sha256(f"left out {article}".encode()).digest()[0] % 2 == 0


def without_articles(questions: Iterable[Record]) -> Iterator[Record]:
    """The questions as they are once the articles of `is_left_out` are gone."""
    for question in questions:
        articles = question.get("articles", question.get("article")) or []
        articles = [articles] if isinstance(articles, str) else articles
        gone = [is_left_out(each) for each in articles]
        answerable = question.get("answerable") is not False
        if answerable and gone and all(gone) and question.get("kind") not in _ANSWERED_BY_OLDER:
            names = ("answers", "parts", "all", "articles", "article")
            rest = {name: value for name, value in question.items() if name not in names}
            yield rest | {"answerable": False}


def write_set(articles: Path, questions: Path, out: Path) -> tuple[int, int]:
    """Write the set without half of its articles; numbers of articles and questions in it."""
    left = [row for row in _read(articles) if not is_left_out(str(row["id"]))]
    remaining = list(without_articles(_read(questions)))
    out.mkdir(parents=True, exist_ok=True)
    _write(out / "articles.jsonl", left)
    _write(out / "questions.jsonl", remaining)
    return len(left), len(remaining)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns its exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m rag.evaluation.leave_out",
        description="Write a question set without half of the articles that answer it.",
    )
    for name, text in (
        ("articles", "dump of articles (.jsonl)"),
        ("questions", "question set (.jsonl)"),
        ("out", "folder to write"),
    ):
        parser.add_argument(name, type=Path, help=text)
    given = parser.parse_args(arguments)
    try:
        left, count = write_set(given.articles, given.questions, given.out)
    except (OSError, ValueError, KeyError) as error:
        sys.stderr.write(f"rag: no set written ({error}): name a dump whose rows have an id\n")
        return 1
    sys.stdout.write(f"{left} articles and {count} questions in {given.out}\n")
    return 0


def _read(path: Path) -> list[Record]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line.strip()]


def _write(path: Path, rows: Iterable[Record]) -> None:
    path.write_text(
        "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8"
    )


if __name__ == "__main__":
    sys.exit(main())
