"""`rag serve` and `rag password`.

In:  flags, `Settings`, a password. Out: the web chat; a line for the file of user accounts.
"""

from __future__ import annotations

import argparse
import sys

from rag.cli.arguments import Commands, add_index_flag, port
from rag.cli.terminal import print_line
from rag.errors import SettingsError
from rag.settings import APIS, Settings


def add_commands(commands: Commands) -> None:
    """Add both commands."""
    serve = commands.add("serve", _serve, "open the web chat")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=port, default=7860)
    serve.add_argument(
        "--apis",
        "--programs",
        metavar="NAMES",
        help=f"APIs to open, some of {','.join(APIS)} (RAG_APIS; docs/programs.md)",
    )
    serve.add_argument(
        "--upload",
        action="store_const",
        const=True,
        help="let the page add and remove articles (RAG_UPLOAD=yes)",
    )
    add_index_flag(serve)
    password = commands.add("password", _password, "make a line for RAG_AUTH_FILE: name, password")
    password.add_argument("name", metavar="NAME")


def _serve(options: argparse.Namespace, settings: Settings) -> int:
    from rag.web.server import serve

    serve(settings, options.host, options.port)
    return 0


def _password(options: argparse.Namespace, settings: Settings) -> int:
    from getpass import getpass

    from rag.web.middleware.user_accounts import format_account

    if sys.stdin.isatty():
        password = getpass("Password: ", sys.stderr)
        if password != getpass("Repeat it: ", sys.stderr):
            raise SettingsError("the passwords differ: type `rag password` again")
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    print_line(format_account(options.name, password))
    return 0
