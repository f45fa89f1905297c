"""What the name of a file says: its ending, and whether a browser made it for a saved page.

    ending_of(name)                ->  "txt" for "letters/a.TXT", "warc" for "crawl.warc.gz"
    without_ending(name)           ->  "letters/a", "crawl"
    kind_not_read(name)            ->  why a file of that kind is not read; None if it is
    is_page_folder(name, pages)    ->  whether a folder beside `pages` belongs to one of them
                                       ("story_files")

Names are paths with "/". Left to others: what the bytes of a file say
(`rag.ingest.parsers.content_type`).
"""

from __future__ import annotations

from collections.abc import Collection

from rag.ingest.parsers import supported_extensions

_COMPRESSED, _READ_COMPRESSED = ".gz", frozenset({"warc"})  # an ending, and before which it is read
# what browsers append, by language, to the name of a page
_ENDINGS = (
    *("_files", "-files", ".files", "-Dateien", "_Dateien", "_fichiers", "_archivos", "_bestanden"),
    *("-filer", "_ficheiros", "_arquivos", "_file", "_pliki", "_soubory", "_tiedostot"),
    "_dosyalar",
)


def ending_of(name: str) -> str:
    """The ending in lower case, without its dot, which tells the format; "" if there is none."""
    file = name.rpartition("/")[2].lower()
    ending = _last(file)
    inner = _last(file.removesuffix(_COMPRESSED))
    return inner if ending == _COMPRESSED[1:] and inner in _READ_COMPRESSED else ending


def without_ending(name: str) -> str:
    """The name without its ending, that of compression included where that is read."""
    ending = ending_of(name)
    whole = name[: -len(_COMPRESSED)] if ending and not name.lower().endswith(ending) else name
    return whole[: -len(ending) - 1] if ending else name


def kind_not_read(name: str) -> str | None:
    """Why a file of that kind is not read; None if it is."""
    ending = ending_of(name)
    if ending in supported_extensions():
        return None
    return f"of a kind that is not read ({f'.{ending}' if ending else 'no ending'})"


def _last(file: str) -> str:
    stem, dot, ending = file.rpartition(".")
    return ending if dot and stem else ""


def is_page_folder(name: str, pages: Collection[str]) -> bool:
    """Whether a folder beside `pages` (names without endings) holds parts of one of them."""
    return any(name.endswith(end) and name.removesuffix(end) in pages for end in _ENDINGS)
