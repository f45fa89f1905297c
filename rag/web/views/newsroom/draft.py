"""A text of the user's beside the articles, sentence by sentence, as HTML (`templates/draft.html`).

In:  a `CheckResult`, whole or not yet. Out: HTML: each sentence with its verdict and what differs,
     beside it the passages that it cites; an article is a button that opens it at the passage.
Left to others: the sentences in pieces (`rag.export.checked_draft`), the words
(`rag.newsroom.drafts.wording`).
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from rag.export.checked_draft import DraftPassage, draft_passages
from rag.newsroom.drafts.result import CheckResult
from rag.newsroom.drafts.wording import summary_in_words
from rag.web.views.escape import clean, quantity
from rag.web.views.newsroom.source_card import SourceCard, source_card
from rag.web.views.templates import render

LEAD = (
    '<p class="lead">Paste a text of your own, or choose a file: each sentence is set beside the '
    "articles. No language model takes part.</p>"
)
FILE_FIELD = (
    '<label>A txt, md or docx file <input type="file" accept=".txt,.text,.md,.markdown,.docx">'
    "</label>"
)
WAITING = "Another question is being answered. Your text comes next…"
_LONGEST_REST = 2_000  # characters of what is not checked yet

CheckState = Literal["running", "stopped", "done"]


class _Row(NamedTuple):
    passage: DraftPassage
    cards: list[SourceCard]


def render_draft(result: CheckResult, state: CheckState = "done") -> str:
    """The text as far as it is checked, and in grey how it goes on."""
    *passages, rest = draft_passages(result)
    rows = [
        _Row(passage, [source_card(each) for each in sentence.citations])
        for passage, sentence in zip(passages, result.sentences, strict=True)
    ]
    end = result.sentences[-1].end if result.sentences else 0
    return render(
        "draft.html",
        state=state,
        summary=_summary(result, state),
        share=f"{end / len(result.text):.3f}",
        rows=rows,
        rest=clean(rest.gap).strip()[:_LONGEST_REST],
    )


def _summary(result: CheckResult, state: CheckState) -> str:
    if state == "done":
        return summary_in_words(result)
    count = quantity(len(result.sentences), "sentence")
    return f"Checking… {count} so far." if state == "running" else f"Stopped after {count}."
