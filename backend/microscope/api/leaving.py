"""Routes whose work ends when whoever asked has gone: nobody would read the answer, and others wait for the device."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

CLIENT_HAS_GONE = 499
"""As web servers log it; there is nobody to read it."""

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class WhileThere(APIRoute):
    """A route that is cancelled when its client closes the connection."""

    def get_route_handler(self) -> Handler:
        handle = super().get_route_handler()

        async def until_left(request: Request) -> Response:
            await request.body()  # Kept by the request: what is received from here on is the end of the connection.
            answering, leaving = asyncio.create_task(handle(request)), asyncio.create_task(_left(request))
            try:
                await asyncio.wait((answering, leaving), return_when=asyncio.FIRST_COMPLETED)
                return await answering if answering.done() else Response(status_code=CLIENT_HAS_GONE)
            finally:
                answering.cancel()
                leaving.cancel()
                await asyncio.gather(answering, leaving, return_exceptions=True)

        return until_left


async def _left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
