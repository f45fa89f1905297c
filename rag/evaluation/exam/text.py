"""The result of an exam as lines for a terminal.

In:  an `ExamResult`. Out: text: counts, each fault with what was expected, what to make of it.
"""

from __future__ import annotations

from collections.abc import Iterator

from rag.evaluation.exam.run import ExamResult, Fault

__all__ = ["render_exam"]

_HEADINGS = {
    ("wrong", False): "answered wrongly (near misses, which no article answers):",
    ("wrong", True): "wrong shown:",
    ("refused", True): "refused, though an article says it:",
}


def render_exam(result: ExamResult) -> str:
    """The counts, the faults and the remark."""
    yes, no = result.answerable, result.near_misses
    count = sum(yes.values()) + sum(no.values())
    lines = [
        f"exam of {count} questions from {result.articles} articles (seed {result.seed}), "
        "made by machine",
        f"answerable      {sum(yes.values()):>4}   right {yes['right']}, "
        f"wrong shown {yes['wrong']}, refused {yes['refused']}",
        f"near misses     {sum(no.values()):>4}   refused rightly {no['refused']}, "
        f"answered wrongly {no['answered']}",
    ]
    for (outcome, answerable), heading in _HEADINGS.items():
        faults = [
            each
            for each in result.faults
            if each.outcome == outcome and bool(each.expected) == answerable
        ]
        if faults:
            lines += ["", heading, *(line for each in faults for line in _fault(each))]
    return "\n".join([*lines, "", result.remark])


def _fault(fault: Fault) -> Iterator[str]:
    yield f"  {fault.id}  {fault.question}"
    if fault.expected:
        yield f"            expected: {fault.expected[0]}"
    if fault.outcome == "wrong":
        yield f"            answer: {' '.join(fault.answer.split())}"
