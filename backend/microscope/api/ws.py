"""One socket: validate → match → one service → answer.

Four tasks share it. The *reader* takes one message at a time off the wire and starts its handling; the *writer* is
the only one that sends, from one bounded outbox; the *pulse* reports the device's state and keeps the line warm; the
*guard* ends them all when the outbox has overflowed, since the writer may be waiting for a browser that never reads.
A message that fails is answered with `failed` and leaves the socket open.
"""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import assert_never

from anyio import Semaphore, create_task_group, move_on_after, sleep
from anyio.abc import TaskGroup
from fastapi import WebSocket, WebSocketDisconnect
from pydantic import ValidationError

from microscope import __version__
from microscope.api.bodies import check_json
from microscope.api.errors import problem_of, unreadable
from microscope.api.gate import Bucket, reason_of, too_many
from microscope.errors import Busy, Invalid, NotFound, StillLoading, TooLarge
from microscope.services import Services
from microscope.services.hub import EVERYONE, OVERRUN, Outgoing, Subscription, run_topic, topic_of
from microscope.services.models import load_aloud
from microscope.wire.feature_links import TestLink, TraceFeature
from microscope.wire.feature_readings import ColorByFeature, ReadFeatures, TryFeature
from microscope.wire.frames import pack
from microscope.wire.generation import Generate, Send, Snapshot, Stop, SwitchPatches, Unwatch, Watch
from microscope.wire.lenses import LensRows, ReadLens
from microscope.wire.line import CLOSE_TOO_MANY, CLOSE_TOO_SLOW, Done, Failed, Ping, Pong, Status, Welcome
from microscope.wire.models import LoadModelLive, ModelLoaded
from microscope.wire.patch_doses import DosePatches
from microscope.wire.patch_library import PatchPreviewed, PatchProgress, PreviewPatch
from microscope.wire.patch_trials import ContinuePatched, TryPatches
from microscope.wire.unions import CLIENT, ClientMessage, FollowRun, RunNews, ServerMessage, UnfollowRun

log = logging.getLogger("microscope")

PENDING = 64
"""Messages of one socket that may be in work at once."""

HARD_LIMIT = 4
"""Times `max_message_bytes` at which the transport cuts the line (1009); up to there `failed` names the setting."""

STEPS_TOLD = 50
"""Of the prompts that a patch is made of, at most."""

GOODBYE_S = 30
"""For a browser that has stopped reading to learn why it was cut off."""


class Sockets:
    """All open sockets of one server; refuses one too many."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._open = 0

    async def serve(self, websocket: WebSocket) -> None:
        await websocket.accept()
        limit = self._services.lab.settings.max_sockets
        if self._open >= limit:
            full = Busy(f"More than {limit} open sockets.", next="Close a page, or raise MICROSCOPE_MAX_SOCKETS.")
            await websocket.close(CLOSE_TOO_MANY, reason_of(full))
            return
        self._open += 1
        try:
            await Socket(websocket, self._services).run()
        finally:
            self._open -= 1


class Socket:
    """One browser tab."""

    def __init__(self, websocket: WebSocket, services: Services) -> None:
        self._websocket = websocket
        self._services = services
        self._outbox: Subscription = services.hub.subscribe(EVERYONE)
        self._bucket = Bucket(services.lab.settings.max_requests_per_minute)

    async def run(self) -> None:
        """Until the browser leaves, or reads so slowly that its outbox overflows."""
        self._say(self._welcome())
        try:
            async with create_task_group() as group:
                for part in (self._read, self._write, self._pulse, self._guard):
                    group.start_soon(self._until_it_ends, part, group)
        finally:
            self._outbox.close()
        with move_on_after(GOODBYE_S), contextlib.suppress(RuntimeError, WebSocketDisconnect):  # it has closed already
            if self._outbox.overrun:
                await self._websocket.close(CLOSE_TOO_SLOW, reason_of(self._too_slow()))
            else:
                await self._websocket.close()

    async def _until_it_ends(self, part: Callable[[TaskGroup], Awaitable[None]], group: TaskGroup) -> None:
        """One of the four; where it ends, for whatever reason, the others end too."""
        try:
            await part(group)
        except WebSocketDisconnect:
            pass
        except Exception:
            log.exception("a socket broke")
        group.cancel_scope.cancel()

    async def _read(self, group: TaskGroup) -> None:
        """Messages in the order of their arrival; a slow one does not hold up those behind it."""
        at_once = Semaphore(PENDING)
        while (frame := await self._websocket.receive())["type"] != "websocket.disconnect":
            if (message := self._parse(frame)) is not None:
                await at_once.acquire()
                group.start_soon(self._answer, message, at_once)

    def _parse(self, frame: Mapping[str, object]) -> ClientMessage | None:
        """None where it could not be understood: the browser has been told."""
        text = frame.get("text")
        try:
            if not self._bucket.take():
                raise too_many(self._services.lab.settings)
            if not isinstance(text, str):
                raise Invalid("Expected a text frame with JSON, got a binary frame.", next="Send JSON as text.")
            if (size := len(text.encode())) > (limit := self._services.lab.settings.max_message_bytes):
                raise TooLarge(
                    f"A message of {size:,} bytes is over the limit of {limit:,}.",
                    next="Send less, or raise MICROSCOPE_MAX_MESSAGE_BYTES.",
                )
            return CLIENT.validate_python(_json(text))
        except (ValidationError, Invalid, TooLarge, Busy) as trouble:
            self._fail(_id_of(text), trouble)
            return None

    async def _answer(self, message: ClientMessage, at_once: Semaphore) -> None:
        try:
            if (answer := await self._handle(message)) is not None:
                self._say(answer)
        except Exception as trouble:  # whatever it is: it is told, logged, and the socket lives on
            self._fail(message.id, trouble)
        finally:
            at_once.release()

    async def _handle(self, message: ClientMessage) -> ServerMessage | None:
        conversations = self._services.conversations
        match message:
            case Watch():
                return self._watch(message)
            case Unwatch():
                self._outbox.leave(topic_of(message.conversation))
            case Send():
                await conversations.send(
                    message.conversation, message.text, message.sampling, message.thinking, message.patches
                )
            case Generate():
                await conversations.generate(message.conversation, message.sampling, message.patches)
            case SwitchPatches():
                await conversations.switch_patches(message.conversation, message.patches)
            case Stop():
                await conversations.stop(message.conversation)
            case ReadLens():
                return await self._read_lens(message)
            case LoadModelLive():
                return await self._load(message)
            case FollowRun():
                return self._follow(message)
            case UnfollowRun():
                self._outbox.leave(run_topic(message.run))
            case TryFeature():
                return await self._services.feature_readings.try_text(message)
            case ReadFeatures():
                return await self._services.feature_readings.read(message)
            case ColorByFeature():
                return await self._services.feature_readings.color(message)
            case TraceFeature():
                return await self._services.feature_links.trace(message)
            case TestLink():
                return await self._services.feature_links.test(message)
            case TryPatches():
                return await self._services.patch_trials.try_(message)
            case ContinuePatched():
                return await self._services.patch_trials.continue_(message)
            case DosePatches():
                return await self._services.patch_doses.dose(message)
            case PreviewPatch():
                return await self._preview(message)
            case Ping():
                return Pong(id=message.id)
            case _:
                assert_never(message)
        return Done(id=message.id)

    def _watch(self, message: Watch) -> None:
        """The snapshot first, then what it leaves out, then what is published from now on."""
        conversation, missed = self._services.conversations.watch(message.conversation, message.from_position)
        self._outbox.follow(topic_of(message.conversation))
        self._say(Snapshot(id=message.id, conversation=conversation))
        for outgoing in missed:
            self._outbox.hear(outgoing)

    def _follow(self, message: FollowRun) -> RunNews:
        """What has happened so far, then what happens from now on."""
        news = self._services.newsroom.follow(message.run, message.from_event)
        self._outbox.follow(run_topic(message.run))
        return news

    async def _read_lens(self, message: ReadLens) -> LensRows:
        of = self._services.traces if message.conversation is None else self._services.conversations
        return await of.read_lens(message)

    async def _load(self, message: LoadModelLive) -> ModelLoaded:
        info = await load_aloud(self._services.models, self._services.hub, message.request)
        return ModelLoaded(id=message.id, model=info)

    async def _preview(self, message: PreviewPatch) -> PatchPreviewed:
        def heard(done: int, total: int) -> None:
            if done % -(-total // STEPS_TOLD) == 0 or done == total:
                self._say(PatchProgress(of=message.id, done=done, total=total))

        return await self._services.patch_previews.preview(message, heard)

    async def _write(self, _: TaskGroup) -> None:
        async for outgoing in self._outbox:
            if outgoing.arrays is None:
                await self._websocket.send_text(outgoing.message.model_dump_json())
            else:
                await self._websocket.send_bytes(pack(outgoing.arrays, outgoing.message))

    async def _pulse(self, _: TaskGroup) -> None:
        while True:
            await sleep(self._services.lab.settings.heartbeat_s)
            self._say(Status(status=self._services.models.status()))

    async def _guard(self, _: TaskGroup) -> None:
        await self._outbox.ended()

    def _too_slow(self) -> Busy:
        waiting = OVERRUN * self._services.lab.settings.outbox_messages
        return Busy(
            f"More than {waiting:,} messages waited for this reader.",
            next="Come back with `watch`, or raise MICROSCOPE_OUTBOX_MESSAGES.",
        )

    def _say(self, message: ServerMessage) -> None:
        self._outbox.hear(Outgoing(message))

    def _fail(self, id: int | None, trouble: Exception) -> None:
        problem = problem_of(trouble)
        self._say(Failed(id=id, error=problem.error, next=problem.next, status=problem.status))

    def _welcome(self) -> Welcome:
        settings, models = self._services.lab.settings, self._services.models
        try:
            model = models.info()
        except (NotFound, StillLoading):
            model = None
        return Welcome(
            version=__version__,
            model=model,
            loading=models.loading,
            load_failure=models.failure,
            status=models.status(),
            heartbeat_s=settings.heartbeat_s,
            max_message_bytes=settings.max_message_bytes,
            max_prompt_chars=settings.max_prompt_chars,
            max_new_tokens=settings.max_new_tokens,
        )


def _json(text: str) -> object:
    """As HTTP reads a body.

    Raises:
        Invalid: no JSON, or nothing that can be used, as `check_json` says.
    """
    try:
        message = json.loads(text)
    except (ValueError, RecursionError) as why:
        raise unreadable("message", why) from why
    check_json(message, "message")
    return message


def _id_of(text: object) -> int | None:
    """The number of a message that is wrong otherwise, so that whoever asked gets the answer."""
    try:
        match json.loads(text) if isinstance(text, str) else None:
            case {"id": int(id)} if not isinstance(id, bool):
                return id
            case _:
                return None
    except (ValueError, RecursionError):
        return None
