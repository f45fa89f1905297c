"""The door of the web chat: a free port, a quiet environment, Gradio behind the guard.

In:  `Settings`, host, port.
Out: a page that is up before anything heavy is loaded; `ServeError` where it cannot be.
"""

from __future__ import annotations

import errno
import ipaddress
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.conversations.store import ConversationStore
from rag.errors import ServeError
from rag.ingest.files import SIZE_LIMIT
from rag.settings import Settings, api_names
from rag.web.middleware.user_accounts import UserAccounts
from rag.web.services.app_state import AppState
from rag.web.splash import SplashServer

HERE = Path(__file__).parent / "static"
UPLOADS = 5 * SIZE_LIMIT  # bytes of all files that are sent at once


@dataclass(frozen=True, slots=True)
class Running:
    """A page that is being served; `close` frees its port."""

    url: str
    close: Callable[[], None]


def serve(settings: Settings, host: str = "127.0.0.1", port: int = 7860) -> None:
    """Serve the web chat until Ctrl-C.

    Raises:
        ServeError: the port is in use, the host is not this machine's, or others could reach it
            and no password is asked.
        SettingsError: the file of accounts cannot be used.
    """
    accounts = UserAccounts.read(settings.auth_file) if settings.auth_file else None
    desk = AppState(settings)
    if threading.current_thread() is threading.main_thread():
        for each in (signal.SIGINT, signal.SIGTERM):  # also where a shell had it ignored
            signal.signal(each, signal.default_int_handler)
    store = ConversationStore(settings.conversations) if settings.keep_conversations else None
    running = start(desk, host, port, accounts, store, api_names(settings.apis))
    try:
        sys.stderr.write(f"Footnoted is open at {running.url} (Ctrl-C ends it)\n")
        sys.stderr.flush()
        threading.Event().wait()
    except KeyboardInterrupt:
        sys.stderr.write("\nClosing.\n")
    finally:
        running.close()
        if not desk.close():
            sys.stderr.flush()
            os._exit(0)  # the usual way out would crash in the thread that is still loading


def start(
    desk: AppState,
    host: str = "127.0.0.1",
    port: int = 7860,
    accounts: UserAccounts | None = None,
    store: ConversationStore | None = None,
    programs: Collection[str] = (),
) -> Running:
    """Open the page (to `accounts` alone, if given), set the desk going, and return at once.

    What is asked is kept in `store`; without one nothing is. `programs` names the ways in for
    programs that are opened too (`rag.settings.APIS`).
    """
    if not _check(host, port) and accounts is None:
        raise ServeError(
            f"whoever reaches {host!r} could read all articles: type `rag password NAME >> users`, "
            "then `RAG_AUTH_FILE=users rag serve --host …`, or leave --host out"
        )
    _quiet_environment()
    try:
        porch = SplashServer(host, port)
    except OSError as error:
        raise ServeError(_taken(port)) from error
    with porch:
        import gradio as gr
        from starlette.middleware import Middleware

        from rag.web.layout.page import build_page
        from rag.web.middleware import idle_timeout as patience
        from rag.web.middleware.login import LoginMiddleware
        from rag.web.middleware.request_guard import RequestGuard

        page = build_page(desk, store)
        posts, ways = _mount_apis(page, desk, programs)
    uploads = UPLOADS if desk.settings.upload else 0
    shown = f"[{host}]" if ":" in host else host
    try:
        page.launch(
            server_name=shown,
            server_port=port,
            prevent_thread_lock=True,
            quiet=True,
            inbrowser=False,
            inline=False,
            share=False,
            show_error=False,
            debug=False,
            enable_monitoring=False,
            strict_cors=True,
            ssr_mode=False,
            pwa=False,
            mcp_server=False,
            run_history=False,
            num_workers=0,
            root_path="",
            allowed_paths=[],
            blocked_paths=[],
            max_file_size=SIZE_LIMIT if uploads else "1kb",
            state_session_capacity=256,
            footer_links=[],
            favicon_path=HERE / "favicon.svg",
            theme=gr.themes.Default(
                primary_hue=gr.themes.colors.blue,
                neutral_hue=gr.themes.colors.stone,
                # shipped with Gradio; its files of weight 600 lack most letters
                font=[gr.themes.LocalFont("IBM Plex Sans", (400, 700)), "sans-serif"],
                font_mono=["Menlo", "Consolas", "monospace"],
            ).set(
                body_text_color_subdued="*neutral_600",
                body_text_color_subdued_dark="*neutral_400",
                input_placeholder_color="*neutral_500",
                button_primary_background_fill="*primary_700",
                button_primary_background_fill_hover="*primary_800",
            ),
            css_paths=HERE / "style.css",
            head=f"<script>{(HERE / 'page.js').read_text(encoding='utf-8')}</script>",
            app_kwargs={
                "middleware": [
                    Middleware(
                        RequestGuard,
                        host=host,
                        locked=accounts is not None,
                        posts=posts,
                        uploads=uploads,
                    ),
                    *([Middleware(LoginMiddleware, accounts=accounts)] if accounts else []),
                ],
                **ways,
                "docs_url": None,
                "redoc_url": None,
                "openapi_url": None,
            },
        )
    except OSError as error:
        raise ServeError(_taken(port)) from error
    over = threading.Event()
    patience.start_idle_sweeper(page.server, over)

    def close() -> None:
        over.set()
        page.close(verbose=False)

    desk.start()
    name = "localhost" if host in ("0.0.0.0", "::") else shown  # noqa: S104
    return Running(f"http://{name}:{port}", close)


def _mount_apis(
    page: Any, desk: AppState, programs: Collection[str]
) -> tuple[tuple[str, ...], dict[str, Any]]:
    """The paths that programs post to, and what the application needs to have there."""
    from rag.web.apis import gradio_mcp as endpoint
    from rag.web.apis import openai as completions

    posts, ways = list[str](), dict[str, Any](routes=[])
    if "mcp" in programs:
        mounted, ways["lifespan"] = endpoint.mount_mcp(page, desk)
        ways["routes"] += [mounted]
        posts += [endpoint.TOOLS]
    if "api" in programs:
        endpoint.open_api(page, desk)
    if "openai" in programs:
        ways["routes"] += completions.Completions(desk).routes()
        posts += [completions.PATH]
    return tuple(posts), ways


def _check(host: str, port: int) -> bool:
    """Fail now, in plain words, where the server would fail later. Is it for this machine alone?"""
    if not 0 < port < 65536:
        raise ServeError(f"port {port} does not exist: give one from 1 to 65535")
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise ServeError(f"host {host!r} is unknown: give an address of this machine") from error
    with socket.socket(family, kind) as probe:
        if os.name == "posix":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except PermissionError as error:
            raise ServeError(
                f"port {port} is not for every user: type `rag serve --port 7860`"
            ) from error
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise ServeError(_taken(port)) from error
            raise ServeError(
                f"cannot listen on {host!r}: give an address of this machine"
            ) from error
    return ipaddress.ip_address(str(address[0]).partition("%")[0]).is_loopback


def _taken(port: int) -> str:
    other = port + 1 if port < 65535 else 7860
    return f"port {port} is in use: type `rag serve --port {other}`, or stop the other program"


def _quiet_environment() -> None:
    """Nothing that happens to be set outside changes the page, and Gradio calls nobody."""
    for name in list(os.environ):
        foreign = name.startswith("GRADIO_") or name in ("SPACE_ID", "SYSTEM", "REPO_ID")
        # Gradio asks its own server whether it is up; nothing else is ever asked
        if foreign or name.lower().endswith("_proxy") or name == "FORWARDED_ALLOW_IPS":
            del os.environ[name]
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
