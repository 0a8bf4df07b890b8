"""Conversations that stream at once: one pump drives the decoder, a second thread reads the lens.

    device thread   token n + 1 is computed  ───────────►  token n + 2 …
    lens thread         summary of token n at every layer ──►

Where torch's own threads use every core already, a second thread only gets in their way and W_U would be read twice for
every token; there the decoder reads the lens together with the model's own head (`one_read_pays`).

A stream's events arrive in order, each token with its lens. This is the one exception to "if you hold a tensor, you are
on the device thread": a finished step's residuals are handed over whole and nobody else holds them.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple

import torch

from microscope.core.lens import Summary, TunedLens, summary
from microscope.engine.cores import n_cores
from microscope.engine.device import Device, Priority
from microscope.engine.edits import Edits
from microscope.engine.generate import Decoder, Event, Failed, Finished, Reading, Request, Step, Switched, WithLens
from microscope.engine.model import Model
from microscope.engine.state import State


class Token(NamedTuple):
    """A new token and what every layer would have said in its place; on the CPU."""

    position: int
    token_id: int
    logprob: float
    """Under the model's own distribution, in nats."""

    lens: Summary
    """Rows as in `core.lens`: row 0 enters the first block, the last row is the model's own prediction."""


JOBS_AHEAD = 2
"""Of the decoder, on the device or in its queue: the one that runs and the one that comes next."""

STEPS_UNREAD = 2
"""That may wait for the lens thread before the decoder waits for it."""

StreamEvent = Reading | Token | Switched | Finished


class _Pending(NamedTuple):
    """A token whose lens is being read, with others of its step."""

    tokens: Future[list[Token]]
    row: int


_Queue = asyncio.Queue[Reading | Switched | Finished | Failed | Token | _Pending]


def one_read_pays(model: Model, n_threads: int, n_cores: int) -> bool:
    """Whether the lens should be read with the head, not beside the next token.

    Not where torch keeps to one thread and leaves a core to the lens. In float32 alone: 16-bit logits round by whole
    steps in a product of another shape, which would change what is sampled. A model that failed parity samples from its
    own forward pass.
    """
    core_left = n_threads == 1 and n_cores > 1
    return not core_left and model.device.type == "cpu" and model.dtype == torch.float32 and model.info.parity.ok


class Streams:
    """All streams of one model on one device. Lives on one event loop."""

    def __init__(self, device: Device, model: Model, k: int = 10, one_read: bool | None = None) -> None:
        """
        Args:
            k: predictions per layer in every token's lens.
            one_read: read the lens with the model's own head; where that pays by default.
        """
        self._device = device
        self._model = model
        self._k = k
        self._one_read = one_read_pays(model, torch.get_num_threads(), n_cores()) if one_read is None else one_read
        self._decoder = Decoder(model)
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="lens")
        self._queues: dict[int, _Queue] = {}
        self._lenses: dict[int, TunedLens | None] = {}
        self._pump: asyncio.Task[None] | None = None

    @property
    def n_open(self) -> int:
        return len(self._queues)

    async def generate(
        self, state: State, request: Request, lens: TunedLens | None = None
    ) -> AsyncGenerator[StreamEvent]:
        """Prompt progress, tokens with their lens, where edits were switched, and one `Finished`.

        Leaving early stops the stream within one token.

        Raises:
            Invalid, TooLarge: the request; whatever broke this stream, others being left alone.
        """
        stream = self._decoder.open(state, request, WithLens(lens, self._k) if self._one_read else None)
        queue = self._queues[stream] = _Queue()
        self._lenses[stream] = lens
        if self._pump is None or self._pump.done():
            self._pump = asyncio.create_task(self._drive())
        try:
            while True:
                event = await queue.get()
                match event:
                    case _Pending(tokens, row):
                        # Shielded: who leaves would cancel the reading of all that share the step.
                        yield (await asyncio.shield(asyncio.wrap_future(tokens)))[row]
                    case Failed(_, error):
                        raise error
                    case Finished():
                        yield event
                        return
                    case Reading() | Switched() | Token():
                        yield event
        finally:
            self.stop(stream)
            self._queues.pop(stream, None)
            self._lenses.pop(stream, None)

    def stop(self, stream: int) -> None:
        """End a stream before its next token; its `Finished` says "stopped"."""
        self._decoder.stop(stream)

    def switch(self, stream: int, edits: Edits) -> None:
        """Other edits from a stream's next token on; a `Switched` comes before it and says where."""
        self._decoder.switch(stream, edits)

    async def close(self) -> None:
        """Stop all streams and end the lens thread."""
        for stream in tuple(self._queues):
            self.stop(stream)
        if self._pump is not None:
            await self._pump
        self._worker.shutdown()

    async def _drive(self) -> None:
        """Advance the decoder until no stream is open. One job per turn, so that clicks slip in between.

        While one job runs the next one waits in the device's queue, so that the device never waits for the event loop.
        It waits for a lens thread that is too far behind: a token is shown with its lens, and what nobody has seen yet
        would be computed in vain when they stop.
        """
        jobs: deque[Future[list[Event]]] = deque()
        unread: deque[list[Future[list[Token]]]] = deque()
        try:
            while jobs or not self._decoder.idle:
                while len(jobs) < JOBS_AHEAD and not self._decoder.idle:
                    jobs.append(self._device.submit(Priority.TOKEN, self._decoder.advance))
                events = await asyncio.wrap_future(jobs.popleft())
                steps = [event for event in events if isinstance(event, Step) and event.stream in self._queues]
                readings = self._read_lens(steps)
                for event in events:
                    if not isinstance(event, Step):
                        self._deliver(event.stream, event)
                    elif event.stream in readings:
                        self._deliver(event.stream, readings[event.stream])
                unread.append([reading.tokens for reading in readings.values() if isinstance(reading, _Pending)])
                while len(unread) > STEPS_UNREAD:
                    await asyncio.gather(*map(asyncio.wrap_future, unread.popleft()), return_exceptions=True)
        except Exception as error:  # Nobody awaits this task: without a word to them, readers would wait for ever.
            for job in jobs:
                job.cancel()
            for stream in tuple(self._queues):
                self._deliver(stream, Failed(stream, error))

    def _deliver(self, stream: int, event: Reading | Switched | Finished | Failed | Token | _Pending) -> None:
        if stream in self._queues:
            self._queues[stream].put_nowait(event)

    def _read_lens(self, steps: Sequence[Step]) -> dict[int, Token | _Pending]:
        """Hand steps, one per stream, to the lens worker; those that are read by the same lens are read together."""
        by_lens: dict[int, list[Step]] = {}
        pending: dict[int, Token | _Pending] = {}
        for step in steps:
            if step.lens is None:
                by_lens.setdefault(id(self._lenses[step.stream]), []).append(step)
            else:
                pending[step.stream] = Token(step.position, step.token_id, step.logprob, step.lens)
        for together in by_lens.values():
            tokens = self._worker.submit(read_tokens, together, self._model, self._lenses[together[0].stream], self._k)
            pending |= {step.stream: _Pending(tokens, row) for row, step in enumerate(together)}
        return pending


@torch.no_grad()
def read_tokens(steps: Sequence[Step], model: Model, lens: TunedLens | None, k: int) -> list[Token]:
    """The lens of several finished steps in one batched unembedding."""
    resid = torch.stack([step.resid for step in steps], dim=1)
    chosen = torch.tensor([step.token_id for step in steps], device=resid.device)
    together = Summary(*(part.cpu() for part in summary(resid, model.unembed, chosen, lens, k)))
    return [
        Token(step.position, step.token_id, step.logprob, Summary(*(part[:, index] for part in together)))
        for index, step in enumerate(steps)
    ]
