from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import pytest

from microscope.errors import Invalid, NotFound
from microscope.services.traces import Content
from microscope.services.views import Views
from microscope.store.objects import name_of
from microscope.wire.conversations import NewConversation, Parent
from microscope.wire.lenses import GridQuery, ReadLens
from microscope.wire.models import LoadModel
from microscope.wire.traces import NewTrace
from microscope.wire.views import Bundle, SavedView

from .conftest import Bench, OpenBench
from .test_conversations import go_on, say

pytestmark = pytest.mark.anyio

VIEW = SavedView(path="/lens/abc", search={"position": "4", "pins": "1 2 3"}, title="é")


def views(it: Bench) -> Views:
    return Views(it.lab, it.models, it.conversations, it.traces, it.sets)


async def test_a_view_is_kept_under_the_hash_of_its_content(bench: OpenBench) -> None:
    async with bench() as it:
        name = views(it).save(VIEW)
        assert views(it).save(VIEW) == name
        assert views(it).open(name.hash) == VIEW
        with pytest.raises(NotFound):
            views(it).open("0" * 16)


async def test_a_bundle_opens_on_another_server_with_the_same_numbers(
    bench: OpenBench, tiny_folder: Callable[[str], Path], tmp_path: Path
) -> None:
    async with bench() as it:
        id = (await it.conversations.create(NewConversation())).id
        await say(it, id, "Hello there")
        trace = await it.traces.create(NewTrace(text="The cat"))
        numbers = await it.conversations.read_lens(ReadLens(id=1, conversation=id, position=5))
        view = SavedView(path=f"/chat/{id}", search={"token": "5"})
        bundle = await views(it).export(conversations=[id], traces=[trace.hash], view=view)
        sent = bundle.model_dump_json()
    async with bench(home=tmp_path / "other") as it:
        done = await views(it).import_bundle(Bundle.model_validate_json(sent))
        assert (done.conversations, done.traces, done.warnings) == ((id,), (trace.hash,), ())
        assert done.open == f"/chat/{id}?token=5"
        again = await it.conversations.read_lens(ReadLens(id=1, conversation=id, position=5))
        assert [row.ids for row in again.rows] == [row.ids for row in numbers.rows]
        for one, two in zip(again.rows, numbers.rows, strict=True):
            assert one.logprobs == pytest.approx(two.logprobs, abs=1e-4)
        assert it.conversations.get(id).title == "Hello there"
        twice = await views(it).import_bundle(Bundle.model_validate_json(sent))
        assert twice.conversations == (id,)
        await say(it, id, "More")
        assert (await views(it).import_bundle(Bundle.model_validate_json(sent))).conversations != (id,)
        await it.models.load(LoadModel(model=str(tiny_folder("llama"))))
        await go_on(it, (await views(it).import_bundle(Bundle.model_validate_json(sent))).conversations[0])


async def test_a_page_is_exported_with_its_view_and_what_it_stands_beside(bench: OpenBench, tmp_path: Path) -> None:
    async with bench() as it:
        mine, other = [(await it.conversations.create(NewConversation())).id for _ in range(2)]
        for id in (mine, other):
            await say(it, id, f"Hello {id}")
        search = {"token": "4", "span": "2-5", "read": "after", "vs": other}
        bundle = await views(it).export_conversation(mine, search)
        assert [one.id for one in bundle.conversations] == [mine, other]
        cat, dog = [(await it.traces.create(NewTrace(text=text))).hash for text in ("A cat", "A dog")]
        texts = await views(it).export_trace(cat, {"vs": dog, "layers": "1-2"})
        assert [one.hash for one in texts.traces] == [cat, dog]
        for vs in ("lens:tuned", cat):
            assert [one.hash for one in (await views(it).export_trace(cat, {"vs": vs})).traces] == [cat]
        with pytest.raises(NotFound):
            await views(it).export_trace(cat, {"vs": "nothing"})
    async with bench(home=tmp_path / "other") as it:
        assert (await views(it).import_bundle(bundle)).open == f"/chat/{mine}?token=4&span=2-5&read=after&vs={other}"
        await say(it, other, "More")
        renamed = await views(it).import_bundle(bundle)
        assert renamed.open.endswith(f"vs={renamed.conversations[1]}")
        assert renamed.conversations[1] != other
        assert (await views(it).import_bundle(texts)).open == f"/lens/{cat}?vs={dog}&layers=1-2"


async def test_no_path_of_this_machine_leaves_in_a_bundle(
    bench: OpenBench, tiny_folder: Callable[[str], Path], tmp_path: Path
) -> None:
    async with bench() as it:
        id = (await it.conversations.create(NewConversation())).id
        await say(it, id, "Hello")
        await it.models.load(LoadModel(model=str(copytree(tiny_folder("gpt2"), tmp_path / "copied"))))
        trace = await it.traces.create(NewTrace(text="The cat"))
        bundle = await views(it).export(conversations=[id], traces=[trace.hash])
        sent = bundle.model_dump_json()
        assert str(tiny_folder("gpt2").parent) not in sent
        assert str(tmp_path) not in sent
        assert {one.model_name for one in (*bundle.conversations, *bundle.traces)} == {"gpt2", "copied"}
        changed = bundle.model_copy(update={"weights_sha256": "0" * 64, "model_name": "gpt2", "traces": ()})
        assert "gpt2 has other weights here" in (await views(it).import_bundle(changed)).warnings[0]


async def test_a_bundle_names_the_badges_under_which_it_was_made(
    bench: OpenBench, broken_folder: Path, tmp_path: Path
) -> None:
    async with bench(folder=broken_folder) as it:
        trace = await it.traces.create(NewTrace(text="The cat"))
        half = await it.models.load(LoadModel(model=str(broken_folder), dtype="bfloat16"))
        id = (await it.conversations.create(NewConversation(model=half.slug))).id
        parity = it.models.info("broken").parity
    async with bench(folder=broken_folder) as it:
        bundle = await views(it).export(traces=[trace.hash], conversations=[id])
        assert {badge.dtype for badge in bundle.badges} == {"float32", "bfloat16"}
        assert {(badge.weights_sha256, badge.device) for badge in bundle.badges} == {(trace.weights_sha256, "cpu")}
        assert [badge.parity for badge in bundle.badges if badge.dtype == "float32"] == [parity]
    async with bench(home=tmp_path / "other") as it:
        warnings = (await views(it).import_bundle(Bundle.model_validate_json(bundle.model_dump_json()))).warnings
        assert sum("parity does not hold: From block 1 on" in warning for warning in warnings) == 2


async def test_other_weights_are_a_warning(bench: OpenBench) -> None:
    async with bench() as it:
        trace = await it.traces.create(NewTrace(text="The cat"))
        bundle = await views(it).export_trace(trace.hash, {})
        absent = bundle.model_copy(update={"weights_sha256": "0" * 64, "model_name": "elsewhere", "traces": ()})
        assert "elsewhere was not opened here" in (await views(it).import_bundle(absent)).warnings[0]
        changed = bundle.model_copy(update={"weights_sha256": "0" * 64, "traces": ()})
        assert "other weights" in (await views(it).import_bundle(changed)).warnings[0]


async def test_a_bundle_that_was_changed_is_refused_and_nothing_is_kept(bench: OpenBench) -> None:
    async with bench() as it:
        id = (await it.conversations.create(NewConversation())).id
        await say(it, id, "Hello")
        trace = await it.traces.create(NewTrace(text="The cat"))
        bundle = await views(it).export(conversations=[id], traces=[trace.hash])
        forged = bundle.traces[0].model_copy(update={"ids": (1, 2)})
        with pytest.raises(Invalid, match="changed on the way"):
            await views(it).import_bundle(bundle.model_copy(update={"traces": (forged,)}))
        short = bundle.conversations[0].model_copy(update={"ids": (1, 2), "id": "other"})
        with pytest.raises(Invalid, match="cover"):
            await views(it).import_bundle(bundle.model_copy(update={"conversations": (short,), "traces": ()}))
        outside = bundle.conversations[0].model_copy(
            update={"ids": (10**6,) * len(bundle.conversations[0].ids), "id": "other"}
        )
        with pytest.raises(Invalid, match="vocabulary"):
            await views(it).import_bundle(bundle.model_copy(update={"conversations": (outside,), "traces": ()}))
        path = bundle.conversations[0].model_copy(update={"id": "../x"})
        with pytest.raises(Invalid, match="conversation id"):
            await views(it).import_bundle(bundle.model_copy(update={"conversations": (path,), "traces": ()}))
        assert it.conversations.list().total == 1


@pytest.mark.parametrize("id", [-1, 2**32, 2**70])
async def test_a_token_that_no_vocabulary_has_is_refused_whosever_the_model(bench: OpenBench, id: int) -> None:
    elsewhere = {"weights_sha256": "f" * 64, "model_name": "elsewhere"}
    async with bench() as it:
        chat = it.conversations.get((await it.conversations.create(NewConversation(system="be nice"))).id)
        trace = await it.traces.create(NewTrace(text="The cat"))
        bundle = (await views(it).export(conversations=[chat.id])).model_copy(update=elsewhere)
        chats = (chat.model_copy(update={"id": "other", "ids": (id,) * len(chat.ids), **elsewhere}),)
        with pytest.raises(Invalid, match=f"Token id {id} is in the bundle; expected 0 to 4294967295"):
            await views(it).import_bundle(bundle.model_copy(update={"conversations": chats}))
        content = Content(weights_sha256="f" * 64, ids=(id,), roles=("text",))
        name = name_of(content.named)
        forged = trace.model_copy(update={**content.model_dump(), "hash": name, "model_name": "elsewhere"})
        with pytest.raises(Invalid, match=f"Token id {id} is in the bundle"):
            await views(it).import_bundle(bundle.model_copy(update={"conversations": (), "traces": (forged,)}))
        assert it.conversations.list().total == 1


@pytest.mark.parametrize("position", [-1, 2**70])
async def test_a_conversation_that_branched_off_nowhere_is_refused(bench: OpenBench, position: int) -> None:
    async with bench() as it:
        chat = it.conversations.get((await it.conversations.create(NewConversation(system="be nice"))).id)
        bundle = await views(it).export(conversations=[chat.id])
        branched = chat.model_copy(update={"id": "other", "parent": Parent(conversation="x", position=position)})
        with pytest.raises(Invalid, match=f"branched off at position {position}; expected 0"):
            await views(it).import_bundle(bundle.model_copy(update={"conversations": (branched,)}))


async def test_a_text_of_other_tokens_is_not_drawn(bench: OpenBench) -> None:
    """As a bundle brings it that was imported while its model was not in memory."""
    async with bench() as it:
        sha = it.models.info().weights_sha256
        hash = it.traces.keep(Content(weights_sha256=sha, ids=(10**6,), roles=("text",)), it.models.info().name)
        with pytest.raises(Invalid, match="outside the vocabulary"):
            await it.traces.grid(hash, GridQuery())


async def test_a_bundle_of_nothing_is_refused(bench: OpenBench) -> None:
    async with bench() as it:
        with pytest.raises(Invalid, match="at least one"):
            await views(it).export()
