"""A line to the server that holds back what the server says and lets it out at a steady rate.

So a page is measured at a rate that the machine's own decoding may not reach, or may not keep; the bytes are the
server's own.
"""

from __future__ import annotations

import asyncio
import threading
from types import TracebackType
from typing import Any

_READ, _TICK_S = 65_536, 1 / 400


class Sluice:
    """Carries TCP from a port of its own; `with Sluice(server.port) as sluice:` and open `sluice.url`."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._open = True
        self._held: dict[asyncio.StreamWriter, bytearray] = {}
        self._lines: set[asyncio.StreamWriter] = set()

    def __enter__(self) -> Sluice:
        self._thread.start()
        self._listener = self._do(asyncio.start_server(self._carry, "127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.sockets[0].getsockname()[1]}"
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._do(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def hold(self) -> None:
        """From now on nothing reaches the browser; the server does not notice."""
        self._open = False

    def release(self, seconds: float) -> None:
        """What was held goes out evenly over this time, and the line is open again. Returns when it is all out."""
        self._do(self._let_out(seconds))

    @property
    def n_held(self) -> int:
        """Bytes that wait."""
        return sum(map(len, self._held.values()))

    def _do(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _let_out(self, seconds: float) -> None:
        ticks = max(1, round(seconds / _TICK_S))
        start = self._loop.time()
        sizes = {line: len(held) for line, held in self._held.items()}
        for tick in range(1, ticks + 1):
            for line, size in sizes.items():
                due = size * tick // ticks - size * (tick - 1) // ticks
                line.write(self._held[line][:due])
                del self._held[line][:due]
            await asyncio.sleep(start + tick * _TICK_S - self._loop.time())
        for line, rest in self._held.items():
            line.write(rest)
        self._held.clear()
        self._open = True

    async def _close(self) -> None:
        self._listener.close()
        for line in self._lines:
            line.transport.abort()
        await asyncio.sleep(0.1)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._port)
        self._lines |= {writer, back}
        try:
            await asyncio.gather(self._pump(reader, back, held=False), self._pump(there, writer, held=True))
        except OSError:
            writer.transport.abort()

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, held: bool) -> None:
        while chunk := await source.read(_READ):
            if held and not self._open:
                self._held.setdefault(sink, bytearray()).extend(chunk)
            else:
                sink.write(chunk)
                await sink.drain()
        sink.close()
