"""Which models of the catalogue fit a machine, what each costs, and what it gains.

    recommend(cards, …)            pure: cards, which are in use, a machine -> what to say of each
    recommend_models(settings, …)  the same of the catalogue and of the models that are here
    better_models(settings)        those worth a line: language models and readers alone

Out: `Recommendation`s, grouped by kind, in the order of the catalogue; the one to take of each kind
     is marked.
Left to others: the machine (`rag.runtime.machine`), whether the hub answers
(`rag.models.download.providers`), printing (`rag.cli.models`).

The one to take is the first in the catalogue that says what it gains, can be had and fits: with the
other models in use it takes at most three quarters of the memory. Of a kind that is turned off, as
rerankers are by default, none is. How long an answer takes is told
in times of the language model in use: each token reads all weights once, so the time goes with
their size where the bandwidth of memory is the limit, as it is on a processor (Williams, Waterman
and Patterson, "Roofline", 2009).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rag.errors import ModelError
from rag.models.catalog import ModelCard, load_catalogue
from rag.models.registry import describe, get_card
from rag.runtime.machine import Machine, this_machine
from rag.settings import Settings

_SHARE = 0.75  # of the memory; the rest is for the index, the page, and everything else
_REST = 1_200_000_000  # bytes that Python, its libraries, an index and the page take
_MANY_CORES = 4
_MOST_TIMES = 3.0  # of the time of the language model in use, on a processor alone
_MOST_TIMES_ON_FEW_CORES = 1.5
KINDS = ("llm", "reader", "embedder", "reranker")


@dataclass(frozen=True, slots=True)
class Recommendation:
    """What speaks for a model and what against it.

    `times`: how long an answer takes against the language model in use; None for other kinds.
    `obstacle`: why it cannot be had or does not fit, or is too slow; empty where nothing stands in
    the way. `is_best`: it is the one of its kind to take in the place of the one in use.
    """

    card: ModelCard
    is_in_use: bool
    times: float | None
    obstacle: str
    is_best: bool = False


def recommend(
    cards: Sequence[ModelCard],
    in_use: Mapping[str, ModelCard],
    is_here: Mapping[str, bool],
    machine: Machine,
    *,
    hub_answers: bool,
) -> list[Recommendation]:
    """What to say of each of `cards` whose kind a person can choose, kind by kind.

    `in_use`: the cards in use by kind, none of a kind that is turned off; `is_here`: by name,
    whether a model is on this machine.
    """
    recommendations = []
    for kind in KINDS:
        best = in_use[kind].name if kind in in_use and in_use[kind].gain else ""
        for card in (each for each in cards if each.kind == kind):
            times = _times(card, in_use)
            obstacle = (
                "the model hub does not answer"
                if not (is_here.get(card.name) or card.packages or hub_answers)
                else _misfit(card, in_use, times, machine)
            )
            is_in_use = kind in in_use and in_use[kind].name == card.name
            is_best = bool(card.gain and kind in in_use) and not (best or obstacle or is_in_use)
            best = card.name if is_best else best
            recommendations.append(Recommendation(card, is_in_use, times, obstacle, is_best))
    return recommendations


def _times(card: ModelCard, in_use: Mapping[str, ModelCard]) -> float | None:
    now = in_use.get("llm")
    return card.size / now.size if card.kind == "llm" and now and now.size else None


def _misfit(
    card: ModelCard, in_use: Mapping[str, ModelCard], times: float | None, machine: Machine
) -> str:
    """Why the machine is too small for a model; empty where it is not."""
    others = (each.memory for kind, each in in_use.items() if kind != card.kind)
    wanted = (_REST + card.memory + sum(others)) / _SHARE
    if 0 < machine.memory < wanted:
        return f"wants a machine with {wanted / 1e9:.0f} GB of memory"
    most = _MOST_TIMES if machine.cores >= _MANY_CORES else _MOST_TIMES_ON_FEW_CORES
    if times and times > most and not machine.has_accelerator:
        return f"too slow on {machine.cores} cores without an accelerator"
    return ""


def recommend_models(
    settings: Settings, machine: Machine, *, hub_answers: bool
) -> list[Recommendation]:
    """What to say of the models of the catalogue, on `machine`, beside those in use.

    Raises:
        ModelError: the catalogue is broken, or a model in use is unknown.
    """
    model = "none" if settings.uses_server else settings.model
    names = (model, settings.embedder, settings.reader, settings.reranker)
    in_use = {card.kind: card for card in (get_card(name) for name in names if name != "none")}
    is_here = {
        row["name"]: row["where"] in ("models/", "shipped", "cache")
        for row in describe(settings.models)
    }
    cards = list(load_catalogue().values())
    return recommend(cards, in_use, is_here, machine, hub_answers=hub_answers)


def better_models(settings: Settings) -> list[str]:
    """Names of language models and readers for which there is room, were the hub to answer.

    Nothing is contacted. An embedder is left out, since changing it takes another index, and a
    reranker, since what it gains was not measured here. None where the settings or the catalogue
    are wrong, which whoever opens the models says.
    """
    try:
        recommendations = recommend_models(settings, this_machine(), hub_answers=True)
    except ModelError:
        return []
    kinds = ("llm", "reader")
    return [each.card.name for each in recommendations if each.is_best and each.card.kind in kinds]
