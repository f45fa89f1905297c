r"""Cited articles as BibTeX, which LaTeX, biblatex and JabRef read. Pure functions.

In:  answers. Out: one `@article` an article, in UTF-8.

What means something to TeX in foreign text is escaped. BibTeX counts braces, escaped ones too, so
a brace without its counterpart is written as a command.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag.export.names import Organisation, Person
from rag.export.references import Reference, references_of
from rag.types import Answer

_COMMANDS = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{mark: f"\\{mark}" for mark in "&%$#_"},
}
_LIGATURES = ("--", "''", "``", "?`", "!`", ",,", "<<", ">>")  # two marks that TeX makes one of
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_IN_ADDRESS = {"{": "%7B", "}": "%7D", "\\": "%5C"}


def render(answers: Sequence[Answer]) -> str:
    """The cited articles; what is quoted of each is its `annote`."""
    return "\n".join(map(_entry, references_of(answers)))


def _entry(reference: Reference) -> str:
    fields = "".join(f"  {name} = {value},\n" for name, value in _fields(reference))
    return f"@article{{{reference.key},\n{fields}}}\n"


def _fields(reference: Reference) -> Iterator[tuple[str, str]]:
    yield "title", f"{{{_escaped(reference.title)}}}"
    if reference.authors:
        yield "author", f"{{{' and '.join(map(_name, reference.authors))}}}"
    if reference.outlet:
        yield "journal", f"{{{_escaped(reference.outlet)}}}"
    if reference.date:
        yield "date", f"{{{'-'.join(f'{part:02}' for part in reference.date)}}}"
        yield "year", f"{{{reference.date[0]}}}"
    if len(reference.date) > 1:
        yield "month", _MONTHS[reference.date[1] - 1]
    if reference.url:
        address = "".join(_IN_ADDRESS.get(mark, mark) for mark in reference.url)
        yield "url", f"{{{address}}}"
    yield "annote", f"{{{_escaped(' '.join(reference.quotes))}}}"


def _name(author: Person | Organisation) -> str:
    """A person's family name first; an organisation in braces, so that it stays whole."""
    if isinstance(author, Person):
        return f"{_escaped(author.family)}, {_escaped(author.given)}"
    return f"{{{_escaped(author.whole)}}}"


def _escaped(text: str) -> str:
    """`text` as TeX prints it."""
    unpaired = _unpaired_braces(text)
    marks = []
    for place, mark in enumerate(text):
        if mark in "{}":
            command = r"\lbrace" if mark == "{" else r"\rbrace"
            marks.append(f"\\ensuremath{{{command}}}" if place in unpaired else f"\\{mark}")
        else:
            apart = text[place - 1 : place + 1] in _LIGATURES if place else False
            marks.append(("{}" if apart else "") + _COMMANDS.get(mark, mark))
    return "".join(marks)


def _unpaired_braces(text: str) -> set[int]:
    """Where a brace of `text` has no counterpart."""
    unpaired, opened = set(), []
    for match in re.finditer(r"[{}]", text):
        if match[0] == "{":
            opened.append(match.start())
        elif opened:
            opened.pop()
        else:
            unpaired.add(match.start())
    return unpaired | set(opened)
