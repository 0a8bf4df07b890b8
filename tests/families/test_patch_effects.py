from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
import torch

from microscope.core.bootstrap import mean_over_documents
from microscope.core.patches.ablate import Ablate
from microscope.core.patches.base import Member, Patch
from microscope.core.patches.clamp import Clamp
from microscope.core.patches.scope import Generated, Prompt, Scope
from microscope.core.patches.steer import Steer
from microscope.engine.model import Model
from microscope.errors import NotFound
from microscope.families._patched import in_force, wanted_members
from microscope.families.base import Bench, Event, Rows
from microscope.families.patch_effects import PatchEffects
from microscope.store.patches import PATCHES, SETS, set_content

from .synthetic import bench, result

TEXTS = [f"{name} went to the {place} with a {thing}." for name in ("Mary", "John", "Tom")
         for place in ("store", "garden") for thing in ("dog", "drink")]  # fmt: skip


@pytest.fixture
def on(tmp_path: Path, tiny_model: Callable[..., Model]) -> Bench:
    return bench(tmp_path / "home", {PatchEffects(patches="").models()[0]: tiny_model("gpt2")})


def steer(on: Bench, scale: float = 3.0) -> Steer:
    direction = torch.randn(on.model().d_model, generator=torch.Generator().manual_seed(3))
    return Steer.model_validate({"site": "L0.resid_post", "direction": direction.tolist(), "scale": scale})


def kept(on: Bench, *patches: Patch) -> str:
    members = [Member(patch=patch) for patch in patches]
    return on.lab.objects.put(SETS, set_content(members))


def family(tmp_path: Path, patches: str, **given: Any) -> PatchEffects:
    texts = tmp_path / "texts.txt"
    texts.write_text("\n\n".join(TEXTS))
    small = {"dataset": str(texts), "controls": 2, "samples": 2, "sample_tokens": 6}
    return PatchEffects.model_validate({"patches": patches, **small, **given})


def table(events: Iterable[Event], name: str) -> dict[str, list[Any]]:
    parts = [one.columns for one in events if isinstance(one, Rows) and one.table == name]
    return {column: [value for part in parts for value in part[column]] for column in parts[0]}


def test_strength_0_changes_nothing_and_more_changes_more(tmp_path: Path, on: Bench) -> None:
    events = list(family(tmp_path, kept(on, steer(on)), strengths=(0.0, 0.5, 2.0)).run(on))
    effects = table(events, "effects")
    assert [kl for kl, strength in zip(effects["kl"], effects["strength"], strict=True) if strength == 0] == [0.0] * 3
    own = [kl for kl, who in zip(effects["kl"], effects["who"], strict=True) if who == "patches"]
    assert own[0] < own[1] < own[2]
    metrics = result(events).metrics
    assert metrics["strength"] == 2.0
    assert float(str(metrics["kl_low"])) <= float(str(metrics["kl"])) <= float(str(metrics["kl_high"]))
    assert metrics["documents"] == len(TEXTS)


@pytest.mark.parametrize("scope", [Prompt(), Generated()])
def test_what_acts_on_a_part_of_a_turn_acts_on_all_of_a_text_without_turns(
    tmp_path: Path, on: Bench, scope: Scope
) -> None:
    """The cost of a patch that acts on what is generated is not that of one that acts nowhere."""
    member = Member(patch=steer(on), scope=scope)
    scoped = on.lab.objects.put(SETS, set_content([member]))
    found, whole = (table(family(tmp_path, one).run(on), "effects") for one in (scoped, kept(on, steer(on))))
    assert found["kl"] == whole["kl"]
    assert min(found["kl"]) > 0


def test_losses_are_those_of_whole_passes(tmp_path: Path, on: Bench) -> None:
    """Beside the obvious version: one document at a time, through the model as it is."""
    model = on.model()
    events = list(family(tmp_path, kept(on, steer(on))).run(on))
    total, tokens = 0.0, 0
    for text in TEXTS:
        ids = model.encode(text)
        logits = model.trace(ids, logits="all").logits
        assert logits is not None
        total += float(torch.nn.functional.cross_entropy(logits[:-1], torch.tensor(ids[1:]), reduction="sum"))
        tokens += len(ids) - 1
    assert result(events).metrics["tokens"] == tokens
    assert result(events).metrics["loss_base"] == pytest.approx(total / tokens, rel=1e-5)


def test_samples_agree_up_to_the_first_difference(tmp_path: Path, on: Bench) -> None:
    events = list(family(tmp_path, kept(on, steer(on, 30.0)), strengths=(0.0, 1.0)).run(on))
    samples = table(events, "samples")
    for strength, base, patched, alike in zip(
        samples["strength"], samples["base"], samples["patched"], samples["text_alike"], strict=True
    ):
        assert base.startswith(alike)
        assert patched.startswith(alike)
        assert (base == patched == alike) == (strength == 0)


def test_a_patch_is_meant_by_its_own_hash_too(on: Bench) -> None:
    patch = steer(on)
    hash = on.lab.objects.put(PATCHES, patch.model_dump(mode="json"), {"made": {}})
    assert wanted_members(on.lab, hash) == wanted_members(on.lab, kept(on, patch)) == (Member(patch=patch),)
    assert wanted_members(on.lab, "") == ()
    with pytest.raises(NotFound, match="no patch and no set of patches '0123456789abcdef'"):
        wanted_members(on.lab, "0123456789abcdef")


def test_an_sae_that_is_not_here_is_told_in_words(on: Bench) -> None:
    clamp = Clamp(sae="ab" * 32, site="L0.resid_post", feature=0, value=1.0)
    with pytest.raises(NotFound, match=r"reads a feature of an SAE .* abababababab"):
        in_force(on, on.model(), [Member(patch=clamp)])


def test_members_act_as_they_do_in_a_conversation(on: Bench) -> None:
    ablate = Ablate.model_validate({"direction": torch.ones(on.model().d_model).tolist()})
    placed = in_force(on, on.model(), [Member(patch=ablate, strength=0.0), Member(patch=steer(on), strength=2.0)])
    assert [str(one.edit.at) for one in placed] == ["L0.resid_post"]


def test_an_interval_holds_the_mean_and_narrows_with_more_documents() -> None:
    values = torch.randn(400, generator=torch.Generator().manual_seed(0)) + 3
    few, many = (mean_over_documents(values[:n], torch.ones(n)) for n in (20, 400))
    assert few.low < few.value < few.high
    assert many.high - many.low < few.high - few.low
    weighted = mean_over_documents(torch.tensor([6.0, 1.0]), torch.tensor([3.0, 1.0]))
    assert weighted.value == 7 / 4
