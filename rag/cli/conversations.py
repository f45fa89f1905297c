"""`rag conversations` and `rag feedback`: stored chats are listed, exported or deleted.

In:  flags, `Settings`. Out: text on stdout, or a file.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from rag.cli.arguments import Commands, add_collection_flag
from rag.cli.terminal import print_line
from rag.conversations.models import Conversation
from rag.errors import ConversationError
from rag.export import FORMATS
from rag.settings import Settings


def add_commands(commands: Commands) -> None:
    """Add both commands."""
    history = commands.add(
        "conversations",
        lambda options, settings: _print(conversations(options, settings)),
        "list, export or delete the chats of the web chat",
    )
    history.add_argument("action", nargs="?", default="list", choices=("list", "export", "delete"))
    history.add_argument("id", nargs="?", metavar="ID", help="as listed; for delete also: all")
    formats = history.add_mutually_exclusive_group()
    formats.add_argument(
        "--format",
        choices=tuple(FORMATS),
        default="markdown",
        help="export as this; default: markdown",
    )
    formats.add_argument(
        "--json", dest="format", action="store_const", const="json", help="same as --format json"
    )
    rated = commands.add(
        "feedback",
        lambda options, settings: _print(feedback(options, settings)),
        "rated answers of the web chat, as a question set for rag eval",
    )
    add_collection_flag(history)
    add_collection_flag(rated)
    rated.add_argument("--export", type=Path, metavar="FILE", help="default: stdout")


def conversations(options: argparse.Namespace, settings: Settings) -> str:
    """What `rag conversations` prints.

    Raises:
        ConversationError: the store cannot be read, or has no conversation of that id.
    """
    from rag.conversations.export import export_conversation
    from rag.conversations.store import ConversationStore

    store = ConversationStore(settings.conversations)
    if options.action == "list":
        rows = map(_row, store.conversations())
        return "\n".join(rows) or f"no conversation is stored in {settings.conversations}"
    if options.action == "delete" and options.id == "all":
        return f"deleted: {store.delete(None)}"
    conversation = store.conversation(options.id or "")
    if conversation is None:
        raise ConversationError(
            f"no conversation {options.id or '(no ID given)'} in {settings.conversations}: "
            "type `rag conversations` for a list"
        )
    if options.action == "delete":
        return f"deleted: {store.delete(None, conversation.id)}"
    return export_conversation(conversation, options.format).rstrip("\n")


def feedback(options: argparse.Namespace, settings: Settings) -> str:
    """What `rag feedback` prints.

    Raises:
        ConversationError: the store cannot be read, or no answer was rated.
        OSError: the file cannot be written.
    """
    from rag.conversations.feedback_dataset import to_eval_questions
    from rag.conversations.store import ConversationStore

    lines = [
        json.dumps(question)
        for question in to_eval_questions(ConversationStore(settings.conversations).rated_turns())
    ]
    if not lines:
        raise ConversationError(
            f"no answer was rated in {settings.conversations}: use the thumbs of `rag serve` first"
        )
    if options.export is None:
        return "\n".join(lines)
    options.export.write_text("\n".join([*lines, ""]), encoding="utf-8")
    count = f"{len(lines)} question{'s' if len(lines) > 1 else ''}"
    return f"{options.export}: {count}; `rag eval {options.export}` asks them"


def _row(conversation: Conversation) -> str:
    owner = f"  {conversation.owner}" if conversation.owner else ""
    minute = conversation.turns[-1].asked_at[:16].replace("T", " ")
    title = conversation.title[:80]
    return f"{conversation.id}  {minute}  {len(conversation.turns):3}{owner}  {title}"


def _print(text: str) -> int:
    print_line(text)
    return 0
