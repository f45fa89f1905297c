"""A formula of a page (MathML) on one line: powers, indices, fractions and roots as they are read.

    formula(element)   ->  the text of a <math> element, raised and lowered characters marked

Left to others: formulas of Word (`rag.ingest.parsers.office.docx`), what the marks become
(`rag.ingest.markup.raised`).
"""

from __future__ import annotations

from typing import Any

from rag.ingest.markup.raised import MARKS, subscript, superscript

_SKIPPED = frozenset(("annotation", "annotation-xml", "mphantom"))
_DEPTH = 40
_MARKS = {  # what marks the parts behind the first, by element and number of parts
    ("msup", 2): (superscript,),
    ("msub", 2): (subscript,),
    ("msubsup", 3): (subscript, superscript),
}


def formula(element: Any, depth: int = _DEPTH) -> str:
    """The text of a formula; "" for what is nested deeper than any that is read."""
    name = element.tag.rpartition("}")[2].lower() if isinstance(element.tag, str) else ""
    if not name or name in _SKIPPED or not depth:
        return ""
    parts = [formula(child, depth - 1) for child in element if isinstance(child.tag, str)]
    if name == "mfrac" and len(parts) == 2:
        return "/".join(part if len(part) < 2 or part.isalnum() else f"({part})" for part in parts)
    if name in {"msqrt", "mroot"}:
        return f"√({''.join(parts[:1] if name == 'mroot' else parts)})"
    if (marks := _MARKS.get((name, len(parts)))) is not None:
        return parts[0] + "".join(mark(part) for mark, part in zip(marks, parts[1:], strict=True))
    return " ".join(MARKS.sub("", element.text or "").split()) + "".join(parts)
