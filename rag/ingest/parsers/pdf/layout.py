"""Runs of a page put in reading order: columns, lines, paragraphs, rows of tables.

    paragraphs_of(runs, known)   ->  `Paragraph`s of one page
    join_across(pages, known)    ->  those of all pages; one that is cut by a page end is one
    same_line(runs)              ->  the runs of each line, from the top

Columns are found by their gutter: a strip that no run of several lines crosses, with lines of prose
on both sides. Pure functions. Left to others: places of letters (`runs`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from rag.ingest.line_wraps import join_lines
from rag.ingest.markup.table_text import table_lines
from rag.ingest.normalize import normalize
from rag.ingest.parsers.pdf.runs import Run

_LEAST_LINES = 3  # of a column
_LEAST_LETTERS = 12  # of a line of a column, on average; less are cells of a table
_OVERLAP = 0.4  # of the height of the lower column: how far it stands beside the other
_GUTTER = 0.6  # of the size: the least width of a gutter
_WIDER = 1.4  # times the usual distance of lines from which a new paragraph begins
_SHORT = 0.8  # of the width of a column: a line that ends before is the last of its paragraph
_CELL_GAP = 1.5  # of the size, between two cells of a table
_LEAST_ROWS = 2  # of a table
_CAPTION_SIZE = 0.95  # of the size of the text, below which captions and notes are set
_CAPTIONS = 3  # between two parts of a paragraph
_NEAR = 12  # paragraphs whose type is that of the text
_ALIGNED = 0.6  # share of the lines of a column that begin at its edge
_MANY_LINES = 5  # of a column beside which a few lines are another one
_DROP_CAP = 1.7  # times the size of the other letters
_SENTENCE_END = re.compile(r"[.!?…:;][\"'”’»)\]]*$")
_EDGES, _PLACES = 20, 60  # of columns that are looked at, and gutters
_DEPTH = 12  # columns within columns


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph: its text on one line, the size of its letters, the number of its page.

    `breaks`: where in `text` a further page begins (characters), and its number.
    """

    text: str
    size: float
    page: int = 0
    is_row: bool = False
    breaks: tuple[tuple[int, int], ...] = ()


@dataclass(slots=True)
class _Line:
    text: str
    left: float
    right: float
    baseline: float
    size: float
    cells: list[Run]


def paragraphs_of(runs: Sequence[Run], known: frozenset[str]) -> list[Paragraph]:
    """The paragraphs of a page; `known` are compounds that are written with a hyphen."""
    paragraphs: list[Paragraph] = []
    for block in _columns(list(runs), 0):
        following = _over_captions(list(_paragraphs(block, known)), known)
        paragraphs = _joined(paragraphs, following, known)
    return paragraphs


def join_across(
    pages: Iterable[tuple[int, Sequence[Paragraph]]], known: frozenset[str]
) -> list[Paragraph]:
    """The paragraphs of all pages, each with its page; `pages` are their numbers and paragraphs."""
    whole: list[Paragraph] = []
    for number, paragraphs in pages:
        whole = _joined(whole, [replace(each, page=number) for each in paragraphs], known)
    return whole


def same_line(runs: Sequence[Run]) -> list[list[Run]]:
    """The runs of each line, lines from the top, runs from the left."""
    lines: list[list[Run]] = []
    for run in sorted(runs, key=lambda run: (-run.baseline, run.left)):
        above = lines[-1][0] if lines else None
        if above and abs(above.baseline - run.baseline) <= 0.35 * min(above.size, run.size):
            lines[-1].append(run)
        else:
            lines.append([run])
    return [sorted(line, key=lambda run: run.left) for line in lines]


def _joined(
    before: list[Paragraph], after: list[Paragraph], known: frozenset[str]
) -> list[Paragraph]:
    """`before` and `after`; a paragraph that goes on in the next column or page is one.

    Captions and notes between its parts, which are set smaller, come behind it.
    """
    at = _last_not_small(before)
    if at is None or not after:
        return before + after
    last = before[at]
    begun = next((n for n, each in enumerate(after[: _CAPTIONS + 1]) if not _small(each, last)), 0)
    first = after[begun]
    cut = not _SENTENCE_END.search(last.text) and (
        first.text[:1].islower() or last.text[-1] in "-,"
    )
    alike = abs(last.size - first.size) <= 0.1 * last.size and len(last.text) > 40
    if not (cut and alike) or last.is_row or first.is_row:
        return before + after
    text = join_lines([last.text, first.text], known)
    start = len(text) - len(first.text)
    turned = [(start, first.page)] if first.page != last.page else []
    breaks = (*last.breaks, *turned, *((start + place, page) for place, page in first.breaks))
    whole = replace(last, text=text, breaks=breaks)
    return [*before[:at], whole, *before[at + 1 :], *after[:begun], *after[begun + 1 :]]


def _last_not_small(paragraphs: Sequence[Paragraph]) -> int | None:
    """The number of the last paragraph that is none of the few captions or notes below the text.

    Those are smaller than what has most letters.
    """
    if not paragraphs:
        return None
    letters = Counter[float]()
    for each in paragraphs[-_NEAR:]:
        letters[each.size] += len(each.text)
    text = replace(paragraphs[-1], size=max(letters, key=lambda size: letters[size]))
    last = len(paragraphs) - 1
    near = range(last, max(-1, last - _CAPTIONS - 1), -1)
    return next((at for at in near if not _small(paragraphs[at], text)), last)


def _small(paragraph: Paragraph, text: Paragraph) -> bool:
    return paragraph.size < _CAPTION_SIZE * text.size and not paragraph.is_row


def _over_captions(paragraphs: Sequence[Paragraph], known: frozenset[str]) -> list[Paragraph]:
    """The paragraphs of a column; one that a caption cuts is one."""
    whole: list[Paragraph] = []
    for each in paragraphs:
        apart = not whole or not _small(whole[-1], each)
        whole = [*whole, each] if apart else _joined(whole, [each], known)
    return whole


# --- columns ------------------------------------------------------------------------------------


def _columns(runs: list[Run], depth: int) -> list[list[Run]]:
    """The runs of each column or part of a page, in reading order."""
    bands = _bands(runs) if depth < _DEPTH else ()
    # of as many lines the tallest: a gutter that a longer line crosses would cut a column off
    best = max(bands, key=lambda band: (band[0], band[2] - band[3]), default=None)
    if best is None:
        return [runs] if runs else []
    _, gutter, top, bottom = best
    above = [run for run in runs if run.baseline > top]
    below = [run for run in runs if run.baseline < bottom]
    band = [run for run in runs if bottom <= run.baseline <= top]
    left = [run for run in band if run.right <= gutter]
    right = [run for run in band if run.right > gutter]
    return [part for group in (above, left, right, below) for part in _columns(group, depth + 1)]


def _bands(runs: Sequence[Run]) -> Iterator[tuple[int, float, float, float]]:
    """Strips of a page with a gutter: (how many lines, where the gutter is, top, bottom)."""
    ordered = sorted(runs, key=lambda run: -run.baseline)
    for gutter in _gutters(runs):
        band: list[Run] = []
        for run in [*ordered, None]:
            if run is not None and not run.left < gutter < run.right:
                band.append(run)
                continue
            if lines := _columns_beside(band, gutter):
                yield lines, gutter, band[0].baseline, band[-1].baseline
            band = []


def _columns_beside(band: Sequence[Run], gutter: float) -> int:
    """How many lines the lower of two columns has; 0 where the strip has no two columns."""
    sides = (
        [run for run in band if run.right <= gutter],
        [run for run in band if run.left >= gutter],
    )
    if not all(sides):
        return 0
    lines = [same_line(side) for side in sides]
    letters = [
        sum(len(run.text) for run in side) / len(own)
        for side, own in zip(sides, lines, strict=True)
    ]
    counts = [len(own) for own in lines]
    if min(letters) < _LEAST_LETTERS:
        return 0
    tops = [max(run.baseline for run in side) for side in sides]
    ends = [min(run.baseline for run in side) for side in sides]
    beside = min(tops) - max(ends)
    if min(counts) >= _LEAST_LINES and beside >= _OVERLAP * min(
        tops[0] - ends[0], tops[1] - ends[1]
    ):
        return min(counts)
    return min(counts) if beside >= 0 and _is_short_column(sides, lines) else 0


def _is_short_column(sides: Sequence[Sequence[Run]], lines: Sequence[Sequence[list[Run]]]) -> bool:
    """Whether a few lines, as below a picture, stand beside a whole column.

    Both are flush left; a line or two only where they are set as a caption.
    """
    few, many = sorted(range(2), key=lambda side: len(lines[side]))
    if len(lines[many]) < _MANY_LINES or not all(map(_is_flush, lines)):
        return False
    if any(
        _CELL_GAP * a.size < b.left - a.right for line in lines[many] for a, b in pairwise(line)
    ):
        return False  # cells of a table
    sizes = [median(run.size for run in side) for side in sides]
    return len(lines[few]) >= _LEAST_LINES or sizes[few] < _CAPTION_SIZE * sizes[many]


def _is_flush(lines: Sequence[list[Run]]) -> bool:
    """Whether most lines of a column begin at its left edge."""
    edge = median(line[0].left for line in lines)
    flush = sum(abs(line[0].left - edge) <= line[0].size / 2 for line in lines)
    return flush >= _ALIGNED * len(lines)


def _gutters(runs: Sequence[Run]) -> list[int]:
    """Where gutters may be: between runs of one line, where few runs are, left of an edge."""
    if len(runs) < 2 * _LEAST_LINES:
        return []
    size = median(run.size for run in runs)
    places = {
        round((a.right + b.left) / 2)
        for line in same_line(runs)
        for a, b in pairwise(line)
        if b.left - a.right >= _GUTTER * size
    }
    width = max(run.right for run in runs) - min(run.left for run in runs)
    covered = sorted((run.left, run.right) for run in runs if run.right - run.left < 0.6 * width)
    reach = covered[0][1] if covered else 0.0
    for left, right in covered:
        if left - reach >= _GUTTER * size:
            places.add(round((left + reach) / 2))
        reach = max(reach, right)
    lefts = Counter(round(run.left) for run in runs)
    small = {round(run.left) for run in runs if run.size < _CAPTION_SIZE * size}
    edges = sorted(lefts, key=lambda left: -lefts[left])[:_EDGES]
    places |= {
        round(left - _GUTTER * size) for left in edges if lefts[left] > 1 or left in small
    } - {round(min(run.left for run in runs) - _GUTTER * size)}
    return sorted(places)[:_PLACES]


# --- paragraphs ---------------------------------------------------------------------------------


def _paragraphs(runs: Sequence[Run], known: frozenset[str]) -> Iterator[Paragraph]:
    lines = _lines(runs)
    if not lines:
        return
    left, right = min(line.left for line in lines), max(line.right for line in lines)
    steps = [a.baseline - b.baseline for a, b in pairwise(lines)]
    usual = median(steps) if steps else 0.0
    number, group = 0, list[_Line]()
    while number < len(lines):
        rows = _rows(lines[number:])
        if rows:
            yield from _close(group, known)
            group = []
            yield from _table(lines[number : number + rows])
            number += rows
            continue
        line = lines[number]
        if group and _begins(group[-1], line, usual, (left, right)):
            yield from _close(group, known)
            group = []
        group.append(line)
        number += 1
    yield from _close(group, known)


def _lines(runs: Sequence[Run]) -> list[_Line]:
    """The lines of a column; a drop cap begins the first line beside it."""
    if not runs:
        return []
    usual = median(run.size for run in runs)
    caps = [run for run in runs if len(run.text) <= 2 and run.text.isalpha()
            and run.size >= _DROP_CAP * usual]  # fmt: skip
    lines = [
        _Line(
            " ".join(run.text for run in line),
            line[0].left,
            line[-1].right,
            line[0].baseline,
            max(run.size for run in line),
            line,
        )
        for line in same_line([run for run in runs if run not in caps])
    ]
    for cap in caps:
        beside = [line for line in lines if line.left >= cap.right - cap.size / 4
                  and cap.baseline - usual <= line.baseline <= cap.baseline + cap.size]  # fmt: skip
        if beside:
            first = max(beside, key=lambda line: line.baseline)
            first.text, first.left = cap.text + first.text, cap.left
        else:
            lines.append(_Line(cap.text, cap.left, cap.right, cap.baseline, cap.size, [cap]))
    return sorted(lines, key=lambda line: -line.baseline)


def _begins(above: _Line, line: _Line, usual: float, edges: tuple[float, float]) -> bool:
    """Whether a new paragraph begins with `line`; `edges` are those of the column."""
    left, right = edges
    step = above.baseline - line.baseline
    if abs(above.size - line.size) > 0.12 * above.size:
        return True
    if usual and step > _WIDER * max(usual, 1.05 * line.size):
        return True
    ended = _SENTENCE_END.search(above.text) is not None
    if line.left > left + 0.8 * line.size and above.left <= left + 0.5 * line.size and ended:
        return True
    short = above.right < left + _SHORT * (right - left)
    runs_on = line.text[:1].islower() or above.text.endswith("-")
    return short and not runs_on and (ended or line.text[:1].isupper())


def _close(group: Sequence[_Line], known: frozenset[str]) -> Iterator[Paragraph]:
    if group:
        text = normalize(join_lines([line.text for line in group], known))
        if text:
            yield Paragraph(text, max(line.size for line in group))


# --- tables -------------------------------------------------------------------------------------


def _rows(lines: Sequence[_Line]) -> int:
    """How many lines, from the first on, are rows of a table."""
    count = 0
    for line in lines:
        gaps = pairwise(line.cells)
        if len(line.cells) < 2 or any(b.left - a.right < _CELL_GAP * a.size for a, b in gaps):
            break
        count += 1
    return count if count >= _LEAST_ROWS else 0


def _table(lines: Sequence[_Line]) -> Iterator[Paragraph]:
    """Rows whose cells are in the column that they stand in."""
    spans: list[list[float]] = []
    for left, right in sorted((cell.left, cell.right) for line in lines for cell in line.cells):
        if spans and left < spans[-1][1]:
            spans[-1][1] = max(spans[-1][1], right)
        else:
            spans.append([left, right])
    rows = []
    for line in lines:
        row = [""] * len(spans)
        for cell in line.cells:
            at = next(n for n, (left, right) in enumerate(spans) if left <= cell.left <= right)
            row[at] = f"{row[at]} {cell.text}".strip()
        rows.append(row)
    for text in table_lines(rows):
        yield Paragraph(normalize(text), lines[0].size, is_row=True)
