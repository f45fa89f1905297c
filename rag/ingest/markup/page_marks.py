"""The day and the author that the markup around an article names, wherever its theme puts them.

    marks_of(tree)              ->  `Mark`s, of the whole page
    marked(marks, element)      ->  the day and the author of the article in which `element` stands
    tells_change(element)       ->  whether a day is that of a change

In:  the tree of a page as it came, since themes put day and author in a footer, which is no text.
Left to others: what the head of a page states (`page_record`), lines below the headline
(`rag.ingest.boilerplate.heads`).

Themes mark them as microformats do (`entry-date published`, `dt-published`, `vcard`), as microdata
does, or by a name of their own (`posted-on`). A day of modification is none of publication, and one
in a comment, a menu or the box of another article is not that of this one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from rag.ingest.boilerplate.bylines import byline, is_person
from rag.ingest.date_forms import publication_day

_ARTICLE = re.compile(
    r"(?:^|\s)(?:hentry|h-entry|type-post|post|single-post|blog-post|news-?item|story|article"
    r"|post-\d+|article-\d+)(?=\s|$)",
    re.IGNORECASE,
)
_DATED = re.compile(
    r"(?:^|[\s_-])(?:published|publish(?:ed)?-?(?:date|time|on|at)|pub-?date|date-?published"
    r"|dt-published|posted(?:-?on|-?at)?|submitted|(?:entry|post|article|story|news|blog|single|content|page)"
    r"-?_?_?(?:date|time|published|meta|details|footer|info|header|byline)|date-?line|by-?line"
    r"|time-?stamp)(?=$|[\s_-])",
    re.IGNORECASE,
)
_PUBLISHED = re.compile(
    r"(?:^|[\s_-])(?:published|date-?published|pub-?date|publish-?date)(?=$|[\s_-])", re.IGNORECASE
)
_LIVE = re.compile(r"live|ticker|timeline|entry|entries|lb24", re.IGNORECASE)
_CHANGED = re.compile(r"modif|updat|chang|aktuali|edited|revis", re.IGNORECASE)
_CHANGED_WORDS = re.compile(
    r"(?:last |zuletzt |dernière )?(?:updated?|modifi|edited|revised|aktualisiert|geändert|mise? à"
    r"|mis à|actualizad|atualizad|aggiornat|bijgewerkt|uppdaterad|oppdatert|opdateret|обновлено"
    r"|更新|修改|最終更新)",
    re.IGNORECASE,
)
_ELSEWHERE = re.compile(
    r"(?:^|[\s_-])(?:comments?|related|recommend(?:ed|ations?)|sidebar|widgets?|nav|navigation"
    r"|most-?(?:read|popular)|trending|more-?stories|read-?more|latest|promo|teasers?"
    r"|pingbacks?|events?)(?=$|[\s_-])",
    re.IGNORECASE,
)
_AUTHOR = re.compile(r"(?:^|[\s_-])(?:author|by-?line|p-author|fn)(?=$|[\s_-])", re.IGNORECASE)
_POSTED = re.compile(  # what the theme that WordPress came with writes below an article
    r"^(?:this )?(?:entry|post|article) was (?:posted|published|written)(?: by [^.]{1,60}?)? on "
    r"(?P<day>[^.]{6,40}?\b\d{4})\b",
    re.IGNORECASE,
)
_NEAR = 3  # elements around a time that may say what it is
_MOST = 500  # marks of a page
_PROSE = 120  # characters of a paragraph that tells of a day
_LINE, _BYLINE = 60, 160  # characters of a line about its day, and of one about authors
_NOTE = 500  # characters of what a theme writes below an article
_WHOLE = frozenset(("main", "body"))


class Mark(NamedTuple):
    """A day (ISO 8601) or an author that the markup of the article in `container` names.

    `certain` is a day whose mark says that it is that of publication; one `of_entry` is that of an
    entry of a live blog.
    """

    container: Any
    day: str | None = None
    certain: bool = False
    author: str | None = None
    of_entry: bool = False


def marks_of(tree: Any) -> list[Mark]:
    """The marks of a page, in order."""
    marks: list[Mark] = []
    for element in tree.iter():
        if not isinstance(element.tag, str) or len(marks) >= _MOST:
            continue
        if (mark := _mark(element)) is not None:
            marks.append(mark)
    return marks


def marked(marks: Sequence[Mark], element: Any) -> tuple[str | None, str | None]:
    """The day and the author of the innermost article around `element` that has marks.

    Outside anything that is marked as one article, several days are those of several articles.
    """
    around = list(element.iterancestors())
    day, author = None, None
    for container in around:
        own = [mark for mark in marks if mark.container is container]
        days = [mark for mark in own if mark.day and not mark.of_entry]
        days = [mark for mark in days if mark.certain] or days
        several = len({mark.day for mark in days}) > 1
        if days and day is None and not (several and container.tag in _WHOLE):
            day = days[0].day
        entries = [mark.day for mark in own if mark.day and mark.of_entry]
        if day is None and len(entries) > 1:
            day = min(entries)
        author = author or next((mark.author for mark in own if mark.author), None)
    return day, author


def tells_change(element: Any) -> bool:
    """Whether the markup of a day, or the words before it, say that it is one of a change."""
    return any(_is_change(each) for each in _around(element)) or _told_as_change(element)


def _mark(element: Any) -> Mark | None:
    stated = _stated_day(element)
    if stated is not None:
        certain = _is_published(element)
        dated = certain or any(_DATED.search(_named(each)) for each in _around(element))
        of_entry = not dated and any(_LIVE.search(_named(each)) for each in _around(element))
        container = _container(element) if dated or of_entry else None
        return None if container is None else Mark(container, stated, certain, None, of_entry)
    if element.tag == "p" and (posted := _POSTED.match(_text(element, _NOTE) or "")):
        container = _container(element.getparent())
        day = publication_day(posted["day"])
        return None if container is None or day is None else Mark(container, day, certain=True)
    if author := _stated_author(element):
        container = _container(element)
        return None if container is None else Mark(container, author=author)
    return None


def _stated_day(element: Any) -> str | None:
    """The day that an element gives for machines, or a <time> for readers; none of a change."""
    own = _named(element)
    dated = element.tag == "time" or element.get("itemprop") == "datePublished"
    if not dated and not _DATED.search(own):
        return None
    shown = _text(element, _LINE)
    if not dated and (shown is None or _holds_time(element)):
        return None
    if tells_change(element):
        return None
    values = (element.get("datetime"), element.get("content"), element.get("title"), shown)
    return publication_day(next((each for each in values if each and each.strip()), None))


def _holds_time(element: Any) -> bool:
    return element.find(".//time") is not None or bool(element.xpath(".//*[@itemprop or @title]"))


def _is_published(element: Any) -> bool:
    return element.get("itemprop") == "datePublished" or any(
        _PUBLISHED.search(_named(each)) for each in [element, *_around(element)[1:2]]
    )


def _is_change(element: Any) -> bool:
    named = f"{_named(element)} {element.get('itemprop', '')}"
    return _CHANGED.search(named) is not None and not _PUBLISHED.search(named)


def _told_as_change(element: Any) -> bool:
    """Whether the words before a date say that it is one of a change: "Updated on …"."""
    before = element.getprevious()
    parent = element.getparent()
    words = (before.tail or "") if before is not None else (parent.text or "")
    if not words.strip() and before is not None:
        words = _text(before, _LINE) or ""
    own = _text(element, _LINE) or ""
    return any(_CHANGED_WORDS.match(each.strip(" :(|·•-")) for each in (words, own))


def _stated_author(element: Any) -> str | None:
    """The person whom an element names as the author."""
    stated = element.get("rel") == "author" or element.get("itemprop") == "author"
    if not stated and not _AUTHOR.search(element.get("class", "")):
        return None
    text = _text(element, _BYLINE)
    if text is None:
        return None
    return byline(text) or (text if is_person(text) else None)


def _text(element: Any, limit: int) -> str | None:
    """The text of an element in one line; None where it has more than `limit` characters."""
    pieces: list[str] = []
    length = 0
    for piece in element.itertext():
        words = " ".join(piece.split())
        pieces += [words] if words else []
        length += len(words)
        if length > limit:
            return None
    return " ".join(pieces)


def _named(element: Any) -> str:
    return f"{element.get('class', '')} {element.get('id', '')}".strip()


def _around(element: Any) -> list[Any]:
    """An element and the nearest around it, up to the paragraph or the article."""
    around = [element]
    for each in element.iterancestors():
        if len(around) > _NEAR or _is_article(each):
            break
        around.append(each)
    return around


def _is_article(element: Any) -> bool:
    return element.tag in {"article", *_WHOLE} or bool(_ARTICLE.search(element.get("class", "")))


def _container(element: Any) -> Any:
    """The article in which an element stands; None where it stands elsewhere on the page."""
    for each in _ancestors(element):
        if each.tag in {"nav", "aside", "form"} or (
            not _is_article(each) and _ELSEWHERE.search(_named(each))
        ):
            return None
        if each.tag == "p" and _text(each, _PROSE) is None:
            return None
        if _is_article(each):
            return each
    return None


def _ancestors(element: Any) -> Iterator[Any]:
    yield element
    yield from element.iterancestors()
