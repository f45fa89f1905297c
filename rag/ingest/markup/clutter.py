"""What of a web page is no part of its article: menus, boxes, forms, archive frames, pull quotes.

    strip_page(tree)       removes from the tree what its tags and classes say is the page's, and
                           what is hidden or struck out
    is_offer(text)         whether a box only offers a subscription
    repeated_quotes(blocks)  the pull quotes that only repeat the text

Nothing is removed that holds a large part of the page's text, or the column of paragraphs that is
longest: some pages call their article a sidebar, or let it fade in. Left to others: what single
lines say (`rag.ingest.boilerplate`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from rag.ingest.markup.blocks import Block
from rag.ingest.markup.hidden import fades_in, hides, unfold

_LARGE = 0.4  # share of the text of a page
_MOST_QUOTES = 300  # that are compared with the text
_SHORTEST_QUOTE = 10  # letters
_OFFER_LENGTH = 700  # characters
_PARAGRAPH = 80  # characters of a paragraph of a column
_COLUMN = 3  # paragraphs
_LONG_PARAGRAPH = 200  # characters
_CORRECTION = re.compile(
    r"\b(?:correct(?:ion|ed)|clarification|editor[’']?s? note)\b", re.IGNORECASE
)
_TAGS = ("nav", "aside", "footer", "form", "dialog")
_ROLES = frozenset(
    ("navigation", "complementary", "dialog", "alertdialog", "search", "contentinfo", "menu")
)
_CLASSES = re.compile(
    r"(?:^|[\s_-])(?:cookies?|consent|gdpr|newsletters?|sign-?up|subscribe|subscription|related"
    r"|recommend(?:ed|ations?)|shar(?:e|ing)|share-?(?:bar|buttons?|tools?|links?)|social"
    r"|comments?|disqus|advert(?:s|isements?)?|ads?|ad-?slot|sponsored|promo|breadcrumbs?|pagination"
    r"|toolbar|sidebar|widgets?|popup|modal|overlay|outbrain|taboola|trending|most-?(?:read|popular)"
    r"|navigation|navbar|nav|menu|site-?footer|page-?footer|read-?more|more-?stories|skip-?link"
    r"|comment-?(?:list|section|area|form|threads?)|responses|(?:article|page|post|story)-?tools"
    r"|sr-only|screen-reader(?:-text)?|visually-?hidden|off-?screen|print-?only|tag-?cloud"
    r"|copyright|licen[cs]e(?:-?(?:box|info|notice))?)"
    r"(?=$|[\s_-])",
    re.IGNORECASE,
)
_ARCHIVE_FRAME = re.compile(r"^(?:wm-ipp|donato|wayback|wm-toolbar)", re.IGNORECASE)
_PAYWALL = re.compile(
    r"pay-?wall|reg-?wall|meter-?wall|subscriber|premium|locked|\btp-(?:offer|container|modal)",
    re.IGNORECASE,
)
_PULL_QUOTE = re.compile(r"pull-?(?:quote|ed)|blockquote|callout|highlight", re.IGNORECASE)
_OFFER = re.compile(
    r"\b(?:subscri(?:be|ber|bers|ption)|log ?in|sign ?in|continue reading|full access"
    r"|(?<!the )(?<!a )(?<!their )(?<!its )(?<!this )(?<!that )(?<!whole )register\b(?! of\b)"
    r"|free trial|become an? (?:\w+ )?(?:member|subscriber|supporter)|paid for by (?:our )?readers"
    r"|support (?:our|local|independent) (?:journalism|reporting|newsroom|work)"
    r"|abonn\w+|anmelden|registrieren|weiterlesen|inscrivez|connectez|suscr[íi]b\w+"
    r"|suscriptor\w*|assine|assinante|abbonat\w+|prenumerer\w*|logga in|logg inn|log ind)\b",
    re.IGNORECASE,
)
_KEPT_TAGS = frozenset(("body", "html", "main", "article"))


def strip_page(tree: Any) -> None:
    """Remove from `tree` what is hidden, struck out, or marked as no part of its article."""
    unfold(tree)
    column = _column(tree)
    spared = set() if column is None else {column, *column.iterancestors()}
    for element in tree.xpath("//body//*[@style or @hidden or @aria-hidden]"):
        hidden = "hidden" in element.attrib and element.get("hidden") != "until-found"
        if element in spared and not hidden and fades_in(element.get("style", "")):
            del element.attrib["style"]
        elif hidden or hides(element.get("style", "")):
            _drop(element)
    for element in tree.xpath("//body//del | //body//s | //body//strike"):
        _drop(element)
    for element in _boxes_below(column):
        _drop(element)
    whole = len(_text(tree)) or 1
    for element in list(tree.iter()):
        if isinstance(element.tag, str) and element not in spared and _is_clutter(element, whole):
            _drop(element)


def _column(tree: Any) -> Any:
    """The element with most text in paragraphs of its own; None where no three are in one."""
    lengths: dict[Any, list[int]] = {}
    for paragraph in tree.xpath("//body//p"):
        if (length := len(_text(paragraph))) >= _PARAGRAPH:
            lengths.setdefault(paragraph.getparent(), []).append(length)
    columns = [(sum(each), n) for n, each in enumerate(lengths.values()) if len(each) >= _COLUMN]
    return list(lengths)[max(columns)[1]] if columns else None


def _boxes_below(column: Any) -> list[Any]:
    """The boxes behind the last paragraph of a column that lead elsewhere or ask for something.

    They have links, fields or buttons, and no paragraph as long as those of an article.
    """
    if column is None:
        return []
    children = [each for each in column if isinstance(each.tag, str)]
    paragraphs = [n for n, each in enumerate(children) if each.tag == "p" and _text(each)]
    return [each for each in children[paragraphs[-1] + 1 :] if _is_box(each)]


def _is_box(element: Any) -> bool:
    if element.tag not in ("div", "section") or _CORRECTION.search(_text(element)):
        return False
    leads = element.xpath(".//a[@href] | .//form | .//input | .//button")
    paragraphs = (len(_text(each)) for each in element.iter("p", "li", "td", "blockquote"))
    return bool(leads) and max(paragraphs, default=0) < _LONG_PARAGRAPH


def is_offer(text: str) -> bool:
    """Whether `text` is short and speaks of subscriptions and logins."""
    return len(text) < _OFFER_LENGTH and _OFFER.search(text) is not None


def repeated_quotes(blocks: Sequence[Block]) -> set[int]:
    """The numbers of the blocks whose words are only quoted again from another one."""
    bare = [squash(block.text) for block in blocks]
    repeated = set[int]()
    quotes = [number for number, block in enumerate(blocks) if _may_repeat(block)]
    for number in quotes[:_MOST_QUOTES]:
        if len(bare[number]) < _SHORTEST_QUOTE:
            continue
        longer = (
            other
            for at, other in enumerate(bare)
            if at != number and at not in repeated and len(other) > len(bare[number])
        )
        if any(bare[number] in other for other in longer):
            repeated.add(number)
    return repeated


def squash(text: str) -> str:
    """The letters and digits of `text` alone, in lower case, for comparing."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).lower()))


def _may_repeat(block: Block) -> bool:
    classes = block.element.get("class", "") if isinstance(block.element.tag, str) else ""
    parent = block.element.getparent()
    classes += f" {parent.get('class', '')}" if parent is not None else ""
    quoted = block.text[:1] in "“\"„«‘'" or block.kind == "quote"
    return quoted or _PULL_QUOTE.search(classes) is not None


def _is_clutter(element: Any, whole: int) -> bool:
    if element.tag in _KEPT_TAGS or element.getparent() is None:
        return False
    named = f"{element.get('class', '')} {element.get('id', '')}".strip()
    if _ARCHIVE_FRAME.match(element.get("id", "")):
        return True
    by_tag = element.tag in _TAGS or element.get("role") in _ROLES
    by_class = bool(named) and _CLASSES.search(named) is not None
    if by_tag or by_class:
        if element.find(".//h1") is not None and element.tag != "nav":
            return False
        return element.tag == "nav" or len(_text(element)) < _LARGE * whole
    if named and _PAYWALL.search(named):
        return is_offer(_text(element))
    return False


def _text(element: Any) -> str:
    return " ".join("".join(element.itertext()).split())


def _drop(element: Any) -> None:
    if element.getparent() is not None:
        element.drop_tree()
