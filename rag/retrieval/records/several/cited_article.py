"""Questions for the record of the article that an answer from the texts cites.

    asks_of_article(question, records)         ->  whether a follow-up is one
    split_article_question(question, records)  ->  a question to the texts, and such a last part
    names_article(words)                       ->  whether a word is for an article or its record

In:  "Which outlet reported that?"; the `Records` of an index, for the names in them.
Left to others: which article that is (`rag.pipeline.earlier`), what is asked of it
(`rag.retrieval.records.several.same_articles`). Pure functions.

It has a word for an article, an outlet, a headline or a byline. "Who is the author?" may be asked
of a book, and "when was it published?" too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from rag.retrieval.clauses import adds_a_detail
from rag.retrieval.records.description import ONE_OF
from rag.retrieval.records.reading import Reading
from rag.retrieval.records.records import Records
from rag.retrieval.records.several.pieces import pieces, without_joining
from rag.retrieval.records.several.same_articles import plainly
from rag.retrieval.records.wording import Role, Word

_WORDS = ("headline", "byline", "journalist", "reporter", "correspondent")
_REPORTED = re.compile(
    r"who (?:wrote|reported|published|broke) (?:(?:that|this)(?: up| first)?|it up)"
    r"|who (?:wrote|reported) (?:about|on) (?:it|that|this)"
    r"|(?:when|where|in which \w+|on (?:what|which) day) (?:was|did|has|were) (?:that|this)"
    r"(?: been)? (?:first )?(?:published|printed|reported|run)",
    re.I,
)
_JOINT = re.compile(r"[\s,;?]*(?:\band)?(?:\s+also)?\s*$", re.I)


def asks_of_article(question: str, records: Records) -> bool:
    """Whether `question` asks for the record of an article that it does not describe."""
    bare = plainly(without_joining(pieces(question, records.headlines_in(question))[0]))
    if _REPORTED.fullmatch(bare):
        return True
    reading = Reading.of(bare, records)
    if reading is None or reading.described.limits:
        return False
    return names_article(reading.words)


def names_article(words: Iterable[Word]) -> bool:
    """Whether one of `words` is for an article, an outlet, a headline or a byline."""
    return any(
        each.role in (Role.OUTLET, Role.OUTLETS, *ONE_OF) or each.value.startswith(_WORDS)
        for each in words
    )


def split_article_question(question: str, records: Records) -> tuple[str, str]:
    """`question` without a last part that asks for the record of the article that answers it, and
    that part: "How high is the fee?" and "which outlet reported that"; "" where it has none."""
    last = pieces(question, records.headlines_in(question))[-1]
    head = _JOINT.sub("", question[: max(question.rfind(last), 0)])
    if len(head.split()) <= 2 or adds_a_detail(head) or not asks_of_article(last, records):
        return question, ""
    return f"{head}?", last
