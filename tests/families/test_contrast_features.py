"""Two sets of prompts contrasted by an SAE whose features are the coordinates of the stream, on a tiny model."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
import torch

from microscope.core.contrast import auroc
from microscope.core.patches.ablate import Ablate
from microscope.core.patches.direction import unpacked
from microscope.core.sites import Site
from microscope.engine.model import Model
from microscope.errors import Invalid, NotFound, TooLarge
from microscope.families.base import Event, Result, Rows
from microscope.families.contrast_features import ContrastFeatures
from microscope.store.checkpoints import write_sae
from microscope.store.patches import PATCHES

from .synthetic import bench
from .test_evaluate_sae import linear

SITE = Site(1, "resid_post")
AWAY = tuple(f"The {one} sat on the {other}" for one in ("cat", "dog", "man", "boy") for other in ("mat", "bed", "box"))


@pytest.fixture
def model(tiny_model: Callable[..., Model]) -> Model:
    return tiny_model("gpt2")


def found(tmp_path: Path, model: Model, **given: Any) -> tuple[Any, dict[str, dict[str, list[Any]]]]:
    """The result, and the tables by name."""
    path = write_sae(tmp_path / "sae", linear(torch.eye(model.d_model), torch.zeros(model.d_model)))
    family = ContrastFeatures.model_validate({"sae": str(path), "away": AWAY, "read_as": "text", **given})
    (wish,) = family.models()
    events = list(family.run(bench(tmp_path, {wish: model})))
    result = events[-1]
    assert isinstance(result, Result)
    return result, tables(events)


def tables(events: Iterable[Event]) -> dict[str, dict[str, list[Any]]]:
    found: dict[str, dict[str, list[Any]]] = {}
    for one in (event for event in events if isinstance(event, Rows)):
        for name, column in one.columns.items():
            found.setdefault(one.table, {}).setdefault(name, []).extend(column)
    return found


POOLED: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "last": lambda rows: rows[-1],
    "max": lambda rows: rows[1:].amax(0),
    "mean": lambda rows: rows[1:].mean(0),
}


@pytest.mark.parametrize("position", POOLED)
def test_what_is_read_of_a_prompt_is_the_models_own_activation(tmp_path: Path, model: Model, position: str) -> None:
    _, made = found(tmp_path, model, insert="zebra", position=position)
    prompts, features = made["prompts"], made["features"]
    rows = [model.trace(model.encode(text), [SITE], logits="none").stacked[0] for text in prompts["prompt"]]
    # Feature f below d_model is coordinate f where it is positive.
    acts = torch.stack([POOLED[position](one.clamp(min=0)) for one in rows])
    own = torch.tensor([name == "toward" for name in prompts["set"]])
    means = dict(zip(features["feature"], features["mean_toward"], strict=True))
    assert [means[feature] for feature in range(model.d_model)] == pytest.approx(acts[own].mean(0).tolist(), abs=1e-5)


def test_only_the_chosen_are_scored_on_the_test_part(tmp_path: Path, model: Model) -> None:
    result, made = found(tmp_path, model, insert="zebra", choose=3)
    features, metrics = made["features"], result.metrics
    assert len(features["feature"]) == 2 * model.d_model
    assert sorted(features["auroc_train"], reverse=True) == features["auroc_train"]
    scored = {
        feature: auc
        for feature, auc in zip(features["feature"], features["auroc_test"], strict=True)
        if auc is not None
    }
    assert set(scored) == set(metrics["features"])
    assert [scored[feature] for feature in metrics["features"]] == metrics["aurocs_test"]
    assert metrics["auroc_test"] == scored[metrics["feature"]]
    assert len(made["null"]["shuffle"]) == 5


def test_directions_are_fitted_on_the_training_part_and_scored_on_each(tmp_path: Path, model: Model) -> None:
    result, made = found(tmp_path, model, insert="zebra")
    prompts, directions = made["prompts"], made["directions"]
    rows = torch.stack(
        [model.trace(model.encode(text), [SITE], logits="none").stacked[0, -1] for text in prompts["prompt"]]
    )
    own = torch.tensor([name == "toward" for name in prompts["set"]])
    train, test = (torch.tensor([part == name for part in prompts["part"]]) for name in ("train", "test"))
    means = rows[train & own].mean(0) - rows[train & ~own].mean(0)
    at = directions["direction"].index("difference of means")
    assert torch.allclose(unpacked(directions["unit"][at]), means / means.norm(), atol=1e-5)
    assert directions["length"][at] == pytest.approx(float(means.norm()), rel=1e-4)
    along = (rows @ means)[test]
    assert directions["auroc_test"][at] == pytest.approx(float(auroc(along[:, None], own[test])[0]))
    assert result.metrics["auroc_difference_of_means"] == directions["auroc_test"][at]


def test_a_prompt_with_the_word_put_in_is_in_the_part_of_the_one_without(tmp_path: Path, model: Model) -> None:
    _, made = found(tmp_path, model, insert="zebra")
    prompts = made["prompts"]
    n = len(AWAY)
    assert prompts["set"] == ["toward"] * n + ["away"] * n
    assert prompts["part"][:n] == prompts["part"][n:]
    assert all("zebra" in text for text in prompts["prompt"][:n])
    assert tuple(prompts["prompt"][n:]) == AWAY
    assert sum(made["activations"]["prompts"]) == prompts["part"].count("test")


def test_two_sets_that_are_the_same_score_chance(tmp_path: Path, model: Model) -> None:
    result, made = found(tmp_path, model, toward=AWAY)
    assert result.metrics["auroc_test"] == 0.5
    assert result.metrics["auroc_random"] == 0.5
    assert made["directions"]["unit"][0] == ""


def test_files_give_prompts_and_what_is_none_is_refused(tmp_path: Path, model: Model) -> None:
    (tmp_path / "a.txt").write_text("\n".join(AWAY) + "\n\n")
    lines = [{"prompt": text + " zebra"} for text in AWAY[:-1]] + [{"turns": [{"role": "user", "text": "a zebra"}]}]
    (tmp_path / "t.jsonl").write_text("\n".join(json.dumps(line) for line in lines))
    given: dict[str, Any] = {"away": (), "away_file": tmp_path / "a.txt", "toward_file": tmp_path / "t.jsonl"}
    _, made = found(tmp_path, model, **given)
    assert made["prompts"]["prompt"] == [*(text + " zebra" for text in AWAY[:-1]), "a zebra", *AWAY]
    (tmp_path / "t.jsonl").write_text('{"said": "hello"}')
    with pytest.raises(Invalid, match="Line 1"):
        found(tmp_path, model, **given)
    with pytest.raises(NotFound, match="no file of prompts"):
        found(tmp_path, model, toward_file=tmp_path / "none.txt")
    with pytest.raises(Invalid, match="4 at least"):
        found(tmp_path, model, toward=AWAY[:2])
    with pytest.raises(Invalid, match="test part"):
        found(tmp_path, model, insert="zebra", train=0.6, validation=0.4)
    with pytest.raises(TooLarge):
        found(tmp_path, model, toward=(*AWAY, "word " * 400))


def test_patches_are_in_force_while_prompts_are_read(tmp_path: Path, model: Model) -> None:
    """With their difference taken out where it is read, the means of the training prompts are the same."""
    _, made = found(tmp_path, model, insert="zebra")
    unit = made["directions"]["unit"][0]
    lab = bench(tmp_path, {}).lab
    patch = Ablate(direction=unit, site=str(SITE))
    hash = lab.objects.put(PATCHES, patch.model_dump(mode="json"))
    _, patched = found(tmp_path, model, insert="zebra", patches=hash)
    assert patched["directions"]["length"][0] < 1e-4 * made["directions"]["length"][0]
    with pytest.raises(NotFound, match="no patch"):
        found(tmp_path, model, insert="zebra", patches="0" * 12)
