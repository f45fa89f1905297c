"""Serves the web chat: a free port, a clean environment, Gradio behind the request guard.

In:  `Settings`, host, port.
Out: a page that is up before any model is loaded; `ServeError` where it cannot be.
"""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Collection
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from rag.conversations.store import ConversationStore
from rag.errors import ServeError
from rag.ingest.files import SIZE_LIMIT
from rag.models.recommendation import better_models
from rag.runtime.heavy_imports import pause_garbage_collection
from rag.runtime.observability.logs import adopt_loggers, notify
from rag.settings import Settings, api_names
from rag.web.middleware.user_accounts import UserAccounts
from rag.web.services.app_state import AppState
from rag.web.services.collections import OpenCollections
from rag.web.splash import SplashServer

STATIC = Path(__file__).parent / "static"
_LOOP_SECONDS = 5.0  # that the event loop may take to set an event
UPLOADS = 5 * SIZE_LIMIT  # bytes of all files that are sent at once


@dataclass(frozen=True, slots=True)
class Running:
    """A page that is being served; `close` frees its port."""

    url: str
    close: Callable[[], None]


def serve(settings: Settings, host: str = "127.0.0.1", port: int = 7860) -> None:
    """Serve the web chat until Ctrl-C.

    Raises:
        ServeError: the port is in use, the host is not one of this machine, or others could reach
            it and no password is set.
        SettingsError: the file of user accounts cannot be used.
    """
    users = UserAccounts.read(settings.auth_file) if settings.auth_file else None
    collections = OpenCollections.of_settings(settings)
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):  # also where a shell had it ignored
            signal.signal(number, signal.default_int_handler)
    running = start_collections(collections, host, port, users, api_names(settings.apis))
    try:
        notify(f"Footnoted is open at {running.url} (Ctrl-C ends it)")
        if names := ", ".join(better_models(settings)):
            notify(f"this machine has room for {names}: see `rag models recommend`")
        threading.Event().wait()
    except KeyboardInterrupt:
        notify("\nClosing.")
    finally:
        running.close()
        if not collections.close():
            sys.stderr.flush()
            os._exit(0)  # a usual exit would crash in the thread that is still loading


def start(
    app_state: AppState,
    host: str = "127.0.0.1",
    port: int = 7860,
    users: UserAccounts | None = None,
    store: ConversationStore | None = None,
    apis: Collection[str] = (),
) -> Running:
    """Open the page over one collection, as `start_collections` does.

    Conversations are stored in `store`; without one, none is.
    """
    app_state.store = store
    return start_collections(OpenCollections.of_one(app_state), host, port, users, apis)


def start_collections(
    collections: OpenCollections,
    host: str = "127.0.0.1",
    port: int = 7860,
    users: UserAccounts | None = None,
    apis: Collection[str] = (),
) -> Running:
    """Open the page (with `users`: to these alone), start up in the background, return at once.

    `apis` names the APIs for programs that are opened too (`rag.settings.APIS`).

    Raises:
        ServeError: as `serve`.
        SettingsError: metrics are asked for, and their library is not installed.
    """
    if not _check(host, port) and users is None:
        raise ServeError(
            f"anyone who can reach {host!r} could read all articles: type "
            "`rag password NAME >> users`, "
            "then `RAG_AUTH_FILE=users rag serve --host …`, or leave --host out"
        )
    _clean_environment()
    try:
        splash = SplashServer(host, port)
    except OSError as error:
        raise ServeError(_in_use(port)) from error
    with splash, pause_garbage_collection():
        import gradio as gr
        from starlette.middleware import Middleware

        from rag.web.layout.page import build_page
        from rag.web.middleware.collection_gate import CollectionGate
        from rag.web.middleware.idle_timeout import start_idle_sweeper
        from rag.web.middleware.login import LoginMiddleware
        from rag.web.middleware.request_guard import RequestGuard

        page = build_page(collections)
        mounts = _mount_apis(page, collections, apis)
    uploads = UPLOADS if collections.first.settings.upload else 0
    url_host = f"[{host}]" if ":" in host else host
    try:
        page.launch(
            server_name=url_host,
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
            favicon_path=STATIC / "favicon.svg",
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
            css_paths=STATIC / "style.css",
            head=f"<script>{(STATIC / 'page.js').read_text(encoding='utf-8')}</script>",
            app_kwargs={
                "middleware": [
                    Middleware(
                        RequestGuard,
                        host=host,
                        login=users is not None,
                        api_paths=mounts.paths,
                        uploads=uploads,
                    ),
                    *([Middleware(LoginMiddleware, users=users)] if users else []),
                    Middleware(CollectionGate, collections=collections),
                ],
                **mounts.options,
                "docs_url": None,
                "redoc_url": None,
                "openapi_url": None,
            },
        )
    except OSError as error:
        mounts.resources.close()
        raise ServeError(_in_use(port)) from error
    adopt_loggers()
    closing = threading.Event()
    start_idle_sweeper(page.server, closing)

    def close() -> None:
        closing.set()
        mounts.resources.close()
        _set_in_its_loop(page.app.stop_event)
        page.close(verbose=False)

    collections.first.start()
    name = "localhost" if host in ("0.0.0.0", "::") else url_host  # noqa: S104
    return Running(f"http://{name}:{port}", close)


def _set_in_its_loop(event: asyncio.Event) -> None:
    """Set `event` in the event loop of those who wait for it, if there are any.

    Gradio sets it from the thread that closes the page, where its waiters may change meanwhile
    ("deque mutated during iteration"); an event that is set already is left alone.
    """
    loop = getattr(event, "_loop", None)  # None until somebody waits
    if loop is None or not loop.is_running():
        return
    done = threading.Event()

    def set_both() -> None:  # at once: the loop may end as soon as its waiters wake up
        event.set()
        done.set()

    with suppress(RuntimeError):  # it has ended, and with it all who waited
        loop.call_soon_threadsafe(set_both)
        done.wait(_LOOP_SECONDS)


class _Mounts(NamedTuple):
    """The paths that programs may post to, and what Gradio's application is made with for them."""

    paths: tuple[str, ...]
    options: dict[str, Any]
    resources: ExitStack  # to be closed with the page


def _mount_apis(page: Any, collections: OpenCollections, apis: Collection[str]) -> _Mounts:
    from rag.web.apis import gradio_mcp, metrics, openai
    from rag.web.health import health_route
    from rag.web.originals import original_route

    routes = [original_route(collections), health_route(collections)]
    paths, options = list[str](), dict[str, Any](routes=routes)
    if "mcp" in apis:
        mount, options["lifespan"] = gradio_mcp.mount_mcp(page, collections)
        options["routes"] += [mount]
        paths += [gradio_mcp.TOOLS]
    if "api" in apis:
        gradio_mcp.open_api(page, collections)
    if "openai" in apis:
        options["routes"] += openai.Completions(collections).routes()
        paths += [openai.PATH]
    resources = ExitStack()
    if collections.first.settings.metrics:
        options["routes"] += [resources.enter_context(metrics.metrics_route(collections))]
    return _Mounts(tuple(paths), options, resources)


def _check(host: str, port: int) -> bool:
    """Whether the address is for this machine alone; fail in plain words where it cannot be used.

    Raises:
        ServeError: there is no such port or host, or the port is in use.
    """
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
                raise ServeError(_in_use(port)) from error
            raise ServeError(
                f"cannot listen on {host!r}: give an address of this machine"
            ) from error
    return ipaddress.ip_address(str(address[0]).partition("%")[0]).is_loopback


def _in_use(port: int) -> str:
    other = port + 1 if port < 65535 else 7860
    return f"port {port} is in use: type `rag serve --port {other}`, or stop the other program"


def _clean_environment() -> None:
    """Take out the variables that would change Gradio's page or make it call other machines."""
    for name in list(os.environ):
        foreign = name.startswith("GRADIO_") or name in ("SPACE_ID", "SYSTEM", "REPO_ID")
        # Gradio's one request, to its own server whether it is up, must not go through a proxy
        if foreign or name.lower().endswith("_proxy") or name == "FORWARDED_ALLOW_IPS":
            del os.environ[name]
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
