"""The choice of how many of the answers shown may be wrong, in words.

In:  the share of the settings; what is promised for the share that was chosen.
Out: the choices of a list, as (label, share); the line below it, as HTML
     (`templates/promise.html`).
Left to others: what is promised (`rag.grounding.confidence_text`).
"""

from __future__ import annotations

from rag.grounding.confidence_text import share_in_words
from rag.web.views.templates import render

SHARES = (0.01, 0.05, 0.10, 0.20, 1.0)


def share_choices(initial: float) -> list[tuple[str, float]]:
    """`SHARES` and the share `initial`, strictest first, each with its label."""
    return [(_label(share), share) for share in sorted({*SHARES, initial})]


def render_promise(text: str) -> str:
    """The line that says what is promised; empty for no text."""
    return render("promise.html", text=text) if text else ""


def _label(share: float) -> str:
    if share >= 1.0:
        return "Answers: show everything"
    return f"Aim: at most {share_in_words(share)} wrong"
