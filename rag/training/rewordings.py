"""A question in other words, as people ask it: indirect, clipped, polite, the asking word last.

In:  an English question as question sets have it ("Who won the cup in 2018?").
Out: the same question ("Could you tell me who won the cup in 2018", "cup in 2018: who won").
Left to others: the style of headlines (`rag.training.near_misses.in_headline_style`), which
questions are reworded (`rag.training.features`).

Question sets were written by people who had the passage before them; those who ask an archive have
other habits. Only the frame of a question changes, never what it names: the answer stays the same.
"""

from __future__ import annotations

import random
import re

__all__ = ["reword"]

# Forms of questions, each with frames: groups of the form stand in braces, by number.
_FORMS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        r"who (?:is|was) ((?:the|a|an) .+|(?-i:[A-ZÀ-Þ]).+)",
        (
            "{1}: who is that",
            "Any idea who {1} is",
            "Who might {1} be",
            "Might I ask who {1} is",
            "I keep coming across {1}. Who is it",
            "{1}, who",
        ),
    ),
    (
        r"who ((?!did|do|does|is|are|was|were|has|have|had|can|could|will|would)\w+ .+)",
        (
            "name of the person who {1}",
            "the one who {1} - name",
            "Who was it that {1}",
            "Which person {1}",
            "I would like to know who {1}",
            "Do you happen to know who {1}",
            "Somebody {1}. Who",
            "person who {1}",
        ),
    ),
    (
        r"(what|who) (is|are) ((?:the|his|her|its|their) .+|(?-i:[A-ZÀ-Þ]).+)",
        (
            "Could you tell me {1} {3} {2}",
            "I need to know {1} {3} {2}",
            "Do you know {1} {3} {2}",
            "{3}: {1} {2} it",
        ),
    ),
    (
        r"what (?:is|was) (the .+)",
        (
            "{1}",
            "Please state {1}.",
            "{1}, please",
            "Give me {1}",
            "I am looking for {1}",
            "May I have {1}",
        ),
    ),
    (r"what (?:is|was) (the .+?) of (.+)", ("{2}: {1}", "{2}, {1}", "Of {2}, {1}")),
    (r"what (\w+ (?:did|do|does|was|were|is|are|has|have|had) .+)", ("Which {1}", "which {1}")),
    (
        r"when ((?:did|was|were|is|will|does|do) .+)",
        (
            "When exactly {1}",
            "At what point in time {1}",
            "when {1}, exactly",
        ),
    ),
    (
        r"where ((?:did|was|were|is|are|does|do) .+)",
        ("In what place {1}", "At which place {1}", "Where exactly {1}", "whereabouts {1}"),
    ),
    (
        r"why ((?:did|was|were|is|are|does|do) .+)",
        ("For what reason {1}", "How come: {1}", "What made it so: {1}", "why {1}, what is said"),
    ),
    (
        r"how many (\w+) ((?:did|do|does|was|were|is|are|has|have|had) .+)",
        ("What number of {1} {2}", "{1}: how many {2}", "Just how many {1} {2}"),
    ),
    (
        r"how many (\w+ (?!did|do|does|was|were|is|are|has|have|had)\w+ .+)",
        ("number of {1}", "{1}: how many", "{1}, and how many were they", "count of {1}"),
    ),
    (r"how much (.+)", ("What amount {1}", "How much, in figures, {1}", "amount: how much {1}")),
    (r"how (?:big|large) (.+)", ("Of what size {1}", "What size {1}")),
    (r"how old (.+)", ("What age {1}", "At what age {1}")),
    (
        r"how long ((?:did|does|do|has|have|will) .+)",
        ("For how much time {1}", "What length of time {1}"),
    ),
)
_AROUND = (  # any question, without its last mark
    "{0}, please",
    "{0}, do you know",
    "Please: {0}",
    "May I ask: {0}",
    "Could you look up: {0}",
    "Going by the articles, {0}",
    "According to what was reported, {0}",
    "Question of a reader: {0}",
    "I have no time to read it all. {0}",
    "{0}? A short answer will do.",
    "For the record: {0}",
    "Remind me, {0}",
    "I should be obliged to learn: {0}",
    "so {0}",
    "And {0}",
)
_SHARE_WITHOUT_MARK = 0.5
_SHARE_AROUND = 0.35  # of the questions that a form fits


def reword(question: str, rng: random.Random) -> str:
    """`question` in other words, drawn by `rng`; its last mark may be left out, as people type."""
    plain = question.strip().rstrip("?!. ").strip()
    fitting = [
        (match, frames)
        for form, frames in _FORMS
        if (match := re.fullmatch(form, plain, re.IGNORECASE))
    ]
    if not plain:
        return question
    if fitting and rng.random() >= _SHARE_AROUND:
        match, frames = rng.choice(fitting)
        words = [match[0], *(each for each in match.groups())]
        text = rng.choice(frames).format(words[0], *(_lower_first(each) for each in words[1:]))
    else:
        frame = rng.choice(_AROUND)
        text = frame.format(plain if frame.startswith("{0}") else _lower_first(plain))
    if text.endswith((".", "?")) or rng.random() < _SHARE_WITHOUT_MARK:
        return text
    return text + "?"


def _lower_first(text: str) -> str:
    """`text` with its first letter small where only the beginning of a sentence made it great."""
    first, rest = text[:1], text[1:]
    asks = re.match(
        r"(?:who|whom|whose|what|which|when|where|why|how|in|on|at|by|for|did|was|is)\b|"
        r"the (?-i:[a-z])",  # not "The Hague"
        text,
        re.IGNORECASE,
    )
    return first.lower() + rest if asks else text
