"""What the style sheet and the class names of a page do to its text: struck out, raised, lowered.

    apply_styles(tree)   writes these effects into the `style` attributes of the elements they
                         concern, where `rag.ingest.markup.blocks` reads them
    raised_by(style)     "sup", "sub" or "", by a `style` attribute

Only rules for single tags, classes and ids are read, outside of rules for other media. A style
sheet that hides is not followed: scripts show what it hides. Left to others: styles that hide
(`rag.ingest.markup.hidden`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from rag.ingest.markup.hidden import strikes

# each in time that grows with the sheet, whatever is in it
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_OTHER_MEDIA = re.compile(r"@[\w-]++[^{};@]*+\{(?:[^{}]*+\{[^{}]*+\})*+[^{}]*+\}")
_RULE = re.compile(r"(?:^|(?<=[{}]))([^{}]{1,2000}+)\{([^{}]{0,5000}+)\}")
_SELECTOR = re.compile(
    r"(?:[\w*>~+.#\[\]=\"'()-]+\s+)?(?P<tag>[a-z][a-z0-9]*)?(?P<mark>[.#])?(?P<name>[\w-]+)?",
    re.IGNORECASE,
)
_SHEET_LIMIT, _RULE_LIMIT = 200_000, 300  # characters; rules that have such an effect
_STRUCK_CLASS = re.compile(
    r"(?:^|\s)(?:(?:text-)?(?:line-through|strike(?:-?through)?|strikeout)|struck(?:-?out)?)(?=\s|$)"
)
_RAISED_CLASS = re.compile(r"(?:^|\s)(?:text-)?(?:(sup|superscript)|(subscript))(?=\s|$)")
_STRUCK = "text-decoration:line-through"
_ALIGNED = {"sup": "vertical-align:super", "sub": "vertical-align:sub"}
_ALIGN = re.compile(r"(?:^|;)vertical-align:(super|sub)\b")
_SHIFT = re.compile(
    r"(?:^|;)(?:vertical-align:(-?)|(?:(bottom):|(top):)(-?))\.?\d*\.?\d+(?:em|ex|px|pt|%|rem)"
)


def apply_styles(tree: Any) -> None:
    """Write what style sheets and class names strike out, raise or lower into `style`."""
    sheet = "\n".join(each.text or "" for each in tree.iter("style"))[:_SHEET_LIMIT]
    rules = list(_rules(sheet))
    for element in tree.xpath("//body//*[@class or @id]") if rules else ():
        for tag, mark, name, effect in rules:
            if _concerns(element, tag, mark, name):
                _add(element, effect)
    if rules:
        bare = {tag: effect for tag, mark, _, effect in rules if not mark}
        for element in tree.xpath("//body//*[not(@class) and not(@id)]") if bare else ():
            if element.tag in bare:
                _add(element, bare[element.tag])
    for element in tree.xpath("//body//*[@class]"):
        names = element.get("class").lower()
        if _STRUCK_CLASS.search(names):
            _add(element, _STRUCK)
        elif element.tag == "span" and (raised := _RAISED_CLASS.search(names)):
            _add(element, _ALIGNED["sup" if raised[1] else "sub"])


def raised_by(style: str) -> str:
    """The tag that means what a `style` attribute does: "sup", "sub", or "" for neither."""
    bare = "".join(style.lower().split())
    if aligned := _ALIGN.search(bare):
        return "sup" if aligned[1] == "super" else "sub"
    shift = _SHIFT.search(bare) if "vertical-align" in bare or "position:relative" in bare else None
    if shift is None:
        return ""
    below = (shift[1] or "") == "-" if not (shift[2] or shift[3]) else None
    if below is None:
        below = (shift[4] == "-") == bool(shift[2])
    return "sub" if below else "sup"


def _rules(sheet: str) -> Iterator[tuple[str, str, str, str]]:
    """Tag, "." or "#", name, and the effect of each rule that strikes out, raises or lowers."""
    sheet = _OTHER_MEDIA.sub("", _COMMENT.sub("", sheet))
    count = 0
    for rule in _RULE.finditer(sheet):
        raised = _ALIGN.search("".join(rule[2].lower().split()))
        effect = _STRUCK if strikes(rule[2]) else raised and f"vertical-align:{raised[1].lower()}"
        if not effect:
            continue
        for selector in rule[1].split(","):
            parts = _SELECTOR.fullmatch(selector.strip())
            if parts and (parts["mark"] or parts["tag"]) and count < _RULE_LIMIT:
                count += 1
                mark = parts["mark"] if parts["name"] else None
                yield (parts["tag"] or "").lower(), mark or "", parts["name"] or "", effect


def _concerns(element: Any, tag: str, mark: str, name: str) -> bool:
    if tag and element.tag != tag:
        return False
    if mark == "#":
        return bool(element.get("id") == name)
    return not mark or name in element.get("class", "").split()


def _add(element: Any, effect: str) -> None:
    element.set("style", ";".join(filter(None, (element.get("style", "").rstrip("; "), effect))))
