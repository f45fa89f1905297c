"""`rag models`.

In:  flags, `Settings`. Out: a table of the models, or the paths of verified ones; which fit this
     machine.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rag.cli.arguments import Commands
from rag.cli.terminal import print_line
from rag.settings import Settings

if TYPE_CHECKING:
    from rag.models.catalog import ModelCard
    from rag.models.recommendation import Recommendation
    from rag.runtime.machine import Machine

_ACTIONS = ("list", "pull", "path", "recommend")
_HEADS = {
    "llm": "language models",
    "reader": "readers",
    "embedder": "embedders",
    "reranker": "rerankers",
}
_SETTINGS = {
    "llm": "RAG_MODEL",
    "reader": "RAG_READER",
    "embedder": "RAG_EMBEDDER",
    "reranker": "RAG_RERANKER",
}


def add_commands(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add("models", _models, "list, download, locate or recommend models")
    parser.add_argument("action", nargs="?", default="list", choices=_ACTIONS)
    parser.add_argument("name", nargs="?", metavar="NAME", help="default: the models in use")


def _models(options: argparse.Namespace, settings: Settings) -> int:
    from rag.models import registry

    if options.action == "recommend":
        return _recommend(settings)
    in_use = _cards_in_use(settings)
    if options.action == "list":
        print_line(registry.table(settings.models, in_use))
        return 0
    cards = registry.needed_cards(options.name) if options.name else in_use.values()
    for card in cards:
        if card.extension is not None:
            print_line(f"{card.name}: part of {card.extension.package} {card.extension.version}")
            continue
        if options.action == "pull":
            from rag.models.download.pull import pull

            print_line(str(pull(card, settings.models)))
        else:
            print_line(str(registry.verify_model(card, settings.models)))
    return 0


def _cards_in_use(settings: Settings) -> dict[str, ModelCard]:
    """The cards of the models that `settings` name and of those that they need, by name."""
    from rag.models.registry import CLASSIFIER, needed_cards

    classifier = "none" if settings.reader == "none" else CLASSIFIER
    model = "none" if settings.uses_server else settings.model
    names = (model, settings.embedder, settings.reranker, settings.reader, classifier)
    chosen = [name for name in names if name != "none"]
    return {each.name: each for name in chosen for each in needed_cards(name)}


def _recommend(settings: Settings) -> int:
    from rag.models.download.providers import hub_has
    from rag.models.llm.engine import build_has_accelerator
    from rag.models.recommendation import recommend_models
    from rag.models.registry import load_catalogue
    from rag.runtime.machine import this_machine

    machine = this_machine(has_accelerator=build_has_accelerator())
    only_there = [each for each in load_catalogue().values() if each.hub and not each.packages]
    sys.stderr.write("asking the model hub whether it answers …\n")
    hub_answers = any(map(hub_has, only_there[:1]))
    print_line(_machine_line(machine, hub_answers))
    recommendations = recommend_models(settings, machine, hub_answers=hub_answers)
    for kind, head in _HEADS.items():
        rows = [each for each in recommendations if each.card.kind == kind]
        print_line(f"\n{head}")
        for line in _rows(rows):
            print_line(line)
    print_line("")
    for line in _what_to_type([each for each in recommendations if each.is_best], settings):
        print_line(line)
    return 0


def _machine_line(machine: Machine, hub_answers: bool) -> str:
    memory = f"{machine.memory / 1e9:.0f} GB of memory" if machine.memory else "unknown memory"
    accelerator = "an accelerator" if machine.has_accelerator else "no accelerator"
    hub = "answers" if hub_answers else "does not answer"
    return (
        f"this machine: {memory}, {machine.cores} cores; llama.cpp was built with {accelerator}; "
        f"the model hub {hub}"
    )


def _rows(recommendations: list[Recommendation]) -> Iterator[str]:
    width = max(len(each.card.name) for each in recommendations)
    for each in recommendations:
        card = each.card
        mark = "*" if each.is_in_use else ">" if each.is_best else " "
        costs = [f"{card.size / 1e6:,.0f} MB to fetch", card.licence]
        if card.memory:
            costs.insert(1, f"{card.memory / 1e9:.1f} GB of memory")
        if each.times and not each.is_in_use:
            costs.append(f"{each.times:.1f} times the time of an answer")
        yield f"{mark}  {card.name.ljust(width)}  {', '.join(costs)}"
        for label, text in (("gain", card.gain), ("but", each.obstacle), ("", card.note)):
            if text:
                yield f"   {' ' * width}  {label}{': ' * bool(label)}{text}"


def _what_to_type(best: list[Recommendation], settings: Settings) -> Iterator[str]:
    if not best:
        yield "nothing better fits this machine: keep the models in use (*)"
    for each in best:
        name, variable = each.card.name, _SETTINGS[each.card.kind]
        yield f"> type `rag models pull {name}`, then set {variable}={name}"
        if each.card.kind == "embedder":
            yield "  another embedder needs another index: `rag index --rebuild`"
        elif each.card.kind != "reranker" and not _is_calibrated(each.card, settings):
            yield (
                "  there is no calibration for it: the reader's alone decides, until "
                "`rag calibrate QUESTIONS.jsonl` fits one"
            )


def _is_calibrated(card: ModelCard, settings: Settings) -> bool:
    from rag.grounding.calibration import deciding_calibration, load_calibration

    reader = card.name if card.kind == "reader" else settings.reader
    model = card.name if card.kind == "llm" else settings.language_model
    judges, calibration = deciding_calibration(
        reader, model, lambda key: load_calibration(key, settings.index)
    )
    return calibration is not None and (card.kind == "reader" or card.name in judges)
