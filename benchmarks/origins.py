"""Origins: how often it is right from which report an article comes.

    python -m benchmarks.origins [--seed N] [--misses]

In:  100 invented reports of one event (`benchmarks.origin_reports`), 40 of them independent.
Out: the share of articles whose origin is right, by kind: an independent report is its own, a copy
     and a report that credits another have that one, and reports that credit an agency without a
     report are one, named by the agency.

Seed 1 is for tuning, others are not looked at. No model is needed.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from benchmarks.common import markdown_table
from benchmarks.near_copies import store
from benchmarks.origin_reports import Report, make_reports
from rag.index.copies.origins import Origins
from rag.index.document_writer import DocumentWriter
from rag.types import Origin


def origins_of(reports: Sequence[Report]) -> tuple[Origin, ...]:
    """The origins that an index of `reports` tells."""
    with tempfile.TemporaryDirectory() as folder:
        documents = DocumentWriter.create(Path(folder) / "documents.sqlite")
        articles = [each.article for each in reports]
        store(documents, articles)
        origins = Origins.of(documents).listed(each.id for each in articles)
        documents.close()
    return origins


def is_right(report: Report, origin: Origin) -> bool:
    """Whether `origin`, that of the report, is the one that it comes from."""
    if report.kind.startswith("credits an agency"):
        return origin.source == report.origin
    return origin.article == report.origin


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.origins", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    parser.add_argument("--misses", action="store_true", help="list the articles that are wrong")
    options = parser.parse_args()
    reports = make_reports(options.seed)
    origins = origins_of(reports)
    of_article = {id: origin for origin in origins for id in origin.articles}
    right: dict[str, list[bool]] = defaultdict(list)
    for each in reports:
        origin = of_article[each.article.id]
        right[each.kind].append(is_right(each, origin))
        if options.misses and not right[each.kind][-1]:
            instead = origin.source if origin.article == each.article.id else origin.article
            print(f"{each.kind}: {each.article.id} of {each.origin}, not {instead}")
            print(f"  {each.article.source}: {each.article.text!r}")
    every = [flag for flags in right.values() for flag in flags]
    rows = [[kind, str(len(f)), f"{sum(f) / len(f):.2f}"] for kind, f in sorted(right.items())]
    rows.append(["all", str(len(every)), f"{sum(every) / len(every):.2f}"])
    print(f"{len(reports)} articles, {len(origins)} origins (seed {options.seed})\n")
    print(markdown_table(["articles", "number", "origin right"], rows))


if __name__ == "__main__":
    main()
