from __future__ import annotations

from collections.abc import Callable

import torch

from microscope.engine.model import Model
from microscope.engine.residency import Residency
from microscope.engine.state import Recipe, State, prefill, rebuild


def residency(budget: int) -> tuple[Residency[str, list[int]], list[str]]:
    """Values are lists, and an entry is a byte."""
    gone: list[str] = []
    return Residency(budget, len, lambda key, _: gone.append(key)), gone


def test_the_least_recently_used_goes_first() -> None:
    kept, gone = residency(10)
    kept.put("a", [0] * 4)
    kept.put("b", [0] * 4)
    assert kept.get("a") == [0] * 4
    kept.put("c", [0] * 4)
    assert gone == ["b"]
    assert list(kept) == ["a", "c"]
    assert kept.get("b") is None


def test_what_is_in_use_stays() -> None:
    kept, gone = residency(10)
    kept.put("a", [0] * 4)
    with kept.pinned("a"), kept.pinned("a"):
        kept.put("b", [0] * 4)
        kept.put("c", [0] * 4)
        assert gone == ["b"]
    kept.put("d", [0] * 4)
    assert gone == ["b", "a"]


def test_values_that_grew_are_measured_anew() -> None:
    kept, gone = residency(10)
    growing = [0]
    kept.put("a", growing)
    kept.put("b", [0] * 4)
    growing += [0] * 20
    assert kept.n_bytes == 25
    assert kept.get("a") is growing
    assert kept.trim() == 0
    assert gone == ["b", "a"]


def test_one_that_is_too_large_by_itself_stays_alone_and_says_how_much_too_much() -> None:
    kept, gone = residency(10)
    kept.put("a", [0] * 4)
    kept.put("b", [0] * 12)
    assert gone == ["a"]
    assert "b" in kept
    with kept.pinned("b"):
        assert kept.trim(needed_bytes=3) == 5


def test_room_is_made_before_something_comes() -> None:
    kept, gone = residency(10)
    kept.put("a", [0] * 4)
    kept.put("b", [0] * 4)
    assert kept.trim(needed_bytes=6) == 0
    assert gone == ["a"]


def test_dropping_tells_nobody() -> None:
    kept, gone = residency(10)
    kept.put("a", [0])
    kept.drop("a")
    kept.drop("a")
    assert len(kept) == 0
    assert gone == []


def test_an_evicted_state_comes_back_with_the_same_bits(tiny_model: Callable[..., Model]) -> None:
    model = tiny_model("llama")
    recipes: dict[str, Recipe] = {}

    def keep_recipe(key: str, state: State) -> None:
        recipes[key] = state.recipe

    kept: Residency[str, State] = Residency(1, lambda state: state.n_bytes, keep_recipe)
    state = State(model)
    for _ in prefill(state, model.encode("The cat sat on the mat."), chunk=3):
        pass
    resid = state.resid.clone()
    kept.put("first", state)
    kept.put("second", State(model))
    assert "first" not in kept
    again = State(model)
    for _ in rebuild(again, recipes["first"]):
        pass
    assert torch.equal(again.resid, resid)
