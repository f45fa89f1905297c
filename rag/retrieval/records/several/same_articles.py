"""What a piece of a question, or a follow-up, asks of the articles that the one before is about.

    same_articles_query(piece, first, records)  ->  a `RecordQuery`, or None
    says_which(piece, own, records)             ->  whether it describes the articles itself
    refers_to_articles(piece)                   ->  whether it has a pronoun in their place
    plainly(piece)                              ->  it in the words that the rules know

In:  "and from which outlets", what was asked before; the `Records`, for the names in them.
Left to others: a question that stands alone (`rag.retrieval.records.query`). Pure functions.

"It" and "they" are the articles of before, and a detail alone ("and when?") is asked of them. A
piece that leaves the word for them out ("how many are about the storm?") adds what it describes.
"""

from __future__ import annotations

import re
from dataclasses import replace

from rag.retrieval.records.description import ONE_OF, RecordQuery, RecordRequest
from rag.retrieval.records.query import requested
from rag.retrieval.records.reading import Reading
from rag.retrieval.records.records import Records
from rag.retrieval.records.several.pieces import QUESTION_WORD
from rag.retrieval.records.wording import Role, Word

_IT = re.compile(
    r"\b(?:it|(?:this|that)(?=\W*$| (?:is|was|has|had|up|first|published|written|reported)\b))\b",
    re.I,
)
_THEY = re.compile(
    r"\b(?:they|them|(?:these|those)(?! \w*(?:articles|reports|stories|pieces)))\b", re.I
)
_THEIR = re.compile(r"\b(?:their|its)\b", re.I)
_EACH = re.compile(r"\beach\b(?! (?:one|of|outlet|author))", re.I)
_OF_EACH = re.compile(r"(?:per|(?:for|by|from|in) each)\b", re.I)
_BY_WHOM = re.compile(r"(?:by whom|who by)\b", re.I)
_LIMIT = re.compile(
    rf"(?:about|on|by|from|in|since|before|after|until|mentioning) (?!{QUESTION_WORD}|each\b)",
    re.I,
)
_NO_NOUN = re.compile(
    r"(?:how many|which)(?= (?:is|are|was|were|did|do|does|has|have|of|"
    r"about|on|by|from|in|since|mention\w*)\b)",
    re.I,
)
_ONE = re.compile(r"\bones?\b", re.I)
_WHICH_ONES = re.compile(r"which(?: ones?| of them)?|what", re.I)
_SAY_SO = re.compile(
    r"(?:did|does|do|has|have) (?:he|she|they) (?:say|said|tell|state|claim) (?:so|that|this|it)\b",
    re.I,
)
_THAT_SAYS_IT = re.compile(
    r" (?:(?:announc|say|report|tell|stat|describ|mention|cover)ing|"
    r"that (?:announce|say|report|tell|state|describe|mention|cover)(?:s|d|ed)?)"
    r" (?:it|this|that|so|him|her|them)\b",
    re.I,
)
_FOR_WHAT = re.compile(
    r" for (?:the|my|our|a) (?:footnotes?|records?|notes?|files?|citations?|bibliography|"
    r"references?)\b",
    re.I,
)
_SOURCE = re.compile(
    r"(?:(?:what|which|who)(?:['’]s| is| was)? )?(?:the |your )?sources?"
    r"(?: (?:for|of) (?:that|this|it))?"
    r"|where (?:did you|do you|does|is) (?:get |have |find |read )?(?:that|this|it)"
    r"(?: come)?(?: from)?",
    re.I,
)
_OF_ALL = re.compile(
    r"\b(?:there|collection|corpus|archive|index|folder|in all|altogether)\b", re.I
)
_ASKING = (Role.WHO, Role.WHEN, Role.WHERE, Role.WHICH, Role.HOW_MANY)
_OF_MANY: dict[RecordRequest, str] = {"outlets": "outlets", "authors": "authors"}
_TALLIES = ("outlets", "authors", "years", "months")
_OF_ONE = ("article", "field", "gist")


def same_articles_query(piece: str, first: RecordQuery, records: Records) -> RecordQuery | None:
    """What `piece` asks of the articles that `first` describes, or of those it describes itself.

    None where it asks something else, or would count articles that are only those cited.
    """
    if _WHICH_ONES.fullmatch(piece):
        return replace(first, request="list", field=None)
    if piece.lower() == "how many" and first.request in _TALLIES:
        return first
    noun = "article" if first.request in _OF_ONE else "articles"
    text = _with_nouns(piece, first, noun)
    reading = _with_articles(Reading.of(text, records), noun)
    if reading is None:
        reading = Reading.of(f"{text} of the {noun}", records)
    if reading is None:
        return None
    own = reading.described
    if own.topic in ("article", "articles"):  # "about it"
        own = replace(own, topic="", mentioned=False)
    same = replace(
        first,
        request="list",
        field=None,
        order=own.order or (None if reading.has(Role.ARTICLES) else first.order),
    )
    described = _narrowed(same, own, _names_articles(piece, records))
    query = requested(replace(reading, described=described))
    if query is not None and query.ids and query.request in ("count", "list"):
        return None
    if query is None and own.limits and not reading.has(*_ASKING):  # "And Jon Vale?"
        return replace(described, request=first.request, field=first.field)
    return query


def says_which(piece: str, own: RecordQuery, records: Records) -> bool:
    """Whether `piece`, which asks `own` where it stands alone, says of which articles."""
    if refers_to_articles(piece):
        return False
    return bool(own.limits or _OF_ALL.search(piece)) or _names_articles(piece, records)


def refers_to_articles(piece: str) -> bool:
    """Whether `piece` has a pronoun in the place of articles or of what they are about."""
    return bool(_IT.search(piece) or _THEY.search(piece))


def plainly(piece: str) -> str:
    """`piece` without what only says that an article tells of the matter ("that mentions it"), or
    what the answer is for ("for the footnote")."""
    if _SOURCE.fullmatch(piece):
        return "which outlet"
    return _SAY_SO.sub("was it", _FOR_WHAT.sub("", _THAT_SAYS_IT.sub("", piece)))


def _with_articles(reading: Reading | None, noun: str) -> Reading | None:
    """`reading`, with a word for articles if it has none."""
    if reading is None or reading.has(*ONE_OF):
        return reading
    role = Role.ARTICLE if noun == "article" else Role.ARTICLES
    return replace(reading, words=(*reading.words, Word(role, noun, 0, 0)))


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
    text = _ONE.sub(noun, _BY_WHOM.sub("who wrote", plainly(text)))
    text = _THEIR.sub("the", _IT.sub(f"the {noun}", text))
    text = _THEY.sub(f"the {_OF_MANY.get(first.request, noun)}", text)
    each = several.removesuffix("s")
    return text if each == "article" else _EACH.sub(f"each {each}", text)
