"""Who may come in: the Host, the Origin, the token, and how much they may send. For HTTP and the socket alike.

A page on another site can make a browser talk to a server on loopback. So the Host header must be one that we
listen on (or a foreign name could be pointed at 127.0.0.1), and where a browser says which page is asking, that page
must be ours. Off loopback every request also carries the token.
"""

from __future__ import annotations

import hmac
import ipaddress
import time
from collections.abc import Iterable
from urllib.parse import SplitResult, parse_qs, parse_qsl, quote, unquote, urlsplit

from starlette.datastructures import Headers
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from microscope.errors import Busy, Denied, TooLarge, Trouble
from microscope.settings import Settings
from microscope.wire.line import CLOSE_FOREIGN_ORIGIN, CLOSE_TOO_LARGE, CLOSE_TOO_MANY, CLOSE_UNAUTHORIZED
from microscope.wire.status import Problem

COOKIE = "microscope_token"
"""What the cookie's name begins with; `cookie_of` has all of it."""

PARAMETER = "token"
"""Of an address: the secret, once; on every page also the selected position. A secret is never a number."""

REASON_BYTES = 123
"""As much as a close frame carries (RFC 6455, 5.5)."""


UPLOADS = ("/api/import-patch",)
"""Routes that take files."""


class WrongToken(Denied):
    status = 401


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine itself."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def host_of(header: str) -> str:
    """`127.0.0.1:8000` → `127.0.0.1`; `[::1]:8000` → `::1`; empty where it is no host."""
    return _split(f"//{header}").hostname or ""


def cookie_of(headers: Headers) -> str:
    """The cookie's name for the address that the browser asks. A cookie belongs to a host on all its ports, so the port
    in the name keeps two servers of one host apart."""
    port = headers.get("host", "").rpartition(":")[2]
    return f"{COOKIE}_{port}" if port.isdecimal() else COOKIE


class Gate:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._settings = settings
        self._buckets: dict[str, Bucket] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        try:
            self._check(scope)
            body = await self._body(scope, receive)
        except Trouble as trouble:
            await refuse(trouble, scope, receive, send)
            return
        if scope["type"] == "http" and (moved := _moved_into_cookie(scope, self._settings.token)):
            await moved(scope, receive, send)
            return
        await self._app(scope, body, send)

    def _check(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        self._check_host(headers)
        self._check_origin(headers)
        self._check_token(scope, headers)
        self._check_rate(scope)
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > self._limit(scope):
            raise self._too_large(scope)

    def _check_host(self, headers: Headers) -> None:
        header = headers.get("host", "")
        host = host_of(header)
        known = (self._settings.host, *self._settings.allowed_hosts)
        if (header and not host) or not (is_loopback(host) or host in known or self._settings.token):
            raise Denied(
                f"The Host header is {header!r}; this server answers for loopback names only.",
                next="Open it as http://127.0.0.1, or allow the name: MICROSCOPE_ALLOWED_HOSTS.",
            )

    def _check_origin(self, headers: Headers) -> None:
        origin = headers.get("origin")
        if origin is None or origin in self._settings.allowed_origins:
            return
        if not (site := _split(origin).netloc) or site != headers.get("host"):
            raise Denied(
                f"A page of {origin!r} may not use this server.",
                next=f"Open the server's own pages, or allow the origin: MICROSCOPE_ALLOWED_ORIGINS='[\"{origin}\"]'.",
            )

    def _check_token(self, scope: Scope, headers: Headers) -> None:
        token = self._settings.token
        if token and not any(_same(token, given) for given in _tokens(scope, headers)):
            raise WrongToken("This server wants a token.", next="Open /?token=…, or send Authorization: Bearer …")

    def _check_rate(self, scope: Scope) -> None:
        client = scope["client"][0] if scope.get("client") else ""
        if len(self._buckets) > 10_000:
            self._buckets.clear()
        bucket = self._buckets.setdefault(client, Bucket(self._settings.max_requests_per_minute))
        if not bucket.take():
            raise too_many(self._settings)

    def _limit(self, scope: Scope) -> int:
        if scope["path"] == "/api/import":  # Base64 takes a third more.
            return self._settings.max_message_bytes + 2 * self._settings.max_bundle_bytes
        return self._settings.max_upload_bytes if _takes_files(scope) else self._settings.max_message_bytes

    def _too_large(self, scope: Scope) -> TooLarge:
        raised = "MAX_UPLOAD_BYTES" if _takes_files(scope) else "MAX_MESSAGE_BYTES"
        raised = "MAX_BUNDLE_BYTES" if scope["path"] == "/api/import" else raised
        return TooLarge(
            f"The request's body is larger than {self._limit(scope):,} bytes.",
            next=f"Send less, or raise MICROSCOPE_{raised}.",
        )

    async def _body(self, scope: Scope, receive: Receive) -> Receive:
        """The whole body, read here so that one that did not say its length is counted before anything parses it."""
        if scope["type"] != "http":
            return receive
        body, more = bytearray(), True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > self._limit(scope):
                raise self._too_large(scope)
        whole: list[Message] = [{"type": "http.request", "body": bytes(body), "more_body": False}]

        async def replay() -> Message:
            return whole.pop() if whole else await receive()

        return replay


class Bucket:
    """Tokens refill steadily; a burst of a minute's worth is allowed."""

    def __init__(self, per_minute: int) -> None:
        self._rate = per_minute / 60
        self._full = float(per_minute)
        self._left = self._full
        self._then = time.monotonic()

    def take(self) -> bool:
        now = time.monotonic()
        self._left = min(self._full, self._left + (now - self._then) * self._rate)
        self._then = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


def too_many(settings: Settings) -> Busy:
    return Busy(
        f"More than {settings.max_requests_per_minute:,} requests in a minute.",
        next="Wait a moment, or raise MICROSCOPE_MAX_REQUESTS_PER_MINUTE.",
    )


async def refuse(trouble: Trouble, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer before anything of the application runs."""
    if scope["type"] == "websocket":
        socket = WebSocket(scope, receive, send)
        # Accepted first: a browser never learns the close code of a refused handshake.
        await socket.accept()
        await socket.close(_close_code(trouble), reason_of(trouble))
        return
    problem = Problem(error=trouble.error, next=trouble.next, status=trouble.status)
    await JSONResponse(problem.model_dump(), status_code=problem.status)(scope, receive, send)


def reason_of(trouble: Trouble) -> str:
    """What a close frame says: both sentences, as far as they fit."""
    return str(trouble).encode()[:REASON_BYTES].decode(errors="ignore")


def _close_code(trouble: Trouble) -> int:
    match trouble:
        case WrongToken():
            return CLOSE_UNAUTHORIZED
        case Busy():
            return CLOSE_TOO_MANY
        case TooLarge():
            return CLOSE_TOO_LARGE
        case _:
            return CLOSE_FOREIGN_ORIGIN


def _split(address: str) -> SplitResult:
    """An address in its parts; all empty where it cannot be read."""
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("")


def _takes_files(scope: Scope) -> bool:
    return scope["type"] == "http" and scope["path"] in UPLOADS


def _same(token: str, given: str) -> bool:
    return hmac.compare_digest(token.encode(), given.encode())


def _tokens(scope: Scope, headers: Headers) -> Iterable[str]:
    """Wherever a token may stand: the Authorization header, the cookie, the address."""
    yield headers.get("authorization", "").removeprefix("Bearer ")
    cookie = cookie_of(headers)
    for pair in headers.get("cookie", "").split(";"):
        name, _, value = pair.partition("=")
        if name.strip() == cookie:
            yield unquote(value.strip())
    yield from parse_qs(_query(scope)).get(PARAMETER, [])


def _moved_into_cookie(scope: Scope, token: str) -> Response | None:
    """A page opened with ?token=<secret> keeps it in a cookie, so that it does not stay in links and history.

    Whatever else the address holds stays there, a selected position included.
    """
    parts = _query(scope).split("&")
    kept = [part for part in parts if not _gives(part, token)]
    if not token or kept == parts or scope["path"].startswith("/api/"):
        return None
    # One slash: what begins with two names another server.
    path = "/" + quote(scope["path"].lstrip("/"))
    response = RedirectResponse(f"{path}?{'&'.join(kept)}" if kept else path)
    response.set_cookie(cookie_of(Headers(scope=scope)), quote(token, safe=""), httponly=True, samesite="strict")
    return response


def _gives(part: str, token: str) -> bool:
    """Whether one `name=value` of an address is the secret."""
    return any(name == PARAMETER and _same(token, value) for name, value in parse_qsl(part))


def _query(scope: Scope) -> str:
    return scope["query_string"].decode("latin-1")
