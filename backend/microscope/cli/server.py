"""The server's life: the address when it is up, and an end within three seconds."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import sys
import threading
import webbrowser
from types import FrameType
from urllib.parse import quote

import uvicorn
from starlette.types import ASGIApp

from microscope.api.app import STATIC, create_app
from microscope.api.ws import HARD_LIMIT
from microscope.cli.listening import ANY_ADDRESS, bind, origin, stop
from microscope.lab import Lab
from microscope.services.serving import announce
from microscope.settings import Settings

GRACE_S = 1
"""For requests that are being answered; then they are cancelled."""

DEADLINE_S = 2.5
"""From the signal to the end of the process, whatever still runs: a busy machine keeps three seconds too."""

SHARED = (
    "Another server uses this home folder or database. Runs are shared, each is worked on once; what is said in a "
    "conversation there is not heard here until its page is loaded again. One of its own: microscope ui --home FOLDER"
)


def serve(settings: Settings, *, open_browser: bool) -> None:
    """Until SIGINT or SIGTERM; uvicorn raises the signal again when all is closed.

    Raises:
        Unavailable, Invalid: as `bind` says.
    """
    with bind(settings.host, settings.port) as listener:
        port: int = listener.getsockname()[1]
        lab = Lab.open(settings)
        if not lab.alone:
            print(SHARED, file=sys.stderr, flush=True)
        config = configured(create_app(lab), settings, port)
        Server(config, lab, open_browser=open_browser).run(sockets=[listener])


def configured(app: ASGIApp, settings: Settings, port: int) -> uvicorn.Config:
    """How uvicorn runs the application, and what it keeps to itself."""
    logging.getLogger("uvicorn.error").addFilter(is_news)
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


def address(settings: Settings, port: int) -> str:
    """What to open in a browser on this machine; it carries the token where there is one."""
    return f"{origin(settings, port)}/" + (f"?token={quote(settings.token)}" if settings.token else "")


def has_display() -> bool:
    """Whether a browser could show itself; a text browser would take the terminal."""
    return sys.platform in ("darwin", "win32") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def is_news(record: logging.LogRecord) -> bool:
    """Not so a request that the server's end cancelled, or a message that is no UTF-8: their tracebacks say nothing."""
    return record.exc_info is None or not isinstance(record.exc_info[1], asyncio.CancelledError | UnicodeDecodeError)


class Server(uvicorn.Server):
    """uvicorn's, which says where it is and ends in time."""

    def __init__(self, config: uvicorn.Config, lab: Lab, *, open_browser: bool) -> None:
        super().__init__(config)
        self._lab = lab
        self._address = address(lab.settings, config.port)
        self._open_browser = open_browser

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._announced = announce(self._lab.folder, origin(self._lab.settings, self.config.port))
        print(f"Microscope is at {self._address}  (Ctrl-C stops it)", flush=True)
        if self.config.host in ANY_ADDRESS:
            print("From elsewhere: the same, with this machine's name.", flush=True)
        if not (STATIC / "index.html").is_file():
            print("The pages are not built, the API is there; build them: make install", file=sys.stderr, flush=True)
        if self._open_browser and has_display():
            threading.Thread(target=webbrowser.open, args=(self._address,), daemon=True).start()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._announced.unlink(missing_ok=True)
        await super().shutdown(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        # A thread that still reads a large model's weights would hold the process.
        end, code = (stop, sig) if sig == signal.SIGINT else (os._exit, 128 + sig)
        deadline = threading.Timer(DEADLINE_S, end, (code,))
        deadline.daemon = True
        deadline.start()
