"""Rates of a behaviour under patches, on a tiny model whose replies are steered to a token."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from microscope.core.directions import read_by
from microscope.core.patches.base import Member
from microscope.core.patches.direction import packed
from microscope.core.patches.steer import Steer
from microscope.engine.model import Model
from microscope.errors import Invalid
from microscope.families.base import Result
from microscope.families.behaviour_rates import BehaviourRates
from microscope.store.patches import SETS, set_content

from .synthetic import bench
from .test_contrast_features import AWAY, tables


@pytest.fixture
def model(tiny_model: Callable[..., Model]) -> Model:
    return tiny_model("gpt2")


def steer(model: Model, word: str, scale: float) -> Member:
    """Towards a token, at the last site before the unembedding."""
    (token,) = model.encode(word, bos=False)
    site = f"L{model.n_layers - 1}.resid_post"
    return Member(patch=Steer(site=site, direction=packed(read_by(model.unembed, token)), scale=scale))


def kept(tmp_path: Path, *members: Member) -> str:
    return bench(tmp_path, {}).lab.objects.put(SETS, set_content(members))


def found(tmp_path: Path, model: Model, **given: Any) -> tuple[Any, dict[str, dict[str, list[Any]]]]:
    whole = {"words": "q", "prompts": AWAY, "read_as": "text", "reply_tokens": 3, "facts": 4, "documents": 3, **given}
    family = BehaviourRates.model_validate(whole)
    (wish,) = family.models()
    events = list(family.run(bench(tmp_path, {wish: model})))
    result = events[-1]
    assert isinstance(result, Result)
    return result.metrics, tables(events)


def test_a_patch_that_says_the_word_is_seen_and_its_controls_do_not(tmp_path: Path, model: Model) -> None:
    metrics, made = found(tmp_path, model, patches=kept(tmp_path, steer(model, "q", 500.0)), strengths=(0.001, 1.0))
    assert (metrics["rate_before"], metrics["rate"], metrics["rate_controls"]) == (0, 1, 0)
    assert metrics["rate_low"] < 1 == metrics["rate_high"]
    assert metrics["perplexity_ratio"] > 1
    rows = made["rates"]
    curve = [rate for who, rate in zip(rows["who"], rows["rate"], strict=True) if who == "patched"]
    assert curve == [0, 1]
    replies = made["replies"]
    told = {text for who, text in zip(replies["who"], replies["reply"], strict=True) if who == "patched"}
    assert "qqq" in told


def test_what_is_attached_is_in_force_before_and_beside_the_controls(tmp_path: Path, model: Model) -> None:
    """The one attached says the word; the patch takes it back, and a random push as long does not."""
    says, back = steer(model, "q", 500.0), steer(model, "q", 500.0).model_copy(update={"strength": -1.0})
    sets = {"attached": kept(tmp_path, says), "patches": kept(tmp_path, says, back)}
    metrics, _ = found(tmp_path, model, **sets)
    assert (metrics["rate_before"], metrics["rate"]) == (1, 0)
    assert metrics["rate_controls"] == 1
    assert metrics["perplexity_ratio"] < 1
    with pytest.raises(Invalid, match="attached anyway"):
        found(tmp_path, model, attached=sets["attached"], patches=sets["attached"])


def test_prompts_are_asked_with_the_word_and_without(tmp_path: Path, model: Model) -> None:
    metrics, made = found(tmp_path, model, patches=kept(tmp_path, steer(model, "q", 500.0)), insert="zebra", controls=0)
    assert set(made["rates"]["prompts"]) == {"as given", "with zebra"}
    assert metrics["rate"] == metrics["rate_without"] == 1
    assert metrics["rate_controls"] is None
    replies = made["replies"]
    pairs = zip(replies["prompt"], replies["prompts"], strict=True)
    asked = [prompt for prompt, name in pairs if name != "as given"]
    assert all("zebra" in prompt for prompt in asked)


def test_what_tells_nothing_is_refused(tmp_path: Path, model: Model) -> None:
    hash = kept(tmp_path, steer(model, "q", 1.0))
    for wrong, words in (
        ({"words": "(", "how": "regex"}, "regular expression"),
        ({"prompts": ()}, "no prompts"),
        ({"strengths": (0.0,)}, "not 0"),
        ({"patches": ""}, "No patches"),
    ):
        with pytest.raises(Invalid, match=words):
            found(tmp_path, model, **{"patches": hash, **wrong})
