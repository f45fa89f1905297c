"""Styles that hide an element or strike its text out: neither is what the article says.

hides(style), strikes(style)   of a `style` attribute
fades_in(style)                whether it only hides until a script runs
"""

from __future__ import annotations

import re

# matched against a style without spaces, in lower case
_HIDDEN = re.compile(
    r"display:none|visibility:(?:hidden|collapse)|opacity:0?\.?0*(?![.\d])|color:transparent"
    r"|font-size:0?\.?0*(?![.\d])|(?:left|top|text-indent|margin-left):-\d{3,}"
    r"|clip:rect\(0|scale\(0\)"
)
_STRUCK = re.compile(r"text-decoration(?:-line)?:[^;]*line-through")


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
