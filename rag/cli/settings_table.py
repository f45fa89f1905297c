"""The table of docs/settings.md, generated from `Settings`.

python -m rag.cli.settings_table > docs/settings.md
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from rag.settings import RENAMED, RETIRED, Settings, variable

_COMMAND = "python -m rag.cli.settings_table > docs/settings.md"


def markdown_table() -> Iterator[str]:
    """The lines of docs/settings.md, one row a setting."""
    yield "# Settings"
    yield ""
    yield "Each setting is an environment variable. Flags of the command line override it, and an"
    yield f"unknown `RAG_*` name is refused. This page is generated: `{_COMMAND}`."
    yield ""
    yield "| variable | default | values | meaning |"
    yield "|---|---|---|---|"
    for each in fields(Settings):
        low_high = each.metadata["bounds"]
        values = "{:g} to {:g}".format(*low_high) if low_high else ""
        values = values or ", ".join(each.metadata["choices"])
        yes_or_no: dict[Any, str] = (
            {True: "yes", False: "no"} if isinstance(each.default, bool) else {}
        )
        default = yes_or_no.get(each.default, each.default)
        shown = "unset" if default in (None, "") else f"`{default}`"
        yield f"| `{variable(each.name)}` | {shown} | {values} | {each.metadata['help']} |"
    yield ""
    yield "Old names that still work, with a line on stderr that names the new one: "
    old = (f"`{variable(old)}` (now `{variable(new)}`)" for old, new in RENAMED.items())
    yield f"{', '.join(old)}."
    yield ""
    yield "Settings that nothing reads any more; they are accepted, and a line on stderr says so:"
    yield f"{', '.join(f'`{variable(name)}` ({why})' for name, why in RETIRED.items())}."


if __name__ == "__main__":
    sys.stdout.write("\n".join(markdown_table()) + "\n")
