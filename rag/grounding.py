"""From the model's draft to sentences that are supported, each with its quote. Pure functions.

In:  a draft with [n] markers; the passages it was written from.
Out: claims with valid numbers; for each, whether a passage supports it, and the smallest run of
     whole sentences of the passage that does.
Left to others: numbering citations (`rag.citing`), wording refusals (`rag.prompt`).

A claim is supported by a quote when every figure, quotation and name it brings stands there,
and enough of its words do. Words that the question already held count for little: they are not
evidence. A claim that the passages it names do not support is given to the one that does best,
or else dropped.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rag.figures import figures_in, held_in
from rag.names import full_names_of, named_short, names_of, opening_name, short_forms, stands
from rag.passages import Span, sentence_spans
from rag.wording import denies
from rag.words import stems

_MARKER = re.compile(r"\[\s*(?:passages?\s*)?(\d{1,9}(?:\s*[,;\u2013-]\s*\d{1,9})*)\s*\]", re.I)
_AFTER_STOP = re.compile(r"([.!?][\"”’']?)((?:\s*\[[^\][]{1,30}\])+)")
_QUOTED = re.compile(r"[\"“”]([^\"“”]{3,400})[\"“”]")


MIN_SHARE = 0.5  # part of a claim's words that must stand in the quote
MIN_NEWS = 0.6  # the same of the words that the question did not hold
_ADDS = 0.15  # of those words, what a further passage must add to be cited too
_IN_QUOTE = {"mention": "name", "known": "figure"}  # what these must be in a quote
_EXACT = ("figure", "quotation", "name")
_LONGEST_QUOTE = 3  # sentences
_PER_SENTENCE = 0.08  # what a further sentence in a quote must add


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence of a draft without its markers, and the passages it names (from 0)."""

    text: str
    passages: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Support:
    """A run of sentences of a passage and what of a claim it holds (stems, figures, …)."""

    passage: int
    span: Span  # within the passage's text
    held: frozenset[str]


@dataclass(frozen=True, slots=True)
class Needs:
    """What a quote must hold for a claim: parts marked so that they can be counted together."""

    words: frozenset[str]  # stems and figures of the claim
    news: frozenset[str]  # those that the question did not hold
    exact: frozenset[str]  # figures, quotations and names, all of which must stand there: a name
    # or figure of the question ("mention", "known") in the article, any other in the quote
    question: frozenset[str]  # stems of the question: they only help to choose between quotes
    full: tuple[str, ...] = ()  # names of several words, as the claim writes them

    def met(self, held: frozenset[str]) -> bool:
        """Whether what quotes hold together supports the claim."""
        return (
            self.exact <= held
            and _share(self.words, held) >= MIN_SHARE
            and _share(self.news, held) >= MIN_NEWS
        )

    def worth(self, held: frozenset[str]) -> float:
        """For choosing between quotes: more is better."""
        return (
            _share(self.words, held)
            + _share(self.news, held)
            + 2 * _share(self.exact, held)
            + 0.3 * _share(self.question, held)
        )


def claims_of(draft: str, passages: int) -> list[Claim]:
    """Split a draft into sentences; keep the markers that name one of `passages` passages.

    A marker after the full stop belongs to the sentence before it. Numbers that name no passage
    are dropped.
    """
    moved = _AFTER_STOP.sub(lambda m: f"{m[2]}{m[1]}", " ".join(draft.split()))
    claims = []
    for start, end in sentence_spans(moved):
        sentence = moved[start:end]
        named = [n - 1 for marker in _MARKER.finditer(sentence) for n in _numbers(marker[1])]
        text = re.sub(r"\s+([.,;:!?])", r"\1", " ".join(_MARKER.sub(" ", sentence).split()))
        valid = tuple(dict.fromkeys(n for n in named if 0 <= n < passages))
        if re.search(r"\w", text):
            claims.append(Claim(text, valid))
        elif claims and valid:  # a line of markers alone belongs to what stands before it
            merged = tuple(dict.fromkeys((*claims[-1].passages, *valid)))
            claims[-1] = Claim(claims[-1].text, merged)
    return claims


def supports(
    claim: Claim, passages: Sequence[str], question: str = "", around: Sequence[str] | None = None
) -> tuple[Support, ...]:
    """The quotes that carry `claim`, first those of the passages it names, in its order.

    `around` holds for each passage the text it stands in (default: the passage itself). Only
    passages that the claim names may carry it together: two that happen to share its words may
    speak of two things. Empty where nothing supports the claim.
    """
    needs = needs_of(claim.text, question)
    runs = [
        best_run(needs, text, whole, number)
        for number, (text, whole) in enumerate(zip(passages, around or passages, strict=True))
    ]

    def quoted(carried: Sequence[Support]) -> str:
        return "\n".join(passages[run.passage][slice(*run.span)] for run in carried)

    own = _joined(needs, [runs[number] for number in claim.passages])
    if own and not denies(claim.text, quoted(own)):
        return own
    for run in sorted(runs, key=lambda run: (-needs.worth(run.held), run.passage)):
        if needs.met(run.held) and not denies(claim.text, quoted([run])):
            return (run,)
    return ()


def companions(
    claim: str,
    question: str,
    own: Sequence[str],
    article: str,
    near: Span,
    record: str = "",
) -> list[Span] | None:
    """Sentences of `article` that hold the names and figures of `claim` which `own` lacks.

    `own` are the quotes that carry the claim, `near` where the first of them stands in the
    article, `record` its title, outlet, author and date: what stands there need not be quoted.
    Of several sentences the nearest is taken, one before the quote rather than one after it.
    None where something stands nowhere.
    """
    marks = (each.partition(" ") for each in needs_of(claim, question).exact)
    wanted = frozenset(f"{_IN_QUOTE.get(kind, kind)} {value}" for kind, _, value in marks)
    told = "\n".join((*own, record))
    first = opening_name(claim)  # a name, unless the article has it in lower case
    if first and not re.search(rf"\b{re.escape(first.lower())}", f"{article}\n{question}"):
        wanted |= {f"name {first}"}
    missing = wanted - _exact_in(wanted, told, _EXACT)
    if not missing:
        return []
    held = {
        span: _exact_in(missing, article[slice(*span)], _EXACT)
        for span in (_trimmed(article, each) for each in sentence_spans(article))
    }
    chosen: set[Span] = set()
    for mark in sorted(missing):
        bearers = [span for span, marks in held.items() if mark in marks]
        if not bearers:
            return None
        if not chosen.intersection(bearers):
            chosen.add(min(bearers, key=lambda span: _distance(span, near)))
    return sorted(chosen)


def _distance(span: Span, near: Span) -> int:
    """Characters between the two; a sentence that comes after counts twice as far."""
    return near[0] - span[1] if span[1] <= near[0] else 2 * (span[0] - near[1])


def distinct(claims: Sequence[Claim], question: str) -> list[Claim]:
    """The claims without those that only repeat what earlier ones and the question said."""
    said = set(stems([question])[0])
    kept: list[Claim] = []
    for claim in claims:
        words = set(stems([claim.text])[0])
        if not kept or words - said:
            kept.append(claim)
        said |= words
    return kept


def is_new(claims: Sequence[str], question: str) -> bool:
    """Whether the claims together say anything that `question` did not."""
    asked = frozenset(stems([question])[0])
    return any(not asked >= frozenset(words) for words in stems(list(claims)))


def needs_of(claim: str, question: str = "") -> Needs:
    """What must stand in a quote for `claim`, given that `question` was asked."""
    words, asked = (_words(each) for each in stems([claim, question]))
    names = names_of(claim)
    asked_figures = held_in(question)
    figures = figures_in(claim)
    known = frozenset(f"known {figure}" for figure in figures & asked_figures)
    new = frozenset(f"figure {figure}" for figure in figures - asked_figures)
    exact = {
        *(known | new),
        *(f"quotation {quoted}" for quoted in quotations_in(claim)),
        *(f"mention {name}" for name in names),
        *(f"name {name}" for name in names if not stands(question, name)),
    }
    full = full_names_of(claim)
    return Needs(words | known | new, (words - asked) | new, frozenset(exact), asked, full)


def best_run(needs: Needs, passage: str, article: str = "", number: int = 0) -> Support:
    """The smallest run of whole sentences of `passage` that holds most of `needs`."""
    spans = [_trimmed(passage, span) for span in sentence_spans(passage)]
    words = [frozenset(each) for each in stems([passage[a:b] for a, b in spans])]
    whole = article or passage
    around = _exact_in(needs.exact, whole, ("mention", "known"))
    known_as = short_forms(needs.full, whole)
    best, best_rank = Support(number, (0, 0), frozenset()), (False, -_LONGEST_QUOTE, -1.0)
    for first in range(len(spans)):
        stemmed: frozenset[str] = frozenset()
        for last in range(first, min(first + _LONGEST_QUOTE, len(spans))):
            stemmed |= words[last]
            span = (spans[first][0], spans[last][1])
            quote = passage[span[0] : span[1]]
            held = stemmed | around | _exact_in(needs.exact, quote, _EXACT)
            held |= frozenset(f"name {word}" for word in named_short(known_as, quote))
            met, longer = needs.met(held), last - first
            # of the quotes that support the claim one of the fewest sentences, else the nearest
            rank = (met, -longer if met else 0, needs.worth(held) - _PER_SENTENCE * longer)
            if rank > best_rank:
                best, best_rank = Support(number, span, held), rank
    return best


def quotations_in(text: str) -> tuple[str, ...]:
    """What stands between quotation marks, in plain form; single words are left to the words."""
    plain = (_plain(quoted) for quoted in _QUOTED.findall(text))
    return tuple(quoted for quoted in plain if " " in quoted)


def coverage(passages: Sequence[str], rarity: Mapping[str, float]) -> float:
    """Part of a query's stems (the keys of `rarity`, weighted by it) that stand in `passages`."""
    wanted = frozenset(rarity)
    held = frozenset(word for words in stems(list(passages)) for word in words)
    total = sum(rarity[word] for word in wanted)
    return sum(rarity[word] for word in wanted & held) / total if total else 0.0


def _words(stemmed: Sequence[str]) -> frozenset[str]:
    """Stems without figures: those are compared as figures ("72" is in "72nd")."""
    return frozenset(word for word in stemmed if not any(map(str.isdigit, word)))


def _exact_in(wanted: frozenset[str], text: str, kinds: tuple[str, ...]) -> frozenset[str]:
    """Those of the marked figures, quotations and names, of these kinds, that stand in `text`."""
    figures, plain = held_in(text), _plain(text)

    def there(kind: str, value: str) -> bool:
        if kind in ("figure", "known"):
            return value in figures
        return value in plain if kind == "quotation" else stands(text, value)

    marked = ((each, *each.split(" ", 1)) for each in wanted)
    return frozenset(each for each, kind, value in marked if kind in kinds and there(kind, value))


def _joined(needs: Needs, runs: Sequence[Support]) -> tuple[Support, ...]:
    """Those of `runs` that add to what the better ones hold, if together they meet `needs`."""
    kept: list[Support] = []
    held: frozenset[str] = frozenset()
    for run in sorted(runs, key=lambda run: -needs.worth(run.held)):
        more = _share(needs.news, held | run.held) - _share(needs.news, held)
        if not kept or more >= _ADDS:
            kept.append(run)
            held |= run.held
    return tuple(run for run in runs if run in kept) if kept and needs.met(held) else ()


def _share(wanted: frozenset[str], held: frozenset[str]) -> float:
    return len(wanted & held) / len(wanted) if wanted else 1.0


def _numbers(marker: str) -> list[int]:
    parts = re.split(r"\s*[,;]\s*", marker)
    numbers: list[int] = []
    for part in parts:
        ends = [int(each) for each in re.split(r"\s*[\u2013-]\s*", part) if each]
        numbers += list(range(ends[0], min(ends[-1], ends[0] + 20) + 1)) if ends else []
    return numbers


def _plain(text: str) -> str:
    """Lower case, straight marks, single spaces, no punctuation at the ends."""
    folded = text.lower().translate(str.maketrans("“”‘’\u00a0", "\"\"'' "))
    return " ".join(folded.split()).strip(" .,;:!?\"'")


def _trimmed(text: str, span: Span) -> Span:
    start, end = span
    bare = text[start:end].rstrip()
    return start + len(bare) - len(bare.lstrip()), start + len(bare)
