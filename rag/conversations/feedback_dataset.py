"""What was judged in the web chat, as lines of a question set. Pure functions.

In:  exchanges with a verdict.
Out: one dict for each, as `rag.evaluation.dataset` reads them; keys that it does not know tell a
     person where the line comes from.

A thumb up says that the answer was right: it can be answered, from the articles cited, and what
the answer shares with its quotes, of the kind that was asked for, is accepted. A refusal with a
thumb up cannot be answered. A thumb down says what was wrong, not what is right: there the line
has the question alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import Any

from rag.conversations.models import StoredTurn
from rag.text.answer_types import TIMES, expected_answer_type
from rag.text.names import extract_names, full_names_of, mentions
from rag.text.numbers import number_forms
from rag.text.stemming import stem_tokens
from rag.types import Answer

LONGEST = 8  # words of an accepted string: another answer would not have more in the same order
_QUOTED = re.compile(r"[\"“]([^\"“”]{3,120})[\"”]")
_DAY = re.compile(
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december|"
    r"monday|tuesday|wednesday|thursday|friday|saturday|sunday)$",
    re.I,
)
_SIZE = re.compile(r"(?:hundred|thousand|million|billion|trillion|percent)$", re.I)


def to_eval_questions(judged: Iterable[StoredTurn]) -> Iterator[dict[str, Any]]:
    """The lines of a question set, one for each verdict."""
    for each in judged:
        if each.verdict is not None:
            yield _line(each, each.verdict.good) | _origin(each, each.verdict.note)


def accepted_answers(answer: Answer) -> list[str]:
    """Strings that a right answer to the same question holds; none where none is sure.

    Each stands in the answer as shown and in the quote of its sentence, and not in the question.
    """
    quotes = {citation.number: citation.quote for citation in answer.citations}
    found: list[str] = []
    for sentence in answer.sentences:
        quote = " ".join(quotes[n] for n in sentence.citations if n in quotes)
        if sentence.supported and quote:
            found += _told(sentence.text, quote, answer.query)
    return list(dict.fromkeys(found))


def _line(each: StoredTurn, good: bool) -> dict[str, Any]:
    answer = each.answer
    line: dict[str, Any] = {
        "id": each.key,
        "question": answer.query if answer else each.question,  # a follow-up made self-contained
        "kind": "thumb up" if good else "thumb down",
    }
    filtered = bool(each.since or each.until or each.outlets)
    if not good or answer is None:
        return line
    if answer.abstained:  # within filters it may only mean that they leave the answer out
        return line if filtered else line | {"answerable": False}
    articles = list(dict.fromkeys(citation.article for citation in answer.citations))
    return line | {"answerable": True, "answers": accepted_answers(answer), "articles": articles}


def _origin(each: StoredTurn, note: str) -> dict[str, Any]:
    told = {"asked": each.question, "said": each.answer.text if each.answer else "", "note": note}
    return {name: text for name, text in told.items() if text}


def _told(sentence: str, quote: str, question: str) -> list[str]:
    """What of a `sentence` its `quote` says too, and what the `question` asks for."""
    kind = expected_answer_type(question)
    if kind is None:
        return _wording(sentence, quote, question)
    if kind == "person":
        names = [*full_names_of(sentence), *extract_names(sentence)]
        news = [name for name in names if not all(mentions(question, w) for w in name.split())]
        return [name for name in news if _holds(quote, name)][:1]
    runs = _runs(sentence.split(), _is_time if kind in TIMES else _is_amount)
    known = number_forms(question)
    news = [run for run in runs if not number_forms(run) or number_forms(run) - known]
    return [run for run in news if _holds(quote, run)]


def _wording(sentence: str, quote: str, question: str) -> list[str]:
    """A quotation; else the longest run of words that the two share, where it is short."""
    quoted = [each.strip(" .,") for each in _QUOTED.findall(sentence)]
    if quoted:
        return [each for each in quoted if _holds(quote, each)]
    ours, theirs = sentence.split(), quote.split()
    same = SequenceMatcher(None, _bare(ours), _bare(theirs), autojunk=False)
    runs = (ours[m.a : m.a + m.size] for m in same.get_matching_blocks())
    trimmed = max((_trimmed(run, question) for run in runs), key=len)
    return [" ".join(trimmed).strip(" .,;:")] if 0 < len(trimmed) <= LONGEST else []


def _holds(quote: str, piece: str) -> bool:
    return f" {' '.join(_bare(piece.split()))} " in f" {' '.join(_bare(quote.split()))} "


def _bare(words: Sequence[str]) -> list[str]:
    return [re.sub(r"^\W+|[^\w%]+$", "", word).lower() for word in words]


def _runs(words: Sequence[str], wanted: Callable[[str], bool]) -> list[str]:
    runs: list[list[str]] = [[]]
    for word in words:
        bare = word.strip(" .,;:!?()\"“”'’")
        if bare and wanted(bare):
            runs[-1].append(bare)
        else:
            runs.append([])
    return [" ".join(run) for run in runs if run]


def _is_amount(word: str) -> bool:
    return bool(number_forms(word) or _SIZE.match(word))


def _is_time(word: str) -> bool:
    return bool(number_forms(word) or _DAY.match(word))


def _trimmed(words: list[str], question: str) -> list[str]:
    """`words` without those at either end that the question holds or that mean nothing."""
    asked = set(stem_tokens([question])[0])
    tells = [bool(set(stem_tokens([word])[0]) - asked) for word in words]
    if not any(tells):
        return []
    return words[tells.index(True) : len(tells) - tells[::-1].index(True)]
