"""Rates of a behaviour under patches, on a tiny model whose replies are steered to a token."""

from __future__ import annotations

import json
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
from microscope.families._prompts import left_out, read_prompts
from microscope.families._references import Given, surprise
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
    metrics, made = found(
        tmp_path, model, patches=kept(tmp_path, steer(model, "q", 500.0)), strengths=(0.001, 1.0), validation=0
    )
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
    points = list(zip(made["curves"]["series"], made["curves"]["strength"], strict=True))
    assert set(points) == {(name, strength) for name in ("as given", "with zebra") for strength in (0, 1)}
    assert len(set(points)) == len(points), "a line of the chart has one point at each strength"
    replies = made["replies"]
    pairs = zip(replies["prompt"], replies["prompts"], strict=True)
    asked = [prompt for prompt, name in pairs if name != "as given"]
    assert all("zebra" in prompt for prompt in asked)


def test_conversations_are_no_prompts(tmp_path: Path, model: Model) -> None:
    """Their first turn alone is not what was asked; the plan and the log say how many there were."""
    file = tmp_path / "asked.jsonl"
    user, said = {"role": "user", "text": "hi"}, {"role": "assistant", "text": "Hello"}
    lines = ({"turns": [user]}, {"turns": [user, said, {**user, "text": "and now?"}]}, {"prompt": "a cat"}, "a dog")
    file.write_text("\n".join(map(json.dumps, lines)))
    assert read_prompts("prompts", (), file) == ("hi", "a cat", "a dog")
    (told,) = left_out(file, None)
    assert "asked.jsonl 1 lines" in told
    metrics, _ = found(tmp_path, model, patches=kept(tmp_path, steer(model, "q", 500.0)), prompts=(), prompts_file=file)
    assert metrics["prompts"] == 3


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


def test_of_several_one_is_chosen_on_validation_and_reported_on_the_rest(tmp_path: Path, model: Model) -> None:
    """The model says the word with what is attached; of what takes it back, that which leaves the base's replies."""
    says = steer(model, "q", 500.0)
    back = [says.model_copy(update={"strength": strength}) for strength in (-1.0, -1.9)]
    attached = kept(tmp_path, says)
    exact, beyond = (kept(tmp_path, says, one) for one in back)
    metrics, made = found(
        tmp_path, model, attached=attached, patches=beyond, alternatives=(exact,), strengths=(0.1, 1.0), controls=1
    )
    assert (metrics["patches"], metrics["strength"]) == (exact, 1.0)
    assert (metrics["rate_before"], metrics["rate"]) == (1, 0)
    assert metrics["same"] == metrics["same_high"] == 1 > metrics["same_before"]
    assert metrics["base_nll"] == pytest.approx(metrics["base_nll_base"], abs=1e-4)
    assert metrics["base_nll_before"] > metrics["base_nll_high"]
    rows = made["rates"]
    of = {part: rows["of"][rows["part"].index(part)] for part in ("validation", "test")}
    assert sum(of.values()) == len(AWAY)
    asked = {part: set() for part in of}
    for part, prompt in zip(made["replies"]["part"], made["replies"]["prompt"], strict=True):
        asked[part].add(prompt)
    assert not asked["validation"] & asked["test"]
    tested = [hash for hash, part in zip(rows["patches"], rows["part"], strict=True) if part == "test" and hash]
    assert set(tested) == {exact}


def test_what_is_reported_of_one_alone_is_of_all_prompts(tmp_path: Path, model: Model) -> None:
    metrics, made = found(tmp_path, model, patches=kept(tmp_path, steer(model, "q", 500.0)))
    assert metrics["prompts"] == len(AWAY)
    assert set(made["rates"]["part"]) == {"test"}
    assert metrics["same_before"] == 1


def test_the_bases_replies_are_as_likely_as_the_model_says_token_by_token(model: Model) -> None:
    """Read in one padded pass, they are what single passes say."""
    prompts = [model.encode(text) for text in AWAY[:3]]
    given = Given(AWAY[:3], prompts, [[5, 7, 9], [], [11]])
    working = surprise(model, given, (), "x")
    while True:
        try:
            next(working)
        except StopIteration as ended:
            read = ended.value
            break
    assert read.tokens.tolist() == [3, 0, 1]
    for ids, reply, nll in zip(prompts, given.replies, read.nll.tolist(), strict=True):
        logits = model.trace([*ids, *reply], [], logits="all").logits
        assert logits is not None
        logits = logits.log_softmax(-1)
        assert nll == pytest.approx(
            -sum(float(logits[len(ids) - 1 + at, one]) for at, one in enumerate(reply)), abs=1e-4
        )
