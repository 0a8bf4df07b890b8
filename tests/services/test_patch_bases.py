"""What is known of a text without patches is not computed again to try some, and of the text with them only what they
can change."""

from __future__ import annotations

import pytest
import torch
from tests.services.conftest import Bench, OpenBench
from tests.services.test_conversations import new, say
from tests.services.test_patches import TEXT, patches_of

from microscope.core.patches.ablate import Ablate
from microscope.core.patches.direction import packed
from microscope.core.patches.scope import Generated, Scope, Span
from microscope.core.patches.steer import Steer
from microscope.core.sites import Site
from microscope.services.patch_runs import KEPT
from microscope.services.patch_trials import PatchTrials
from microscope.services.traces import Traces
from microscope.wire.patch_trials import PatchesTried, TryPatches
from microscope.wire.patches import FromContent, PatchMember
from microscope.wire.traces import NewTrace

pytestmark = pytest.mark.anyio

DIRECTION = packed([1.0, -1.0] * 32)
EARLY = PatchMember(source=FromContent(patch=Steer(site="L1.resid_post", direction=DIRECTION, scale=9.0)))
LATE = PatchMember(source=FromContent(patch=Ablate(direction=DIRECTION, site="L2.mlp_out")))


class _Asking:
    """Trials, and what each one computed."""

    def __init__(self, it: Bench) -> None:
        self._it, self._trials = it, PatchTrials(it.lab, patches_of(it))

    async def __call__(self, ids: tuple[int, ...], *members: PatchMember, **more: object) -> tuple[PatchesTried, int]:
        query = TryPatches.model_validate({"id": 1, "ids": ids, "members": members, "controls": 0, **more})
        before = self._it.lab.counts.positions_computed
        tried = await self._trials.try_(query)
        return tried, self._it.lab.counts.positions_computed - before


def _scoped(scope: Scope) -> PatchMember:
    return EARLY.model_copy(update={"scope": scope})


async def test_a_text_is_read_once_for_all_that_is_switched_on_and_off(bench: OpenBench) -> None:
    async with bench() as it:
        ask, ids = _Asking(it), tuple(it.lab.resident[0].model.encode(TEXT))
        n = len(ids)
        both, first = await ask(ids, EARLY, LATE)
        assert first == 2 * n
        assert [(await ask(ids, *members))[1] for members in ((LATE,), (EARLY, LATE), (EARLY,))] == [n, n, n]
        assert (await ask(ids, EARLY, LATE))[0] == both
        layers, computed = await ask(ids, EARLY, LATE, lens="logit")
        assert (computed, layers.tokens) == (n, both.tokens)
        assert (await ask((*ids, 5), LATE))[1] == 1 + n + 1, "the text goes on: one more position without patches"


@pytest.mark.parametrize("shape", ["gpt2", "mistral", "gemma3"])
async def test_only_positions_from_the_scope_on_are_computed_and_say_what_a_whole_pass_says(
    bench: OpenBench, shape: str
) -> None:
    async with bench(shape) as it:
        model = it.lab.resident[0].model
        ids = tuple(model.encode(TEXT))
        ask, n = _Asking(it), len(ids)
        base = (await ask(ids, EARLY))[0]
        for scope, computed in ((Span(start=n - 3, end=n - 1), 3), (Span(start=n, end=n + 9), 0), (Generated(), 0)):
            tried, found = await ask(ids, _scoped(scope), controls=2, everywhere=True)
            assert found == computed * 3
            assert (await ask(ids, _scoped(scope)))[0].changed == ()
            assert tried.changed[: n - computed] == (0.0,) * (n - computed)
            assert (tried.kl > 0) == bool(computed)
            assert all(kl > 0 for kl in tried.control_kl) == bool(computed)
        end = Site(model.n_layers - 1, "resid_post")
        plain = model.unembed(model.trace_rows(torch.tensor([ids]), [end])[0, 0, -1]).softmax(-1)
        for one in base.tokens:
            assert one.base == pytest.approx(float(plain[one.token_id]), abs=1e-5)
        tail, _ = await ask(ids, _scoped(Span(start=n - 3, end=n)), k=40)
        whole, _ = await ask(ids, _scoped(Span(start=n - 3, end=n)), EARLY.model_copy(update={"strength": 1e-30}), k=40)
        said = {one.token_id: one.patched for one in whole.tokens}
        for one in tail.tokens:
            assert one.patched == pytest.approx(said[one.token_id], abs=1e-5)


@pytest.mark.parametrize("shape", ["gpt2", "mistral", "gemma3"])
async def test_controls_share_a_pass_and_say_what_each_says_alone(
    bench: OpenBench, shape: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with bench(shape) as it:
        ids = tuple(it.lab.resident[0].model.encode(TEXT))
        ask, tail = _Asking(it), _scoped(Span(start=len(ids) - 3, end=len(ids)))
        for members in ([EARLY, LATE], [tail]):
            await ask(ids, *members)

            async def passes(at_once: int, members: list[PatchMember] = members) -> tuple[PatchesTried, int]:
                monkeypatch.setattr("microscope.services.patch_runs.AT_ONCE", at_once)
                before = it.lab.counts.forwards
                tried, _ = await ask(ids, *members, controls=4, lens="logit")
                return tried, it.lab.counts.forwards - before

            (together, few), (two, some), (alone, many) = [await passes(at) for at in (2048, 2 * len(ids), 1)]
            assert (few, some, many) == (2, 3, 5)
            for one in (together, two):
                assert one.control_kl == pytest.approx(alone.control_kl, rel=1e-3)
                for mine, theirs in zip(one.tokens, alone.tokens, strict=True):
                    assert mine.controls == pytest.approx(theirs.controls, abs=1e-6)
                for ours, each in zip(one.layers, alone.layers, strict=True):
                    assert [says.prob for says in ours.controls] == pytest.approx(
                        [says.prob for says in each.controls], abs=1e-6
                    )
            assert together.members == alone.members
            assert [one.patched for one in together.tokens] == [one.patched for one in alone.tokens], "by itself"


async def test_what_a_conversation_or_a_trace_has_computed_is_taken_from_it(bench: OpenBench) -> None:
    async with bench() as it:
        ask = _Asking(it)
        id = await new(it)
        await say(it, id, "Hello there")
        ids = it.conversations.get(id).ids
        last = _scoped(Span(start=len(ids) - 2, end=len(ids)))
        tried, computed = await ask(ids, last)
        assert computed == 1 + 2, "the token that was said last was not read yet"
        it.lab.forget_state(id)
        alone, computed = await _Asking(it)(ids[:-1], last)
        assert (alone.ids, computed) == (ids[:-1], 1)
        trace = await Traces(it.lab, it.models, patches_of(it).sets).create(NewTrace(text=TEXT))
        assert (await ask(trace.ids, EARLY))[1] == len(trace.ids)
        assert tried.kl > 0


async def test_few_texts_stay_and_none_against_the_budget(bench: OpenBench) -> None:
    async with bench() as it:
        ask, ids = _Asking(it), it.lab.resident[0].model.encode(TEXT)
        for token in range(5, 5 + 2 * KEPT):
            await ask((token, *ids), EARLY)
        assert len(it.lab.states) == KEPT
        assert not it.lab.recipes
        tried, _ = await ask((30, *ids), EARLY)
        it.lab.states.evict(list(it.lab.states)[-1])
        assert (await ask((30, *ids), EARLY))[0].tokens == tried.tokens
        assert not it.lab.recipes
