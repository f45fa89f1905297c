"""`rag alerts`: questions that are kept and asked again; what of their answers has changed.

In:  flags, `Settings`. Out: alerts and changes, as text or JSON; 3 for changes with `--exit-code`.
Left to others: comparing and storing answers (`rag.newsroom.alerts`).

What `rag index` or the page found is printed by the next `rag alerts run`, and once only.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from rag.cli.arguments import Commands, add_filter_flags, add_index_flag, filters_of
from rag.cli.terminal import ProgressBars, print_line, print_message
from rag.errors import AlertError, RagError
from rag.export import export_answers
from rag.settings import Settings

if TYPE_CHECKING:
    from rag.newsroom.alerts.asking import Outcome
    from rag.newsroom.alerts.store import AlertStore
    from rag.newsroom.alerts.values import Alert, Finding

CHANGED = 3  # the exit status of `rag alerts run --exit-code` where something changed


def add_commands(commands: Commands) -> None:
    """Add the command, with its actions."""
    alerts = commands.add(
        "alerts", _list, "questions that are asked again: what is new, changed or gone"
    )
    actions = alerts.add_subparsers(required=True, metavar="ACTION")

    def add(name: str, run: Any, help: str) -> argparse.ArgumentParser:
        parser = actions.add_parser(name, help=help, description=help)
        parser.set_defaults(command=run)
        add_index_flag(parser)
        return parser

    adding = add("add", _add, "ask a question now, and again after each rag index")
    adding.add_argument("question", nargs="+", metavar="QUESTION")
    add_filter_flags(adding)
    listing = add("list", _list, "the alerts, when each was asked and last changed")
    listing.add_argument("--json", action="store_true", help="print them as JSON, with all changes")
    removal = add("remove", _remove, "remove an alert with its answers")
    removal.add_argument("number", type=int, metavar="N", help="as listed")
    run = add("run", _run, "ask again where the index changed, and print what has changed")
    run.add_argument("--json", action="store_true", help="print it as JSON")
    run.add_argument(
        "--exit-code",
        action="store_true",
        help=f"exit with {CHANGED} where something changed, for a cron job",
    )


def render_finding(finding: Finding) -> str:
    """What changed, then the answer before and the answer now, each with its sources."""
    from rag.newsroom.alerts.wording import ANSWER_REMOVED, change_in_words, change_label
    from rag.text.lines import filled

    def block(label: str, text: str) -> list[str]:
        return [f"  {label}:", *("    " + line if line else "" for line in text.splitlines())]

    lines = [
        filled(f"{change_label(each.kind)}: {change_in_words(each)}", "    ", "  ")
        for each in finding.comparison.changes
    ]
    for label, answer in (("before", finding.before), (f"now ({finding.at[:10]})", finding.after)):
        text = export_answers(answer, "text") if answer else ANSWER_REMOVED
        lines += block(label, text.rstrip("\n"))
    return "\n".join(lines)


def ask_after_indexing(settings: Settings) -> None:
    """Ask the alerts of the index again; a fault is a message, since the index is there."""
    from rag.newsroom.alerts.store import AlertStore

    try:
        outcome = _ask_due(settings, AlertStore.of_index(settings.index))
    except (RagError, OSError) as error:
        print_message(f"alerts were not asked again: {error}")
        return
    if outcome.asked_count:
        changed = len(outcome.changed)
        hint = "; `rag alerts run` prints what" if changed else ""
        print_message(f"alerts: {outcome.asked_count} asked again, {changed} changed{hint}")
    _print_faults(outcome)


def _ask_due(settings: Settings, store: AlertStore) -> Outcome:
    """Ask those alerts again whose index or settings have changed since.

    Raises:
        AlertError, IndexFault, ModelError: they cannot be read, asked or stored.
    """
    from rag.assistant import Assistant
    from rag.export.batch.answer_log import conditions_of
    from rag.newsroom.alerts.asking import Outcome, ask_again, is_due
    from rag.retrieval.filters import SearchFilter

    def conditions(filters: SearchFilter) -> str:
        return conditions_of(settings, filters)

    due = [each for each in store.alerts() if is_due(each, conditions)]
    if not due:
        return Outcome()
    assistant = Assistant.open(settings, preload=True)
    try:
        with ProgressBars() as bars:
            return ask_again(
                store,
                due,
                lambda question, filters: assistant.ask(question, filters=filters),
                conditions,
                lambda done, total: bars.update("alerts", done, total),
            )
    finally:
        assistant.close()


def _print_faults(outcome: Outcome) -> None:
    for number, fault in outcome.faults.items():
        print_message(f"alert {number} was not asked again: {fault}")


def _add(options: argparse.Namespace, settings: Settings) -> int:
    from rag.assistant import Assistant
    from rag.export.batch.answer_log import conditions_of
    from rag.newsroom.alerts.store import AlertStore

    filters = filters_of(options)
    conditions = conditions_of(settings, filters)
    assistant = Assistant.open(settings, preload=True)
    try:
        answer = assistant.ask(" ".join(options.question), filters=filters)
    finally:
        assistant.close()
    number = AlertStore.of_index(settings.index).add("", answer, filters, conditions)
    print_line(export_answers(answer, "text").rstrip("\n"))
    print_message(f"alert {number}: asked again after each `rag index`")
    return 0


def _list(options: argparse.Namespace, settings: Settings) -> int:
    from rag.newsroom.alerts.store import AlertStore
    from rag.newsroom.alerts.wording import state_in_words

    store = AlertStore.of_index(settings.index)
    alerts = store.alerts()
    if options.json:
        values = [
            {**each.to_dict(), "findings": [finding.to_dict() for finding in each.findings]}
            for each in alerts
        ]
        print_line(json.dumps(values, ensure_ascii=False, indent=1))
        return 0
    for each in alerts:
        owner = [each.owner] if each.owner else []
        limits = [f"only {each.filters.describe()}"] if each.filters else []
        parts = [str(each.number), *owner, state_in_words(each), each.question, *limits]
        print_line("\t".join(parts))
    if not alerts:
        print_message(f"no alert is kept in {store.file}: `rag alerts add QUESTION` adds one")
    return 0


def _remove(options: argparse.Namespace, settings: Settings) -> int:
    from rag.newsroom.alerts.store import AlertStore

    store = AlertStore.of_index(settings.index)
    if not store.remove(options.number):
        raise AlertError(
            f"there is no alert {options.number} in {store.file}: `rag alerts list` has them all"
        )
    print_line(f"removed: alert {options.number}")
    return 0


def _run(options: argparse.Namespace, settings: Settings) -> int:
    from rag.newsroom.alerts.store import AlertStore

    store = AlertStore.of_index(settings.index)
    outcome = _ask_due(settings, store)
    alerts = store.alerts()
    changed = [each for each in alerts if any(_unreported(each))]
    if options.json:
        values = {
            "changed": len(changed),
            "alerts": [_as_json(each, outcome.faults.get(each.number)) for each in alerts],
        }
        print_line(json.dumps(values, ensure_ascii=False, indent=1))
    else:
        for alert in changed:
            print_line(f"{alert.number}\t{alert.question}")
            for finding in _unreported(alert):
                print_line(render_finding(finding) + "\n")
    store.mark_reported([finding for each in changed for finding in _unreported(each)])
    print_message(f"alerts: {len(changed)} of {len(alerts)} changed")
    _print_faults(outcome)
    if changed and options.exit_code:
        return CHANGED
    return 1 if outcome.faults else 0


def _unreported(alert: Alert) -> Iterator[Finding]:
    """What was found and not printed yet, oldest first."""
    return (each for each in reversed(alert.findings) if not each.is_reported)


def _as_json(alert: Alert, fault: str | None) -> dict[str, Any]:
    findings = [each.to_dict() for each in _unreported(alert)]
    return {**alert.to_dict(), "changed": bool(findings), "findings": findings, "fault": fault}
