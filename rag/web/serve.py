"""The door of the web chat: a free port, a quiet environment, Gradio behind the guard.

In:  `Settings`, host, port.
Out: a page that is up before anything heavy is loaded; `ServeError` where it cannot be.
"""

from __future__ import annotations

import errno
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rag.errors import ServeError
from rag.settings import Settings
from rag.web.desk import Desk

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Running:
    """A page that is being served; `close` frees its port."""

    url: str
    close: Callable[[], None]


def serve(settings: Settings, host: str = "127.0.0.1", port: int = 7860) -> None:
    """Serve the web chat until Ctrl-C.

    Raises:
        ServeError: the port is in use, or the host is not this machine's.
    """
    desk = Desk(settings)
    if threading.current_thread() is threading.main_thread():
        for each in (signal.SIGINT, signal.SIGTERM):  # also where a shell had it ignored
            signal.signal(each, signal.default_int_handler)
    running = start(desk, host, port)
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


def start(desk: Desk, host: str = "127.0.0.1", port: int = 7860) -> Running:
    """Open the page, set the desk going, and return at once."""
    _check(host, port)
    _quiet_environment(host)
    import gradio as gr
    from starlette.middleware import Middleware

    from rag.web.guard import Guard
    from rag.web.page import build

    page = build(desk)
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
            max_file_size="1kb",
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
                "middleware": [Middleware(Guard, host=host)],
                "docs_url": None,
                "redoc_url": None,
                "openapi_url": None,
            },
        )
    except OSError as error:
        raise ServeError(_taken(port)) from error
    desk.start()
    name = "localhost" if host in ("0.0.0.0", "::") else shown  # noqa: S104
    return Running(f"http://{name}:{port}", lambda: page.close(verbose=False))


def _check(host: str, port: int) -> None:
    """Fail now, in plain words, where the server would fail later."""
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


def _taken(port: int) -> str:
    other = port + 1 if port < 65535 else 7860
    return f"port {port} is in use: type `rag serve --port {other}`, or stop the other program"


def _quiet_environment(host: str) -> None:
    """Nothing that happens to be set outside changes the page, and Gradio calls nobody."""
    for name in list(os.environ):
        if name.startswith("GRADIO_") or name in ("SPACE_ID", "SYSTEM"):
            del os.environ[name]
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    own = ("127.0.0.1", "localhost", "::1", host)
    for name in ("NO_PROXY", "no_proxy"):  # Gradio asks its own server whether it is up
        os.environ[name] = ",".join(dict.fromkeys([*filter(None, [os.environ.get(name)]), *own]))
