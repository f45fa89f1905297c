"""The fixed texts of the page. Those with markup are HTML, all others plain text."""

from __future__ import annotations

from rag.web.views.escape import strip_invisible

TITLE = "<h1>Footnoted</h1><p>Every sentence of an answer names the passage it rests on.</p>"
WELCOME = "Ask about the articles, or begin with one of these:"
ASK = "Ask about the articles…"
SOON = "Ready in a moment…"
COLLECTION = "Collection"
FILTERS = "Only some dates or outlets"
PROMISE = "How many of the answers shown may be wrong"
DATE = "2024-06-12, 2024-06 or 2024"
FIND = "Words of a headline, an outlet or a text…"
NO_UPLOAD = (
    '<p class="lead">To add and remove articles here, start the chat with '
    "<code>rag serve --upload</code>.</p>"
)
NOT_EDITABLE = "records are corrected here where the chat was started with `rag serve --upload`"
CHOOSE = '<p class="lead">Choose an article to read it here.</p>'
HISTORY_SWITCH = "Store my conversations on this machine"
NOTE_UP = "What was good about it? (a note, if you like)"
NOTE_DOWN = "What was wrong with it? (a note, if you like)"
NOTE_SAVED = '<p role="status" class="success">Your note is saved.</p>'
NOT_READY = "Not ready yet: one moment."
BUSY = "Too many questions are waiting: ask again in a minute."
BROKEN = "something went wrong on this machine: ask again, or type `rag doctor` to find out why"


def filter_label(description: str) -> str:
    """The label of the fold that holds the filters; `description`: what they are set to."""
    return f"Only {strip_invisible(description)}" if description else FILTERS
