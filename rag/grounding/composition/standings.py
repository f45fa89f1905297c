"""Lists that an article sets out as figures: results in order, and what several have of a thing.

    standings(question, text)  ->  the spans of `text` that give what the question asks to list

In:  "Who were the first three women home?"; "Women: 1. Ada Holm (Lund) 31:12; 2. Eva Sand 31:40 …".
     "Which parties won seats?"; "The Left has nine seats, the Harbour List 4 and the Greens 2."
Out: as above; empty where the text has no such list, or it may be that of another group.
Left to others: whether the article is about what is asked
(`rag.grounding.composition.enumeration`). Pure functions.
"""

from __future__ import annotations

import re
from itertools import takewhile

from rag.text.numbers import number_spans
from rag.text.questions.several import listed_nouns, places_asked_for
from rag.text.sentences import Span, sentence_spans
from rag.text.stemming import stem_tokens

_PLACE = re.compile(r"(?<![\w.:])(?P<place>\d{1,2})[.)] (?=[^\W\d_])")
_LABEL = re.compile(r"(?P<label>[^\W\d_][\w’' -]{1,40}): ?$")
_SEX = {"men": "men", "man": "men", "male": "men", "women": "women", "woman": "women",
        "female": "women", "ladies": "women"}  # fmt: skip
_FEWEST = 3  # that have a share, by which a sentence is a list
_NAME = re.compile(r"(?:[Tt]he )?[A-ZÀ-ÞĀ-Ž][\w’'-]*(?: [\w’'-]+){0,5}$")
_BETWEEN = re.compile(r"[,;] (?:and )?| and ")


def standings(question: str, text: str) -> list[Span]:
    """The spans of `text` with what `question` asks to list."""
    if (number := places_asked_for(question)) > 1:
        return _results(question, text, number)
    return _shares(question, text)


def _results(question: str, text: str, number: int) -> list[Span]:
    """The first `number` entries of each list of results for the group that is asked for."""
    sex = _sex(question)
    results: list[tuple[str, Span]] = []
    for paragraph in re.finditer(r"(?:(?!\n\n).)+", text, re.S):
        places = list(_PLACE.finditer(paragraph[0]))
        for n, match in enumerate(places):
            entries = places[n : n + number + 1]
            ranks = [int(each["place"]) for each in entries[:number]]
            if match["place"] != "1" or ranks != list(range(1, number + 1)):
                continue
            label = _LABEL.search(paragraph[0][: match.start()])
            start = label.start() if label else match.start()
            behind = entries[number].start() if len(entries) > number else len(paragraph[0])
            end = _end_of_entry(paragraph[0], entries[number - 1].end(), behind)
            span = (paragraph.start() + start, paragraph.start() + end)
            results.append((_sex(label["label"]) if label else "", span))
    spans = [span for group, span in results if not sex or group == sex]
    return spans if len(spans) == 1 or not sex else []


def _sex(text: str) -> str:
    words = re.findall(r"[^\W\d_]+", text.lower())
    return next((_SEX[word] for word in words if word in _SEX), "")


def _end_of_entry(text: str, start: int, behind: int) -> int:
    """Where an entry of a list ends, before what stands at `behind`."""
    stop = re.compile(r";|\.(?=\s|$)").search(text, start, behind)
    return stop.end() if stop else len(text[:behind].rstrip())


def _shares(question: str, text: str) -> list[Span]:
    """The sentence that tells how many of what is asked about each of several has."""
    nouns = listed_nouns(question)
    for start, end in sentence_spans(text):
        sentence = text[start:end].rstrip()
        if _names_shares(sentence, nouns):
            return [(start, start + len(sentence))]
    return []


def _names_shares(sentence: str, nouns: frozenset[str]) -> bool:
    """Whether each part of `sentence` has a name and a number, and the first says of what."""
    parts = [each.strip(" .,;") for each in _BETWEEN.split(sentence)]
    shares = list(takewhile(_has_share, parts))
    if len(shares) < _FEWEST:
        return False
    first = shares[0]
    number = max(each.end for each in number_spans(first))
    return not nouns.isdisjoint(*stem_tokens([first[number:]]))


def _has_share(part: str) -> bool:
    """Whether `part` is a name and a number behind it: "the Harbour List 4"."""
    numbers = [each for each in number_spans(part) if each.value.isdigit()]
    return len(numbers) == 1 and _NAME.match(part[: numbers[0].start].strip()) is not None
