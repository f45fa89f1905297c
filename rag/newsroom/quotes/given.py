"""A quotation as it is typed or pasted: its words, its ellipses and brackets, whom it names.

    read_quotation("“We will [not] … sell,” said Lena Holt")
        ->  GivenQuotation(text="We will [not] … sell,", words=(we, will, sell),
                           joints={2: …}, speaker="Lena Holt")

In:  what the user gives. Out: a `GivenQuotation`.
Left to others: where it stands (`rag.newsroom.quotes.matching`, `alignment`).

The speaker is named behind the quotation ("…, said X", "— X", "(X)") or before it ("X said: …",
"X: …"). Where nothing outside the quotation marks reads like that, the whole text is the quotation.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from rag.errors import QuestionError
from rag.retrieval.people.acts import acts_in
from rag.retrieval.people.wording import PERSON, QUOTATION, Span
from rag.text.folding import FoldedWord, fold, fold_spaces, fold_words

LONGEST_QUOTATION = 5_000
"""Characters of a quotation that is looked for."""
_ELLIPSIS = r"\[\s*(?:…|\.\s?\.\s?\.+)\s*\]|\(\s*(?:…|\.\s?\.\s?\.+)\s*\)|…|\.\s?\.\s?\.(?:\s?\.)*"
_JOINT = re.compile(rf"(?P<omission>{_ELLIPSIS})|\[(?P<editorial>[^\]\[]*)\]")
_CAPITAL = re.compile(r"\[(\w)\](?=\w)")  # "[T]he": a letter that the editor changed
_MARKS = "\"“”„‟«»‘’'\u00a0 \t\n"
_MOST_OUTSIDE = 16  # words of an attribution
_MOST_SUBJECT = 9  # of the one who speaks, before the verb
_STATES_MORE = re.compile(  # another verb, a figure, another sentence: these are words to check
    r"\b(?:is|are|was|were|be|has|have|had|will|would|can|could|that)\b|\d|[.!?]\s+\W*[A-Z]", re.I
)
_OPENS_QUOTATION = re.compile(r"(?:[:,]|\b(?:said|says|added|adds|replied))\s*$")
_DASHED = re.compile(r"^\W*[—–-]{1,2}\s*(?P<who>[^\W\d_].*)$|^\W*\((?P<in_brackets>[^)]+)\)\W*$")
_NAMED_BEFORE = re.compile(r"^(?P<who>(?:[^:\s]+ ?){1,8}):\s*$")
# without quotation marks: a name alone, as the words behind another verb may be what was said
_SAID = "(?:said|says|added|adds)"
_ROLE_BEFORE, _ROLE_BEHIND = (
    r"(?:(?:the|its|his|her|an?) [^.,!?\d]{2,40},? )?",
    r"(?:, [^.!?\d]{2,50})?",
)
_UNMARKED_BEHIND = re.compile(
    rf"^(?P<words>.+[,.!?…])\s+(?P<outside>{_SAID} {_ROLE_BEFORE}{PERSON}{_ROLE_BEHIND}"
    rf"|{_ROLE_BEFORE}{PERSON} {_SAID})\.?$",
    re.S,
)
_UNMARKED_BEFORE = re.compile(
    rf"^(?P<outside>{_ROLE_BEFORE}{PERSON}{_ROLE_BEHIND},? {_SAID}):\s+(?P<words>.+)$", re.S
)
_ACCORDING = re.compile(r"\baccording to (?P<who>.+)", re.I)
_PRONOUN = re.compile(r"(?:he|she|they|it|we|i|you|who)", re.I)


class Joint(NamedTuple):
    """An ellipsis, or a bracket with the words `inside`, at `[start:end]` of a quotation."""

    inside: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class GivenQuotation:
    """The words of a quotation; their places are in `text`.

    `joints`: before word n (from 1 on) the quotation allows other words to stand: any behind an
    ellipsis, or a few in place of which, or beside which, its editor put the words in brackets.
    `speaker`: whom the user names, None for nobody.
    """

    text: str
    words: tuple[FoldedWord, ...]
    joints: Mapping[int, Joint] = field(default_factory=dict, hash=False)
    speaker: str | None = None

    @property
    def parts(self) -> list[Span]:
        """The runs of words between joints, as spans in words."""
        cuts = [0, *sorted(self.joints), len(self.words)]
        return list(pairwise(cuts))

    @property
    def bare_text(self) -> str:
        """The text without ellipses and brackets."""
        return " ".join(self.piece(*part) for part in self.parts)

    def piece(self, start: int, end: int) -> str:
        """The text from word `start` to before word `end`; "" for none."""
        return self.text[self.words[start].start : self.words[end - 1].end] if start < end else ""


def read_quotation(text: str, speaker: str | None = None) -> GivenQuotation:
    """The quotation in `text`; `speaker`, where given, comes before one whom `text` names.

    Raises:
        QuestionError: it has fewer than two words, or is too long.
    """
    if len(text) > LONGEST_QUOTATION:
        raise QuestionError(
            f"the quotation has {len(text):,} characters: give a part of it, "
            f"at most {LONGEST_QUOTATION:,}"
        )
    words_said, named = _split(text.strip())
    quotation = _CAPITAL.sub(r"\1", words_said).strip(_MARKS)
    words, joints = _words_and_joints(quotation)
    if not words:
        raise QuestionError("the quotation is empty: give the words that were said")
    if len(words) == 1:
        raise QuestionError(f"“{words[0].folded[:40]}” is one word: a quotation needs at least two")
    return GivenQuotation(quotation, tuple(words), joints, fold_spaces(speaker or "") or named)


def _words_and_joints(text: str) -> tuple[list[FoldedWord], dict[int, Joint]]:
    words: list[FoldedWord] = []
    joints: dict[int, Joint] = {}
    place = 0
    for match in [*_JOINT.finditer(text), None]:
        end = match.start() if match else len(text)
        for word in fold_words(text[place:end]):
            words.append(FoldedWord(word.folded, word.start + place, word.end + place))
        if match is None:
            break
        place = match.end()
        inside = "" if match["omission"] else fold_spaces(match["editorial"])
        if words and inside != "sic":
            joint, before = Joint(inside, *match.span()), joints.get(len(words))
            # of an ellipsis beside a bracket the ellipsis counts
            joints[len(words)] = joint if before is None or before.inside else before
    return words, {n: joint for n, joint in joints.items() if n < len(words)}


def _split(text: str) -> tuple[str, str | None]:
    """The words that were said, and who is named as their speaker."""
    quoted = list(QUOTATION.finditer(text))
    if quoted:
        before, behind = text[: quoted[0].start()], text[quoted[-1].end() :]
        between = " ".join(text[one.end() : other.start()] for one, other in pairwise(quoted))
        words = " ".join(map(_inside, quoted))
        if not fold(f"{before} {between} {behind}"):
            return words, None
        named = _named(before, between, behind) if len(fold(words).split()) > 1 else None
        return (text, None) if named is None else (words, named or None)
    for pattern in (_UNMARKED_BEFORE, _UNMARKED_BEHIND):
        match = pattern.match(text)
        if match and _is_attribution(match["outside"]) and (who := _speaker_in(match["outside"])):
            return match["words"], who
    return text, None


def _inside(match: re.Match[str]) -> str:
    return next(str(each) for each in match.groups() if each is not None)


def _named(before: str, between: str, behind: str) -> str | None:
    """Who is named before or behind a quotation: "" for an attribution that names nobody.

    None where the words are none: a sentence that quotes somebody is a quotation as a whole.
    """
    if fold(before):
        if fold(behind) or not _OPENS_QUOTATION.search(before) or not _is_attribution(before):
            match = _NAMED_BEFORE.match(before)
            alone = match and not fold(behind) and not _STATES_MORE.search(before)
            return _cleaned(match["who"]) if match and alone else None
        return _speaker_in(before)
    for outside in filter(fold, (between, behind)):
        if _is_attribution(outside):
            return _speaker_in(outside)
        if match := _DASHED.match(outside):
            return _cleaned(match["who"] or match["in_brackets"])
    return None


def _is_attribution(outside: str) -> bool:
    """Whether words outside a quotation tell who speaks and no more: "said Lena Holt"."""
    if len(outside.split()) > _MOST_OUTSIDE or _STATES_MORE.search(outside):
        return False
    if _ACCORDING.match(outside.lstrip(" ,–—-")):
        return True
    act = next(acts_in(outside), None)
    return act is not None and len(outside[: act.start].split()) <= _MOST_SUBJECT


def _speaker_in(outside: str) -> str:
    """The name beside the verb of speech in an attribution, else the words that stand there."""
    if match := _ACCORDING.search(outside):
        return _cleaned(match["who"])
    act = next(acts_in(outside))
    before, behind = outside[: act.start], outside[act.end :]
    for side in (before, behind):
        people = [match[0] for match in re.finditer(PERSON, side)]
        people = [each for each in people if not _PRONOUN.fullmatch(each)]
        if people:
            return max(people, key=lambda each: len(each.split()))
    return _cleaned(before) or _cleaned(behind)


def _cleaned(words: str) -> str:
    """A name or a role without punctuation around it; "" for a pronoun."""
    name = re.sub(r"^[\W_]+|[\W_]+$", "", fold_spaces(words))
    return "" if _PRONOUN.fullmatch(name) else name
