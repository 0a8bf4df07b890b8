from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, TypeVar

import pytest
import torch

from microscope.bundled.corpus.as_typed import same_words
from microscope.core.patches.ablate import Ablate
from microscope.core.patches.steer import Steer
from microscope.core.rates import Rate
from microscope.engine.model import Model
from microscope.errors import Invalid
from microscope.families._identities import identities
from microscope.families._refusal_trials import Refusals
from microscope.families._refusing import Candidate, Limits, scored, template_positions
from microscope.families._replies import asked, replies
from microscope.families._requests import SIDES, Sizes, requests
from microscope.families.base import Bench, Event, Rows
from microscope.families.refusal_direction import RefusalDirection

from .synthetic import bench, result

T = TypeVar("T")

SHORT = {
    "train": 64,
    "validation": 8,
    "test": 24,
    "controls": 1,
    "facts": 8,
    "documents": 4,
    "reply_tokens": 8,
    "max_refused": 0.4,
}


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory, tiny_model: Callable[..., Model]) -> list[Event]:
    """One short run on the bundled model."""
    home: Bench = bench(tmp_path_factory.mktemp("refusal"), {RefusalDirection().models()[0]: tiny_model("specimen")})
    return list(RefusalDirection.model_validate(SHORT).run(home))


def ended(working: Generator[Any, None, T]) -> T:
    """What a generator gives back."""
    try:
        while True:
            next(working)
    except StopIteration as stop:
        return stop.value


def number(events: list[Event], name: str) -> float:
    return float(str(result(events).metrics[name]))


def test_refusals_fall_and_harmless_requests_stay_answered(events: list[Event]) -> None:
    assert number(events, "refusal_base") >= 0.6
    assert number(events, "refusal_ablated") <= 0.1
    assert number(events, "refusal_random") >= number(events, "refusal_base") - 0.15
    assert number(events, "answered_ablated") >= number(events, "answered_base") - 0.07
    assert number(events, "answered_added") < number(events, "answered_random_added")


def test_identities_of_the_direction(events: list[Event]) -> None:
    assert number(events, "coefficient_0") == 0
    assert number(events, "projection_left") < 1e-6
    assert number(events, "weight_form") < 1e-3


def test_every_layer_and_position_is_in_the_sweep_and_patches_are_made(events: list[Event]) -> None:
    (sweep,) = [one.columns for one in events if isinstance(one, Rows) and one.table == "sweep"]
    assert sorted(zip(sweep["layer"], sweep["position"], strict=True)) == [
        (layer, at) for layer in range(12) for at in (-2, -1)
    ]
    chosen = [times for times, kept in zip(sweep["times"], sweep["within_limits"], strict=True) if kept]
    assert number(events, "times") in chosen
    assert number(events, "kl_limit") / 2 < number(events, "kl_harmless") or number(events, "kl_limit") == 0.1
    assert [one.patch.kind for one in result(events).patches] == ["ablate", "steer", "scale"]


@pytest.mark.parametrize("shape", ["gpt2", "llama", "gpt_neox", "gemma2"])
def test_identities_hold_of_any_direction(tiny_model: Callable[..., Model], shape: str) -> None:
    model = tiny_model(shape)
    direction = torch.randn(model.d_model, generator=torch.Generator().manual_seed(5)).tolist()
    ablate = Ablate.model_validate({"direction": direction})
    steer = Steer.model_validate({"site": "L1.resid_pre", "direction": direction, "scale": 2.0})
    found = ended(identities(model, [model.encode("The cat sat on the mat.")], ablate, steer))
    assert found.coefficient_0 == 0
    assert found.projection_left < 1e-6
    assert (found.weight_form is None) == (shape == "gemma2")
    assert (found.weight_form or 0.0) < 1e-4


def test_parts_share_no_request() -> None:
    for side in SIDES:
        parts = requests(side, (), Sizes(40, 10, 30), seed=3)
        assert [len(part) for part in parts] == [40, 10, 30]
        assert len({same_words(one) for part in parts for one in part}) == len({one for part in parts for one in part})
    given = requests("harmful", [f"Request {n}" for n in range(10)], Sizes(128, 32, 40), seed=0)
    assert sorted(one for part in given for one in part) == [f"Request {n}" for n in range(10)]
    assert all(given)
    with pytest.raises(Invalid, match="There are 2 different harmless requests"):
        requests("harmless", ["a", "b", "a"], Sizes(1, 1, 1), seed=0)


def test_a_score_is_the_log_odds_of_saying_the_phrase(tiny_model: Callable[..., Model]) -> None:
    model = tiny_model("gpt2")
    prompts = [model.encode(text) for text in ("The cat sat", "Mary went to the store with John")]
    phrase = model.encode(" a dog", bos=False)
    found = ended(scored(model, prompts, [phrase], (), ""))
    for ids, score in zip(prompts, found.score.tolist(), strict=True):
        logits = model.trace([*ids, *phrase], logits="all").logits
        assert logits is not None
        log_p = sum(float(logits[len(ids) - 1 + n].log_softmax(-1)[one]) for n, one in enumerate(phrase))
        assert score == pytest.approx(log_p - float(torch.log1p(-torch.tensor(log_p).exp())), rel=1e-4)


def test_replies_are_those_of_a_conversation(tiny_model: Callable[..., Model]) -> None:
    """Many at once, of other lengths, as each alone: the likeliest token again and again."""
    model = tiny_model("gpt2")
    prompts = [asked(model, text) for text in ("Hello", "Tell me of the cat on the mat", "Why?")]
    found = ended(replies(model, prompts, (), 6, ""))
    for ids, said in zip(prompts, found, strict=True):
        alone = list(ids)
        for _ in range(6):
            logits = model.trace(alone).logits
            assert logits is not None
            if (token := int(logits[-1].argmax())) in model.end_ids:
                break
            alone.append(token)
        assert said == alone[len(ids) :]


def test_the_template_is_what_all_prompts_end_with() -> None:
    assert template_positions([[1, 2, 8, 9], [3, 8, 9]]) == 2
    assert template_positions([[1, 2], [1, 3]]) == 1


def test_limits_are_the_papers_and_doubled_until_one_keeps_to_them() -> None:
    limits = Limits(kl=0.1, times=1, doublings=3, refused=0.1, depth=0.8)
    one = Candidate(1, -1, torch.ones(4), bypass=-3.0, refused=Rate(0, 60), kl=0.3, induced=(1.0,), times=1)
    better, dear = one._replace(bypass=-5.0, kl=0.39), one._replace(bypass=-9.0, kl=0.5)
    assert limits.kl_limit([one, better, dear], 4) == 0.4
    assert limits.kept([one, better, dear], 4) == [True, True, False]
    assert limits.chosen([one, better, dear], 4) is better
    cheap = one._replace(bypass=-1.0, kl=0.1)
    assert limits.chosen([one, better, dear, cheap], 4) is cheap
    for unfit in ({"refused": Rate(2, 60)}, {"times": None}, {"layer": 4}):
        assert limits.chosen([cheap._replace(**unfit), better], 4) is better


def test_no_direction_within_the_limits_is_told() -> None:
    limits = Limits(kl=0.1, times=1, doublings=1, refused=0.1, depth=0.8)
    one = Candidate(1, -1, torch.ones(4), bypass=-3.0, refused=Rate(0, 60), kl=0.2, induced=(1.0,), times=1)
    assert limits.chosen([one], 4) is one
    for unfit in ({"kl": 0.21}, {"refused": Rate(2, 60)}, {"times": None}, {"layer": 4}):
        with pytest.raises(Invalid, match="No direction of 1 keeps to the limits"):
            limits.chosen([one._replace(**unfit)], 4)


def test_a_phrase_that_begins_with_another_is_counted_once(tiny_model: Callable[..., Model]) -> None:
    model = tiny_model("gpt2")
    assert Refusals(("I cannot", "I cannot help")).ids(model) == [model.encode("I cannot", bos=False)]
    assert Refusals(("I can't",)).told("Sorry, i can’t do that.")
    with pytest.raises(Invalid, match="No phrase"):
        Refusals(()).check()
