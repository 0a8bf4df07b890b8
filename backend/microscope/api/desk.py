"""How a route gets its services, and the few parameters that several routes share."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncGenerator
from typing import Annotated, Any
from urllib.parse import parse_qsl

from fastapi import Depends, Query, Request, Response

from microscope.services import Services
from microscope.wire.base import Wire
from microscope.wire.lenses import GridQuery
from microscope.wire.line import ListName

BINARY = "application/octet-stream"
ZIP = "application/zip"
ZIPPED: dict[int | str, dict[str, Any]] = {200: {"content": {ZIP: {}}}}
"""What a route says of its answer that is a zip."""

ASK_AGAIN = "private, no-cache"
"""Keep it, but ask whether it is still current: the answer is usually 304."""


def _services(request: Request) -> Services:
    return request.app.state.services


Desk = Annotated[Services, Depends(_services)]


def tells(what: ListName) -> list[Any]:
    """Of a route: every tab hears that this list is out of date, where the route did what it was asked."""

    async def told(desk: Desk) -> AsyncGenerator[None]:
        yield
        desk.hub.changed(what)

    return [Depends(told)]


Heatmap = Annotated[GridQuery, Query()]
Search = Annotated[
    str, Query(max_length=8_000, description="Of the page, as its address has it: `token=4&read=after`.")
]


def parsed(search: str) -> dict[str, str]:
    """The parameters of a page's address."""
    return dict(parse_qsl(search.removeprefix("?")))


def unchanged(request: Request, etag: str, cache: str) -> Response | None:
    """304 where the reader has these bytes already."""
    known = {name.strip().removeprefix("W/") for name in request.headers.get("if-none-match", "").split(",")}
    return Response(status_code=304, headers=_headers(etag, cache)) if f'"{etag}"' in known else None


def tagged(request: Request, value: Wire, cache: str) -> Response:
    """A noun as JSON with its etag, or 304 where the reader has it already."""
    content = value.model_dump_json().encode()
    etag = hashlib.sha256(content).hexdigest()[:16]
    return unchanged(request, etag, cache) or Response(
        content, media_type="application/json", headers=_headers(etag, cache)
    )


def safetensors(content: bytes, etag: str, cache: str, name: str) -> Response:
    """Arrays; a browser's link saves them as a file that safetensors opens."""
    headers = {**_headers(etag, cache), "Content-Disposition": f'inline; filename="{name}.safetensors"'}
    return Response(content, media_type=BINARY, headers=headers)


def attached(content: bytes, name: str) -> Response:
    """A zip that a browser saves under this name."""
    return Response(content, media_type=ZIP, headers={"Content-Disposition": f'attachment; filename="{name}.zip"'})


def _headers(etag: str, cache: str) -> dict[str, str]:
    return {"ETag": f'"{etag}"', "Cache-Control": cache}
