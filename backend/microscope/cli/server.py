"""The server's life: a free port, the address when it is up, and an end within three seconds."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import socket
import sys
import threading
import webbrowser
from types import FrameType
from urllib.parse import quote

import uvicorn
from starlette.types import ASGIApp

from microscope.api.app import STATIC, create_app
from microscope.api.gate import is_loopback
from microscope.api.ws import HARD_LIMIT
from microscope.errors import Denied, Invalid, Unavailable
from microscope.lab import Lab
from microscope.settings import Settings

GRACE_S = 1
"""For requests that are being answered; then they are cancelled."""

DEADLINE_S = 3.0
"""From the signal to the end of the process. Every token that was shown is in the database: nothing is lost."""

ANY_ADDRESS = ("0.0.0.0", "::")


def serve(settings: Settings, *, open_browser: bool) -> None:
    """Until SIGINT or SIGTERM.

    Raises:
        Denied: an address that others can reach, without a token.
        Unavailable: the port is taken, or may not be had.
        Invalid: an address that is not this machine's.
    """
    check_exposure(settings)
    with bind(settings.host, settings.port) as listener:
        port: int = listener.getsockname()[1]
        config = configured(create_app(Lab.open(settings)), settings, port)
        try:
            Server(config, address(settings, port), open_browser=open_browser).run(sockets=[listener])
        except KeyboardInterrupt:  # uvicorn raises the signal again when all is closed
            print("Stopped.", file=sys.stderr, flush=True)
            sys.stdout.flush()
            # To take torch down in order costs seconds of a busy machine, and no timer runs meanwhile.
            os._exit(0)


def configured(app: ASGIApp, settings: Settings, port: int) -> uvicorn.Config:
    """How uvicorn runs the application."""
    return uvicorn.Config(
        app,
        host=settings.host,
        port=port,
        log_level="warning",
        # A frame of 1 MB would cost 41 ms of the event loop instead of 0.5 ms.
        ws_per_message_deflate=False,
        ws_max_size=HARD_LIMIT * settings.max_message_bytes,
        timeout_graceful_shutdown=GRACE_S,
    )


def check_exposure(settings: Settings) -> None:
    """
    Raises:
        Denied: other machines can reach the address, and nothing would keep them out.
    """
    if not is_loopback(settings.host) and not settings.token:
        raise Denied(
            f"{settings.host} can be reached from other machines, which needs a token.",
            next=f'Make one: MICROSCOPE_TOKEN="$(openssl rand -hex 16)" microscope ui --host {settings.host}',
        )


def bind(host: str, port: int) -> socket.socket:
    """A listening address; port 0 takes any that is free."""
    try:
        family, kind, protocol, _, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
    except socket.gaierror as wrong:
        raise Invalid(f"{host!r} is no address: {wrong.strerror}.", next="Use --host 127.0.0.1.") from wrong
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(where)
    except OSError as wrong:
        listener.close()
        if wrong.errno == errno.EADDRINUSE:
            raise Unavailable(
                f"Port {port} is taken by another program.", next=f"Use another: --port {port + 1}"
            ) from wrong
        if wrong.errno == errno.EACCES:
            raise Unavailable(
                f"Port {port} may not be opened by this user.", next="Use one above 1023: --port 8000"
            ) from wrong
        raise Invalid(
            f"{host} is not an address of this machine: {wrong.strerror}.", next="Use --host 127.0.0.1."
        ) from wrong
    return listener


def address(settings: Settings, port: int) -> str:
    """What to open in a browser on this machine; it carries the token where there is one."""
    host = "127.0.0.1" if settings.host in ANY_ADDRESS else settings.host
    host = f"[{host}]" if ":" in host else host
    return f"http://{host}:{port}/" + (f"?token={quote(settings.token)}" if settings.token else "")


def has_display() -> bool:
    """Whether a browser could show itself; a text browser would take the terminal."""
    return sys.platform in ("darwin", "win32") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def is_news(record: logging.LogRecord) -> bool:
    """Not so a request that was cancelled because the server ends: its traceback says nothing."""
    return record.exc_info is None or not isinstance(record.exc_info[1], asyncio.CancelledError)


class Server(uvicorn.Server):
    """uvicorn's, which says where it is and ends in time."""

    def __init__(self, config: uvicorn.Config, address: str, *, open_browser: bool) -> None:
        super().__init__(config)
        self._address = address
        self._open_browser = open_browser
        logging.getLogger("uvicorn.error").addFilter(is_news)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        print(f"Microscope is at {self._address}  (Ctrl-C stops it)", flush=True)
        if self.config.host in ANY_ADDRESS:
            print("From elsewhere: the same, with this machine's name.", flush=True)
        if not (STATIC / "index.html").is_file():
            print("The pages are not built, the API is there; build them: make install", file=sys.stderr, flush=True)
        if self._open_browser and has_display():
            threading.Thread(target=webbrowser.open, args=(self._address,), daemon=True).start()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        # A thread that still reads a large model's weights would hold the process.
        deadline = threading.Timer(DEADLINE_S, os._exit, (128 + sig,))
        deadline.daemon = True
        deadline.start()
