"""Sentences of an article that can be quoted by themselves.

    quotable_spans(article)  ->  spans of the article's text, in its order

In:  an article. Out: the spans of those of its sentences that are understood without the ones
     before them.
Left to others: which of them to quote (`salience`). Pure functions.

Left out are bylines, captions, corrections and fragments; questions; what speaks to a machine; and
what leans on an earlier sentence: it opens with "But" or "This", or says "he" or "she" before it
names anybody. In an article about one person, whom its headline names, that person may be meant.
"""

from __future__ import annotations

import re

from rag.prompts.injection import injection_spans
from rag.text.dates.forms import MONTH, WEEKDAY
from rag.text.names import extract_full_names
from rag.text.sentences import Span, sentence_spans
from rag.types import Article

_MIN_WORDS = 6
_MIN_PRONOUNS = 3  # in an article about one person
_ENDS = re.compile(r"[.!…][\"”’'»)\]]*$")
_LEANING = re.compile(
    r"\W*(?:it|its|they|their|them|this|these|that(?! of\b)|those|such|another|both|neither|either|"
    r"others?|some of (?:them|these|those)|(?:one|none|all|most|many|each|two|three|four|five) of "
    r"(?:them|these|those)|the (?:same|other|latter|former|second|third)|but|and|or|so|yet|then|"
    r"however|also|instead|meanwhile|therefore|thus|moreover|besides|still|otherwise|nevertheless|"
    r"that said|i|we|you|my|our|your|here)\b",
    re.IGNORECASE,
)
_FURNITURE = re.compile(
    rf"\W*(?:(?-i:[Bb]y (?!{WEEKDAY}|{MONTH})[A-Z])|photo|picture|image|video|caption|source:|"
    r"correction|clarification|editor|an earlier version|read more|updated|published|copyright|©)",
    re.IGNORECASE,
)
_SPEECH = re.compile(r"“[^”]*”|\"[^\"]*\"|„[^“”]*[“”]|«[^»]*»")
_HE, _SHE = r"\b(?:he|him|his|himself)\b", r"\b(?:she|her|hers|herself)\b"
_PERSONAL = re.compile(rf"{_HE}|{_SHE}", re.IGNORECASE)
_NOUN = re.compile(r"(?<![.!?:] )(?<!^)\b[^\W\d_a-zß-ÿ][\w’'-]+|^\W*(?:Mr|Mrs|Ms|Dr)\b")


def quotable_spans(article: Article) -> list[Span]:
    """The spans of the sentences of `article` that stand alone, without white space around them.

    The first sentence of an article leans on nothing.
    """
    text = article.text
    orders = injection_spans(text)
    sentences = [_trimmed(text, span) for span in sentence_spans(text)]
    person = main_person(article)
    return [
        (start, end)
        for n, (start, end) in enumerate(sentences)
        if not any(first < end and start < last for first, last in orders)
        and is_statement(text[start:end])
        and (
            n == 0
            or stands_alone(text[start:end])
            or (person and _means(person, text[start:end], text[slice(*sentences[n - 1])]))
        )
    ]


def with_continuation(article: Article, start: int, end: int) -> Span:
    """The span of a sentence, and of the one after it where that leans on it."""
    sentences = [_trimmed(article.text, span) for span in sentence_spans(article.text)]
    following = next((each for each in sentences if each[0] >= end), None)
    orders = injection_spans(article.text)
    if following is None or "\n\n" in article.text[end : following[0]]:
        return start, end
    text = article.text[slice(*following)]
    quotable = is_statement(text) and not any(
        following[0] < last and first < following[1] for first, last in orders
    )
    return (start, following[1]) if quotable and not stands_alone(text) else (start, end)


def is_statement(sentence: str, least_words: int = _MIN_WORDS) -> bool:
    """Whether `sentence` is a whole statement, neither a question nor site furniture."""
    return (
        len(sentence.split()) >= least_words
        and _ENDS.search(sentence) is not None
        and _FURNITURE.match(sentence) is None
        and not sentence.isupper()
    )


def stands_alone(sentence: str) -> bool:
    """Whether `sentence` names what it speaks of: no word of it refers to an earlier sentence."""
    bare = _SPEECH.sub("“”", sentence)
    if _LEANING.match(bare) or not re.search(r"\w", bare):
        return False
    pronoun = _PERSONAL.search(bare)
    return pronoun is None or _NOUN.search(bare[: pronoun.start()]) is not None


def main_person(article: Article) -> str:
    """The person whom an article is about, else "".

    The headline and the first sentence name them in full, and all its "he" and "she" are of one
    sex.
    """
    spans = sentence_spans(article.text)
    lead = article.text[slice(*spans[0])] if spans else ""
    names = [each for each in extract_full_names(article.title) if each in lead]
    bare = _SPEECH.sub("“”", article.text)
    he, she = (len(re.findall(each, bare, re.IGNORECASE)) for each in (_HE, _SHE))
    is_one = min(he, she) == 0 and max(he, she) >= _MIN_PRONOUNS
    return names[0] if names and is_one else ""


def _means(person: str, sentence: str, before: str) -> bool:
    """Whether "she" in `sentence` is `person`: the sentence before it names nobody else."""
    bare = _SPEECH.sub("“”", sentence)
    return (
        _LEANING.match(bare) is None
        and bool(re.search(r"\w", bare))
        and all(each in person or person in each for each in extract_full_names(before))
    )


def _trimmed(text: str, span: Span) -> Span:
    start, end = span
    inside = text[start:end]
    return start + len(inside) - len(inside.lstrip()), end - (len(inside) - len(inside.rstrip()))
