"""Exports of press databases: one text with many articles, each behind its own record.

    split_export(text)   ->  the articles, or [] for a text that is no export

Known are the forms of Nexis ("2 of 7 DOCUMENTS", "BYLINE: …", "LOAD-DATE: …"), of Factiva (fields
of two capitals: "HD", "PD", "LP", "TD") and of ProQuest ("Publication title: …", "Full text: …").
The day is that of the paper, never the one on which the article was loaded. Left to others: any
other text (`rag.ingest.boilerplate.page`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from rag.ingest.boilerplate.bylines import byline
from rag.ingest.date_forms import find_dates, publication_day
from rag.ingest.document import ParsedDocument
from rag.ingest.line_wraps import unwrap
from rag.ingest.normalize import normalize, one_line, shorten

_BASIS = "stated: record of the press database"
_NEXIS = re.compile(r"^[ \t]*\d+ (?:of|de|von) \d+ DOCUMENTS?[ \t]*$", re.MULTILINE | re.IGNORECASE)
_NEXIS_END = re.compile(r"^\s*End of Document\s*$", re.MULTILINE)
_PAGE_OF_PRINT = re.compile(r"Page \d+ (?:of|de|von) \d+", re.IGNORECASE)
_FACTIVA_END = re.compile(r"^[ \t]*(?:AN[ \t]+)?Document [A-Za-z0-9]{10,}[ \t]*$", re.MULTILINE)
_WORDS = re.compile(r"\d[\d,.]* words")
_FACTIVA_FIELD = re.compile(
    r"^(?P<name>HD|BY|CR|WC|PD|ET|SN|SC|ED|PG|LA|CY|LP|TD|CO|IN|NS|RE|IPC|IPD|PUB|AN|CLM|SE|VOL|RF"
    r"|ART|CT|CX)(?:[ \t]+(?P<value>.*))?$"
)
_PROQUEST_RULE = re.compile(r"^\s*_{20,}\s*$", re.MULTILINE)
_PROQUEST_FIELD = re.compile(
    r"^(?P<name>Title|Author|Publication info|Document feature|Number of pages"
    r"|Publication title|Publication date|(?i:full text)|Abstract|Section|Pages?"
    r"|First page|Publisher|Publication year|Source type|Language of publication|Document type"
    r"|ProQuest document ID|Document URL|Copyright|Last updated|Database|Subject|Location|ISSN"
    r"|Place of publication|Country of publication|Publication subject|Links|Company / organization"
    r"|People|Identifier / keyword|Volume|Issue|Column|Dateline|Credit)\s*:[ \t]*(?P<value>.*)$"
)
_PROQUEST_NUMBER = re.compile(r"Document \d+ of \d+", re.IGNORECASE)
_PROQUEST_TEXT = re.compile(r"^Full text\s*:", re.MULTILINE | re.IGNORECASE)
_PROQUEST_RECORD = re.compile(r"^Publication (?:title|info)\s*:", re.MULTILINE)
_LABEL = re.compile(r"(?P<name>[A-Z][A-Z /-]{2,25}):[ \t]*(?P<value>.*)")
_AFTER = re.compile(
    r"(?:LOAD-DATE|LANGUAGE|PUBLICATION-TYPE|DOCUMENT-TYPE|JOURNAL-CODE|SUBJECT|GRAPHIC|ORGANIZATION"
    r"|COMPANY|TICKER|INDUSTRY|GEOGRAPHIC|PERSON|CITY|STATE|COUNTRY|TYPE|NOTES|ISSN|URL"
    r"|CORRECTION-DATE)\b.*:.*|Copyright (?:©|\(c\))? ?\d{4}.*|©.*|All Rights Reserved.*"
    r"|Load-Date: .*|Classification|Notes|Graphic|Correction|End of Document",
    re.IGNORECASE,
)
_BEFORE = re.compile(
    r"(?:BYLINE|SECTION|LENGTH|DATELINE|SERIES|SOURCE|DISTRIBUTION|EDITION|HEADLINE|Byline|Section"
    r"|Length|Headline"
    r"|Dateline|Body|Highlight|HIGHLIGHT|BODY)\s*:.*|Body"
)


def split_export(text: str) -> list[ParsedDocument]:
    """The articles of an export, with their records; none where `text` is no export."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    for sections, parse in (
        (_nexis_sections(text), _nexis_article),
        (_factiva_sections(text), _factiva_article),
        (_proquest_sections(text), _proquest_article),
    ):
        articles = [article for section in sections if (article := parse(section))]
        if articles:
            return [_numbered(article, n) for n, article in enumerate(articles, 1)]
    return []


def _numbered(article: ParsedDocument, number: int) -> ParsedDocument:
    return replace(article, part=str(number))


def _nexis_sections(text: str) -> list[str]:
    if _NEXIS.search(text):
        return [section for section in _NEXIS.split(text)[1:] if section.strip()]
    if len(_NEXIS_END.findall(text)) and re.search(r"^(?:Load-Date|Length):", text, re.MULTILINE):
        return [section for section in _NEXIS_END.split(text) if section.strip()]
    return []


def _nexis_article(section: str) -> ParsedDocument | None:
    """An article: outlet, day and headline above the labelled lines, the text below them."""
    lines = [line.strip() for line in normalize(section).split("\n")]
    lines = [line for line in lines if not _PAGE_OF_PRINT.fullmatch(line)]
    first = next((i for i, line in enumerate(lines) if _BEFORE.fullmatch(line)), None)
    head = [line for line in lines[: first if first is not None else 6] if line]
    dated = next((i for i, line in enumerate(head) if find_dates(line)), None)
    if dated is None:
        return None
    above, below = head[:dated], head[dated + 1 :]
    below = [line for line in below if not re.fullmatch(r".{0,30}\bedition\b.{0,10}", line, re.I)
             and not re.match(r"Copyright |All Rights Reserved", line, re.I)]  # fmt: skip
    above = [line for line in above if not re.match(r"Copyright |All Rights Reserved", line, re.I)]
    if first is None:
        first = lines.index(head[dated]) + 1
        title = above[0] if above else ""
        source = above[1] if len(above) > 1 else None
    elif below:
        title, source = " ".join(below), above[0] if above else None
    else:
        title, source = above[0] if above else "", above[1] if len(above) > 1 else None
    fields, body = dict[str, str](), list[str]()
    for line in lines[first:]:
        if _AFTER.fullmatch(line):
            if body:
                break
            continue
        if _BEFORE.fullmatch(line):
            name, _, value = line.partition(":")
            fields[name.strip().upper()] = value.strip()
            if name.strip().upper() in {"BODY", "HIGHLIGHT"} and value.strip():
                body.append(value.strip())
            continue
        body.append(line)
    if stated := fields.get("HEADLINE"):
        title, source = stated, above[0] if above else None
    return _document(
        {"title": title, "source": source, "author": fields.get("BYLINE"), "day": head[dated]},
        "\n".join(body),
    )


def _factiva_sections(text: str) -> list[str]:
    """The articles between lines "Document XYZ…"; only of a text with fields of two capitals."""
    if not _FACTIVA_END.search(text):
        return []
    return [part for part in _FACTIVA_END.split(text) if part.strip()]


def _factiva_article(section: str) -> ParsedDocument | None:
    if not re.search(r"^(?:HD|LP|TD)\b", section, re.MULTILINE):
        return _factiva_page(section)
    fields = _fields(section, _FACTIVA_FIELD)
    body = "\n\n".join(filter(None, (fields.get("LP"), fields.get("TD"))))
    record = {"title": fields.get("HD"), "source": fields.get("SN")}
    return _document(record | {"author": fields.get("BY"), "day": fields.get("PD")}, body)


def _factiva_page(section: str) -> ParsedDocument | None:
    """An article as the page shows it: headline, byline, "120 words", day and outlet, then text."""
    lines = [line.strip() for line in section.strip().split("\n")]
    count = next((n for n, line in enumerate(lines[:10]) if _WORDS.fullmatch(line)), None)
    if not count:
        return None
    above = [line for line in lines[:count] if line]
    author = above.pop() if len(above) > 1 and above[-1].lower().startswith("by ") else None
    end = next((n for n in range(count, len(lines)) if not lines[n]), len(lines))
    below = lines[count + 1 : end]
    dated = next((n for n, line in enumerate(below) if find_dates(line)), None)
    source = below[dated + 1] if dated is not None and dated + 1 < len(below) else None
    day = below[dated] if dated is not None else None
    title = above[-1] if above else None
    record = {"title": title, "source": source, "author": author, "day": day}
    return _document(record, "\n".join(lines[end:]))


def _proquest_sections(text: str) -> list[str]:
    if not _PROQUEST_RECORD.search(text):
        return []
    parts = _PROQUEST_RULE.split(text)
    return [part for part in parts if _PROQUEST_TEXT.search(part)]


def _proquest_article(section: str) -> ParsedDocument | None:
    fields = _fields(section, _PROQUEST_FIELD)
    lines = (line.strip() for line in section.split("\n"))
    first = next((line for line in lines if line and not _PROQUEST_NUMBER.fullmatch(line)), "")
    info = fields.get("Publication info", "")
    printed = find_dates(info)
    record: dict[str, str | None] = {
        "title": fields.get("Title") or first,
        "source": re.sub(
            r"(?is)\s*(?:[;(]|, [^,;]*\bedition\b).*", "", fields.get("Publication title") or info
        )
        or None,
        "author": fields.get("Author"),
        "day": fields.get("Publication date") or (printed[0].iso if printed else None),
    }
    return _document(record, fields.get("Full text", ""))


def _fields(section: str, pattern: re.Pattern[str]) -> dict[str, str]:
    """The fields of a record, each with the lines up to the next one."""
    fields: dict[str, list[str]] = {}
    name = ""
    for line in section.split("\n"):
        if match := pattern.match(line.rstrip()):
            name = match["name"] if match["name"].isupper() else match["name"].capitalize()
            fields.setdefault(name, []).append(match["value"] or "")
        elif name:
            fields[name].append(line)
    return {key: "\n".join(lines).strip() for key, lines in fields.items()}


def _document(record: dict[str, str | None], body: str) -> ParsedDocument | None:
    text = unwrap(normalize(body))
    if not text.strip():
        return None
    day = publication_day(record["day"])
    title = one_line(record["title"]) or shorten(text.partition("\n")[0])
    return ParsedDocument(
        title=title,
        text=text,
        source=one_line(record["source"]),
        author=_author(record["author"]),
        published=day,
        published_basis=_BASIS if day else None,
    )


def _author(value: str | None) -> str | None:
    """The names of a byline field, in capitals or behind "By", without the writer's office."""
    line = one_line(value)
    if line is None:
        return None
    names = list(_names(re.sub(r"^by:? ", "", line, flags=re.IGNORECASE)))
    return ", ".join(names) or line


def _names(line: str) -> Iterator[str]:
    for part in re.split(r"; | and | & ", line):
        inverted = re.fullmatch(r"([^\W\d_][\w'’-]+), ([^\W\d_][\w'’. -]+)", part.strip(" ;.,"))
        name = f"{inverted[2]} {inverted[1]}" if inverted else part
        if writer := byline(f"By {name}"):
            yield writer
