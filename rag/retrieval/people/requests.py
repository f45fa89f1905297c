"""What a question asks of a person, and where a passage answers it.

    parse_person_request(question)           ->  `PersonRequest`, or None
    request.find(text, topic, before)        ->  `RuleSpan`, or None
    request.accordance(sentence, ...)        ->  log odds for or against another sentence

In:  a self-contained question; a passage and the headline of its article.
Out: the sentences that answer by rule, and the words in them that do.
Left to others: the rules themselves (`rag.retrieval.people.introductions`, `...speech`). Pure
functions.

role       "Who is Lena Holt?", "What does Lena Holt do?": the role by which she is introduced
speaker    "Who denied that …?", "Who said “…”?": who says these words, or something like them
statement  "What did Lena Holt say about the harbour?": a sentence that she is the speaker of;
           "How did Lena Holt describe the harbour?": a quotation of hers
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, NamedTuple

from rag.retrieval.people.introductions import find_role
from rag.retrieval.people.speech import (
    DENIAL,
    SAYS,
    find_speaker,
    spoken_by,
    without_quotations,
)
from rag.retrieval.people.wording import PERSON, QUOTATION, Span, find_words, quotations
from rag.text.sentences import sentence_spans
from rag.text.stemming import stem_tokens

_POST = r"(?:job|profession|role|position|office|occupation|post|title|function|trade)"
_ROLE_FORMS = tuple(
    re.compile(rf"\W*{form}\W*$")
    for form in (
        rf"(?i:who(?: is|['’]s| was|, exactly, is)) (?P<name>{PERSON})",
        r"who(?: is|['’]s| was) (?P<name>(?!(?:an?|the|this|that|his|her|its|our|their|my|your) )"
        r"[a-z][\w’'-]+(?: [a-z][\w’'-]+){1,2})",  # a name typed in haste
        rf"(?i:what (?:does|did)) (?P<name>{PERSON}) (?i:do(?: for a living)?)",
        rf"(?i:what (?:is|was)) (?P<name>{PERSON})['’]s? (?i:{_POST})",
        rf"(?i:(?:what|which) {_POST} (?:does|did|has|had|is)) (?P<name>{PERSON})"
        r"(?i: (?:hold|have|do|held|in))?",
        rf"(?i:what (?:is|was) the {_POST} of) (?P<name>{PERSON})",
    )
)
_MIN_QUOTED_WORDS = 3
_ASKS_WHO = re.compile(r"\W*(?:(?:by|to) )?(?:who|whom|whose|which|what)\b", re.I)
_SPEAKER_FORM = re.compile(
    rf"\W*(?:who|which [\w’' -]{{2,40}}?|what [\w’' -]{{2,40}}?) (?:has |had |first |publicly )*"
    rf"(?P<verb>{SAYS}|ruled out)(?: (?P<aside>[^,?]{{2,60}}?))??"
    r"(?:(?: |, )that)? (?P<words>[^?]+)\W*$",
    re.I,
)
_STATEMENT_FORM = re.compile(
    rf"(?i:\W*what (?:did|does|has|had)) (?P<name>{PERSON}) "
    r"(?i:(?:say|said|tell|told|remark|claim|state|add|explain|announce|warn|write)\b)"
    r"(?i:(?: about| of| on| to)?(?P<words> [^?]+)?)\W*$"
)
_IMAGE_FORM = re.compile(
    r"(?i:\W*(?:how|(?:with|to|in) what(?: (?:image|words?|comparison|terms))?|what)"
    r" (?:did|does|has)) "
    rf"(?:(?:the )?(?:[a-z’'-]+ ){{0,4}})(?P<name>{PERSON}) "
    r"(?i:(?:describe[sd]?|compare[sd]?|liken(?:s|ed)?)) (?P<words>[^?]+?)(?: (?:to|with|as))?\W*$"
)
_SAME_SAYING = 0.6  # share of the stems from which a sentence reports the saying asked for
_SAME_DENIAL = 0.45  # the same where it has to deny it: few sentences do
_DENIAL_BONUS = 1.0  # log odds, of a sentence that denies where a denial is asked for
_OTHER_QUOTATION_PENALTY = 4.0  # log odds, of one without most words of the quotation
_OTHER_SAYING_PENALTY = 2.0  # log odds, of one that has no word of the saying
_POSSESSIVE = re.compile(r"(?:its|his|her|their) ", re.I)
_LONGEST = 700  # characters of the sentences of an answer


class RuleSpan(NamedTuple):
    """The sentences `text[start:end]` answer, the words at `[answer_start:answer_end]` most."""

    start: int
    end: int
    answer_start: int
    answer_end: int


@dataclass(frozen=True, slots=True)
class PersonRequest:
    """A question about a person: of whom (`name`), or about which saying (`words`).

    `quoted`: the words are a quotation, or, of a statement, the answer is one; `denied`: it was
    denied.
    """

    kind: Literal["role", "speaker", "statement"]
    name: str = ""
    words: str = ""
    quoted: bool = False
    denied: bool = False

    def find(self, text: str, topic: str, before: int = 0) -> RuleSpan | None:
        """Where `text` answers: its passage, behind `before` characters of what stands before it.

        These may name whom "she" means. `topic` is what the passage need not repeat, as a headline.
        """
        if self.kind == "role":
            return self._role(text, before)
        if self.kind == "statement":
            best = self._statement(text, topic, before)
        else:
            best = (
                self._quoted(text, before) if self.quoted else self._reported(text, topic, before)
            )
        return best if best and best.end - best.start <= _LONGEST else None

    def accordance(self, sentence: str, before: str, topic: str) -> float:
        """How well a sentence that no rule found reports the saying asked for, in log odds.

        `before` is what stands before it, `topic` what it need not repeat. 0 where nothing speaks
        for or against it.
        """
        if self.kind != "speaker":
            return 0.0
        if self.denied and DENIAL.search(sentence):
            return _DENIAL_BONUS
        if re.search(r"\b(?:he|she|they)\b", without_quotations(sentence), re.I):
            sentence = f"{before} {sentence}"
        if self.quoted:
            missed = _coverage(self.words, sentence, "") < _SAME_SAYING
            return -_OTHER_QUOTATION_PENALTY * missed
        return -_OTHER_SAYING_PENALTY * (_coverage(self.words, sentence, topic) == 0.0)

    def _role(self, text: str, before: int) -> RuleSpan | None:
        """The sentence with the role; "its head" is read behind the sentence before it."""
        role = find_role(text[before:], self.name)
        if role is None:
            return None
        first, last = (before + each for each in role)
        start, end = _sentence_of(text, first)
        if start and _POSSESSIVE.match(text[first:last]):
            start, _ = _sentence_of(text, start - 1)
        return RuleSpan(start, end, first, last)

    def _quoted(self, text: str, before: int) -> RuleSpan | None:
        spans = [each for each in find_words(text, self.words) if each[1] > before]
        return next((RuleSpan(*s) for span in spans if (s := find_speaker(text, *span))), None)

    def _reported(self, text: str, topic: str, before: int) -> RuleSpan | None:
        """The sentence that reports most of the words asked for, and who says it."""
        best, most = None, _SAME_DENIAL if self.denied else _SAME_SAYING
        for start, end in sentence_spans(text):
            sentence = text[start:end]
            share = _coverage(self.words, sentence, topic)
            is_other = self.denied != bool(DENIAL.search(sentence))
            if end <= before or share < most or is_other:
                continue
            if (re.search(rf"\b{SAYS}\b", sentence) or self.denied) and (
                speech := find_speaker(text, start, end)
            ):
                best, most = RuleSpan(*speech), share + 1e-9
        return best

    def _statement(self, text: str, topic: str, before: int) -> RuleSpan | None:
        """The sentence of theirs that has most of what they are asked about."""
        if self.quoted:
            return self._image(text, topic, before)
        best, most = None, _SAME_SAYING if self.words else 0.0
        for speech in spoken_by(text, self.name):
            share = _coverage(self.words, text[speech.start : speech.end], topic)
            if speech.end > before and share >= most and (best is None or share > most):
                best = RuleSpan(speech.start, speech.end, speech.start, speech.end)
                most = share
        return best

    def _image(self, text: str, topic: str, before: int) -> RuleSpan | None:
        """The only quotation of theirs, in a passage about what they described."""
        if _coverage(self.words, f"{topic}\n{text}", "") < _SAME_SAYING:
            return None
        speeches = [
            each
            for each in spoken_by(text, self.name)
            if each.end > before
            and QUOTATION.search(text[slice(*_sentence_of(text, each.end - 1))])
        ]
        if len(speeches) != 1:
            return None
        start, end = speeches[0].start, speeches[0].end
        return RuleSpan(start, end, start, end)


def parse_person_request(question: str) -> PersonRequest | None:
    """What `question` asks of a person; None where it asks for something else."""
    for form in _ROLE_FORMS:
        if match := form.match(question):
            return PersonRequest("role", name=match["name"])
    if quotation := _quotation(question):
        asks = _ASKS_WHO.match(question) and re.search(rf"\b{SAYS}\b|\bwords\b", question, re.I)
        return PersonRequest("speaker", words=quotation, quoted=True) if asks else None
    if match := _STATEMENT_FORM.match(question):
        return PersonRequest("statement", name=match["name"], words=(match["words"] or "").strip())
    if match := _IMAGE_FORM.match(question):
        return PersonRequest("statement", match["name"], match["words"].strip(), quoted=True)
    if match := _SPEAKER_FORM.match(question):
        denied = bool(DENIAL.search(match["verb"]))
        if denied or re.search(r"\bthat\b", question):
            return PersonRequest("speaker", words=_after_that(match), denied=denied)
    return None


def _after_that(match: re.Match[str]) -> str:
    """What was said: what stands behind the first "that", or else behind the verb."""
    rest = match.string[match.end("verb") :]
    return re.sub(r"^.*?\bthat ", "", rest, count=1).strip(" ?.")


def _quotation(question: str) -> str:
    long = (each for each in quotations(question) if len(each.split()) >= _MIN_QUOTED_WORDS)
    return next(long, "")


def _coverage(words: str, sentence: str, topic: str) -> float:
    """The share, 0 to 1, of the stems of `words` that `sentence` has; `topic` need not repeat."""
    wanted = set(stem_tokens([words])[0]) - set(stem_tokens([topic])[0])
    return len(wanted & set(stem_tokens([sentence])[0])) / len(wanted) if wanted else 1.0


def _sentence_of(text: str, place: int) -> Span:
    """The sentence that `place` is in, without white space around it."""
    start, end = next(s for s in sentence_spans(text) if s[0] <= place < s[1])
    part = text[start:end]
    return start + len(part) - len(part.lstrip()), end - (len(part) - len(part.rstrip()))
