"""Operators that people type into a query, parsed once. Pure functions.

    parse_operators(query)  ->  `ParsedQuery`: the words to search for, and a `SearchFilter`

    "swing bridge"      a passage must have these words in a row
    -storm, NOT storm   a passage must not have the word (or the phrase: -"swing bridge")
    ferry AND storm     a passage must have both
    ferry OR boat       a passage must have one of them; OR binds closer than AND
    outlet:Kurier       only this outlet (-outlet:Kurier: any other); may be repeated
    author:"Ane Moe"    only this author; may be repeated
    after:2021          published on the first day of 2021 or later (also since:)
    before:2021         published before 2021 began; until:2021 includes that year

Most of what is typed is a question in plain words, and must not be misread. In a question,
quotation marks, dashes and words in capitals are punctuation: `What did he mean by "war"?` has no
operator. A question is what ends in a question mark or opens with a word that asks; its operators
stand behind it (`How many were hurt? -storm`), except those with a colon, which stand anywhere. A
query all in capitals has no AND, OR or NOT.

Left to others: which articles and passages match (`rag.retrieval.index_filter`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, NamedTuple

from rag.errors import QuestionError
from rag.retrieval.filters import NO_FILTER, SearchFilter
from rag.text.dates.forms import date_range

TokenKind = Literal["word", "phrase", "without", "AND", "OR", "NOT"]

_OPEN, _CLOSE = '["“„]', '["”“]'
_NOT_MARK = '[^"“”„]'
_FIELD = re.compile(
    rf"(?<!\S)(?P<negated>-|NOT )?(?P<name>outlet|author|after|before|since|until):"
    rf"(?:{_OPEN}(?P<quoted>{_NOT_MARK}+){_CLOSE}|(?P<plain>[^\s\"“”„]+))",
    re.I,
)
_TOKEN = re.compile(
    rf"(?P<minus>-)?{_OPEN}(?P<phrase>\w{_NOT_MARK}*|{_NOT_MARK}*\w){_CLOSE}(?=[\s,.;:!?)]|$)"
    r"|-(?P<without>[^\W\d_][\w'’&.-]*)(?=[\s,;:]|$)"
    r"|(?P<operator>AND|OR|NOT)(?=\s)"
    r"|(?P<word>\S+)"
)
_DASH_AFTER_WORD = re.compile(r"\w-(?=[\s,.;:?!]|$)")  # "the mayor -who left- said": no operator
_QUESTION_MARK = re.compile(r"\?[\"”’')\]]*(?=\s|$)")
_ASKS = re.compile(
    r"(?!\W*(?-i:(?:Will|May|Name|Show|Tell) [A-Z]))"  # "Will Smith"
    r"(?:\W*(?:and|so|but|please|in|on|at|to|by|for|from|with|of|under|since|until|about|into)\W+)?"
    r"\W*(?:who|whom|whose|what|which|when|where|why|how|is|are|was|were|am|do|does|did|has|have|"
    r"had|can|could|will|would|shall|should|may|might|must|tell|name|list|give|show|explain|"
    r"describe|compare|summari[sz]e|outline|recap|sum up|"
    r"(?:brief|fill|walk|talk|run|take) (?:me|us)|"
    r"(?:the )?(?:author|writer|byline|outlet|newspaper|paper|date|day|gist|summary|overview) "
    r"(?:of|for|on))\b",
    re.I,
)
_ENDS = ".,;:!?)("
_HAS_WORD = re.compile(r"\w").search


@dataclass(frozen=True, slots=True)
class ParsedQuery:
    """The words to search for, or the question to answer, without operators; what they limit."""

    text: str
    filters: SearchFilter = NO_FILTER


class _Token(NamedTuple):
    kind: TokenKind
    text: str


def parse_operators(query: str) -> ParsedQuery:
    """Parse `query`, which is on one line.

    Raises:
        QuestionError: a date is malformed, a field cannot be negated, or nothing is left to
            search for.
    """
    rest, fields = _take_fields(query)
    question, tail = _split_question(rest)
    tokens = _tokens(tail)
    if question and not _is_all_operators(tokens):
        question, tokens = rest, []
    filters = fields.narrowed_by(_conditions(tokens))
    if not filters:
        return ParsedQuery(query)
    text = question or " ".join(
        each.text for each in tokens if each.kind in ("word", "phrase") and _HAS_WORD(each.text)
    )
    if not _HAS_WORD(text):
        raise QuestionError(
            f"“{query}” only limits the search: add a word, or a question, to search for"
        )
    return ParsedQuery(text, filters)


def _take_fields(query: str) -> tuple[str, SearchFilter]:
    """`query` without its fields ("outlet:Kurier"), and the filter that they give."""
    values: dict[str, list[str]] = {}

    def take(match: re.Match[str]) -> str:
        name = match["name"].lower()
        plain = match["plain"] or ""
        value = (match["quoted"] or plain.rstrip(_ENDS)).strip()
        if not value:
            return match[0]
        if match["negated"] and name != "outlet":
            raise QuestionError(
                f"“{match[0]}” cannot be left out: -outlet: can, and words (-storm)"
            )
        values.setdefault("not_outlet" if match["negated"] else name, []).append(value)
        return "?" if plain.endswith("?") else ""

    rest = " ".join(_FIELD.sub(take, query).replace(" ?", "?").split())
    filters = SearchFilter(
        since=_only_one(values, "after", "since"),
        until=_only_one(values, "until") or _day_before(_only_one(values, "before")),
        outlets=tuple(values.get("outlet", ())),
        not_outlets=tuple(values.get("not_outlet", ())),
        authors=tuple(values.get("author", ())),
    )
    if "until" in values and "before" in values:
        raise QuestionError("until: and before: are both given: give one of them")
    return (rest, filters) if values else (query, NO_FILTER)


def _only_one(values: dict[str, list[str]], *names: str) -> str:
    given = [value for name in names for value in values.get(name, ())]
    if len(given) > 1:
        fields = " or ".join(f"{name}:" for name in names)
        raise QuestionError(f"{fields} is given {len(given)} times: give it once")
    return given[0] if given else ""


def _day_before(text: str) -> str:
    """The last day before a day, month or year begins; empty for an empty `text`."""
    if not text:
        return ""
    days = date_range(text)
    if days is None:
        raise QuestionError(f"before:{text} has no date: write it as 2024-06-12, 2024-06 or 2024")
    if days[0] == date.min:
        raise QuestionError(f"before:{text} is before every date: leave it out")
    return (days[0] - timedelta(days=1)).isoformat()


def _split_question(text: str) -> tuple[str, str]:
    """The question in plain words, and what stands behind it; of any other query, all behind.

    Without a question mark only words to leave out can stand behind a question.
    """
    marks = list(_QUESTION_MARK.finditer(text))
    if marks:
        return text[: marks[-1].end()], text[marks[-1].end() :].strip()
    if not _ASKS.match(text):
        return "", text
    tokens = list(_TOKEN.finditer(text))
    behind = len(tokens)
    while behind > 1 and _leaves_out(tokens, behind - 1):
        behind -= 1
    if behind == len(tokens):
        return text, ""
    if tokens[behind - 1]["operator"] == "NOT":
        behind -= 1
    start = tokens[behind].start()
    return text[:start].strip(), text[start:]


def _leaves_out(tokens: list[re.Match[str]], place: int) -> bool:
    """Whether a token is "-storm", or part of "NOT storm"."""
    match = tokens[place]
    after_not = tokens[place - 1]["operator"] == "NOT"
    return bool(match["without"] or match["minus"] or after_not or match["operator"] == "NOT")


def _tokens(text: str) -> list[_Token]:
    """The tokens of a query that is no question."""
    has_minus = not _DASH_AFTER_WORD.search(text)
    has_operators = text != text.upper()
    tokens: list[_Token] = []
    for match in _TOKEN.finditer(text):
        if match["phrase"] is not None:
            tokens.append(_Token("without" if match["minus"] else "phrase", match["phrase"]))
        elif match["without"] and has_minus:
            tokens.append(_Token("without", match["without"].rstrip(_ENDS)))
        elif match["operator"] and has_operators:
            tokens.append(_Token(match["operator"], match[0]))  # type: ignore[arg-type]
        else:
            tokens.append(_Token("word", match[0]))
    return _with_operands(tokens)


def _with_operands(tokens: list[_Token]) -> list[_Token]:
    """`tokens` with "NOT storm" as one, and as words those operators that lack an operand."""
    joined: list[_Token] = []
    for token in tokens:
        if joined and joined[-1].kind == "NOT" and token.kind in ("word", "phrase"):
            joined[-1] = _Token("without", token.text.strip(_ENDS))
        else:
            joined.append(token)
    for place, token in enumerate(joined):
        before = _kind_of_operand(joined[place - 1]) if place else ""
        after = _kind_of_operand(joined[place + 1]) if place + 1 < len(joined) else ""
        operands = ("word", "phrase", "without") if token.kind == "AND" else ("word", "phrase")
        links = before in ("word", "phrase") and after in operands
        if token.kind == "NOT" or (token.kind in ("AND", "OR") and not links):
            joined[place] = _Token("word", token.text)
    return joined


def _kind_of_operand(token: _Token) -> str:
    """The kind of a token that an operator may link; "" for one without a word ("...")."""
    return token.kind if _HAS_WORD(token.text) else ""


def _is_all_operators(tokens: list[_Token]) -> bool:
    """Whether tokens behind a question limit it, to the last one: plain words are punctuation."""
    linked = {n + step for n, each in enumerate(tokens) if each.kind in ("AND", "OR")
              for step in (-1, 1)}  # fmt: skip
    return all(each.kind != "word" or n in linked for n, each in enumerate(tokens))


def _conditions(tokens: list[_Token]) -> SearchFilter:
    """What tokens require of a passage, and what it must not have."""
    groups: list[tuple[str, ...]] = []
    for place, token in enumerate(tokens):
        before = tokens[place - 1].kind if place else ""
        after = tokens[place + 1].kind if place + 1 < len(tokens) else ""
        is_operand = token.kind == "phrase" or not {before, after}.isdisjoint({"AND", "OR"})
        if token.kind not in ("word", "phrase") or not is_operand:
            continue
        phrase = token.text.strip(_ENDS)
        if before == "OR":
            groups[-1] = (*groups[-1], phrase)
        else:
            groups.append((phrase,))
    excluded = tuple(each.text for each in tokens if each.kind == "without")
    return SearchFilter(required=tuple(groups), excluded=excluded)
