"""A small press archive with authors, outlets and days, and one article that has none of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

MILL = "The old mill at Vessby burned down on Monday night. Nobody was hurt, Ida Holm said."
_NAMED: list[dict[str, Any]] = [
    {
        "id": "mill",
        "title": "Old mill at Vessby burns down",
        "text": MILL,
        "source": "Kustbladet",
        "published": "2023-03-07",
        "author": "Maja Öberg",
        "url": "https://kustbladet.example/mill",
    },
    {
        "id": "mill-copy",
        "title": "Mill at Vessby lost to fire",
        "text": MILL,
        "source": "The Northern Post",
        "published": "2023-03-08",
    },
    {
        "id": "rebuild",
        "title": "Mill owner wants to rebuild",
        "text": "The owner of the mill at Vessby wants to build it again. It would cost 4 million.",
        "source": "Kustbladet",
        "published": "2023-03-21",
        "author": "Maja Öberg",
    },
    {
        "id": "arson",
        "title": "Police suspect arson",
        "text": "Police said the fire at Vessby was arson. A can was seen on 6 March by the mill.",
        "source": "The Northern Post",
        "published": "2023-04-02",
        "author": "Ewan O’Rae and Lise Dahl",
    },
    {
        "id": "clocks",
        "title": "Museum shows its collection of clocks",
        "text": "The museum at Torsund shows its collection of 412 clocks. The newest was made in "
        "1931. Hanna Lund wrote a book about them.",
        "source": "The Northern Post",
        "published": "2022-11-15",
        "author": "Ewan O’Rae",
    },
    {
        "id": "charter",
        "title": "Council drops three articles of its charter",
        "text": "The council of Torsund dropped three articles of its charter.",
        "source": "Kustbladet",
        "published": "2022-06",
    },
    {"id": "letter", "title": "A letter", "text": "My grandfather worked in a mill."},
]
_HARBOUR: list[dict[str, Any]] = [
    {
        "id": f"harbour{month:02}",
        "title": f"Harbour report {month}",
        "text": f"In the harbour of Torsund {100 + month} boats were counted.",
        "source": "Coast Service",
        "published": f"2021-{month:02}-01",
        "author": "Coast Service",
    }
    for month in range(1, 13)
]
ARTICLES = [*_NAMED, *_HARBOUR]


def write_press(path: Path) -> Path:
    """Write the archive to `path` as a dump, one article a line."""
    path.write_text("\n".join(json.dumps(each) for each in ARTICLES), encoding="utf-8")
    return path
