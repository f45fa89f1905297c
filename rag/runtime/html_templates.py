"""Jinja2 templates of one folder, set so that no value can become mark-up by accident.

In:  a folder of templates.
Out: an environment that escapes every value that is not `markupsafe.Markup`, and that raises
     `UndefinedError` for a name without a value.

Jinja2 is imported at the first call, so that `import rag` and the command line stay light.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment


@cache
def load_templates(folder: Path) -> Environment:
    """The environment for the templates in `folder`; the same one at each call."""
    import jinja2

    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
