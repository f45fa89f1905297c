"""The HTML templates of the web chat (`rag/web/templates/`), and the filters that they share.

    render("article.html", title=…)  ->  HTML in which every value is escaped

A template writes foreign text as `{{ text | clean }}`, or `{{ title | visible }}` where white space
at the edges means nothing: both take out what a person cannot see (`rag.web.views.escape`).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from rag.runtime.html_templates import load_templates
from rag.web.views.escape import clean, quantity, strip_invisible

if TYPE_CHECKING:
    from jinja2 import Environment

_FOLDER = Path(__file__).parents[1] / "templates"


def render(template: str, **values: object) -> str:
    """The template with these values, each of them escaped unless it is `markupsafe.Markup`."""
    return _environment().get_template(template).render(values)


@cache
def _environment() -> Environment:
    environment = load_templates(_FOLDER)
    environment.filters["clean"] = clean
    environment.filters["visible"] = strip_invisible
    environment.filters["quantity"] = quantity
    return environment
