"""What opens a Markdown text and states its record: YAML, TOML, JSON, or lines of "name: value".

    split_front_matter(text)   ->  the values by name, and the text after them

Read are the blocks of static site generators (between `---`, `+++` or `;;;`, or a JSON object), the
title block of Pandoc ("% title"), the lines of MultiMarkdown ("Title: …") and those of Logseq and
Roam ("title:: …"). Of a block that is not valid the lines "name: value" are read. Left to others:
what the names mean (`rag.ingest.metadata`).
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Mapping

from rag.ingest.metadata import document_fields
from rag.ingest.normalize import one_line

_YAML = re.compile(
    r"---[ \t]*(?:yaml)?[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*$", re.DOTALL | re.MULTILINE
)
_TOML = re.compile(
    r"(?:\+\+\+|---[ \t]*toml)[ \t]*\n(.*?)^(?:\+\+\+|---)[ \t]*$", re.DOTALL | re.MULTILINE
)
_JSON = re.compile(
    r"(?:;;;|---[ \t]*json)[ \t]*\n(.*?)^(?:;;;|---)[ \t]*$", re.DOTALL | re.MULTILINE
)
_LIMIT = 65_536  # characters
_PANDOC = re.compile(r"%[ \t]*(.*(?:\n[ \t]+\S.*)*)\n")
_PANDOC_FIELDS = ("title", "author", "date")
_PAIR = re.compile(r"[\"']?([^\W\d_][\w -]{0,40}?)[\"']?[ \t]*[:=][ \t]+(\S.*)")
_NAMED = re.compile(r"([^\W\d_][\w -]{0,40}):[ \t]+(\S.*)")
_PROPERTY = re.compile(r"(?:[-*] )?[ \t]*([^\W\d_][\w -]{0,40})::[ \t]*(.*)")
_FEWEST_NAMED = 2  # lines of "Name: value" that open a text
_WIKI_LINK = re.compile(r"\[\[(?:[^\[\]|]*\|)?([^\[\]]*)\]\]")

_GROUPS = ("params", "extra", "meta")  # tables in which generators keep further fields

Values = dict[str, str | list[str]]


def split_front_matter(text: str) -> tuple[Mapping[str, object], str]:
    """The values that open `text`, and the text after them; no values where none do."""
    text = text.lstrip("\n")
    start = text[:_LIMIT]
    for pattern, read in ((_TOML, _toml), (_JSON, _json), (_YAML, _yaml)):
        if match := pattern.match(start):
            values = read(match[1])
            return ({}, text) if values is None else (_cleaned(values), text[match.end() :])
    if text.startswith("{"):
        return _json_object(text)
    if text.startswith("%"):
        return _pandoc(text)
    return _opening_lines(text)


def _cleaned(values: Mapping[str, object]) -> Values:
    groups = [each for key in _GROUPS if isinstance(each := values.get(key), Mapping)]
    merged = {key: value for group in [*groups, values] for key, value in group.items()}
    cleaned = {str(key): _value(value) for key, value in merged.items()}
    return {key: value for key, value in cleaned.items() if value}


def _value(value: object) -> str | list[str] | None:
    """A value on one line, or several; links in double brackets without their marks."""
    if isinstance(value, list):
        return [line for part in value[:20] if (line := _line(part))]
    return _line(value)


def _line(value: object) -> str | None:
    if isinstance(value, Mapping):
        value = value.get("name")
    if isinstance(value, (list, Mapping)):  # aliases can make their text endless
        return None
    if value is not None and not isinstance(value, (str, bool)):
        try:
            value = str(value)
        except ValueError:  # a number of thousands of digits
            return None
    line = one_line(value)
    if line is None or line in {"null", "~"}:
        return None
    return _WIKI_LINK.sub(r"\1", line)


# --- between marks --------------------------------------------------------------------------------


def _yaml(block: str) -> Mapping[str, object] | None:
    """The values of a YAML block; None for prose between two rules."""
    import yaml

    try:
        # the base loader makes only strings: no objects, no error over a day that does not exist
        front = yaml.load(block, Loader=yaml.BaseLoader)  # noqa: S506
    except (yaml.YAMLError, RecursionError):
        return _pairs(block.split("\n")) or None
    return front if isinstance(front, dict) else None


def _toml(block: str) -> Mapping[str, object]:
    try:
        return tomllib.loads(block)
    except (ValueError, RecursionError):
        return _pairs(block.split("\n"))


def _json(block: str) -> Mapping[str, object]:
    try:
        front = json.loads(block if block.lstrip().startswith("{") else f"{{{block}}}")
    except (ValueError, RecursionError):
        return _pairs(block.split("\n"))
    return front if isinstance(front, dict) else {}


def _pairs(lines: Iterable[str]) -> dict[str, object]:
    """The lines "name: value" or "name = value" of a block that its own parser rejects."""
    pairs = filter(None, map(_PAIR.fullmatch, (line.rstrip(" \t,") for line in lines)))
    return {pair[1].strip(): pair[2].strip("\"'") for pair in pairs if pair[2][0] not in "[{&*|>"}


# --- without marks --------------------------------------------------------------------------------


def _json_object(text: str) -> tuple[Mapping[str, object], str]:
    try:
        front, end = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        return {}, text
    rest = text[end:]
    if not isinstance(front, dict) or not rest.strip() or not re.match(r"[ \t]*\n", rest):
        return {}, text
    return _cleaned(front), rest


def _pandoc(text: str) -> tuple[Mapping[str, object], str]:
    values: dict[str, object] = {}
    for name in _PANDOC_FIELDS:
        match = _PANDOC.match(text)
        if match is None:
            break
        values[name], text = " ".join(match[1].split()), text[match.end() :]
    return _cleaned(values), text


def _opening_lines(text: str) -> tuple[Mapping[str, object], str]:
    """Lines of "name:: value", or of "Name: value" that begin with a field of the record."""
    for pattern, fewest in ((_PROPERTY, 1), (_NAMED, _FEWEST_NAMED)):
        values, at = dict[str, object](), 0
        for line in text[:_LIMIT].split("\n"):
            match = pattern.fullmatch(line.rstrip())
            if match is None:
                break
            values[match[1].strip()] = match[2].strip("\"'")
            at += len(line) + 1
        ended = pattern is _PROPERTY or not text[at : at + 1].strip()
        named = document_fields(values).keys() - {"text"}
        if len(values) >= fewest and ended and (pattern is _PROPERTY or "title" in named):
            return _cleaned(values), text[at:]
    return {}, text
