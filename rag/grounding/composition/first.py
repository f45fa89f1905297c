"""Who was the first to say, report or deny something, as far as the articles go.

In:  a `Material` whose question asks who was first.
Out: the earliest account: who, when, and whom it credits, with its sentence and the record of its
     day; None where nothing is reported, or where an article says itself who was first: that is
     quoted.
Left to others: which articles are about a matter (`rag.grounding.composition.overviews.about`).

"BBC, citing KCNA" means that KCNA was first: a source that the earliest account credits, and that
is an outlet or an agency, comes before the outlet that carries it. Nothing is claimed beyond the
articles: the earliest account here is called that. Where two outlets have it on the earliest day,
both are named.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from rag.grounding.attribution import attributes, speaker
from rag.grounding.citations import make_record_citation
from rag.grounding.composition.material import Composition, Material
from rag.grounding.composition.overviews.about import TopicWords, choose_articles, opening
from rag.grounding.composition.overviews.standalone import quotable_spans
from rag.grounding.composition.quotations import (
    Quoted,
    compose_quotations,
    published_on,
    whole_sentence,
)
from rag.index.copies.records import credits_outlet
from rag.text.dates.forms import date_range
from rag.text.folding import same_words
from rag.text.names import extract_names
from rag.text.questions.topics import Topic
from rag.text.reuse.credits import credited_source, is_outlet_name, main_sources
from rag.types import Article, Evidence

Verb = Literal["report", "say", "deny"]

_WHO = r"(?:who|which (?:outlet|newspaper|news ?agency|agency|paper|person|company|\w+))"
_DID = (
    r"(?:say|said|report(?:ed)?|den(?:y|ied)|announced?|claim(?:ed)?|wr(?:ite|ote)|reveal(?:ed)?|"
    r"publish(?:ed)?|disclosed?)"
)
_QUESTION = re.compile(
    rf"{_WHO} (?:(?:was|were) (?:the )?first to |first |was it that first )?(?P<verb>{_DID})"
    r"(?: on| about| of)?(?P<that> that)? (?P<matter>.+?)(?:,? first)?\W*",
    re.IGNORECASE,
)
_SAYS_FIRST = re.compile(
    rf"\bfirst (?:to )?{_DID}\b|\b{_DID} first\b|\bbroke the (?:news|story)\b"
    r"|\bfirst (?:published|disclosed)\b",
    re.IGNORECASE,
)
_DENIES = re.compile(r"\b(?:den(?:y|ies|ied)|disput(?:es?|ed)|reject(?:s|ed)?)\b", re.IGNORECASE)
_MIN_SHARE = 0.6  # of the matter's stems in a sentence that tells of it
_MIN_SUPPORT = 0.5  # probability that a passage supports the matter, where that is a clause
_MAY_SUPPORT = 0.3  # the same, from which an older passage may tell of it
_MOST_FIRST = 2  # accounts of one day


@dataclass(frozen=True, slots=True)
class _Matter:
    """What somebody was the first to tell: a clause after "that", or a thing; `verb` how."""

    text: str
    verb: Verb
    is_clause: bool


@dataclass(frozen=True, slots=True)
class _Account:
    article: Article
    evidence: Evidence

    @property
    def day(self) -> str:
        """The day of publication, ISO 8601."""
        return (self.article.published or "")[:10]


def compose_first(material: Material) -> Composition | None:
    """The earliest account of the matter; None where there is none to name."""
    matter = _parse(material.plan.question)
    if matter is None or _is_answered(material):
        return None
    articles = choose_articles(Topic(matter.text), material.judgement.hits, material.article_of)
    accounts = _accounts(matter, articles, material)
    if not accounts:
        return None
    earliest = min(each.day for each in accounts)
    first = _uncredited([each for each in accounts if each.day == earliest])
    older = [each for each in articles if (each.published or "")[:10] < earliest]
    if len(first) > _MOST_FIRST or _may_tell(matter, older, material):
        return None
    return compose_quotations([_quoted(each, matter) for each in first], material.article_of)


def _uncredited(accounts: list[_Account]) -> list[_Account]:
    """`accounts` of one day without those that rest on another of them."""
    outlets = [each.article.source or "" for each in accounts]
    independent = [
        each
        for each in accounts
        if not any(
            credits_outlet(each.article.source or "", main_sources(each.article.text), outlet)
            for outlet in outlets
        )
    ]
    return independent or accounts


def _parse(question: str) -> _Matter | None:
    match = _QUESTION.fullmatch(question)
    if match is None or not re.search(r"\bfirst\b", question, re.IGNORECASE):
        return None
    verb = match["verb"].lower()
    kind: Verb = (
        "deny" if verb.startswith("den") else "say" if verb in ("say", "said") else "report"
    )
    return _Matter(match["matter"].strip(), kind, match["that"] is not None)


def _is_answered(material: Material) -> bool:
    """Whether an article says itself who was first, and that is sure enough to be quoted."""
    evidence = material.judgement.evidence
    return (
        bool(evidence)
        and _SAYS_FIRST.search(evidence[0].text) is not None
        and material.decide(material.judgement).shown
    )


def _accounts(matter: _Matter, articles: list[Article], material: Material) -> list[_Account]:
    """The accounts of the matter that have a day, one of each of `articles`, in their order."""
    words = TopicWords.parse(matter.text)
    accounts = []
    for article in articles:
        days = date_range((article.published or "")[:10])
        if days is None or days[0] != days[1]:  # a month is no day: it cannot be put in order
            continue
        if matter.is_clause or matter.verb != "report":
            evidence = _telling_sentence(article, words, matter, material)
        else:
            evidence = _lead(article) if words.share(opening(article)) == 1.0 else None
        if evidence is not None:
            accounts.append(_Account(article, evidence))
    return accounts


def _lead(article: Article) -> Evidence | None:
    """The first sentence of `article` that can be quoted: the news that it reports."""
    spans = quotable_spans(article)
    return whole_sentence(article, *spans[0]) if spans else None


def _may_tell(matter: _Matter, older: list[Article], material: Material) -> bool:
    """Whether one of `older` may tell of the matter in other words: then nobody is named first.

    Of a thing, that is any older article that is near it in meaning; of a clause, one with a
    passage that may support it.
    """
    if not matter.is_clause:
        return bool(older)
    ids = {each.id for each in older}
    passages = [hit.passage.text for hit in material.judgement.hits if hit.passage.article in ids]
    readings = material.reader.check(matter.text, passages) if passages else ()
    return any(each.supported >= _MAY_SUPPORT for each in readings)


def _telling_sentence(
    article: Article, words: TopicWords, matter: _Matter, material: Material
) -> Evidence | None:
    """The sentence of `article` that tells of the matter most fully, the first of equals."""
    best, most = None, 0.0
    for start, end in quotable_spans(article):
        sentence = article.text[start:end]
        share = 1.0 - len(words.missing([sentence])) / max(1, len(words.stems))
        fits = (
            _DENIES.search(sentence) is not None
            if matter.verb == "deny"
            else (_DENIES.search(sentence) is None)
        )
        has_speaker = matter.verb != "say" or speaker(sentence) is not None
        if share > most and share >= _MIN_SHARE and fits and has_speaker:
            best, most = (start, end), share
    if best is None:
        return None
    evidence = whole_sentence(article, *best)
    if matter.is_clause and matter.verb != "deny":
        (reading,) = material.reader.check(matter.text, [evidence.text])
        if reading.supported < _MIN_SUPPORT:
            return None
    return evidence


def _main_source(article: Article) -> str | None:
    """The outlet or agency that `article` as a whole rests on, if it names one."""
    others = (
        each
        for each in main_sources(article.text)
        if is_outlet_name(each) and not same_words(each, article.source or "")
    )
    return next(others, None)


def _quoted(account: _Account, matter: _Matter) -> Quoted:
    """ "Earliest here: BBC, citing KCNA, on 3 May 2024: “…”", cited by text and record."""
    article, sentence = account.article, account.evidence.text
    outlet = article.source or f"“{article.title}”"
    who = outlet
    if matter.verb == "report":
        if source := credited_source(sentence, article.source) or _main_source(article):
            who = f"{source}, as credited by {outlet}"
    elif (name := speaker(sentence)) and attributes(sentence) and extract_names(f"of {name}"):
        who = f"{name}, in {outlet}"
    label = f"Earliest account here: {who}, {published_on(article)}"
    records = [make_record_citation(0, article, "published")]
    if article.source:
        records.append(make_record_citation(0, article, "source"))
    return Quoted(account.evidence, label, tuple(records))
