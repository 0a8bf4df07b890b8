"""The token loop: prompts are read, tokens are sampled, several conversations share a forward pass.

One call of `Decoder.advance` is one job for the device: a chunk of a prompt, or a token for each stream of a batch.

    1. the scheduler says who runs
    2. one forward pass; residuals of every layer come out of it
    3. each stream samples its next token from its own row, with its own generator
       (where its lens is read together with the head, that row is the last of the lens: `WithLens`)
    4. events: what was read, each token with the residuals that predicted it, who finished, who failed

A sampled token is not computed until the next pass; the last one of a finished stream never is, unless it is asked for.

transformers' own continuous batching (`generate_batch`, paged caches) gives the same text, but hands out no residuals
per stream, owns its loop and thread, and takes 10 to 30 s to start; a joint cache, padded on the left, does here.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from itertools import count
from typing import Literal, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from microscope.core.lens import Summary, TunedLens, summarise, translate
from microscope.engine.batch import Batch
from microscope.engine.edits import Edits, Schedule
from microscope.engine.model import Model
from microscope.engine.sampling import Sampling, sample
from microscope.engine.scheduler import Decode, Prefill, Scheduler
from microscope.engine.state import PREFILL_CHUNK, Prefilled, State, prefill
from microscope.errors import TooLarge

Reason = Literal["end", "length", "context", "stopped"]
"""The model's own end token; as many tokens as were asked for; the model's context is full; somebody stopped it."""


class Request(NamedTuple):
    """What to generate from."""

    ids: tuple[int, ...]
    """The whole prompt; what the state already has of it is not computed again."""

    sampling: Sampling = Sampling()
    max_new_tokens: int = 256
    end_ids: frozenset[int] = frozenset()
    """Tokens that end the text; usually `model.end_ids`."""

    schedule: Schedule | None = None
    """What is to be in force where; as the state has it by default."""


class WithLens(NamedTuple):
    """Read every token's lens and the model's own logits by one product, whose last row is what is sampled from.

    W_U is read once instead of twice. The logits are those of the model's own head up to float32 rounding, and the same
    in every bit whenever the same tokens are read in this way again.
    """

    tuned: TunedLens | None
    """None is the logit lens."""

    k: int
    """Predictions per layer."""


class Step(NamedTuple):
    """One new token."""

    stream: int
    position: int
    """Of the new token in the sequence."""

    token_id: int
    logprob: float
    """Under the model's own distribution, before temperature and truncation."""

    resid: Float[Tensor, "row d_model"]
    """At the position that predicted it, position − 1: row 0 enters block 0, row i + 1 is `L{i}.resid_post`."""

    lens: Summary | None
    """Where the stream was opened `WithLens`."""


class Reading(NamedTuple):
    """A stream's prompt is being read."""

    stream: int
    progress: Prefilled


class Switched(NamedTuple):
    """Other edits are in force."""

    stream: int
    position: int
    """The first that is computed under them: the first token that they may change is the one behind it."""

    edits: Edits


class Finished(NamedTuple):
    stream: int
    reason: Reason


class Failed(NamedTuple):
    """This stream broke; the others go on."""

    stream: int
    error: Exception


Event = Reading | Step | Switched | Finished | Failed


class _Stream:
    """One open request."""

    def __init__(self, state: State, request: Request, with_lens: WithLens | None, chunk: int) -> None:
        self.state = state
        self.request = request
        self.with_lens = with_lens
        self.reading = prefill(state, request.ids, chunk, request.schedule)
        self.generator = torch.Generator().manual_seed(request.sampling.seed)
        self.new_tokens = 0
        self.pending = -1
        """Sampled, not computed yet; -1 while the prompt is read."""

        self.unembedded: Float[Tensor, "row d_vocab"] | None = None
        """Of the last position, between its pass and its token; only `WithLens`."""


class Decoder:
    """All open streams of one model. `advance` belongs to the device thread; `open`, `stop` and `switch` to any."""

    def __init__(self, model: Model, scheduler: Scheduler | None = None, chunk: int = PREFILL_CHUNK) -> None:
        """
        Args:
            chunk: positions of a prompt that are read in one job.
        """
        self._model = model
        self._chunk = chunk
        self._scheduler = scheduler or Scheduler()
        self._streams: dict[int, _Stream] = {}
        self._batches: dict[tuple[int, ...], Batch] = {}
        self._numbers = count(1)
        self._opening: deque[tuple[int, _Stream]] = deque()
        self._stopping: set[int] = set()
        self._switching: dict[int, Edits] = {}
        """The newest that was asked for, of streams that have not taken it up yet."""

        self._admitted = 0
        """The last stream that was taken from `_opening`; they come in order."""

    @property
    def idle(self) -> bool:
        return not self._streams and not self._opening

    def open(self, state: State, request: Request, with_lens: WithLens | None = None) -> int:
        """A new stream; its number is in every event about it. The state is the stream's own until it finishes.

        Args:
            with_lens: read the lens with the head; otherwise logits are those of the model's own forward pass.

        Raises:
            Invalid, TooLarge: a request that this model cannot serve.
        """
        request.sampling.check()
        self._model.check_ids(request.ids)
        if len(request.ids) >= self._model.n_ctx:
            raise TooLarge(
                f"The prompt fills all n_ctx={self._model.n_ctx} positions of {self._model.name}; a reply needs some.",
                next="Shorten it or start a new conversation.",
            )
        assert state.model is self._model, "a state decodes with the model that made it"
        stream = next(self._numbers)
        self._opening.append((stream, _Stream(state, request, with_lens, self._chunk)))
        return stream

    def stop(self, stream: int) -> None:
        """End a stream before its next token."""
        self._stopping.add(stream)

    def switch(self, stream: int, edits: Edits) -> None:
        """Other edits from the next token on; of several that come before it the last wins. A prompt is read to its end
        first."""
        self._switching[stream] = edits

    def advance(self) -> list[Event]:
        """One job: a chunk of a prompt, or one token for every stream of a batch. Empty when no stream is open."""
        # Before the new ones, since one of them may go on with the state of one that was stopped.
        events = self._end_stopped()
        self._admit()
        events += self._end_stopped()
        match self._scheduler.next():
            case Prefill(stream):
                events += self._read(stream)
            case Decode(streams):
                events += self._switched(streams)
                events += self._decode(streams)
            case None:
                pass
        return events

    def _end_stopped(self) -> list[Event]:
        events: list[Event] = []
        # One by one: another thread may open and stop a stream between two lines.
        for stream in sorted(self._stopping):
            if stream <= self._admitted:
                self._stopping.discard(stream)
            if stream in self._streams:
                events.append(self._close(stream, "stopped"))
        return events

    def _switched(self, streams: tuple[int, ...]) -> list[Event]:
        events: list[Event] = []
        # A copy: another thread may add to it.
        for stream in tuple(self._switching):
            if stream in streams:
                state, edits = self._streams[stream].state, self._switching.pop(stream)
                state.switch(edits)
                events.append(Switched(stream, len(state), edits))
            elif stream <= self._admitted and stream not in self._streams:  # It came too late.
                del self._switching[stream]
        return events

    def _admit(self) -> None:
        while self._opening:
            stream, opened = self._opening.popleft()
            assert all(other.state is not opened.state for other in self._streams.values()), (
                "this state already decodes"
            )
            self._streams[stream] = opened
            self._admitted = stream
            self._scheduler.add(stream)

    def _read(self, stream: int) -> list[Event]:
        opened = self._streams[stream]
        try:
            progress = next(opened.reading)
            if progress.done == progress.reused < progress.of:
                progress = next(opened.reading)
            if progress.done < progress.of:
                return [Reading(stream, progress)]
            self._scheduler.read(stream, len(opened.state))
            self._keep_batches()
            self._unembed([stream])
            return [Reading(stream, progress), *self._sampled(stream)]
        except Exception as error:
            return [self._fail(stream, error)]

    def _decode(self, streams: tuple[int, ...]) -> list[Event]:
        events: list[Event] = [*self._compute(streams)]
        for alike in self._alike([stream for stream in streams if stream in self._streams]):
            try:
                self._unembed(alike)
            except Exception as error:
                events += [self._fail(stream, error) for stream in alike]
        for stream in [stream for stream in streams if stream in self._streams]:
            try:
                events += self._sampled(stream)
            except Exception as error:
                events.append(self._fail(stream, error))
        return events

    def _compute(self, streams: tuple[int, ...]) -> list[Failed]:
        """Run the pending tokens; a batch that fails is tried again row by row, so that only the broken one ends."""
        head = any(self._streams[stream].with_lens is None for stream in streams)
        if len(streams) > 1:
            try:
                if streams not in self._batches:
                    self._batches[streams] = Batch([self._streams[stream].state for stream in streams])
                self._batches[streams].extend([self._streams[stream].pending for stream in streams], head=head)
                return []
            except Exception:
                if broken := self._batches.pop(streams, None):
                    broken.dissolve()
        failed: list[Failed] = []
        for stream in streams:
            try:
                self._streams[stream].state.extend([self._streams[stream].pending], head=head)
            except Exception as error:
                failed.append(self._fail(stream, error))
        return failed

    def _alike(self, streams: Sequence[int]) -> list[list[int]]:
        """Streams by the lens that they are read with; those without one are their own."""
        by_lens: dict[tuple[int, int] | None, list[int]] = {}
        for stream in streams:
            with_lens = self._streams[stream].with_lens
            by_lens.setdefault(with_lens and (id(with_lens.tuned), with_lens.k), []).append(stream)
        return list(by_lens.values())

    @torch.no_grad()
    def _unembed(self, alike: Sequence[int]) -> None:
        """The logits of all rows of streams that are read with one lens, by one product."""
        opened = [self._streams[stream] for stream in alike]
        if (with_lens := opened[0].with_lens) is None:
            return
        resid = torch.stack([one.state.resid[:, -1] for one in opened], dim=1)
        logits = self._model.unembed(translate(resid, with_lens.tuned))
        for row, one in enumerate(opened):
            one.unembedded = logits[:, row]

    def _sampled(self, stream: int) -> list[Event]:
        """Draw the next token from what the state predicts, and see whether it was the last."""
        opened = self._streams[stream]
        state, request = opened.state, opened.request
        rows, opened.unembedded = opened.unembedded, None
        logits = state.logits() if rows is None else rows[-1]
        token_id = sample(logits, request.sampling, opened.generator)
        opened.pending = token_id
        opened.new_tokens += 1
        logprob = float(logits[token_id] - logits.logsumexp(-1))
        lens = None
        if rows is not None and opened.with_lens is not None:
            lens = summarise(rows, torch.tensor(token_id, device=rows.device), opened.with_lens.k)
        step = Step(stream, len(state), token_id, logprob, state.resid[:, -1].clone(), lens)
        if token_id in request.end_ids:
            return [step, self._close(stream, "end")]
        if opened.new_tokens >= request.max_new_tokens:
            return [step, self._close(stream, "length")]
        if len(state) + 1 >= self._model.n_ctx:
            return [step, self._close(stream, "context")]
        return [step]

    def _close(self, stream: int, reason: Reason) -> Finished:
        self._forget(stream)
        return Finished(stream, reason)

    def _fail(self, stream: int, error: Exception) -> Failed:
        self._forget(stream)
        return Failed(stream, error)

    def _forget(self, stream: int) -> None:
        # A stream whose end itself fails, when its batch comes apart, is forgotten twice.
        self._streams.pop(stream, None)
        self._switching.pop(stream, None)
        self._scheduler.remove(stream)
        self._keep_batches()

    def _keep_batches(self) -> None:
        """Batches that have come apart give their keys and values back."""
        for streams in self._batches.keys() - self._scheduler.batches:
            self._batches.pop(streams).dissolve()


def generate(state: State, request: Request) -> Iterator[Event]:
    """One stream by itself: its events, one forward pass between two yields of a list."""
    decoder = Decoder(state.model)
    decoder.open(state, request)
    while not decoder.idle:
        yield from decoder.advance()
