"""The components of the page as values, for the event functions that return new values for them.

In:  Gradio components, once the modules of this package have laid them out.
Out: frozen values. An event function returns `{parts.hint: …, parts.status: …}`; an output of the
     event that is not in the dictionary stays as it is. Gradio takes an empty dictionary for a
     value: a function that changes nothing returns `gr.skip()`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.blocks import Block

from rag.web.layout.filter_fields import FilterFields

Update = dict[Any, Any]  # component: its new value


@dataclass(frozen=True, slots=True)
class ChatComponents:
    """The Ask tab, the sources beside it, and the line above them."""

    history: gr.State  # `ChatHistory`
    ticket: gr.State  # int; a new value starts the answer to the last question
    conversation_id: gr.Textbox  # hidden; "" while nothing of the conversation is stored
    chat: gr.Chatbot
    sources: gr.HTML
    question: gr.Textbox
    ask: gr.Button
    stop: gr.Button
    hint: gr.HTML
    filters: FilterFields
    max_wrong: gr.Dropdown  # float: the share of the answers shown that may be wrong
    status: gr.HTML
    clock: gr.Timer

    @property
    def conversation(self) -> list[Block]:
        """Everything that shows the conversation or may ask the next question."""
        return [
            self.history,
            self.chat,
            self.sources,
            self.question,
            self.ask,
            self.stop,
            self.conversation_id,
            self.hint,
        ]

    @property
    def startup(self) -> list[Block]:
        """What changes while index and models are loaded, and once they are."""
        return [self.status, self.clock, self.question, self.ask, self.chat, self.filters.outlets]


@dataclass(frozen=True, slots=True)
class PromiseComponents:
    """How many of the answers shown may be wrong."""

    max_wrong: gr.Dropdown  # that of `ChatComponents`
    note: gr.HTML  # what is promised for it
    stored: gr.BrowserState  # the share that was chosen in this browser; None: none yet


@dataclass(frozen=True, slots=True)
class DraftComponents:
    """A text of the user's, and what the articles say of it."""

    text: gr.Textbox
    check: gr.Button
    stop: gr.Button
    save: gr.Button
    result: gr.HTML
    checked: gr.State  # `CheckResult`; None while there is no whole one
    file: gr.JSON  # hidden; the browser saves each new value as a file

    @property
    def outcome(self) -> list[Block]:
        """What changes while a text is checked."""
        return [self.result, self.checked, self.check, self.stop, self.save]


@dataclass(frozen=True, slots=True)
class AlertComponents:
    """The Alerts tab."""

    question: gr.Textbox
    hint: gr.HTML
    alerts: gr.HTML
    clock: gr.Timer

    @property
    def listing(self) -> list[Block]:
        """What changes while alerts are asked again."""
        return [self.alerts, self.clock]


@dataclass(frozen=True, slots=True)
class ArticleComponents:
    """The list of articles."""

    query: gr.Textbox
    find: gr.Button
    articles: gr.HTML
    length: gr.State  # int: how many articles the list may show
    more: gr.Button

    @property
    def listing(self) -> list[Block]:
        """What a search of the list changes."""
        return [self.articles, self.length, self.more]


@dataclass(frozen=True, slots=True)
class CorpusComponents:
    """Adding and removing articles; laid out only where `RAG_UPLOAD` allows it."""

    files: gr.File
    update: gr.HTML
    reindex: gr.Button
    clock: gr.Timer
    runs: gr.State  # int: finished index updates; each new value redraws the list of articles
    status: gr.HTML

    @property
    def progress(self) -> list[Block]:
        """What changes while the index is updated."""
        return [self.update, self.clock, self.runs, self.status]


@dataclass(frozen=True, slots=True)
class HistoryComponents:
    """The stored conversations, and the note on an answer that was rated."""

    tabs: gr.Tabs
    conversations: gr.HTML
    switch: gr.Checkbox
    export: gr.JSON  # hidden; the browser saves each new value as a file
    note_row: gr.Row
    note: gr.Textbox
    note_target: gr.State  # (key of the turn, `Feedback` or None)

    @property
    def listing(self) -> list[Block]:
        """What changes when the list is drawn again."""
        return [self.conversations, self.switch]


@dataclass(frozen=True, slots=True)
class EvaluationComponents:
    """The Evaluate tab."""

    question_set: gr.Dropdown
    run: gr.Button
    stop: gr.Button
    report: gr.HTML
    clock: gr.Timer

    @property
    def progress(self) -> list[Block]:
        """What changes while a question set is run."""
        return [self.report, self.run, self.stop, self.clock]
