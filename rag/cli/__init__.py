"""The command line: flags become calls, results become lines of text.

    __init__       `main`
    arguments      shared parts of the parsers
    index          rag index
    answers        rag ask, rag verify
    search         rag search
    newsroom       rag quote, rag check, rag timeline, rag alerts
    articles       rag articles
    storage        rag articles remove, rag backup, rag restore, rag collections
    copies         near copies in `rag articles`
    evaluate       rag eval
    exam           rag exam
    calibrate      rag calibrate
    models         rag models
    doctor         rag doctor
    serve          rag serve, rag password
    conversations  rag conversations, rag feedback
    terminal       stdout, stderr, progress bars

Results go to stdout, progress and messages to stderr. Exit status 0; 1 with an error message of
one line and no traceback; 2 for bad usage.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence

from rag.cli import (
    articles,
    calibrate,
    conversations,
    doctor,
    evaluate,
    exam,
    index,
    models,
    search,
    serve,
)
from rag.cli.answers import ask, verify
from rag.cli.arguments import Command, Commands, repeat_flags
from rag.cli.newsroom import alerts, check, quote, timeline
from rag.cli.storage import backup, collections
from rag.cli.terminal import print_message
from rag.errors import RagError
from rag.index.companions.collections import require_collection
from rag.runtime.observability import spans
from rag.runtime.observability.logs import json_lines
from rag.settings import Settings, variable

__all__ = ["build_parser", "main"]

_SETTING_FLAGS = (
    "corpus",
    "index",
    "collection",
    "apis",
    "upload",
)  # flags that override a setting


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that `arguments` (default: `sys.argv[1:]`) name; returns the exit status."""
    with json_lines(os.environ.get(variable("log")) == "json"):
        return _run(arguments)


def _run(arguments: Sequence[str] | None) -> int:
    options = build_parser().parse_args(arguments)
    try:
        settings = Settings.load(**{name: getattr(options, name, None) for name in _SETTING_FLAGS})
        if getattr(options, "needs_collection", False):
            require_collection(settings)
        if settings.traces != "no":
            spans.set_up()
        command: Command = options.command
        return command(options, settings)
    except RagError as error:
        print_message(f"rag: {repeat_flags(str(error), options)}", logging.ERROR)
        return 1
    except KeyboardInterrupt:
        print_message("rag: stopped")
        return 1
    except BrokenPipeError:  # whatever read our output has ended; no second error at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        message = f"rag: {error.strerror or error}: {error.filename or 'type rag doctor'}"
        print_message(message, logging.ERROR)
        return 1


def build_parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    parser = argparse.ArgumentParser(
        prog="rag", description="Ask a folder of articles; every sentence comes with its citation."
    )
    commands = Commands(parser)
    asking = (index, ask, verify, search, quote, check, timeline, alerts, articles)
    rest = (evaluate, exam, calibrate, models, doctor, serve, conversations, backup, collections)
    for module in (*asking, *rest):
        module.add_commands(commands)
    return parser
