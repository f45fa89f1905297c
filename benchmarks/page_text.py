"""What is read of news pages that are saved whole: the words of the article, and clutter.

    python -m benchmarks.page_text [--held-out] [--folder FOLDER] [--show THEME]

In:  invented articles in page themes from npm (`benchmarks.page_themes`), which are fetched once.
Out: for our parser and for trafilatura alone: the share of the article's words that are kept, the
     share of the clutter's words that are let in, and the share of the stored text that is clutter.

Words are compared in order (longest common subsequence), so a word of the article that occurs in a
menu is not counted twice. The headline, which the record holds, is neither.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import fmean

import trafilatura
from lxml import html
from rapidfuzz.distance import LCSseq

from benchmarks.common import markdown_table
from benchmarks.page_themes import Page, build_pages
from rag.ingest.parsers.html import parse
from rag.text.folding import fold


def ours(page: Page) -> str:
    """The text that is stored of a page."""
    return parse(page.html.encode()).text


def trafilatura_alone(page: Page) -> str:
    """The text that trafilatura extracts by itself, without comments."""
    return trafilatura.extract(page.html, include_comments=False) or ""


def scores(page: Page, text: str) -> tuple[float, float, float]:
    """Shares: of the article's words kept, of the clutter's let in, of `text` that is clutter."""
    article, stored = fold(page.text).split(), fold(_without_title(text, page.title)).split()
    common = int(LCSseq.similarity(article, stored))
    visible = len(fold(visible_text(page.html)).split())
    clutter = max(1, visible - len(article))
    extra = len(stored) - common
    return common / len(article), min(1.0, extra / clutter), extra / max(1, len(stored))


def visible_text(page: str) -> str:
    """All words of a page but those of scripts and styles."""
    tree = html.fromstring(page)
    for element in list(tree.iter("script", "style", "template", "noscript", "title")):
        element.drop_tree()
    return " ".join(piece for piece in tree.itertext() if piece.strip())


def _without_title(text: str, title: str) -> str:
    lines = text.split("\n")
    return "\n".join(each for each in lines if fold(each) != fold(title))


def extra_lines(page: Page, text: str) -> list[str]:
    """The lines of `text` with words that the article does not have."""
    own = Counter(fold(page.text).split())
    whole = fold(page.text)
    return [
        line
        for line in _without_title(text, page.title).split("\n")
        if line.strip() and fold(line) not in whole and Counter(fold(line).split()) - own
    ]


def missing_lines(page: Page, text: str) -> list[str]:
    """The paragraphs of the article that `text` does not have."""
    stored = fold(text)
    return [line for line in re.split(r"\n+", page.text) if fold(line) not in stored]


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.page_text", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--held-out", action="store_true", help="the themes that are held out")
    parser.add_argument("--folder", type=Path, default=Path(".rag/page_themes"))
    parser.add_argument(
        "--show", metavar="THEME", help="what is wrong on the pages of a theme; all"
    )
    options = parser.parse_args()
    pages = build_pages(options.folder, held_out=options.held_out)
    readers: dict[str, Callable[[Page], str]] = {
        "ours": ours, "trafilatura alone": trafilatura_alone,
    }  # fmt: skip
    rows: list[Sequence[object]] = []
    for name, read in readers.items():
        texts = [read(page) for page in pages]
        each = [scores(page, text) for page, text in zip(pages, texts, strict=True)]
        rows.append([name, *(f"{fmean(values):.3f}" for values in zip(*each, strict=True))])
        for theme in dict.fromkeys(page.theme for page in pages):
            own = [s for page, s in zip(pages, each, strict=True) if page.theme == theme]
            rows.append([f"… {theme}", *(f"{fmean(v):.3f}" for v in zip(*own, strict=True))])
        if options.show and name == "ours":
            for page, text in zip(pages, texts, strict=True):
                if options.show in (page.theme, "all"):
                    print(f"== {page.theme} {page.id}")
                    print("\n".join(f"+ {line[:150]}" for line in extra_lines(page, text)))
                    print("\n".join(f"- {line[:150]}" for line in missing_lines(page, text)))
    themes = len({page.theme for page in pages})
    print(f"{len(pages)} pages in {themes} themes\n")
    head = ["", "words of the article kept", "words of clutter let in", "of the text: clutter"]
    print(markdown_table(head, rows))


if __name__ == "__main__":
    main()
