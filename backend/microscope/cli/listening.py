"""What `microscope ui` settles before torch is imported, for that takes seconds: its address, and what Ctrl-C does."""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import socket
from types import FrameType
from typing import NoReturn

from microscope.api.gate import is_loopback
from microscope.errors import Denied, Invalid, Unavailable
from microscope.settings import Settings

ANY_ADDRESS = ("0.0.0.0", "::")


def stop_on_ctrl_c() -> None:
    """At any moment from here on, imports included."""
    signal.signal(signal.SIGINT, stop)


def stop(_signal: int, _frame: FrameType | None = None) -> NoReturn:
    """The end that the user asked for, which is no failure. Every token that was shown is in the database."""
    with contextlib.suppress(OSError):  # The terminal may be gone.
        os.write(2, b"Stopped.\n")
    # To take torch down in order costs seconds of a busy machine, and no timer runs meanwhile.
    os._exit(0)


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
                f"Port {port} is taken by another program.",
                next=f"Use another: --port {port + 1}, or make run PORT={port + 1}.",
            ) from wrong
        if wrong.errno == errno.EACCES:
            raise Unavailable(
                f"Port {port} may not be opened by this user.", next="Use one above 1023: --port 8000"
            ) from wrong
        raise Invalid(
            f"{host} is not an address of this machine: {wrong.strerror}.", next="Use --host 127.0.0.1."
        ) from wrong
    return listener


def origin(settings: Settings, port: int) -> str:
    """Of the server, as a browser on this machine reaches it: `http://127.0.0.1:8000`."""
    host = "127.0.0.1" if settings.host in ANY_ADDRESS else settings.host
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
