"""The folders that browsers make for the pictures and frames of a saved page ("story_files").

is_page_folder(name, pages)   ->  whether a folder beside `pages` belongs to one of them
"""

from __future__ import annotations

from collections.abc import Collection

# what browsers append, by language, to the name of a page
_ENDINGS = (
    *("_files", "-files", ".files", "-Dateien", "_Dateien", "_fichiers", "_archivos", "_bestanden"),
    *("-filer", "_ficheiros", "_arquivos", "_file", "_pliki", "_soubory", "_tiedostot"),
    "_dosyalar",
)


def is_page_folder(name: str, pages: Collection[str]) -> bool:
    """Whether a folder beside `pages` (names without endings) holds parts of one of them."""
    return any(name.endswith(end) and name.removesuffix(end) in pages for end in _ENDINGS)
