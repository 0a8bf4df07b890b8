from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from microscope.engine.model import Model
from microscope.errors import Incompatible, Invalid, NotFound
from microscope.families import tuned_lens
from microscope.families.base import Bench, Checkpoint, Event, Progress, Reads, Rows
from microscope.families.tuned_lens import Fit, FitTunedLens

from .synthetic import bench, result

TEXTS = [f"{name} went to the {place}, and the {thing} ran after {name}." for name in ("Mary", "John", "The cat")
         for place in ("store", "mat", "dog") for thing in ("cat", "drink")]  # fmt: skip


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    path = tmp_path / "texts.txt"
    path.write_text("\n\n".join(TEXTS))
    return path


@pytest.fixture
def on(tmp_path: Path, tiny_model: Callable[..., Model]) -> Callable[..., Bench]:
    """`on("a")` has a home of its own."""

    def make(home: str, resume: Checkpoint | None = None) -> Bench:
        return bench(tmp_path / home, {FitTunedLens().models()[0]: tiny_model("gpt2")}, resume)

    return make


def family(texts: Path, **given: Any) -> FitTunedLens:
    return FitTunedLens.model_validate({"datasets": (str(texts),), "steps": 8, **given})


def curve(events: list[Event]) -> list[float]:
    return [one.metrics["training_kl"] or 0.0 for one in events if isinstance(one, Progress) and one.metrics]


def test_the_divergence_falls_and_every_step_is_told(texts: Path, on: Callable[..., Bench]) -> None:
    events = list(family(texts, steps=25).run(on("a")))
    first, *_, last = curve(events)
    assert len(curve(events)) == 25
    assert last < first
    fit = Fit.model_validate(result(events).metrics)
    assert fit.tuned_kl < 0.7 * fit.logit_kl
    (table,) = [one.columns for one in events if isinstance(one, Rows)]
    assert list(table["kl"]) == [*fit.logit_kl_by_layer.values(), *fit.tuned_kl_by_layer.values()]
    assert list(table["layer"]) == [*fit.logit_kl_by_layer, *fit.tuned_kl_by_layer] == ["embed", "0", "1"] * 2


def test_an_interrupted_fit_ends_with_the_same_bits(
    texts: Path, on: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tuned_lens, "CHECKPOINT_S", 0.0)
    undisturbed = result(family(texts).run(on("a"))).made[0].path
    run: Iterator[Event] = iter(family(texts).run(on("b")))
    *_, kept = islice((event for event in run if isinstance(event, Checkpoint)), 5)
    next(run)
    events = list(family(texts).run(on("c", kept)))
    assert len(curve(events)) == 3
    again, before = load_file(result(events).made[0].path), load_file(undisturbed)
    assert all(torch.equal(again[name], before[name]) for name in ("weight", "bias"))


def test_a_fit_goes_on_over_the_texts_that_it_began_with(texts: Path, on: Callable[..., Bench]) -> None:
    first = on("a")
    first.stopping.set()
    run = iter(family(texts).run(first))
    begun = next(run)
    assert isinstance(begun, Reads)
    kept = next(event for event in run if isinstance(event, Checkpoint))
    assert kept.state["done"] == 1
    again = replace(on("b", kept), before=begun.data)
    assert next(iter(family(texts).run(again))) == begun
    texts.write_text(texts.read_text() + "\n\nOne more.")
    with pytest.raises(Incompatible, match=r"texts\.txt is not what this run began with: expected dataset"):
        list(family(texts).run(again))


def test_a_lens_is_not_overwritten_unasked(texts: Path, on: Callable[..., Bench]) -> None:
    first = result(family(texts, steps=2).run(on("a"))).made[0].path
    with pytest.raises(Invalid, match=r"There is a tuned lens .*--replace, which overwrites it"):
        list(family(texts, steps=1).run(on("a")))
    again = result(family(texts, steps=1, replace=True).run(on("a")))
    assert again.made[0].path == first
    assert "in 2 steps" in Fit.model_validate(again.metrics).displaced


def test_too_little_text_is_refused(tmp_path: Path, on: Callable[..., Bench]) -> None:
    short = tmp_path / "short.txt"
    short.write_text("The cat sat\n\n \n\n")
    with pytest.raises(Invalid, match="1 documents"):
        list(family(short).run(on("a")))


def test_what_cannot_be_read_is_told_before_anything_runs(tmp_path: Path, on: Callable[..., Bench]) -> None:
    lab = on("a").lab
    with pytest.raises(NotFound):
        family(tmp_path / "nothing.txt").check(lab)
    with pytest.raises(Invalid, match="has no end"):
        FitTunedLens(max_tokens=0).check(lab)
    with pytest.raises(Invalid, match="No data set"):
        FitTunedLens(datasets=()).check(lab)
    assert "bundled" in FitTunedLens(replace=True).check(lab)[0]


def test_a_lens_in_its_place_is_told_before_anything_runs(on: Callable[..., Bench]) -> None:
    """Beside the bundled model lies one."""
    lab = on("a").lab
    with pytest.raises(Invalid, match=r"There is a tuned lens for specimen already: .*tuned_lens.safetensors") as told:
        FitTunedLens().check(lab)
    assert "choose the tuned lens, or --lens tuned" in told.value.next
    assert "tick replace, or --replace" in told.value.next
    assert [way.fields for way in FitTunedLens().ways(lab)] == [{"replace": True}]
    assert FitTunedLens(replace=True).ways(lab) == ()
    does, replaces = FitTunedLens(replace=True).check(lab)
    assert does.startswith("Fits a translator")
    assert replaces.startswith("It is read in the place of ")


def test_a_lens_that_was_fitted_here_is_told_too(texts: Path, on: Callable[..., Bench]) -> None:
    ready = on("a")
    (model,) = ready.models.values()
    given = family(texts, steps=1, model=model.info.name)
    assert len(given.check(ready.lab)) == 1
    path = result(family(texts, steps=1).run(ready)).made[0].path
    with pytest.raises(Invalid, match=str(path)):
        given.check(ready.lab)


def test_every_data_set_has_its_part_of_the_tokens(tmp_path: Path, on: Callable[..., Bench]) -> None:
    """The first one alone has more than is asked for."""
    long, other = tmp_path / "long.txt", tmp_path / "other.txt"
    long.write_text("\n\n".join(TEXTS * 20))
    other.write_text("\n\n".join(TEXTS))
    given = family(long, datasets=(str(long), str(other)), max_tokens=400, steps=1)
    fit = Fit.model_validate(result(given.run(on("a"))).metrics)
    assert 400 <= fit.training_tokens + fit.held_out_tokens <= 500
