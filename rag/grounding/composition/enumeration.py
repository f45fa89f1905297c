"""Answers to questions for a list: all members that the articles name.

In:  a `Material` whose question asks for a list.
Out: a `Composition`: the members, those of each sentence with its citation, then the sentences,
     quoted; or None where one sentence names them all, which a quotation shows as well.
Left to others: which passages answer (`rag.retrieval.evidence`).

The sentences are those of the judged passages, and those that the reader finds in the same
passages once the first are blanked out. One is taken up where it is judged to answer nearly as
surely as the best, and names a member that none before it does; names that differ in spelling alone
are one. A note says that there may be more where a sentence that is less sure names others, or the
passage that search ranked last still answers, so that others may have been left unread.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rag.grounding.citations import CitedDraft, make_citation
from rag.grounding.composition.material import Composition, Material
from rag.grounding.composition.quotations import Quoted, compose_quotations, whole_sentence
from rag.grounding.composition.standings import standings
from rag.grounding.rendering import as_extractive
from rag.prompts.injection import without_orders
from rag.retrieval.constraints import constraints_of
from rag.retrieval.evidence.judgement import Judgement
from rag.retrieval.evidence.readings import record_prefix
from rag.text.citation_marks import strip_nested_citation_marks
from rag.text.folding import fold, fold_spaces, has_phrase
from rag.text.numbers import number_spans
from rag.text.questions.several import (
    Announced,
    announced,
    asks_for_several,
    is_enumeration,
    listed_nouns,
    places_asked_for,
)
from rag.text.sentences import Span, sentence_spans
from rag.text.stemming import stem_tokens
from rag.types import Article, Evidence, Hit, Note, Sentence

MORE_NOTE = Note(
    "incomplete", "There may be more: not every passage that may name one was certain."
)
_ANNOUNCED_SCORE = 3.5  # log odds that what an article tells the number of is what is asked for
_NAMES_THEM = re.compile(r"[:,–—-] ?\w")  # "three books, A, B and C"
_ENDS_SOON = re.compile(r"(?:[\w’']+\W+){0,3}?[\w’']*[.:]")  # "three conditions."
_COVERED = 0.6  # share of the question's other stems that headline and passage have
_OF_PLACES = (  # words that ask for places, whatever the race
    "first top leading fastest quickest best second third two three four five six home finish "
    "finisher podium place winner made reach fill come came"
)
_SURE = 2.0  # log odds from which a further sentence is taken up
_MOST_SENTENCES = 6
_MOST_OF_A_PASSAGE = 3
_SENTENCES_BEHIND = 3  # in which members that were only counted may be named
_ARTICLE = r"(?:the|a|an|his|her|its|their|both|namely)\s+"
_DETERMINER = re.compile(rf"^{_ARTICLE}", re.I)
_LAST = re.compile(r",? (?:and|or|as well as|&) (?=\S)")
_OPENING = re.compile(
    rf"^(?:{_ARTICLE})?(?:(?:\d+|two|three|four|five|six|seven|eight|"
    r"nine|ten|eleven|twelve|several|many|some)\s+)?",
    re.I,
)
_CAPITAL = re.compile(r"[A-ZÀ-ÞĀ-Ž]\w")
_NAME = r"(?:the )?[A-ZÀ-ÞĀ-Ž][\w’'-]*(?: (?:(?:of|de|von|&) (?:the )?)?[A-ZÀ-ÞĀ-Ž][\w’'-]*)*"
_PLAIN = re.compile(rf"(?:[a-z]{{1,5}} )?{_NAME}(?: and {_NAME})?")  # "the Harbour and Yard Union"
_MEMBER = rf"{_NAME}(?: and (?!the\b){_NAME})?"  # "the Masters' and Mates' Union"
_ENUMERATION = re.compile(rf"{_MEMBER}(?:, {_MEMBER})*,? and {_NAME}")


@dataclass(frozen=True, slots=True)
class _Naming:
    """A sentence, and the members that it is the first to name."""

    evidence: Evidence
    members: tuple[str, ...]


def compose_list(material: Material) -> Composition | None:
    """The members that several sentences name; None where one names all."""
    judgement = material.judgement
    if not judgement.evidence:
        return None
    verdict, best = material.decide(judgement), judgement.evidence[0]
    is_sure = verdict.shown and not judgement.contradicted
    if not (is_sure and is_enumeration(best.answer)) and (
        composed := _announced(material) or _set_out(material)
    ):
        return composed
    if not is_sure:
        return None
    text = material.article_of(best.article).text
    if (named := _named_behind(best, text)) is not None:
        counted = [_Naming(best, ()), _Naming(named, ())]
        return _composition(counted, material, verdict.confidence, ())
    others = _candidates(material, judgement)
    namings = _new_members([best, *(each for each in others if each.score >= _SURE)])
    if len(namings) < 2:
        return None
    unsure = [each for each in others if 0 < each.score < _SURE]
    with_unsure = _new_members([*(each.evidence for each in namings), *unsure])
    is_open = len(with_unsure) > len(namings) or _is_cut_off(judgement)
    notes = (MORE_NOTE,) if is_open else ()
    return _composition(namings, material, verdict.confidence, notes)


def _announced(material: Material) -> Composition | None:
    """What stands where an article tells that there are so many: "three conditions", and they.

    The sentence names them, or those behind it in its paragraph do, one each.
    """
    question, judgement = material.plan.question, material.judgement
    nouns, constraints = listed_nouns(question), constraints_of(question)
    wanted = frozenset(stem_tokens([question])[0]) - nouns
    for hit in judgement.hits:
        passage, article = hit.passage, material.article_of(hit.passage.article)
        about = f"{article.title}\n{passage.text}"
        covered = len(wanted & set(stem_tokens([about])[0]))
        if (
            not nouns
            or covered < _COVERED * len(wanted)
            or constraints.conflicts(passage.text, article.title, article.published)
            or constraints.missing_names(f"{about}\n{article.text}")
        ):
            continue
        for start, end in sentence_spans(article.text):
            if passage.start <= start < passage.end and (
                group := announced(without_orders(article.text[start:end]), nouns)
            ):
                places = _told_there(article.text, (start, end), group)
                if places and (composed := _as_told(places, article, material)):
                    return composed
    return None


def _set_out(material: Material) -> Composition | None:
    """What an article sets out as figures: the first three of a race, the seats of each party."""
    question = material.plan.question
    if material.plan.question_type in ("when", "count", "quantity"):
        return None
    constraints = constraints_of(question)
    nouns = listed_nouns(question)
    wanted = {each for each in stem_tokens([question])[0] if not each.isdigit()} - nouns
    if places_asked_for(question):
        wanted -= set(stem_tokens([_OF_PLACES])[0])
    articles = dict.fromkeys(each.passage.article for each in material.judgement.hits)
    for article in map(material.article_of, articles):
        about = f"{article.title}\n{article.text}"
        if (
            len(wanted & set(stem_tokens([about])[0])) < _COVERED * len(wanted)
            or constraints.conflicts(article.text, article.title, article.published)
            or constraints.missing_names(about)
        ):
            continue
        places = standings(question, without_orders(article.text))
        if places and (composed := _as_told(places, article, material)):
            return composed
    return None


def lacks_members(question: str, evidence: Evidence) -> bool:
    """Whether `evidence` only tells how many there are of what `question` asks to list."""
    if not asks_for_several(question):
        return False
    answer = evidence.answer.rstrip(" .")
    group = announced(answer, listed_nouns(question))
    if group is None or group.end < len(answer):
        return False
    behind = evidence.text[evidence.answer_end - evidence.start :]
    return not _NAMES_THEM.match(behind) and not _names(members_of(answer))


def _told_there(text: str, place: Span, group: Announced) -> list[Span]:
    """The sentences that name what the one at `place` tells the number of, it first; else none."""
    rest = text[place[0] + group.end : place[1]].strip()
    if _NAMES_THEM.match(rest) and len(members_of(rest.strip(" ,:–—-"))) >= group.number:
        return [place]
    if not _ENDS_SOON.fullmatch(rest):
        return []
    paragraph = text.find("\n\n", place[1])
    behind = [
        each
        for each in sentence_spans(text)
        if place[1] <= each[0] and (paragraph < 0 or each[1] <= paragraph + 2)
    ][: group.number]
    return [place, *behind] if len(behind) == group.number else []


def _as_told(places: Sequence[Span], article: Article, material: Material) -> Composition | None:
    """The sentences of `article` at `places`, quoted, where such an answer would be shown."""
    evidence = [
        whole_sentence(article, start, end - (len(text) - len(text.rstrip())), _ANNOUNCED_SCORE)
        for start, end in places
        if (text := article.text[start:end])
    ]
    signals = {**material.judgement.signals, "score": _ANNOUNCED_SCORE}
    verdict = material.decide(
        replace(material.judgement, evidence=tuple(evidence), signals=signals, contradicted=False)
    )
    if not verdict.shown:
        return None
    quoted = [Quoted(each) for each in evidence]
    return compose_quotations(quoted, material.article_of, verdict.confidence)


def members_of(text: str) -> tuple[str, ...]:
    """The members of an enumeration: "the Left, Aas and Lund" has three.

    Where only the first of two begins with an article ("the Harbour and Yard Union"), it is one.
    """
    *parts, last = re.split(r"[,;] ", fold_spaces(text).strip(" .:;,"))
    cut = _last_boundary(last, parts[-1] if parts else "")
    parts += [last] if cut is None else [last[: cut.start()], last[cut.end() :]]
    bare = (re.sub(r"^(?:and|or) ", "", each.strip(' .:;,“”"')) for each in parts)
    return tuple(each for each in bare if each)


def _last_boundary(text: str, before: str) -> re.Match[str] | None:
    """The last "and" of `text` that stands between two members."""
    boundaries = list(_LAST.finditer(text))
    if not boundaries:
        return None
    cut = boundaries[-1]
    first = before or text
    with_article = [bool(_DETERMINER.match(each)) for each in (first, text[cut.end() :])]
    return None if with_article == [True, False] else cut


def _named_behind(evidence: Evidence, text: str) -> Evidence | None:
    """The sentence soon after `evidence` that names as many as that counts: "three villages".

    None where the evidence counts nothing, or names its members itself.
    """
    numbers = [each for each in number_spans(evidence.answer) if each.value.isdigit()]
    if len(numbers) != 1 or _CAPITAL.match(evidence.answer[numbers[0].end :].strip()):
        return None
    spans = [span for span in sentence_spans(text) if span[0] >= evidence.end]
    for start, end in spans[:_SENTENCES_BEHIND]:
        for match in _ENUMERATION.finditer(text, start, end):
            if len(members_of(match[0])) == int(numbers[0].value) > 1:
                sentence = text[start:end].rstrip()
                span = (start, start + len(sentence))
                return Evidence(evidence.article, *span, sentence, evidence.score, *match.span())
    return None


def _candidates(material: Material, judgement: Judgement) -> list[Evidence]:
    """All further sentences that may answer, surest first."""
    more = list(judgement.evidence[1:])
    for hit, evidence in zip(judgement.hits, judgement.evidence, strict=True):
        if evidence.score >= _SURE:
            more += _more_of_passage(material, hit, evidence)
    return sorted(more, key=lambda each: -each.score)


def _more_of_passage(material: Material, hit: Hit, first: Evidence) -> Iterator[Evidence]:
    """The sentences that answer in a passage, beside `first`, as long as there are any."""
    passage, article = hit.passage, material.article_of(hit.passage.article)
    text, seen = without_orders(passage.text), first
    for _ in range(_MOST_OF_A_PASSAGE):
        start, end = (max(0, each - passage.start) for each in (seen.start, seen.end))
        text = text[:start] + " " * (end - start) + text[end:]
        reading = material.reader.read(material.plan.question, [text], [record_prefix(article)])[0]
        score = reading.margin / 2 + reading.answers
        span = next((s for s in sentence_spans(passage.text) if s[0] <= reading.start < s[1]), None)
        if score < 0 or span is None or not text[reading.start : reading.end].strip():
            return
        sentence = passage.text[slice(*span)]
        first_character = span[0] + len(sentence) - len(sentence.lstrip())
        seen = Evidence(
            passage.article,
            passage.start + first_character,
            passage.start + first_character + len(sentence.strip()),
            sentence.strip(),
            min(score, first.score),
            passage.start + reading.start,
            passage.start + min(reading.end, first_character + len(sentence.strip())),
        )
        yield seen


def _new_members(evidence: Sequence[Evidence]) -> list[_Naming]:
    """The sentences that name a member which none before them does."""
    namings: list[_Naming] = []
    texts: list[str] = []
    for each in evidence:
        if len(namings) == _MOST_SENTENCES:
            break
        members = members_of(each.answer)
        new = [
            one
            for one in members
            if not any(has_phrase(text, fold(_DETERMINER.sub("", one))) for text in texts)
        ]
        if not namings or (new and (_names(new) or not namings[0].members)):
            namings.append(_Naming(each, _names(new)))
            texts.append(fold(each.text))
    return namings


def _names(members: Sequence[str]) -> tuple[str, ...]:
    """Those of `members` that have a name in them, behind an article or a number."""
    return tuple(one for one in members if _CAPITAL.search(_OPENING.sub("", one)))


def _is_cut_off(judgement: Judgement) -> bool:
    """Whether the passage that search ranked last answers, so that unread ones may as well."""
    scored = zip(judgement.hits, judgement.evidence, strict=True)
    last = min(scored, key=lambda each: each[0].score)
    return last[1].score > 0


def _composition(
    namings: Sequence[_Naming],
    material: Material,
    confidence: float | None,
    notes: tuple[Note, ...],
) -> Composition:
    """The members of each sentence, cited, and behind them the sentences."""
    citations = tuple(
        make_citation(number, material.article_of(each.article), each.start, each.end)
        for number, each in enumerate((naming.evidence for naming in namings), 1)
    )
    quoted = as_extractive(CitedDraft(citations=citations)).sentences
    members = tuple(
        Sentence(strip_nested_citation_marks(f"{', '.join(each.members)}."), (n,), supported=True)
        for n, each in enumerate(namings, 1)
    )
    is_plain = all(each.members and all(map(_PLAIN.fullmatch, each.members)) for each in namings)
    return Composition(
        (*(members if is_plain else ()), *quoted),
        citations,
        tuple(each.evidence for each in namings),
        confidence,
        notes,
    )
