"""`rag conversations` and `rag feedback`: what was kept, listed, taken away or deleted.

In:  flags, `Settings`. Out: the text for stdout. Left to others: printing it (`rag.cli`).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path

from rag.conversations.models import Conversation
from rag.errors import ConversationError
from rag.settings import Settings


def add(make: Callable[..., argparse.ArgumentParser], say: Callable[[str], None]) -> None:
    """The two commands; `make` adds one, `say` prints what it gives back."""
    kept = make(
        "conversations",
        lambda options, settings: _said(say, conversations(options, settings)),
        "list, export or delete what was asked in the web chat",
    )
    kept.add_argument("action", nargs="?", default="list", choices=("list", "export", "delete"))
    kept.add_argument("id", nargs="?", metavar="ID", help="as listed; delete takes also: all")
    kept.add_argument("--json", action="store_true", help="export as JSON, not as Markdown")
    judged = make(
        "feedback",
        lambda options, settings: _said(say, feedback(options, settings)),
        "answers that were judged in the web chat, as a question set for rag eval",
    )
    judged.add_argument("--export", type=Path, metavar="FILE", help="default: stdout")


def conversations(options: argparse.Namespace, settings: Settings) -> str:
    """What `rag conversations` prints.

    Raises:
        ConversationError: the store cannot be read, or holds nothing of that id.
    """
    from rag.conversations import export
    from rag.conversations.store import ConversationStore

    store = ConversationStore(settings.conversations)
    if options.action == "list":
        found = store.conversations()
        return "\n".join(map(_row, found)) or f"nothing is kept in {settings.conversations}"
    if options.action == "delete" and options.id == "all":
        return f"deleted: {store.delete(None)}"
    one = store.conversation(options.id or "")
    if one is None:
        raise ConversationError(
            f"no conversation {options.id or '(no ID given)'} in {settings.conversations}: "
            "type `rag conversations` to see which there are"
        )
    if options.action == "delete":
        return f"deleted: {store.delete(None, one.id)}"
    return (export.as_json if options.json else export.markdown)(one).rstrip("\n")


def feedback(options: argparse.Namespace, settings: Settings) -> str:
    """What `rag feedback` prints.

    Raises:
        ConversationError: the store cannot be read, or nothing was judged.
        OSError: the file cannot be written.
    """
    from rag.conversations.feedback_dataset import to_eval_questions
    from rag.conversations.store import ConversationStore

    told = [
        json.dumps(each)
        for each in to_eval_questions(ConversationStore(settings.conversations).rated_turns())
    ]
    if not told:
        raise ConversationError(
            f"no answer was rated in {settings.conversations}: use the thumbs of `rag serve` first"
        )
    if options.export is None:
        return "\n".join(told)
    options.export.write_text("\n".join([*told, ""]), encoding="utf-8")
    counted = f"{len(told)} question{'s' if len(told) > 1 else ''}"
    return f"{options.export}: {counted}; `rag eval {options.export}` asks them"


def _row(one: Conversation) -> str:
    whose = f"  {one.owner}" if one.owner else ""
    minute = one.turns[-1].asked_at[:16].replace("T", " ")
    return f"{one.id}  {minute}  {len(one.turns):3}{whose}  {one.title[:80]}"


def _said(say: Callable[[str], None], text: str) -> int:
    say(text)
    return 0
