"""`rag models`.

In:  flags, `Settings`. Out: a table of the models, or the paths of verified ones.
"""

from __future__ import annotations

import argparse

from rag.cli.arguments import Commands
from rag.cli.terminal import print_line
from rag.settings import Settings


def add_commands(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add("models", _models, "list, download or locate the models")
    parser.add_argument("action", nargs="?", default="list", choices=("list", "pull", "path"))
    parser.add_argument("name", nargs="?", metavar="NAME", help="default: the models in use")


def _models(options: argparse.Namespace, settings: Settings) -> int:
    from rag.models import registry

    classifier = "none" if settings.reader == "none" else registry.CLASSIFIER
    model = "none" if settings.uses_server else settings.model
    names = (model, settings.embedder, settings.reader, classifier)
    chosen = [name for name in names if name != "none"]
    in_use = {each.name: each for name in chosen for each in registry.needed_cards(name)}
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
