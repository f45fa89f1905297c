"""The sentences of a draft: where they stand, which of them state something. Pure functions.

    split_draft(text)        ->  `DraftSentence`s, headings among them, in order
    states_something(text)   ->  whether a sentence has a statement that could be checked

In:  a text. Out: as above.
Left to others: whether articles bear a sentence out (`rag.newsroom.drafts.judging`).

No statement: questions, headings, greetings, exclamations, what the author thinks or asks of the
reader, and what has neither name nor figure and only says what ought to be. A sentence with "he" or
"it" is read with the sentence before.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag.newsroom.drafts.facts import facts_of
from rag.retrieval.people.wording import trimmed
from rag.text.sentences import sentence_spans

_PRONOUN = re.compile(
    r"\b(?:he|she|it|they|him|his|hers?|its|them|their|theirs"
    r"|(?:this|that|these|those)(?= (?:is|was|were|are|had|has|came|\w+ed)\b))\b",
    re.I,
)
_QUESTION = re.compile(r"\?[\"”’')\]]*\s*$")
_HEADING = re.compile(r"\s*(?:#{1,6}\s|[-*_=]{3,}\s*$)")
_LIST_MARK = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)])\s+")
_ENDS = re.compile(r"[.!?…:;][\"”’')\]]*\s*$")
_FIRST_PERSON = re.compile(
    r"^\W*(?:(?:I|we) (?:\w+ )?(?:think|believe|find|hope|feel|suppose|guess|wonder|wish|fear|doubt"
    r"|love|like|hate|say|would|am|are|was|were)\b|(?:in|to) my (?:view|opinion|mind)\b"
    r"|let(?:['’]s| us)\b"
    r"|(?:many )?thanks?\b|thank you|good (?:luck|morning|evening|night|day)\b|dear\b|hello\b|hi\b"
    r"|welcome\b|yours\b|kind regards|(?:best|warm) (?:regards|wishes)|please\b|read on\b"
    r"|what an?\b"
    r"|how \w+[!]?|(?:un)?fortunately[.!]|congratulations)",
    re.I,
)
_OUGHT = re.compile(
    r"\b(?:should|ought to|must|may|might|perhaps|opinion|lovely|wonderful|beautiful|sadly|sad"
    r"|terrible|ridiculous|unfair|disgraceful|delightful|interesting|remains to be seen"
    r"|time will tell|only time)\b",
    re.I,
)
_VERB = re.compile(
    r"\b(?:\w{2,}(?:ed|s|n['’]t)|is|are|was|were|be|been|has|have|had|will|would|can|could|did|do"
    r"|does|went|came|won|lost|made|took|gave|got|fell|rose|led|ran|said|saw|sold|built|held|found"
    r"|left|kept|met|paid|put|cut|hit|set|shut|beat|let|cost|began|broke|wrote|drove|spoke|stood"
    r"|wept|grew|knew|felt|brought|bought|caught|taught|thought|sent|spent|won['’]t)\b",
    re.I,
)
_MOST_HEADING = 14  # words


@dataclass(frozen=True, slots=True)
class DraftSentence:
    """A sentence, which its draft has at `[start:end]`.

    `before` is the sentence that stands before it in the same draft, "" for none. `leans`: it has a
    pronoun, whose meaning that sentence gives. `is_claim`: it states something.
    """

    text: str
    start: int
    end: int
    before: str
    leans: bool
    is_claim: bool


def split_draft(text: str) -> list[DraftSentence]:
    """The sentences of `text`."""
    sentences: list[DraftSentence] = []
    before = ""
    for span in sentence_spans(text):
        start, end = trimmed(text, *span)
        if mark := _LIST_MARK.match(text[start:end]):
            start += mark.end()
        if not re.search(r"\w", text[start:end]):
            continue
        sentence = text[start:end]
        is_claim = states_something(sentence)
        leans = bool(_PRONOUN.search(sentence))
        sentences.append(DraftSentence(sentence, start, end, before, leans, is_claim))
        before = sentence if is_claim else before
    return sentences


def states_something(sentence: str) -> bool:
    """Whether `sentence` has a statement that articles could bear out or deny."""
    if _QUESTION.search(sentence) or _HEADING.match(sentence) or _FIRST_PERSON.match(sentence):
        return False
    words = sentence.split()
    if not _ENDS.search(sentence) and len(words) <= _MOST_HEADING and "\n" not in sentence:
        return False
    facts = facts_of(sentence)
    names = [each for each in facts.names if not each.is_doubtful]
    if not (names or facts.figures or facts.days) and (
        not _VERB.search(sentence) or _OUGHT.search(sentence)
    ):
        return False
    return bool(facts.words or facts.names or facts.figures)
