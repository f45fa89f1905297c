"""What a quote must contain to support a claim. Pure functions.

    requirements_of(claim, question)  ->  `Requirements`: stems, and exact facts
    facts_in(facts, text, kinds)      ->  those of the facts that a text contains

A fact is a number, a quotation or a name, as a string that begins with its kind:

    figure N     a number that the claim brings                 must be in the quote
    restated N   a number that the question has too             must be in the article
    quotation Q  words between quotation marks                  must be in the quote
    name N       a name that the claim brings                   must be in the quote
    mention N    any name of the claim                          must be in the article

Left to others: choosing the quote (`rag.grounding.support`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.text.folding import fold, has_phrase
from rag.text.names import extract_full_names, extract_names, mentions
from rag.text.numbers import extract_numbers, number_forms
from rag.text.stemming import stem_tokens

MIN_COVERAGE = 0.5  # share of a claim's stems and numbers that its quotes must contain
MIN_NEW_COVERAGE = 0.6  # the same of those that the question did not have
QUOTE_KINDS = ("figure", "quotation", "name")
ARTICLE_KINDS = ("mention", "restated")
_KIND_IN_QUOTE = {"mention": "name", "restated": "figure"}
_QUOTATION = re.compile(r"[\"“”]([^\"“”]{3,400})[\"“”]")


@dataclass(frozen=True, slots=True)
class Requirements:
    """What quotes must contain for a claim; stems and facts are strings of one set.

    Attributes:
        terms: stems and numbers of the claim.
        new_terms: those that the question did not have: the others are no evidence.
        facts: all of these must be contained.
        question: stems of the question, which only help to choose between quotes.
        full_names: names of several words, as the claim writes them.
    """

    terms: frozenset[str]
    new_terms: frozenset[str]
    facts: frozenset[str]
    question: frozenset[str]
    full_names: tuple[str, ...] = ()

    def are_met_by(self, contents: frozenset[str]) -> bool:
        """Whether quotes with these `contents` together support the claim."""
        return (
            self.facts <= contents
            and _share(self.terms, contents) >= MIN_COVERAGE
            and _share(self.new_terms, contents) >= MIN_NEW_COVERAGE
        )

    def score(self, contents: frozenset[str]) -> float:
        """For choosing between quotes with these `contents`: higher is better, at most 4.3."""
        return (
            _share(self.terms, contents)
            + _share(self.new_terms, contents)
            + 2 * _share(self.facts, contents)
            + 0.3 * _share(self.question, contents)
        )

    def new_coverage(self, contents: frozenset[str]) -> float:
        """The share of the new terms that `contents` has, 0 to 1."""
        return _share(self.new_terms, contents)

    def quotable_facts(self) -> frozenset[str]:
        """The facts in the form in which a quote contains them: mentions as names, and so on."""
        parts = (fact.partition(" ") for fact in self.facts)
        return frozenset(f"{_KIND_IN_QUOTE.get(kind, kind)} {value}" for kind, _, value in parts)


def requirements_of(claim: str, question: str = "") -> Requirements:
    """What a quote must contain for `claim`, given as an answer to `question`."""
    terms, question_terms = (_without_numbers(each) for each in stem_tokens([claim, question]))
    names = extract_names(claim)
    question_numbers = number_forms(question)
    numbers = extract_numbers(claim)
    restated = frozenset(f"restated {number}" for number in numbers & question_numbers)
    new = frozenset(f"figure {number}" for number in numbers - question_numbers)
    facts = {
        *(restated | new),
        *(f"quotation {quotation}" for quotation in extract_quotations(claim)),
        *(f"mention {name}" for name in names),
        *(f"name {name}" for name in names if not mentions(question, name)),
    }
    return Requirements(
        terms=terms | restated | new,
        new_terms=(terms - question_terms) | new,
        facts=frozenset(facts),
        question=question_terms,
        full_names=extract_full_names(claim),
    )


def facts_in(
    facts: frozenset[str], text: str, kinds: tuple[str, ...] = QUOTE_KINDS
) -> frozenset[str]:
    """Those of `facts` that are of one of `kinds` and that `text` contains."""
    numbers, folded = number_forms(text), fold(text)

    def contains(kind: str, value: str) -> bool:
        if kind in ("figure", "restated"):
            return value in numbers
        return has_phrase(folded, value) if kind == "quotation" else mentions(text, value)

    parts = ((fact, *fact.split(" ", 1)) for fact in facts)
    return frozenset(fact for fact, kind, value in parts if kind in kinds and contains(kind, value))


def extract_quotations(text: str) -> tuple[str, ...]:
    """The quotations of two words or more, folded; a single word is compared as a stem."""
    folded = (fold(quotation) for quotation in _QUOTATION.findall(text))
    return tuple(quotation for quotation in folded if " " in quotation)


def _without_numbers(stems: Sequence[str]) -> frozenset[str]:
    """Stems without digits: numbers are compared as numbers ("72" is in "72nd")."""
    return frozenset(stem for stem in stems if not any(map(str.isdigit, stem)))


def _share(terms: frozenset[str], contents: frozenset[str]) -> float:
    return len(terms & contents) / len(terms) if terms else 1.0
