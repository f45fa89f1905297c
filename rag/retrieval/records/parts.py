"""A question that asks several things, or goes on from the one before, as what the records answer.

    parse_record_parts(question, records, earlier)  ->  `RecordParts`: the records' part, the rest
    asks_of_article(question, records)              ->  whether it can be asked of an article cited

In:  a question; the `Records` of an index, for the names in them; what was asked before.
Out: "How many articles are there, and from which outlets?" as two questions about the same
     articles; "Who wrote the obituary, and when did she die?" as one, and a rest that the
     articles' texts answer. "And in which newspaper?" as what it asks of the articles of before.
Left to others: a question that asks one thing (`rag.retrieval.records.query`), completing the rest
(`rag.retrieval.clauses`). Pure functions of the wording and the names.

The first part says which articles are meant. A later one that describes none is about the same:
"it" and "they" are those articles, and a detail alone ("and when?") is asked of them. One that
leaves the word for them out ("how many are about the storm?") adds what it describes. So it is
with a question after another one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from rag.retrieval.records.description import ONE_OF, RecordQuery, RecordRequest
from rag.retrieval.records.query import parse_record_query, requested
from rag.retrieval.records.reading import Reading
from rag.retrieval.records.records import Records
from rag.retrieval.records.wording import Role

_QUESTION_WORD = r"(?:what|which|who|whom|whose|when|where|how)\b"
_ASKED = re.compile(rf"\b{_QUESTION_WORD}", re.I)
_NEXT_PART = re.compile(
    rf"(?:,|\?)?\s+and\s+(?=(?:\w+\s+){{0,2}}?{_QUESTION_WORD})"
    rf"|[,?]\s+(?=(?:(?:from|in|by|of|on)\s+)?{_QUESTION_WORD})"
    r"|,?\s+and\s+(?=(?:per|(?:for|by|from|in) each)\b)",
    re.I,
)
_BOTH_ASKED = re.compile(  # "When and where was …", "By whom and when …"
    rf"(?P<one>(?:(?:by|in|on|from)\s+)?{_QUESTION_WORD})\s+and\s+"
    rf"(?P<other>(?:(?:by|in|on|from)\s+)?{_QUESTION_WORD})\s+(?P<rest>\w.*)",
    re.I,
)
_BOTH_NAMED = re.compile(  # "Which outlets and authors …", "the author and the date of …"
    r"(?P<ask>(?:which|what|list|show|give|name|who)(?: (?:is|are|was|were|me))?(?: the| all)*|the)"
    r" (?P<one>[\w-]+),? and "
    rf"(?!(?:the )?{_QUESTION_WORD})(?:the )?(?P<other>[\w-]+)\b(?P<rest>.*)",
    re.I,
)
_EMBEDDED = re.compile(  # "what happened and how it ended"
    r"(?:what|when|where|why|how) (?:it|he|she|they|we|the|an?|this|that|these|those|its|his|her|"
    r"their)\b",
    re.I,
)
_IT = re.compile(
    r"\b(?:it|(?:this|that)(?=\W*$| (?:is|was|has|had|first|published|written|reported)\b))\b",
    re.I,
)
_THEY = re.compile(
    r"\b(?:they|them|(?:these|those)(?! \w*(?:articles|reports|stories|pieces)))\b", re.I
)
_EACH = re.compile(r"\beach\b(?! (?:one|of|outlet|author))", re.I)
_OF_EACH = re.compile(r"(?:per|(?:for|by|from|in) each)\b", re.I)
_BY_WHOM = re.compile(r"(?:by whom|who by)\b", re.I)
_JOINING = re.compile(r"(?:and|but|so|also|what about|how about)\b[ ,]*", re.I)
_LIMIT = re.compile(
    rf"(?:about|on|by|from|in|since|before|after|until|mentioning) (?!{_QUESTION_WORD}|each\b)",
    re.I,
)
_NO_NOUN = re.compile(r"(?:how many|which)(?= (?:is|are|was|were|did|do|does|has|have|of)\b)", re.I)
_OF_ALL = re.compile(
    r"\b(?:there|collection|corpus|archive|index|folder|in all|altogether)\b", re.I
)
_ASKING = (Role.WHO, Role.WHEN, Role.WHERE, Role.WHICH, Role.HOW_MANY)
_WHICH_ONES = re.compile(r"which(?: ones?| of them)?|what", re.I)
_OF_MANY: dict[RecordRequest, str] = {"outlets": "outlets", "authors": "authors"}
_OF_ONE = ("article", "field", "gist")
_MOST_PARTS = 4


@dataclass(frozen=True, slots=True)
class RecordPart:
    """What the records are asked by the part `question` of a question."""

    question: str
    query: RecordQuery


@dataclass(frozen=True, slots=True)
class RecordParts:
    """What of a question the records answer, in order; `rest` is put to the articles' texts."""

    parts: tuple[RecordPart, ...] = ()
    rest: str = ""


def parse_record_parts(
    question: str, records: Records, earlier: RecordQuery | None = None
) -> RecordParts:
    """What `question` asks of the records; no parts where it asks something else.

    `earlier` is what the turn before it asked of them, if anything.
    """
    several = _several(_named_together(question), records, earlier)
    if several.parts and not several.rest:
        return several
    if (several := _several(_pieces(question), records, earlier)).parts:
        return several
    whole = _read(question, records, earlier)
    return RecordParts((RecordPart(question, whole),) if whole else ())


def asks_of_article(question: str, records: Records) -> bool:
    """Whether `question` asks for the record of an article that it does not describe: "Which outlet
    reported that?", "Who wrote that article?". It has a word for an article, an outlet or a
    headline; an author may be that of a book."""
    reading = Reading.of(_without_joining(question), records)
    if reading is None or reading.described.limits:
        return False
    named = any(each.value.startswith("headline") for each in reading.words)
    return named or reading.has(Role.OUTLET, Role.OUTLETS, *ONE_OF)


def _several(pieces: list[str], records: Records, earlier: RecordQuery | None) -> RecordParts:
    """Each of `pieces` as what it asks; no parts where they are better read as a whole."""
    first = _read(pieces[0], records, earlier) if len(pieces) > 1 else None
    if first is None or first.request == "day" or _ASKED.search(first.topic):
        return RecordParts()
    parts, rest = [RecordPart(pieces[0], first)], ""
    for piece in pieces[1:]:
        query = None if rest else _continued(piece, parts[-1].query, records)
        if query is None:
            rest = f"{rest} and {piece}" if rest else piece
        elif all(query != each.query for each in parts):
            parts.append(RecordPart(piece, query))
    return RecordParts() if _EMBEDDED.match(rest) else RecordParts(tuple(parts), rest)


def _read(piece: str, records: Records, earlier: RecordQuery | None) -> RecordQuery | None:
    """What `piece` asks by itself, or as it goes on from `earlier`."""
    own = parse_record_query(piece, records)
    if earlier is None or (own is not None and not _leans(piece, own, records)):
        return own
    return _continued(_without_joining(piece), earlier, records) or own


def _leans(piece: str, own: RecordQuery, records: Records) -> bool:
    """Whether `piece`, which asks `own` by itself, does not say of which articles."""
    if _IT.search(piece) or _THEY.search(piece):
        return True
    has_noun = _names_articles(piece, records)
    return not (has_noun or own.limits or _OF_ALL.search(piece))


def _without_joining(question: str) -> str:
    bare = question.strip(" .?!")
    return bare[match.end() :] if (match := _JOINING.match(bare)) else bare


def _pieces(question: str) -> list[str]:
    bare = question.strip(" .?!")
    if both := _BOTH_ASKED.fullmatch(bare):
        return [f"{both['one']} {both['rest']}", f"{both['other']} {both['rest']}"]
    return [piece.strip(" ,;?") for piece in _NEXT_PART.split(bare, _MOST_PARTS - 1)]


def _named_together(question: str) -> list[str]:
    """ "Which outlets and authors are there?" as two questions."""
    both = _BOTH_NAMED.fullmatch(question.strip(" .?!"))
    if both is None:
        return []
    return [f"{both['ask']} {both[name]}{both['rest']}" for name in ("one", "other")]


def _continued(piece: str, first: RecordQuery, records: Records) -> RecordQuery | None:
    """What `piece` asks of the articles that `first` describes, or of those it describes itself."""
    if _WHICH_ONES.fullmatch(piece):
        return replace(first, request="list", field=None)
    noun = "article" if first.request in _OF_ONE else "articles"
    text = _with_nouns(piece, first, noun)
    reading = Reading.of(text, records)
    if reading is None or not reading.has(*ONE_OF):
        reading = Reading.of(f"{text} of the {noun}", records)
    if reading is None:
        return None
    own = reading.described
    same = replace(
        first,
        request="list",
        field=None,
        order=own.order or (None if reading.has(Role.ARTICLES) else first.order),
    )
    described = _narrowed(same, own, _names_articles(piece, records))
    asks = requested(replace(reading, described=described))
    if asks is None and own.limits and not reading.has(*_ASKING):  # "And Jon Vale?"
        return replace(described, request=first.request, field=first.field)
    return asks


def _narrowed(same: RecordQuery, own: RecordQuery, is_whole: bool) -> RecordQuery:
    """The articles `same`, or those that a question describes as its `own`: in their place where
    its description `is_whole`, else of both."""
    if not replace(own, order=None).limits:
        return same
    if is_whole or own.headline:
        return own
    return replace(
        same,
        topic=own.topic or same.topic,
        mentioned=own.mentioned if own.topic else same.mentioned,
        headline="" if own.topic else same.headline,
        bylines=own.bylines or same.bylines,
        within=own.within or same.within,
        genre=own.genre or same.genre,
        language=own.language or same.language,
    )


def _names_articles(piece: str, records: Records) -> bool:
    """Whether `piece` has a word for articles of its own."""
    reading = Reading.of(piece, records)
    return reading is not None and reading.has(*ONE_OF)


def _with_nouns(piece: str, first: RecordQuery, noun: str) -> str:
    """`piece` with the word for articles where it has a pronoun, or leaves it out."""
    several = _OF_MANY.get(first.request, "articles")
    text = f"how many articles {piece}" if _OF_EACH.match(piece) else piece
    text = f"articles {text}" if _LIMIT.match(text) else text
    text = _NO_NOUN.sub(lambda match: f"{match[0]} {several}", text)
    text = _BY_WHOM.sub("who wrote", text)
    text = _THEY.sub(f"the {_OF_MANY.get(first.request, noun)}", _IT.sub("the article", text))
    each = several.removesuffix("s")
    return text if each == "article" else _EACH.sub(f"each {each}", text)
