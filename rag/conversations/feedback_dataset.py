"""Answers that were rated in the web chat, as lines of a question set. Pure functions.

In:  turns with feedback.
Out: one dict for each, as `rag.evaluation.dataset` parses them; the keys it does not know (`asked`,
     `said`, `note`) tell a person where the line comes from.

A thumb up says that the answer was right: the question is answerable, from the cited articles, and
the strings of the expected type that the answer shares with its quotes are accepted. An abstention
with a thumb up makes the question unanswerable. A thumb down says that the answer was wrong, not
what is right: that line has the question alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import Any

from rag.conversations.models import ChatTurn
from rag.text.dates.forms import MONTHS
from rag.text.names import extract_full_names, extract_names, mentions
from rag.text.numbers import number_forms
from rag.text.questions.answer_types import TIME_TYPES, expected_answer_type
from rag.text.stemming import stem_tokens
from rag.types import Answer

MAX_WORDS = 8  # of an accepted string: another right answer would not repeat more in that order
_QUOTATION = re.compile(r"[\"“]([^\"“”]{3,120})[\"”]")
_DAY = re.compile(
    rf"(?:{'|'.join(MONTHS)}|monday|tuesday|wednesday|thursday|friday|saturday|sunday)$",
    re.I,
)
_SIZE = re.compile(r"(?:hundred|thousand|million|billion|trillion|percent)$", re.I)


def to_eval_questions(turns: Iterable[ChatTurn]) -> Iterator[dict[str, Any]]:
    """The lines of a question set, one for each turn that has feedback."""
    for turn in turns:
        if turn.feedback is not None:
            yield _question(turn, turn.feedback.good) | _origin(turn, turn.feedback.note)


def accepted_answers(answer: Answer) -> list[str]:
    """Strings that a right answer to the same question contains; none where none is certain.

    Each occurs in the answer as shown and in the quote of its sentence, but not in the question.
    """
    quotes = {citation.number: citation.quote for citation in answer.citations}
    strings: list[str] = []
    for sentence in answer.sentences:
        quote = " ".join(quotes[n] for n in sentence.citations if n in quotes)
        if sentence.supported and quote:
            strings += _shared_strings(sentence.text, quote, answer.query)
    return list(dict.fromkeys(strings))


def _question(turn: ChatTurn, good: bool) -> dict[str, Any]:
    answer = turn.answer
    line: dict[str, Any] = {
        "id": turn.key,
        "question": answer.query if answer else turn.question,  # a follow-up made self-contained
        "kind": "thumb up" if good else "thumb down",
    }
    if not good or answer is None:
        return line
    if answer.abstained:  # with filters it may only mean that they exclude the answer
        return line if turn.filters else line | {"answerable": False}
    articles = list(dict.fromkeys(citation.article for citation in answer.citations))
    return line | {"answerable": True, "answers": accepted_answers(answer), "articles": articles}


def _origin(turn: ChatTurn, note: str) -> dict[str, Any]:
    answer = turn.answer.text if turn.answer else ""
    origin = {"asked": turn.question, "said": answer, "note": note}
    return {name: text for name, text in origin.items() if text}


def _shared_strings(sentence: str, quote: str, question: str) -> list[str]:
    """The strings of the type that the `question` asks for in both `sentence` and `quote`."""
    kind = expected_answer_type(question)
    if kind is None:
        return _shared_wording(sentence, quote, question)
    if kind == "person":
        names = [*extract_full_names(sentence), *extract_names(sentence)]
        new = [name for name in names if not all(mentions(question, w) for w in name.split())]
        return [name for name in new if _contains(quote, name)][:1]
    runs = _runs(sentence.split(), _is_time if kind in TIME_TYPES else _is_amount)
    in_question = number_forms(question)
    new = [run for run in runs if not number_forms(run) or number_forms(run) - in_question]
    return [run for run in new if _contains(quote, run)]


def _shared_wording(sentence: str, quote: str, question: str) -> list[str]:
    """Quotations; without one, the longest run of words in both, where it is short."""
    quotations = [each.strip(" .,") for each in _QUOTATION.findall(sentence)]
    if quotations:
        return [each for each in quotations if _contains(quote, each)]
    words = sentence.split()
    matcher = SequenceMatcher(None, _bare(words), _bare(quote.split()), autojunk=False)
    runs = (words[m.a : m.a + m.size] for m in matcher.get_matching_blocks())
    trimmed = max((_trimmed(run, question) for run in runs), key=len)
    return [" ".join(trimmed).strip(" .,;:")] if 0 < len(trimmed) <= MAX_WORDS else []


def _contains(quote: str, string: str) -> bool:
    return f" {' '.join(_bare(string.split()))} " in f" {' '.join(_bare(quote.split()))} "


def _bare(words: Sequence[str]) -> list[str]:
    return [re.sub(r"^\W+|[^\w%]+$", "", word).lower() for word in words]


def _runs(words: Sequence[str], belongs: Callable[[str], bool]) -> list[str]:
    """Runs of neighbouring words that all belong, without the punctuation around them."""
    runs: list[list[str]] = [[]]
    for word in words:
        bare = word.strip(" .,;:!?()\"“”'’")
        if bare and belongs(bare):
            runs[-1].append(bare)
        else:
            runs.append([])
    return [" ".join(run) for run in runs if run]


def _is_amount(word: str) -> bool:
    return bool(number_forms(word) or _SIZE.match(word))


def _is_time(word: str) -> bool:
    return bool(number_forms(word) or _DAY.match(word))


def _trimmed(words: list[str], question: str) -> list[str]:
    """`words` without stop words and words of the question at either end."""
    question_stems = set(stem_tokens([question])[0])
    adds = [bool(set(stem_tokens([word])[0]) - question_stems) for word in words]
    if not any(adds):
        return []
    return words[adds.index(True) : len(adds) - adds[::-1].index(True)]
