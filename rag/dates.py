"""What a text's loose dates mean, given when it was published: "last June" -> "June 2024".

In:  text, an ISO 8601 day, month or year. Out: the months and years meant, written out.
Left to others: finding when an article was published (`rag.news_record`).
"""

from __future__ import annotations

import re

_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
MONTH = (  # in full or short; its first three letters tell which
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|"
    r"Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\b"
)
_MONTH = re.compile(
    rf"\b(?:(?P<which>last|this|next|past|coming) )?(?P<month>{MONTH})\.?"
    r"(?P<stated>,? (?:\d{1,2}(?:st|nd|rd|th)?,? )?(?:of )?(?:1\d|20)\d\d)?"
    r"(?P<after> (?:last|this|next) year)?"
)
_RELATIVE = re.compile(r"\b(?P<which>last|this|next|past|previous) (?P<what>year|month)\b", re.I)
_STEP = {"last": -1, "past": -1, "previous": -1, "this": 0, "next": 1, "coming": 1}


def resolved(text: str, published: str | None) -> str:
    """The months and years that `text` means without saying the year, as words: "June 2024".

    A month without a year is the latest one up to the day of publication, "last June" the latest
    before that month, "next June" the first after it. Empty where `published` is not known.
    """
    if not published:
        return ""
    year, *rest = (int(part) for part in published.split("-")[:2])
    month = rest[0] if rest else None
    found = []
    for match in _RELATIVE.finditer(text):
        step = _STEP[match["which"].lower()]
        if match["what"].lower() == "year":
            found.append(str(year + step))
        elif month:
            turn, index = divmod(month - 1 + step, 12)
            found.append(f"{_MONTHS[index]} {year + turn}")
    for match in _MONTH.finditer(text):
        if match["stated"]:
            continue
        named = next(n for n, each in enumerate(_MONTHS, 1) if each.startswith(match["month"][:3]))
        which = match["which"] or ""
        if match["after"]:
            found.append(f"{_MONTHS[named - 1]} {year + _STEP[match['after'].split()[0]]}")
        elif month and _STEP.get(which, -1) == 1:
            found.append(f"{_MONTHS[named - 1]} {year + (named <= month)}")
        elif month and which == "this":
            found.append(f"{_MONTHS[named - 1]} {year}")
        elif month:
            before = named < month if which in ("last", "past") else named <= month
            found.append(f"{_MONTHS[named - 1]} {year - (not before)}")
    return ", ".join(dict.fromkeys(found))
