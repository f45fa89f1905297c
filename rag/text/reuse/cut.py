"""Whether a sentence is one of another text cut short, before what its verb needs. Pure functions.

    is_cut_short("Holt said in May.", "Holt said in May that it leaks.")  ->  True
    is_cut_short("It opened in May.", "The bridge opened in May after a year.")  ->  False

In:  a sentence, and the text whose words it takes.
Left to others: what the sentence says, and what is shown in its place (`rag.grounding`).

The words at the end of the sentence, with its verb among them, stand in the text too. There the
clause must end with them: at a mark, or before a word that can open something left out without
harm ("after", "because", "in"). What the text goes on with otherwise ("that it leaks", "three
ships") is what the verb speaks of. A verb of the past that is the last word may need anything that
follows, or that stands before ("…, Holt said"). Only verbs and openers of English are known; in
another language it is seen of sentences that the text has whole, which end well at a mark alone.
"""

from __future__ import annotations

import re

from rag.text.folding import FoldedWord, fold_words
from rag.text.verbs import verbs_of_form

_OPENS_ADJUNCT = re.compile(
    r"about|above|across|after|against|along|although|amid|among|and|around|as|at|because|"
    r"before|behind|below|beside|between|beyond|but|by|despite|down|during|except|following|"
    r"for|from|if|in|inside|into|near|nor|off|on|onto|or|out|outside|over|per|since|so|than|"
    r"though|through|throughout|toward|towards|under|unless|until|up|upon|via|when|whenever|"
    r"where|which|while|who|whom|whose|with|within|without|yet"
)
_FURTHER_VERBS = frozenset(("asked", "believed", "felt", "said", "thought", "told", "was", "were"))
_MARKS = frozenset('.,;:!?…–—()[]"“”„«»')  # where a clause may end
_LEAST_COPIED = 3  # words of the beginning of a sentence


def is_cut_short(sentence: str, text: str) -> bool:
    """Whether `sentence` takes its last words from `text`, and breaks off before theirs end."""
    words, others = fold_words(sentence), fold_words(text)
    if not words:
        return False
    runs = [
        (_shared(words, others[: end + 1]), end)
        for end, word in enumerate(others)
        if word.folded == words[-1].folded
    ]
    longest = max((length for length, _ in runs), default=0)
    if not longest or not _has_verb(words, longest):
        return False
    places = [(end - length + 1, end) for length, end in runs if length == longest]
    is_whole = longest == len(words)
    return not any(
        _may_end(text, others, end)
        and not (is_whole and _is_past(words[-1]) and _follows(text, others, start))
        for start, end in places
    )


def _shared(words: list[FoldedWord], others: list[FoldedWord]) -> int:
    """How many words at the end of both are the same."""
    count = 0
    for one, other in zip(reversed(words), reversed(others), strict=False):
        if one.folded != other.folded:
            break
        count += 1
    return count


def _has_verb(words: list[FoldedWord], count: int) -> bool:
    """Whether the last `count` of `words` have a verb, or are all of a sentence."""
    return count == len(words) >= _LEAST_COPIED or any(map(_is_past, words[-count:]))


def _is_past(word: FoldedWord) -> bool:
    """Whether it is a verb of the past, in a form that is not a noun's as well, as "attacks" is."""
    return word.folded in _FURTHER_VERBS or any(
        form in ("past", "participle") for _, form in verbs_of_form(word.folded)
    )


def _follows(text: str, words: list[FoldedWord], at: int) -> bool:
    """Whether `words[at]` of `text` stands behind a comma or a quotation: "…, Holt said"."""
    if at == 0:
        return False
    between = text[words[at - 1].end : words[at].start].strip()
    return between.endswith((",", "”", '"', "»"))


def _may_end(text: str, words: list[FoldedWord], at: int) -> bool:
    """Whether a clause may end with `words[at]` of `text`."""
    if at + 1 == len(words):
        return True
    between = text[words[at].end : words[at + 1].start]
    if _MARKS & set(between) or "\n" in between:
        return True
    return not _is_past(words[at]) and bool(_OPENS_ADJUNCT.fullmatch(words[at + 1].folded))
