"""Styles that hide an element or strike its text out: neither is what the article says.

hides(style), strikes(style)   of a `style` attribute
fades_in(style)                whether it only hides until a script runs
unfold(tree)                   show what a click on a heading shows: the answers of an accordion
"""

from __future__ import annotations

import re
from typing import Any

# matched against a style without spaces, in lower case
_HIDDEN = re.compile(
    r"display:none|visibility:(?:hidden|collapse)|opacity:0?\.?0*(?![.\d])|color:transparent"
    r"|font-size:0?\.?0*(?![.\d])|(?:left|top|text-indent|margin-left):-\d{3,}"
    r"|clip:rect\(0|scale\(0\)"
)
_STRUCK = re.compile(r"text-decoration(?:-line)?:[^;]*line-through")


_FOLDED = (
    "//body//*[@aria-controls][@aria-expanded]"
    "[ancestor-or-self::*[self::h2 or self::h3 or self::h4 or self::h5 or self::h6 or self::dt]]"
)


def unfold(tree: Any) -> None:
    """Take what hides them from the panels of `tree` that are opened by a heading."""
    controlled = (each.get("aria-controls").split() for each in tree.xpath(_FOLDED))
    ids = {id for each in controlled for id in each}
    for panel in tree.xpath("//body//*[@id]") if ids else ():
        if panel.get("id") in ids:
            panel.attrib.pop("hidden", None)
            panel.attrib.pop("aria-hidden", None)
            if hides(panel.get("style", "")):
                del panel.attrib["style"]


def hides(style: str) -> bool:
    """Whether an element with this `style` attribute is invisible."""
    return bool(style) and _HIDDEN.search("".join(style.lower().split())) is not None


def fades_in(style: str) -> bool:
    """Whether the only thing that hides an element is that it is transparent."""
    rest = re.sub(r"opacity:[\d.]*", "", "".join(style.lower().split()))
    return hides(style) and not hides(rest)


def strikes(style: str) -> bool:
    """Whether the text of an element with this `style` attribute is struck out."""
    return "line-through" in style and _STRUCK.search("".join(style.lower().split())) is not None
