"""Answers as JSON: one as an object, several as a list. Pure functions.

In:  answers. Out: JSON with every field of `Answer`, as docs/programs.md describes it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from rag.types import Answer


def render(answers: Sequence[Answer]) -> str:
    """The answers whole."""
    values = [each.to_dict() for each in answers]
    whole = values[0] if len(values) == 1 else values
    return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"
