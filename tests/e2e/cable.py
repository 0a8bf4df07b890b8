"""A line to the server that can be cut in the middle of a frame, and mended."""

from __future__ import annotations

import asyncio
import threading
from types import TracebackType

_CHUNK = 4096


class Cable:
    """Carries TCP from a port of its own; `with Cable(server.port) as cable:` and open `cable.url`."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._ends: set[asyncio.StreamWriter] = set()
        self._whole = True
        self._left: int | None = None
        """Bytes that still come from the server before the line breaks."""

    def __enter__(self) -> Cable:
        self._thread.start()
        self._listener = asyncio.run_coroutine_threadsafe(
            asyncio.start_server(self._carry, "127.0.0.1", 0), self._loop
        ).result()
        self.url = f"http://127.0.0.1:{self._listener.sockets[0].getsockname()[1]}"
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def cut(self) -> None:
        """Now, for every connection, and none is let in."""
        self._loop.call_soon_threadsafe(self._break)

    def cut_after(self, n_bytes: int) -> None:
        """When so many more bytes have come from the server: hardly ever at the end of a frame."""
        self._left = n_bytes

    def mend(self) -> None:
        self._left = None
        self._whole = True

    @property
    def is_whole(self) -> bool:
        return self._whole

    async def _close(self) -> None:
        self._break()
        self._listener.close()
        await asyncio.sleep(0.1)

    def _break(self) -> None:
        self._whole = False
        for end in self._ends:
            end.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._ends.add(writer)
        try:
            if not self._whole:
                writer.transport.abort()
                return
            there, back = await asyncio.open_connection("127.0.0.1", self._port)
            self._ends.add(back)
            await asyncio.gather(self._pump(reader, back, counted=False), self._pump(there, writer, counted=True))
            self._ends.discard(back)
        except OSError:
            writer.transport.abort()
        finally:
            self._ends.discard(writer)

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, counted: bool) -> None:
        while chunk := await source.read(_CHUNK):
            if counted and self._left is not None and len(chunk) > self._left:
                sink.write(chunk[: self._left])
                await sink.drain()
                self._break()
                return
            if counted and self._left is not None:
                self._left -= len(chunk)
            sink.write(chunk)
            await sink.drain()
        sink.close()
