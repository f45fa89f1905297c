"""A conversation as messages of Gradio's chat, in Markdown. Pure functions.

In:  chat turns (`rag.web.services.chat_session`).
Out: messages whose only live mark-up is ours: links to the cards of the sources and a few spans.

Written by hand and not from templates, because it is Markdown: `rag.web.views.escape` says why that
needs an escaping of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import shorten
from typing import Any

from rag.conversations.models import ChatTurn
from rag.grounding.confidence_text import confidence_in_words
from rag.grounding.rendering import quote_in_words
from rag.text.citation_marks import split_at_citations
from rag.types import Answer, Citation, Timings
from rag.web.views.escape import (
    clean,
    escape_markdown,
    escape_markdown_inline,
    quantity,
    strip_invisible,
)

NEAREST = 3  # articles that an abstention names
SUGGESTIONS = 2  # example questions that it offers
_LIST_LINK = '<a class="list" href="#articles">The list of articles</a>\n\n'
SHOW_NEAREST = "Show the nearest passages anyway"
WITHOUT_FILTERS = "Ask without the filters"
_NOT_STATED = "Read the nearest passages, or ask more precisely about what they say."
_NOT_IN_CORPUS = "Try other words, such as the names that the articles use."
_OUTSIDE_FILTER = "Outside the filters there are passages about it."


def render_messages(
    history: Sequence[ChatTurn], examples: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """The conversation as Gradio's chat takes it; an abstention at its end offers questions."""
    messages: list[dict[str, Any]] = []
    for number, turn in enumerate(history, 1):
        messages.append({"role": "user", "content": _question(turn)})
        messages.append({"role": "assistant", "content": _reply(turn, number)})
    offers = _offers(history, examples)
    if offers:
        messages[-1]["options"] = [
            {"value": offer, "label": strip_invisible(offer)} for offer in offers
        ]
    return messages


def answer_text(answer: Answer, number: int) -> str:
    """The checked answer of turn `number`, each `[n]` a link to its card `c{number}-{n}`."""
    citations = {citation.number: citation for citation in answer.citations}
    text = ""
    for piece, cited in split_at_citations(answer.text, citations):
        text += escape_markdown_inline(piece)
        text += _link(citations[cited], number) if cited else ""
    return text.strip()


def quotation(turn: ChatTurn, number: int) -> str:
    """The sentence that was judged to answer turn `number`, the words that answer marked.

    Its link leads to the passage that it is from.
    """
    best = turn.evidence[0]
    start, end = best.answer_start - best.start, best.answer_end - best.start
    before, answer, after = (
        escape_markdown_inline(part)
        for part in (best.text[:start], best.text[start:end], best.text[end:])
    )
    position = next(
        (
            n
            for n, hit in enumerate(turn.hits, 1)
            if hit.passage.article == best.article
            and hit.passage.start <= best.start < hit.passage.end
        ),
        1,
    )
    link = f'<a class="cite" href="#{passage_key(number, position)}">&#91;1&#93;</a>'
    return f"“{before}<mark>{answer}</mark>{after}”\N{NO-BREAK SPACE}{link}"


def card_id(turn: int, number: int) -> str:
    """The id by which citation `number` of the `turn`th answer finds its card."""
    return f"c{turn}-{number}"


def passage_key(turn: int, number: int) -> str:
    """The key by which a link names the `number`th passage of the `turn`th question."""
    return f"p{turn}-{number}"


def timing(timings: Timings) -> str:
    """The discreet line under an answer, in seconds."""
    if timings.first_token is None:
        return f"{timings.total:.1f} s"
    return f"first word {timings.first_token:.1f} s · whole answer {timings.total:.1f} s"


def _question(turn: ChatTurn) -> str:
    question = escape_markdown(turn.question) or "&#8203;"
    filters = turn.filters.describe()
    parts = [_span("fine", f"Only {filters}")] if filters else []
    if not turn.under_way:
        title = escape_markdown(" ".join(turn.question.split()))  # page.js takes it from here
        parts.append(f'<a class="edit" href="#question" title="{title}">Edit</a>')
    return f"{question}\n\n{' &#183; '.join(parts)}" if parts else question


def _offers(history: Sequence[ChatTurn], examples: Sequence[str]) -> list[str]:
    last = history[-1] if history else None
    if last is None or last.answer is None or not last.answer.abstained:
        return []
    if (
        last.filters.describe() and last.answer.reason != "not_in_corpus"
    ):  # else it would be in vain
        return [WITHOUT_FILTERS]
    questions = {turn.question for turn in history}
    return [example for example in examples if example not in questions][:SUGGESTIONS]


def _reply(turn: ChatTurn, number: int) -> str:
    draft = f"{_span('draft', turn.draft)}\n\n" if strip_invisible(turn.draft) else ""
    match turn.stage:
        case "waiting":
            reply = _span("wait", "Another question is being answered. Yours comes next…")
        case "searching":
            reply = _span("wait", "Searching the articles…")
        case "reading":
            reply = _span("wait", f"Reading {quantity(len(turn.hits), 'passage')}…")
        case "writing" if turn.evidence:
            note = "The article’s own words. The language model is asked for a second opinion…"
            reply = f"{quotation(turn, number)}\n\n{_span('fine', note)}"
        case "writing":
            note = "Draft. It is checked against the passages once it is complete."
            reply = draft + _span("fine", note)
        case "stopped" | "interrupted":
            reply = draft + _span("fine", "Stopped. Nothing here was checked against the articles.")
        case "done" if turn.answer is not None and turn.answer.abstained:
            reply = f"{_abstention(turn, turn.answer, number)}\n\n{_fine_print(turn.answer)}"
        case "done" if turn.answer is not None:
            text = answer_text(turn.answer, number)
            link = _LIST_LINK if turn.answer.question_type == "collection" else ""
            fine_print = f"{link}{_fine_print(turn.answer)}"
            reply = f"{text}\n\n{fine_print}{_unsupported(turn.answer)}"
        case _:
            reply = _span("fault", turn.fault)
    return reply


def _abstention(turn: ChatTurn, answer: Answer, number: int) -> str:
    """Why there is no answer, the nearest articles, and what else there is to do.

    The nearest passages can be read on the spot, in a fold that is closed at first.
    """
    advice = {"outside_filter": _OUTSIDE_FILTER, "not_in_corpus": _NOT_IN_CORPUS}
    failed = [each.text for each in answer.notes if each.kind == "constraint"]
    parts = [answer.text, *failed, advice.get(answer.reason or "", _NOT_STATED)]
    parts = [escape_markdown(part) for part in parts]
    links: dict[str, str] = {}  # the nearest passage of each article, nearest first
    passages: dict[str, str] = {}
    for position, hit in enumerate(turn.hits, 1):
        article = turn.articles.get(hit.passage.article)
        if article is not None and article.id not in links:
            title = shorten(strip_invisible(article.title), 90, placeholder=" …")
            title = escape_markdown(title) or "Untitled"
            key = passage_key(number, position)
            links[article.id] = f'<a class="open" href="#{key}">{title}</a>'
            text = escape_markdown_inline(" ".join(hit.passage.text.split()))
            passages[article.id] = f"{title}<br>“{text}”"
    if links:
        nearest = list(links)[:NEAREST]
        lines = "<br>".join(links[each] for each in nearest)
        rows = "<br><br>".join(passages[each] for each in nearest)
        parts.append(f"{_span('fine', 'Nearest to the question:')}<br>{lines}")
        parts.append(f'<details class="nearest"><summary>{SHOW_NEAREST}</summary>{rows}</details>')
    return "\n\n".join(parts)


def _fine_print(answer: Answer) -> str:
    """How sure the answer is, its notes and its timing, each on a line of its own.

    The notes that belong to an abstention stand with it.
    """
    notes = " ".join(each.text for each in answer.notes if each.kind != "constraint")
    lines = (confidence_in_words(answer), notes, timing(answer.timings))
    return "<br>".join(_span("fine", line) for line in lines if line)


def _unsupported(answer: Answer) -> str:
    """The sentences of the draft that the answer leaves out, folded away and struck through."""
    sentences = [
        sentence.text
        for sentence in answer.sentences
        if not sentence.supported and sentence.text.strip() not in answer.text
    ]
    if not sentences:
        return ""
    were, them = ("was", "it") if len(sentences) == 1 else ("were", "them")
    count = quantity(len(sentences), "sentence")
    summary = f"{count} of the draft {were} left out: no passage supports {them}"
    rows = "<br>".join(
        f"<s>{escape_markdown_inline(' '.join(sentence.split()))}</s>" for sentence in sentences
    )
    summary = f"<summary>{escape_markdown(summary)}</summary>"
    return f'\n\n<details class="unsupported">{summary}{rows}</details>'


def _link(citation: Citation, turn: int) -> str:
    words = quote_in_words(citation) if citation.field else citation.quote
    quote = escape_markdown(shorten(clean(words), 400, placeholder=" …"))
    target = card_id(turn, citation.number)
    return (
        f'\N{NO-BREAK SPACE}<a class="cite" href="#{target}" title="{quote}">'
        f"&#91;{citation.number}&#93;</a>"
    )


def _span(kind: str, text: str) -> str:
    return f'<span class="{kind}">{escape_markdown(text)}</span>'
