"""Plain text that was saved from a web page: the article without the page around it.

In:  any text (`strip_boilerplate`), or the export of a press database (`split_export`).
Out: a `ParsedDocument`: the article's own lines, its headline, outlet, author and day; of an export
     one for each article.
Map: `page` decides and strips; `rows` classifies lines; `headlines` finds the headline;
     `page_metadata`, `bylines` and `date_lines` find who wrote it and when; `word_lists` reads the
     lists in `data/`; `exports` splits exports.
Left to others: HTML (`rag.ingest.parsers.html`), cleaning characters (`rag.ingest.normalize`).
"""

from rag.ingest.boilerplate.exports import split_export
from rag.ingest.boilerplate.page import strip_boilerplate

__all__ = ["split_export", "strip_boilerplate"]
