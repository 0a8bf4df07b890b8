"""Features that patches move, on a tiny model with an SAE whose features are the coordinates of the stream."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from microscope.core.patches.base import Member, Patch, placed
from microscope.core.patches.direction import packed
from microscope.core.patches.scale import Scale
from microscope.core.patches.steer import Steer
from microscope.core.sites import Site
from microscope.engine.edits import Edits
from microscope.engine.model import Model
from microscope.errors import Incompatible, Invalid, NotFound
from microscope.families.base import Bench, Result, Rows, Say
from microscope.families.feature_shift import FeatureShift
from microscope.store.checkpoints import write_sae
from microscope.store.patches import PATCHES, SETS, set_content

from .synthetic import bench
from .test_evaluate_sae import linear

TEXTS = [f"{name} went to the {place} and gave {name} a {thing}." for name in ("Mary", "John", "France")
         for place in ("store", "mat", "dog") for thing in ("cat", "drink", "one")]  # fmt: skip


@pytest.fixture
def model(tiny_model: Callable[..., Model]) -> Model:
    return tiny_model("gpt2")


def opened(
    tmp_path: Path, model: Model, *patches: Patch, strength: float = 1.0, **given: Any
) -> tuple[FeatureShift, Bench]:
    sae = write_sae(tmp_path / "sae", linear(torch.eye(model.d_model), torch.zeros(model.d_model)))
    texts = tmp_path / "texts.jsonl"
    texts.write_text("\n".join(json.dumps({"text": text}) for text in TEXTS))
    draft = FeatureShift(sae=str(sae), patches="", dataset=str(texts), **given)
    made = bench(tmp_path, {draft.models()[0]: model})
    members = [Member(patch=patch, strength=strength) for patch in patches]
    return draft.model_copy(update={"patches": made.lab.objects.put(SETS, set_content(members))}), made


def run(
    tmp_path: Path, model: Model, *patches: Patch, **given: Any
) -> tuple[Result, dict[str, dict[str, list[Any]]], list[str]]:
    """The result, the tables by name, what was said."""
    family, made = opened(tmp_path, model, *patches, **given)
    events = list(family.run(made))
    result = events[-1]
    assert isinstance(result, Result)
    tables = {one.table: {name: list(column) for name, column in one.columns.items()} for one in events
              if isinstance(one, Rows)}  # fmt: skip
    return result, tables, [one.text for one in events if isinstance(one, Say)]


def unit(model: Model, coordinate: int) -> str:
    return packed([float(index == coordinate) for index in range(model.d_model)])


def test_a_push_along_one_coordinate_moves_its_feature_and_no_other(tmp_path: Path, model: Model) -> None:
    steer = Steer(site="L1.resid_post", direction=unit(model, 3), scale=4.0)
    result, tables, said = run(tmp_path, model, steer)
    features, own = tables["features"], result.metrics
    # Feature f is what is positive of coordinate f, d_model + f what is negative.
    moved = {feature for feature, sure in zip(features["feature"], features["moved"], strict=True) if sure}
    assert 3 in moved <= {3, model.d_model + 3}
    assert all(difference == 0 for feature, difference in zip(features["feature"], features["difference"], strict=True)
               if feature % model.d_model != 3)  # fmt: skip
    assert (own["surest"], own["moved"], own["documents"], said) == (3, len(moved), len(TEXTS), [])
    assert own["change"] == pytest.approx(own["change_controls"], rel=1e-4)
    assert isinstance(own["moved_controls"], float)
    assert own["moved_controls"] > 10, "a push as hard in a random direction moves most coordinates a little"
    # Against the model's own numbers.
    site, means = Site(1, "resid_post"), []
    edits = Edits(placed([Member(patch=steer)], model.place()))
    for text in TEXTS:
        ids = torch.tensor([model.encode(text)])
        rows = [model.trace_rows(ids, [site], edits=[one])[0, 0, 1:, 3].clamp(min=0) for one in (Edits(), edits)]
        means.append(torch.stack([row.mean() for row in rows]))
    before, after = torch.stack(means).T
    row = features["feature"].index(3)
    assert features["before"][row] == pytest.approx(float(before.mean()), abs=1e-5)
    assert features["after"][row] == pytest.approx(float(after.mean()), abs=1e-5)
    assert features["error"][row] == pytest.approx(float((after - before).std()) / len(TEXTS) ** 0.5, rel=1e-3)
    assert set(tables["z"]["of"]) == {"patches", "controls"}


def test_what_acts_behind_the_site_is_refused_or_named(tmp_path: Path, model: Model) -> None:
    late = Steer(site="L2.resid_post", direction=unit(model, 3), scale=4.0)
    with pytest.raises(Incompatible, match=r"reads L1\.resid_post; what the patches change comes behind it, at L2"):
        run(tmp_path / "late", model, late)
    result, _, said = run(tmp_path / "all", model, Scale(direction=unit(model, 5)), strength=-1.0, controls=0)
    assert said == ["2 of 8 changes are behind L1.resid_post and move nothing there; the first is at "
                    "transformer.h.2.attn.c_proj."]  # fmt: skip
    assert result.metrics["moved_controls"] is None
    with pytest.raises(Invalid, match="strength 0"):
        run(tmp_path / "nothing", model, late, strength=0.0)


def test_it_is_checked_before_it_is_queued(tmp_path: Path, model: Model, tiny_folder: Callable[[str], Path]) -> None:
    steer = Steer(site="L1.resid_post", direction=unit(model, 3), scale=4.0)
    family, made = opened(tmp_path, model, steer, documents=9)
    family = family.model_copy(update={"model": str(tiny_folder("gpt2"))})
    says = family.check(made.lab)
    assert says[0].startswith("Adds 4 along the direction")
    assert "on 9 documents" in says[1]
    one = made.lab.objects.put(PATCHES, steer.model_dump(mode="json"), {})
    assert family.model_copy(update={"patches": one}).check(made.lab) == says
    with pytest.raises(NotFound, match="no patch and no set"):
        family.model_copy(update={"patches": "0123456789abcdef"}).check(made.lab)
    with pytest.raises(Invalid, match="No patches were named"):
        family.model_copy(update={"patches": ""}).check(made.lab)
