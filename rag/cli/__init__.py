"""The command line: translates flags to calls and results to lines; decides nothing.

    rag index | ask | eval | models | doctor | serve | password | conversations | feedback

Answers on stdout, progress on stderr. Exit status 0; 1 with a named error on one line and no
traceback; 2 for bad usage.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from rag.cli import conversations as kept
from rag.errors import RagError
from rag.settings import Settings
from rag.types import Answer

_FLAGS = ("corpus", "index", "apis", "upload")  # that are settings, too


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    options = _parser().parse_args(arguments)
    try:
        settings = Settings.load(**{each: getattr(options, each, None) for each in _FLAGS})
        command: Callable[[argparse.Namespace, Settings], int] = options.command
        return command(options, settings)
    except RagError as error:
        _say(f"rag: {error}")
        return 1
    except KeyboardInterrupt:
        _say("rag: stopped")
        return 1
    except BrokenPipeError:  # the reader of our output went away
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        _say(f"rag: {error.strerror or error}: {error.filename or 'type rag doctor'}")
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="rag", description="Ask a folder of articles; every sentence comes with its citation."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, run: Callable[..., int], help: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=help, description=help)
        made.set_defaults(command=run)
        return made

    where = {"type": Path, "metavar": "DIR", "help": "folder of the index (RAG_INDEX)"}
    index = add("index", _index, "build the index, or bring it up to date with the articles")
    index.add_argument(
        "--corpus", type=Path, metavar="PATH", help="folder, file or .jsonl dump (RAG_CORPUS)"
    )
    index.add_argument("--index", **where)  # type: ignore[arg-type]
    index.add_argument(
        "--rebuild", action="store_true", help="build anew, also where the settings changed"
    )

    ask = add("ask", _ask, "answer one question")
    ask.add_argument("question", metavar="QUESTION")
    ask.add_argument("--index", **where)  # type: ignore[arg-type]
    ask.add_argument("--since", metavar="DATE", help="only articles from this day, month or year")
    ask.add_argument("--until", metavar="DATE", help="only articles up to this day, month or year")
    ask.add_argument(
        "--outlet", action="append", metavar="NAME", help="only this outlet (may be repeated)"
    )
    ask.add_argument("--json", action="store_true", help="print the whole answer as JSON")

    score = add("eval", _eval, "score answers against a question set")
    score.add_argument("questions", type=Path, metavar="QUESTIONS.jsonl")
    score.add_argument("--index", **where)  # type: ignore[arg-type]
    score.add_argument(
        "--out", type=Path, default=Path(".rag/eval"), metavar="DIR", help="default: .rag/eval"
    )
    score.add_argument("--limit", type=_positive, metavar="N", help="only the first N questions")
    score.add_argument(
        "--sample", type=_positive, metavar="N", help="N questions spread over the set"
    )
    split = score.add_mutually_exclusive_group()
    for flag, value, of in (
        ("--held-out", "held out", "half that nothing is tuned on"),
        ("--tuning", "tuning", "other half"),
    ):
        split.add_argument(
            flag, dest="split", action="store_const", const=value, help=f"only the {of}"
        )
    score.add_argument(
        "--baseline", action="store_true", help="ask the model without checks too, and compare"
    )
    score.add_argument(
        "--against", type=Path, metavar="DIR", help="compare with an earlier run's --out folder"
    )

    models = add("models", _models, "list, fetch or locate the models")
    models.add_argument("action", nargs="?", default="list", choices=("list", "pull", "path"))
    models.add_argument("name", nargs="?", metavar="NAME", help="default: the models in use")

    add("doctor", _doctor, "check models, index and build; say how to mend each fault")

    serve = add("serve", _serve, "open the web chat")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=_port, default=7860)
    serve.add_argument(
        "--apis",
        "--programs",
        metavar="NAMES",
        help="ways in for programs: some of api,mcp,openai (RAG_APIS; docs/programs.md)",
    )
    serve.add_argument(
        "--upload",
        action="store_const",
        const=True,
        help="let the page add and remove articles (RAG_UPLOAD=1)",
    )
    serve.add_argument("--index", **where)  # type: ignore[arg-type]

    password = add("password", _password, "make a line for RAG_AUTH_FILE: a name, a password")
    password.add_argument("name", metavar="NAME")

    kept.add(add, _print)
    return parser


def _index(options: argparse.Namespace, settings: Settings) -> int:
    from rag.index.build import build_index

    with _Bars() as bars:
        report = build_index(settings, bars.tell, rebuild=options.rebuild)
    for name, reason in report.skipped:
        _say(f"passed over: {name}: {reason}")
    _print(str(report))
    return 0


def _ask(options: argparse.Namespace, settings: Settings) -> int:
    from rag.assistant import Assistant

    answer = Assistant.open(settings, ahead=True).ask(
        options.question, since=options.since, until=options.until, outlets=options.outlet
    )
    if options.json:
        _print(json.dumps(answer.to_dict(), ensure_ascii=False, indent=1))
    else:
        _print(_shown(answer))
    return 0


def _shown(answer: Answer) -> str:
    """An answer for a terminal: the text, then each citation with its quote.

    Under a refusal stand the articles that came nearest.
    """
    lines = [textwrap.fill(answer.text, 88)]
    if answer.note:
        lines += ["", textwrap.fill(answer.note, 88)]
    if answer.abstained:
        nearest = dict.fromkeys(hit.passage.article for hit in answer.passages)
        return "\n".join([*lines, *(["", f"Nearest: {', '.join(nearest)}"] if nearest else [])])
    for each in answer.citations:
        record = ", ".join(filter(None, (each.source, each.published, each.article)))
        lines += [
            "",
            f"[{each.number}] {each.title} ({record})",
            textwrap.fill(
                f"“{' '.join(each.quote.split())}”",
                88,
                initial_indent="    ",
                subsequent_indent="    ",
            ),
        ]
    return "\n".join(lines)


def _eval(options: argparse.Namespace, settings: Settings) -> int:
    from rag.assistant import Assistant
    from rag.evaluation.reports.text import render_text
    from rag.evaluation.runner import EvaluationCallbacks, EvaluationOptions, evaluate

    assistant = Assistant.open(settings)
    with _Bars() as bars:
        report = evaluate(
            assistant,
            options.questions,
            options.out,
            EvaluationOptions(
                split=options.split,
                limit=options.limit,
                sample=options.sample,
                baseline=options.baseline,
                compare_to=options.against,
            ),
            EvaluationCallbacks(lambda done, total: bars.tell("asking", done, total), _say),
        )
    _print(render_text(report))
    _print(f"report: {options.out / 'report.html'}")
    return 0


def _models(options: argparse.Namespace, settings: Settings) -> int:
    from rag.models import registry as catalogue

    in_use = (settings.model, settings.embedder)
    if options.action == "list":
        _print(catalogue.table(settings.models, in_use))
        return 0
    for name in (options.name,) if options.name else in_use:
        chosen = catalogue.get_card(name)
        if options.action == "pull":
            from rag.models.download.pull import pull

            _print(str(pull(chosen, settings.models)))
        else:
            _print(str(catalogue.verify_model(chosen, settings.models)))
    return 0


def _doctor(options: argparse.Namespace, settings: Settings) -> int:
    from rag.cli.doctor import run_checks

    healthy = True
    for finding in run_checks(settings):
        healthy &= finding.ok
        _print(f"{'ok   ' if finding.ok else 'FAULT'} {finding.subject}: {finding.told}")
    return 0 if healthy else 1


def _serve(options: argparse.Namespace, settings: Settings) -> int:
    from rag.web.server import serve

    serve(settings, options.host, options.port)
    return 0


def _password(options: argparse.Namespace, settings: Settings) -> int:
    from getpass import getpass

    from rag.errors import SettingsError
    from rag.web.middleware.user_accounts import format_account

    if sys.stdin.isatty():
        said = getpass("Password: ", sys.stderr)
        if said != getpass("Once more: ", sys.stderr):
            raise SettingsError("the two are not the same: type `rag password` again")
    else:
        said = sys.stdin.readline().rstrip("\r\n")
    _print(format_account(options.name, said))
    return 0


class _Bars:
    """Progress bars on stderr, one a stage, with the time left."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._stage = ""

    def __enter__(self) -> _Bars:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def tell(self, stage: str, done: int, total: int) -> None:
        """`done` of `total` in `stage`."""
        from tqdm import tqdm

        if stage != self._stage:
            self.__exit__()
            self._stage = stage
            seconds = 0.1 if sys.stderr.isatty() else 5.0
            self._bar = tqdm(
                total=total, desc=stage, file=sys.stderr, mininterval=seconds, leave=False
            )
        self._bar.update(done - self._bar.n)


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("give a number of at least 1")
    return number


def _port(text: str) -> int:
    number = int(text)
    if not 0 < number < 65_536:
        raise argparse.ArgumentTypeError("give a port from 1 to 65535")
    return number


def _print(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    raise SystemExit(main())
