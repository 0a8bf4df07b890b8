from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from microscope.errors import Busy, Unavailable
from microscope.lab import Lab
from microscope.services import open_services
from microscope.services.hub import topic_of
from microscope.settings import Settings
from microscope.store.conversations import find
from microscope.store.database import unpack_ids
from microscope.wire.conversations import NewConversation, Sampling
from microscope.wire.generation import Tokens, TurnEnded
from microscope.wire.models import LoadModel
from tests.cli.processes import started


def generate(home: Path, folder: Path) -> None:
    """A turn in a home folder; its conversation's id is printed, and then its tokens."""

    async def main() -> None:
        services = open_services(Lab.open(settings(home)))
        models, hub, conversations = services.models, services.hub, services.conversations
        await models.load(LoadModel(model=str(folder)))
        id = (await conversations.create(NewConversation(mode="text"))).id
        reader = hub.subscribe(topic_of(id))
        print(id, flush=True)
        await conversations.send(id, "The cat", Sampling(temperature=3.0, max_new_tokens=2000))
        async for message, arrays in reader:
            if isinstance(message, Tokens) and arrays is not None:
                print(message.start, *arrays["ids"], flush=True)

    asyncio.run(main())


def settings(home: Path, **more: object) -> Settings:
    return Settings.model_validate({"home": home, "device": "cpu", **more})


def test_a_server_killed_mid_generation_has_the_conversation_up_to_the_last_token_shown(
    tmp_path: Path, tiny_folder: Callable[[str], Path]
) -> None:
    home, folder = tmp_path / "home", tiny_folder("gpt2")
    with started(tmp_path, generate, home, folder) as server:
        while len(said := server.file.read_text().split("\n")) < 8:
            assert server.process.is_alive(), said
            time.sleep(0.02)
        server.killed()
    id, shown = said[0], [line.split() for line in said[1:7]]

    async def look() -> None:
        lab = Lab.open(settings(home))
        services = open_services(lab)
        hub, conversations = services.hub, services.conversations
        conversation = conversations.get(id)
        for start, *ids in shown:
            assert list(conversation.ids[int(start) : int(start) + len(ids)]) == [int(one) for one in ids]
        assert not conversation.generating
        assert conversation.turns[-1].reason == "interrupted"
        assert conversation.turns[-1].end == len(conversation.ids)
        reader = hub.subscribe(topic_of(id))
        await conversations.generate(id, Sampling(max_new_tokens=3))
        async for message, _ in reader:
            if isinstance(message, TurnEnded):
                break
        assert conversations.get(id).ids[: len(conversation.ids)] == conversation.ids
        await lab.close()

    asyncio.run(look())


def test_closing_ends_running_turns_as_interrupted(tmp_path: Path, tiny_folder: Callable[[str], Path]) -> None:
    async def run() -> str:
        lab = Lab.open(settings(tmp_path))
        services = open_services(lab)
        models, conversations = services.models, services.conversations
        await models.load(LoadModel(model=str(tiny_folder("gpt2"))))
        id = (await conversations.create(NewConversation(mode="text"))).id
        await conversations.send(id, "The cat", Sampling(temperature=3.0, max_new_tokens=2_000))
        await asyncio.sleep(0.05)
        await conversations.close()
        await lab.close()
        return id

    id = asyncio.run(run())

    async def look() -> None:
        lab = Lab.open(settings(tmp_path))
        record = find(lab.database, id)
        assert record is not None
        assert len(unpack_ids(record.ids)) == record.turns[-1]["end"]
        assert record.turns[-1]["reason"] == "interrupted"
        await lab.close()

    asyncio.run(look())


def test_turns_at_once_are_limited_by_name(tmp_path: Path) -> None:
    async def run() -> None:
        lab = Lab.open(settings(tmp_path, max_streams=1))
        lab.begin_turn()
        with pytest.raises(Busy, match="max_streams is 1"):
            lab.begin_turn()
        lab.end_turn()
        lab.begin_turn()
        await lab.close()

    asyncio.run(run())


def test_a_home_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable, match="MICROSCOPE_HOME"):
        Lab.open(settings(tmp_path / "file" / "home"))
