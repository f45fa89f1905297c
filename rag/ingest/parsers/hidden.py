"""Styles that hide an element: a person who opens the page does not see it, so it is not stored."""

from __future__ import annotations

import re

# matched against a style without spaces, in lower case
_HIDDEN = re.compile(
    r"display:none|visibility:(?:hidden|collapse)|opacity:0?\.?0*(?![.\d])|color:transparent"
    r"|font-size:0?\.?0*(?![.\d])|(?:left|top|text-indent|margin-left):-\d{3,}"
    r"|clip:rect\(0|scale\(0\)"
)


def hides(style: str) -> bool:
    """Whether an element with this `style` attribute is invisible."""
    return _HIDDEN.search("".join(style.lower().split())) is not None
