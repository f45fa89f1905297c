"""Text that cannot act, and a conversation as messages of Gradio's chat. Pure functions.

In:  exchanges (`rag.web.services.chat_session`); text of articles, of the model and of the person asking.
Out: Markdown in which the only live marks are ours: links to the cards and a few spans.

Gradio's chat renders Markdown and HTML. Every ASCII punctuation character of foreign text is
therefore written as a numeric entity, so that no mark-up of either kind can begin in it.
"""

from __future__ import annotations

import html
import re
import string
from collections.abc import Sequence
from textwrap import shorten
from typing import Any

from rag.types import Answer, Citation, Timings
from rag.web.services.chat_session import ChatTurn

NEAREST = 3  # articles that a refusal names
OFFERS = 2  # example questions that it offers
_READ = "Read the nearest passages, or ask more exactly for what they tell."
_REWORD = "Try other words, such as the names that the articles use."
_ELSEWHERE = "Beyond the filters there are passages about it."
WITHOUT = "Ask without the filters"
_NEWLINES = "\n\r\u2028\u2029"
_INERT = str.maketrans({mark: f"&#{ord(mark)};" for mark in string.punctuation} | {"\n": "<br>"})
_MARKER = re.compile(r"\s*\[(\d{1,4})\]")


def cleaned(text: str) -> str:
    """`text` without control, direction and zero-width characters; runs of spaces are one."""
    kept = "".join(
        each if each.isprintable() else _instead(each) for each in text.replace("\r\n", "\n")
    )
    kept = re.sub(r"[^\S\n]+", " ", kept)
    return re.sub(r" ?\n[ \n]*", lambda m: "\n" * min(2, m[0].count("\n")), kept)


def strip_invisible(text: str) -> str:
    """What a person gets to see of foreign `text`."""
    return cleaned(text).strip()


def escape_markdown(text: str) -> str:
    """Foreign `text` for Gradio's Markdown: shown as it is, neither mark-up nor HTML nor LaTeX."""
    return strip_invisible(text).translate(_INERT)


def escape_html(text: str) -> str:
    """Foreign `text` for HTML that is not read as Markdown; edges are kept."""
    return html.escape(cleaned(text))


def messages(talk: Sequence[ChatTurn], examples: Sequence[str] = ()) -> list[dict[str, Any]]:
    """The conversation as Gradio's chat wants it; a refusal that stands last makes offers."""
    shown: list[dict[str, Any]] = []
    for turn, exchange in enumerate(talk, 1):
        shown.append({"role": "user", "content": _asked(exchange)})
        shown.append({"role": "assistant", "content": _reply(exchange, turn)})
    offers = _offers(talk, examples)
    if offers:
        shown[-1]["options"] = [{"value": each, "label": strip_invisible(each)} for each in offers]
    return shown


def answer_text(answer: Answer, turn: int) -> str:
    """The checked answer, each `[n]` a link to its card `c{turn}-{n}`."""
    known = {citation.number: citation for citation in answer.citations}
    pieces, end = [], 0
    for marker in _MARKER.finditer(answer.text):
        citation = known.get(int(marker[1]))
        if citation is not None:
            pieces += [_inner(answer.text[end : marker.start()]), _link(citation, turn)]
            end = marker.end()
    return "".join([*pieces, _inner(answer.text[end:])]).strip()


def card_id(turn: int, number: int) -> str:
    """The id by which a mark in the answer finds its card."""
    return f"c{turn}-{number}"


def passage_key(turn: int, number: int) -> str:
    """By this a link names the `number`th passage that was found for a question."""
    return f"p{turn}-{number}"


def counted(number: int, thing: str) -> str:
    """As in "1 passage", "2,000 passages"."""
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


def timing(timings: Timings) -> str:
    """The discreet line under an answer."""
    if timings.first_token is None:
        return f"{timings.total:.1f} s"
    return f"first word {timings.first_token:.1f} s · whole answer {timings.total:.1f} s"


def _asked(now: ChatTurn) -> str:
    question = escape_markdown(now.question) or "&#8203;"
    parts = [_span("fine", f"Only {now.filters.describe()}")] if now.filters else []
    if not now.under_way:
        title = escape_markdown(" ".join(now.question.split()))  # from here page.js takes it
        parts.append(f'<a class="edit" href="#question" title="{title}">Edit</a>')
    return f"{question}\n\n{' &#183; '.join(parts)}" if parts else question


def _offers(talk: Sequence[ChatTurn], examples: Sequence[str]) -> list[str]:
    answer = talk[-1].answer if talk else None
    if answer is None or not answer.abstained:
        return []
    if talk[-1].filters and answer.reason != "not_in_corpus":  # else that would be in vain
        return [WITHOUT]
    asked = {each.question for each in talk}
    return [each for each in examples if each not in asked][:OFFERS]


def _reply(now: ChatTurn, turn: int) -> str:
    draft = f"{_span('draft', now.draft)}\n\n" if strip_invisible(now.draft) else ""
    match now.stage:
        case "waiting":
            shown = _span("wait", "Another question is being answered. Yours comes next…")
        case "searching":
            shown = _span("wait", "Searching the articles…")
        case "reading":
            shown = _span("wait", f"Reading {counted(len(now.hits), 'passage')}…")
        case "writing":
            note = "Draft. It is checked against the passages once it is whole."
            shown = draft + _span("fine", note)
        case "stopped":
            shown = draft + _span("fine", "Stopped. Nothing here was checked against the articles.")
        case "done" if now.answer is not None and now.answer.abstained:
            shown = f"{_refusal(now, turn)}\n\n{_span('fine', _fine(now.answer))}"
        case "done" if now.answer is not None:
            fine = _span("fine", _fine(now.answer))
            shown = f"{answer_text(now.answer, turn)}\n\n{fine}{_left_out(now.answer)}"
        case _:
            shown = _span("fault", now.fault)
    return shown


def _refusal(now: ChatTurn, turn: int) -> str:
    """Why there is no answer, the nearest articles, and what else there is to do."""
    answer = now.answer
    text = escape_markdown(answer.text) if answer else ""
    reason = answer.reason if answer else None
    more = {"outside_filter": _ELSEWHERE, "not_in_corpus": _REWORD}.get(reason or "", _READ)
    parts = [text, escape_markdown(more)]
    links: dict[str, str] = {}  # the nearest passage of each article, nearest first
    for number, hit in enumerate(now.hits, 1):
        article = now.articles.get(hit.passage.article)
        if article is not None and article.id not in links:
            title = (
                escape_markdown(shorten(strip_invisible(article.title), 90, placeholder=" …"))
                or "Untitled"
            )
            key = passage_key(turn, number)
            links[article.id] = f'<a class="open" href="#{key}">{title}</a>'
    if links:
        nearest = "<br>".join(list(links.values())[:NEAREST])
        parts.append(f"{_span('fine', 'Nearest to the question:')}<br>{nearest}")
    return "\n\n".join(parts)


def _fine(answer: Answer) -> str:
    parts = [answer.note.removesuffix(".")] if answer.note else []
    return " · ".join([*parts, timing(answer.timings)])


def _left_out(answer: Answer) -> str:
    """The sentences of the draft that are not told, folded away and shown as what they are."""
    left = [
        each.text
        for each in answer.sentences
        if not each.supported and each.text.strip() not in answer.text
    ]
    if not left:
        return ""
    were, them = ("was", "it") if len(left) == 1 else ("were", "them")
    count = counted(len(left), "sentence")
    told = f"{count} of the draft {were} left out: no passage supports {them}"
    rows = "<br>".join(f"<s>{_inner(' '.join(each.split()))}</s>" for each in left)
    return (
        f'\n\n<details class="doubted"><summary>{escape_markdown(told)}</summary>{rows}</details>'
    )


def _link(citation: Citation, turn: int) -> str:
    quote = escape_markdown(shorten(cleaned(citation.quote), 400, placeholder=" …"))
    target = card_id(turn, citation.number)
    return (
        f'\N{NO-BREAK SPACE}<a class="cite" href="#{target}" title="{quote}">'
        f"&#91;{citation.number}&#93;</a>"
    )


def _inner(text: str) -> str:
    """Like `inert`, for a piece of a line: keeps one space at either edge."""
    return cleaned(text).translate(_INERT)


def _span(kind: str, text: str) -> str:
    return f'<span class="{kind}">{escape_markdown(text)}</span>'


def _instead(mark: str) -> str:
    if mark in _NEWLINES:
        return "\n"
    return " " if mark.isspace() else ""
