"""Metadata that a document states about itself: kept where it is valid, dropped where it is not.

    document_from_metadata(text, stated, basis)   ->  ParsedDocument
    document_fields(stated)                       ->  the same fields under one set of names
    has_whole_text(stated)                        ->  whether a text is among them
    people, web_url                               ->  the value, or None where it is not valid

Pure functions. Left to others: where a format keeps its metadata (`rag.ingest.parsers`), what the
lines of a saved page say (`rag.ingest.boilerplate`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from rag.ingest.boilerplate.bylines import byline
from rag.ingest.date_forms import publication_day
from rag.ingest.document import ParsedDocument
from rag.ingest.normalize import one_line


def _names(text: str) -> tuple[str, ...]:
    """The names of a list that is written as one string, in its order."""
    return tuple(text.split())


# names by which dumps, tables and front matter call a field, the most certain first
SYNONYMS = {
    "id": ("id", "articleid", "guid", "uid", "uuid", "storiesid", "storyid", "uri"),
    "title": _names(
        """title headline hd titel überschrift schlagzeile titre título titulo titular manchete
        titolo kop overskrift rubrik tytuł webtitle titulek заголовок название articletitle
        newstitle storytitle posttitle headlines headlinetext headlinemain titlefull titlepage
        pagetitle heading name"""
    ),
    "text": _names(
        """text body content article articlebody fulltext bodytext maintext bodyhtml articletext
        story plaintext contenttext textcontent contenthtml articlecontent cleanedtext storytext
        fullcontent newstext newscontent postcontent contentelements paragraphs document inhalt
        artikel artikeltext volltext texte contenu corps texto cuerpo contenido conteúdo testo tekst
        brødtekst treść текст contentencoded rawtext rawcontent leadparagraph description summary
        abstract shortdescription snippet excerpt"""
    ),
    "source": _names(
        """source outlet publication publisher newspaper sitename sourcename publicationtitle
        publicationname newspapername newspapertitle medianame mediaoutlet newsoutlet newssource
        publishername sourcetitle namesource feedtitle feedname origin medium site paper journal
        quelle zeitung periódico periodico diario fuente medio jornal fonte giornale testata krant
        bron avis avisa tidning kilde källa gazeta źródło noviny zdroj газета издание источник
        website provider providername sourceid sourcehostname hostname sourcedomain domain
        domainname cleanurl"""
    ),
    "author": _names(
        """author authors authorname authornames authorslist authorsbyline byline bylines by creator
        dccreator writer writers reporter reporters journalist journalists articleauthor autor
        autores autorin autoren verfasser auteur auteurs autora autore forfatter författare автор"""
    ),
    "published": _names(
        """published date publishedat publicationdate pubdate datepublished datepublish
        publisheddate publishdate publishedon publishedtime publishtime publishdatetime
        publicationdatetime publishingdate firstpublishdate firstpublished firstpublishedat
        firstpublicationdate datefirstpublished originalpublishdate webpublicationdate displaydate
        isodate dcdate dateissued articledate newsdate storydate postdate posted postedat postedon
        releasedate publicationtime publishedutc pubtime datum erscheinungsdatum veröffentlicht
        veröffentlichungsdatum publikationsdatum datedepublication datepublication fecha
        fechadepublicación fechapublicacion fechadepublicacion datapublicação data dato дата
        timestamp datetime issued day"""
    ),
    "published_basis": ("publishedbasis",),
    "url": _names(
        """url link weburl articleurl canonicalurl canonicallink finalurl pageurl newsurl storyurl
        originalurl address permalink sourceurl href uri source guid"""
    ),
}
# text of an article only where nothing else is: its beginning, or what it is about
SHORT_TEXTS = frozenset(
    _names("leadparagraph description summary abstract shortdescription snippet excerpt")
)
_QUOTED = re.compile(r"""(["'])((?:(?!\1[,\]]).){1,200})\1(?=\s*[,\]])""")
_NAMED = ("name", "original", "fullname", "displayname", "value", "text", "title", "domain")
_WORDED = (
    *("main", "rendered", "default", "basic", "original", "value", "text", "content", "en"),
    *("#text", "$t", "_"),
)


def document_from_metadata(text: str, stated: Mapping[str, object], basis: str) -> ParsedDocument:
    """A document of clean `text` with the valid fields of `stated` (title, source, author,
    published, url).

    `basis` says where the day of publication is stated, such as "stated: front matter".
    """
    title, source, author = (
        one_line(stated.get("title")),
        stated.get("source"),
        stated.get("author"),
    )
    day, url = publication_day(stated.get("published")), web_url(stated.get("url"))
    return ParsedDocument(
        title=title or "",
        text=text,
        source=people(source),
        author=people(author),
        published=day,
        published_basis=basis if day else None,
        url=url,
    )


def people(value: object) -> str | None:
    """The authors that a field names, comma-separated: one, a list, or objects with a "name"."""
    if isinstance(value, Mapping):
        value = _name_of(value)
    if isinstance(value, (list, tuple)):
        names = dict.fromkeys(filter(None, map(people, value[:20])))
        return one_line(", ".join(names))
    name = one_line(value)
    if name is None:
        return None
    if name.startswith("[") and name.endswith("]"):  # a list that was written out as text
        return (
            people([part for _, part in _QUOTED.findall(name)])
            if "'" in name or '"' in name
            else None
        )
    return byline(name) or re.sub(r"\s*;\s*", ", ", re.sub(r"^[Bb][Yy] +", "", name))


def _name_of(person: Mapping[str, object]) -> object:
    """The name in an object that describes a person or an outlet; None where it has none."""
    stated = {_bare(key): value for key, value in person.items()}
    if named := next((stated[key] for key in _NAMED if stated.get(key)), None):
        return named
    parts = [
        next((stated[key] for key in keys if isinstance(stated.get(key), str)), "")
        for keys in (("firstname", "givenname", "first"), ("lastname", "familyname", "last"))
    ]
    return " ".join(str(part) for part in parts if part) or stated.get("person")


def _bare(key: object) -> str:
    """A name of a field as it is compared: "Publication Date" and "publication_date" are one."""
    return re.sub(r"[\s_:.-]+", "", str(key).casefold())


def worded(value: object) -> object:
    """The words of a field that is an object, as in `{"main": "…"}`; any other value as it is."""
    if isinstance(value, Mapping):
        return next((value[key] for key in _WORDED if isinstance(value.get(key), str)), None)
    return value


def has_whole_text(stated: Mapping[str, object]) -> bool:
    """Whether one of the fields is a text that is more than a summary."""
    return "text" in document_fields(
        {k: v for k, v in stated.items() if _bare(k) not in SHORT_TEXTS}
    )


def document_fields(stated: Mapping[str, object]) -> dict[str, object]:
    """`stated` under the names of `ParsedDocument`, whatever its own: "headline", "byline"."""
    fields: dict[str, object] = {}
    bare: dict[str, object] = {}
    for key, value in stated.items():
        bare.setdefault(_bare(key), value)
    for field, names in SYNONYMS.items():
        for name in names:
            value = bare.get(name)
            if value not in (None, "", [], {}) and _fits(field, name, value):
                fields[field] = value
                break
    return fields


def _fits(field: str, name: str, value: object) -> bool:
    """Whether a value may be that of a field: some call the address of an article its source."""
    if field == "url":
        return web_url(value) is not None
    if name == "document":
        return isinstance(value, str)
    return field != "source" or web_url(value) is None


def web_url(value: object) -> str | None:
    """`value` if it is an http(s) address, else None: an address may be rendered as a link."""
    match = isinstance(value, str) and re.fullmatch(r"https?://[^\s<>\"\x00-\x20]{3,2000}", value)
    return match[0] if match else None
