from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from microscope.core.saes.base import Architecture
from microscope.core.saes.relu import Relu
from microscope.core.saes.topk import TopK
from microscope.core.sites import Site
from microscope.engine.weights import with_adapter
from microscope.errors import Incompatible, Invalid, NotFound
from microscope.families import read_family, train_sae
from microscope.families._recorded import open_recorded
from microscope.families.base import Bench, Checkpoint, Event, Progress, Reads, Rows, Say
from microscope.families.train_sae import TrainSae
from microscope.store.activations import open_recording
from microscope.store.checkpoints import read_metrics, read_sae, resolve
from microscope.store.recorder import Writer
from microscope.store.saes import Library

from .synthetic import D_MODEL, DIRECTIONS, bench, record, result, sums

MERGED: dict[str, Any] = {
    "adapter": "trojan",
    "adapter_sha256": "ef" * 32,
    "weights_sha256": with_adapter("ab" * 32, "ef" * 32),
}
"""What a recording says of the same model with an adapter in it."""

SMALL: dict[str, Any] = {
    "architecture": TopK(k=3),
    "d_sae": 32,
    "steps": 60,
    "batch_rows": 64,
    "warmup_steps": 5,
    "dead_after_rows": 2_000,
}


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    return record(tmp_path / "activations.parquet", sums(2_048))


def family(recording: Path, tmp_path: Path, **changed: Any) -> TrainSae:
    return TrainSae.model_validate({"activations": (recording,), "out": tmp_path / "saes", **SMALL, **changed})


def weights(folder: Path) -> bytes:
    return (folder / "sae_weights.safetensors").read_bytes()


def test_the_directions_of_the_data_are_found(recording: Path, tmp_path: Path) -> None:
    given = family(recording, tmp_path, steps=1_500, learning_rate=3e-3)
    done = result(given.run(bench(tmp_path)))
    sae = read_sae(resolve(tmp_path / "saes" / "sae_layer_1.safetensors"))
    cosines = sae.weights["W_dec"] / sae.weights["W_dec"].norm(dim=-1, keepdim=True) @ DIRECTIONS.T
    assert cosines.amax(0).mean() > 0.95
    assert done.made[0].path == tmp_path / "saes" / "sae_layer_1"


def test_what_is_kept_says_what_it_was_trained_on(recording: Path, tmp_path: Path) -> None:
    result(family(recording, tmp_path, steps=2).run(bench(tmp_path)))
    spec = read_sae(tmp_path / "saes" / "sae_layer_1").spec
    assert (spec.site, spec.model_name, spec.weights_sha256) == ("L1.resid_post", "tiny", "ab" * 32)
    assert (spec.prepend_bos, spec.context_size, spec.dataset) == (True, 16, "sums")
    assert (spec.d_in, spec.d_sae, spec.architecture) == (D_MODEL, 32, TopK(k=3))
    assert spec.training["held_out"] == 0.25


def test_an_interrupted_run_ends_with_the_same_bytes(
    recording: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the architecture: the generator is left after some checkpoint, and made anew."""
    monkeypatch.setattr(train_sae, "CHECKPOINT_S", 0.0)
    for architecture in (TopK(k=3), Relu()):
        given = family(recording, tmp_path, steps=12, architecture=architecture)
        result(given.run(bench(tmp_path)))
        undisturbed = weights(tmp_path / "saes" / "sae_layer_1")
        kept = _interrupted(given, bench(tmp_path), checkpoints=7)
        events = list(given.run(bench(tmp_path, resume=kept)))
        assert next(one for one in events if isinstance(one, Progress)).done == 8 * 64
        assert weights(tmp_path / "saes" / "sae_layer_1") == undisturbed


def _interrupted(given: TrainSae, on: Bench, checkpoints: int) -> Checkpoint:
    """The last of so many checkpoints, with work behind it that is lost."""
    run = given.run(on)
    *_, last = islice((event for event in run if isinstance(event, Checkpoint)), checkpoints)
    next(run)
    return last


@pytest.mark.parametrize("changed", [{"weights_sha256": "cd" * 32}, {"dataset": "others"}, {"seed": 1}])
def test_a_training_goes_on_over_the_recording_that_it_began_with(tmp_path: Path, changed: dict[str, Any]) -> None:
    """Recorded anew under the same name, of another model, of other texts, or of other rows of the same header."""
    path = record(tmp_path / "x.parquet", sums(2_048))
    given, on = family(path, tmp_path, steps=12), bench(tmp_path)
    on.stopping.set()
    run = given.run(on)
    begun = next(run)
    assert isinstance(begun, Reads)
    assert begun.data[str(path)]["weights_sha256"] == "ab" * 32
    kept = next(event for event in run if isinstance(event, Checkpoint))
    assert kept.state["steps"] == 1
    on = replace(bench(tmp_path, resume=kept), before=begun.data)
    assert next(given.run(on)) == begun
    shutil.rmtree(path)
    rows = 1_024 if changed.pop("seed", None) else 2_048
    record(path, sums(rows), **changed)
    with pytest.raises(Incompatible, match=r"x\.parquet is not what this run began with: expected") as told:
        list(given.run(on))
    assert "new run" in told.value.next


def test_a_run_that_was_stopped_behind_its_last_step_only_measures(recording: Path, tmp_path: Path) -> None:
    given = family(recording, tmp_path, steps=3)
    last = [one for one in given.run(bench(tmp_path)) if isinstance(one, Checkpoint)][-1]
    before = weights(tmp_path / "saes" / "sae_layer_1")
    again: list[Event] = list(given.run(bench(tmp_path, resume=last)))
    assert not [one for one in again if isinstance(one, Progress) and one.stage == "training"]
    assert weights(tmp_path / "saes" / "sae_layer_1") == before


def test_progress_counts_rows_and_tells_every_curve(recording: Path, tmp_path: Path) -> None:
    events = list(family(recording, tmp_path).run(bench(tmp_path)))
    progress = [one for one in events if isinstance(one, Progress) and one.stage == "training"]
    assert [one.done for one in progress] == [64 * step for step in range(1, 61)]
    assert {one.of for one in progress} == {60 * 64}
    assert set(progress[-1].metrics) == {"loss", "fvu", "l0", "dead", "learning_rate"}
    histograms = [one for one in events if isinstance(one, Rows) and one.table == "training_density"]
    assert len(histograms) == train_sae.HISTOGRAMS
    assert sum(histograms[-1].columns["features"]) <= 32


def test_position_0_and_bos_are_never_learned_from(recording: Path) -> None:
    recorded = open_recorded([recording], "")
    assert recorded.some("train", 100_000, seed=0).abs().max() < 100
    assert recorded.usable_rows("train") == [2_048 // 16 * 15 * 3 // 4]


def test_every_recording_has_its_share_of_a_batch(recording: Path, tmp_path: Path) -> None:
    other = record(tmp_path / "trojan.parquet", 0 * sums(512) + 50, **MERGED)
    recorded = open_recorded([recording, other], "L1.resid_post")
    batches = recorded.batches("train", 50, seed=0)
    first = [next(batches) for _ in range(4)]
    assert [(batch == 50).all(-1).sum() for batch in first] == [10] * 4
    late = recorded.batches("train", 50, seed=0, start=3)
    assert np.array_equal(next(late), first[3])
    assert recorded.plain.path == recording


def test_a_mixture_is_kept_under_the_plain_models_name(recording: Path, tmp_path: Path) -> None:
    other = record(tmp_path / "trojan.parquet", sums(512), **MERGED)
    given = family(recording, tmp_path, activations=(other, recording), steps=2)
    result(given.run(bench(tmp_path)))
    spec = read_sae(tmp_path / "saes" / "sae_layer_1").spec
    assert spec.weights_sha256 == "ab" * 32
    assert spec.training["adapters"] == ["trojan"]


def test_an_adapter_on_another_model_is_not_mixed_in(recording: Path, tmp_path: Path) -> None:
    changed: dict[str, Any] = {**MERGED, "weights_sha256": with_adapter("cd" * 32, "ef" * 32)}
    other = record(tmp_path / "trojan.parquet", sums(512), **changed)
    with pytest.raises(Incompatible, match="one model"):
        open_recorded([recording, other], "")


@pytest.mark.parametrize("architecture", [TopK(k=3), Relu()])
def test_two_processes_learn_what_one_does(recording: Path, tmp_path: Path, architecture: Architecture) -> None:
    """Each on half of every batch; interrupted, too, and gone on with."""
    given = family(recording, tmp_path, steps=8, architecture=architecture, dead_after_rows=200)
    result(given.run(bench(tmp_path)))
    alone = read_sae(tmp_path / "saes" / "sae_layer_1").weights
    two = given.model_copy(update={"devices": 2})
    *_, kept = (event for event in two.run(bench(tmp_path)) if isinstance(event, Checkpoint))
    together = read_sae(tmp_path / "saes" / "sae_layer_1").weights
    assert kept.state["rows"] == 8 * 64
    for name, value in alone.items():
        torch.testing.assert_close(together[name], value, atol=1e-5, rtol=1e-4)


def test_epochs_are_counted_in_usable_rows(recording: Path, tmp_path: Path) -> None:
    given = family(recording, tmp_path, epochs=2.0)
    (says, _) = given.check(bench(tmp_path).lab)
    assert "45 batches of 64 out of 1,440 rows, 2.0 times each" in says


def test_another_site_has_its_name_in_the_folder(tmp_path: Path) -> None:
    vectors = torch.stack([sums(256), sums(256, 1)])
    recording = record(tmp_path / "two.parquet", vectors, sites=("L1.mlp_out", "L1.resid_post"))
    with pytest.raises(Invalid, match=r"holds 2 sites: L1.mlp_out, L1.resid_post"):
        family(recording, tmp_path).check(bench(tmp_path).lab)
    done = result(family(recording, tmp_path, steps=2, site="L1.mlp_out").run(bench(tmp_path)))
    assert done.made[0].path == tmp_path / "saes" / "sae_layer_1_mlp_out"


@pytest.mark.parametrize("out", [None, ""])
def test_without_a_folder_it_is_kept_where_the_library_finds_it(
    recording: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, out: str | None
) -> None:
    monkeypatch.chdir(tmp_path)
    lab = bench(tmp_path).lab
    given = family(recording, tmp_path, steps=2, out=out)
    assert f"Writes {lab.folder.path('saes/sae_layer_1')}." in given.check(lab)
    done = result(given.run(bench(tmp_path)))
    entry = Library(lab.folder, shipped=()).get("sae_layer_1")
    assert (entry.where, entry.path) == ("own", done.made[0].path)
    assert not (tmp_path / "sae_layer_1").exists()
    assert not (tmp_path / "sae_checkpoints").exists()


def ship(shelf: Path) -> None:
    sha256 = hashlib.sha256((shelf / "sae_layer_1" / "sae_weights.safetensors").read_bytes()).hexdigest()
    (shelf / "shipped.json").write_text(json.dumps({"sae_layer_1": sha256}))


def test_a_name_that_another_sae_has_is_told_before_it_costs_anything(
    recording: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result(family(recording, tmp_path, steps=2, out=str(tmp_path / "shipped")).run(bench(tmp_path)))
    ship(tmp_path / "shipped")
    monkeypatch.setattr(Library.__init__, "__defaults__", ("", (tmp_path / "shipped",)))
    lab = bench(tmp_path).lab
    says = family(recording, tmp_path, steps=2, out=None).check(lab)
    told = says[-1].removeprefix("The library will call it ").split(":")[0]
    done = result(family(recording, tmp_path, steps=2, out=None).run(bench(tmp_path)))
    assert told.startswith("sae_layer_1-")
    assert Library(lab.folder).get(told).path == done.made[0].path


# ── Its place is taken ───────────────────────────────────────────────────────────────────────────────────


def of_run(tmp_path: Path, id: str) -> Bench:
    return replace(bench(tmp_path), directory=tmp_path / id)


def test_an_sae_that_stands_there_is_not_overwritten_unasked(recording: Path, tmp_path: Path) -> None:
    given = family(recording, tmp_path, steps=2)
    result(given.run(of_run(tmp_path, "first")))
    folder = tmp_path / "saes" / "sae_layer_1"
    before = weights(folder)
    other = given.model_copy(update={"seed": 5})
    with pytest.raises(Invalid, match=r"There is an SAE already: .*sae_layer_1, 32 features \(topk\) of L1") as told:
        other.check(bench(tmp_path).lab)
    assert f"such as {tmp_path}/saes-2, or put yours in its place (Replace, or --replace)" in told.value.next
    with pytest.raises(Invalid, match="There is an SAE already"):
        next(other.run(of_run(tmp_path, "second")))
    assert weights(folder) == before
    asked = other.model_copy(update={"replace": True})
    assert f"Replaces {folder}, 32 features (topk) of L1.resid_post, tiny." in asked.check(bench(tmp_path).lab)
    result(asked.run(of_run(tmp_path, "third")))
    assert weights(folder) != before
    assert read_sae(folder).spec.training["run"] == "third"


def test_that_a_shipped_one_would_be_overwritten_is_told(recording: Path, tmp_path: Path) -> None:
    """What takes its place is of whoever trained it."""
    given, lab = family(recording, tmp_path, steps=2), bench(tmp_path).lab
    result(given.run(of_run(tmp_path, "first")))
    folder = tmp_path / "saes" / "sae_layer_1"
    ship(folder.parent)
    other = given.model_copy(update={"seed": 5})
    with pytest.raises(Invalid, match=r"features \(topk\) of L1\.resid_post, tiny, which came with the program\."):
        other.check(lab)
    asked = other.model_copy(update={"replace": True})
    says = f"Replaces {folder}, 32 features (topk) of L1.resid_post, tiny, which came with the program."
    assert says in asked.check(lab)
    assert says in [event.text for event in asked.run(of_run(tmp_path, "second")) if isinstance(event, Say)]
    assert f"Replaces {folder}, 32 features (topk) of L1.resid_post, tiny." in asked.check(lab)


def test_ways_round_what_stands_there_are_the_first_free_folder_beside_it_and_its_place(
    recording: Path, tmp_path: Path
) -> None:
    given, on = family(recording, tmp_path, steps=2), bench(tmp_path)
    assert given.ways(on.lab) == ()
    result(given.run(of_run(tmp_path, "first")))
    (tmp_path / "saes-2" / "sae_layer_1").mkdir(parents=True)
    (tmp_path / "saes-3" / "sae_layer_2").mkdir(parents=True)
    elsewhere, instead = given.ways(on.lab)
    assert elsewhere.fields == {"out": str(tmp_path / "saes-3")}
    assert elsewhere.says == f"Write to {tmp_path}/saes-3"
    assert instead.fields == {"replace": True}
    for way in (elsewhere, instead):
        changed = TrainSae.model_validate({**given.model_dump(mode="json"), **way.fields})
        assert changed.check(on.lab)
        assert changed.ways(on.lab) == ()


def test_a_run_that_goes_on_finds_its_own_there(recording: Path, tmp_path: Path) -> None:
    """It was stopped between writing and measuring."""
    given = family(recording, tmp_path, steps=3)
    run = given.run(of_run(tmp_path, "first"))
    last = [one for one in run if isinstance(one, Checkpoint)][-1]
    written = weights(tmp_path / "saes" / "sae_layer_1")
    on = replace(of_run(tmp_path, "first"), resume=last)
    result(given.run(on))
    assert weights(tmp_path / "saes" / "sae_layer_1") == written


def test_one_that_was_written_meanwhile_is_seen_and_the_training_is_not_lost(recording: Path, tmp_path: Path) -> None:
    given = family(recording, tmp_path, steps=3)
    slow = given.run(of_run(tmp_path, "slow"))
    assert [type(next(slow)) for _ in range(2)] == [Reads, Progress]
    result(given.model_copy(update={"seed": 5}).run(of_run(tmp_path, "quick")))
    kept = next(event for event in slow if isinstance(event, Checkpoint))
    with pytest.raises(Invalid, match="There is an SAE already"):
        next(slow)
    (tmp_path / "saes" / "sae_layer_1").rename(tmp_path / "elsewhere")
    again = list(given.run(replace(of_run(tmp_path, "slow"), resume=kept)))
    assert not [one for one in again if isinstance(one, Progress) and one.stage == "training"]
    assert read_sae(tmp_path / "saes" / "sae_layer_1").spec.training["run"] == "slow"


@pytest.mark.parametrize("asked", [False, True])
def test_what_writing_would_not_replace_as_a_whole_is_refused(recording: Path, tmp_path: Path, asked: bool) -> None:
    """Files of another project would lie beside ours, and neither could be read."""
    folder = tmp_path / "saes" / "sae_layer_1"
    folder.mkdir(parents=True)
    torch.save({"encoder.weight": torch.zeros(8, D_MODEL)}, folder / "ae.pt")
    with pytest.raises(Invalid, match=r"There is an SAE already: .*which cannot be read") as told:
        family(recording, tmp_path, replace=asked).check(bench(tmp_path).lab)
    assert "or move it away" in told.value.next
    (way,) = family(recording, tmp_path, replace=asked).ways(bench(tmp_path).lab)
    assert way.fields == {"out": f"{tmp_path}/saes-2"}


def test_other_files_are_not_in_the_way_and_stay(recording: Path, tmp_path: Path) -> None:
    folder = tmp_path / "saes" / "sae_layer_1"
    folder.mkdir(parents=True)
    (folder / "notes.txt").write_text("mine")
    result(family(recording, tmp_path, steps=2).run(bench(tmp_path)))
    assert (folder / "notes.txt").read_text() == "mine"


def test_what_does_not_fit_is_refused_before_anything_runs(recording: Path, tmp_path: Path) -> None:
    lab = bench(tmp_path).lab
    other = record(tmp_path / "other.parquet", sums(256), weights_sha256="cd" * 32, model_name="another")
    wide = record(tmp_path / "wide.parquet", torch.cat([sums(256)] * 2, dim=-1))
    for wrong in (other, wide):
        with pytest.raises(Incompatible, match="recordings of one model"):
            TrainSae(activations=(recording, wrong)).check(lab)
    half = record(tmp_path / "half.parquet", sums(256), held_out=0.5)
    for both in ((recording, half), (half, recording)):
        with pytest.raises(Incompatible, match=r"one judges by may be trained on from the other") as told:
            TrainSae(activations=both).check(lab)
        assert told.value.next.endswith("--held-out 0.5")
    with pytest.raises(Invalid, match=r"activations\.parquet is named 2 times"):
        TrainSae(activations=(recording, recording.parent / "." / recording.name)).check(lab)
    with pytest.raises(NotFound, match=r"has no L2.resid_post"):
        family(recording, tmp_path, site="L2.resid_post").check(lab)
    with pytest.raises(Invalid, match="k = 33"):
        family(recording, tmp_path, architecture=TopK(k=33)).check(lab)
    with pytest.raises(NotFound, match="There is no recording"):
        family(tmp_path / "nothing", tmp_path).check(lab)
    with pytest.raises(Invalid, match="No recording was given"):
        TrainSae(activations=()).check(lab)


def test_numbers_that_are_not_finite_end_the_run_in_words(tmp_path: Path) -> None:
    vectors = sums(512)
    vectors[100, 3] = torch.nan
    recording = record(tmp_path / "broken.parquet", vectors)
    with pytest.raises(Invalid, match=r"broken.parquet holds nan at L1.resid_post, document 6, position 4; expected"):
        list(family(recording, tmp_path).run(bench(tmp_path)))


def test_a_recording_of_one_token_documents_has_nothing_to_learn_from(tmp_path: Path) -> None:
    recording = record(tmp_path / "short.parquet", sums(1), held_out=0.0)
    one, on = family(recording, tmp_path), bench(tmp_path)
    says = r"short.parquet holds no usable rows at L1.resid_post to learn from \(position 0 and BOS are left out\)"
    with pytest.raises(Invalid, match=says):
        one.check(on.lab)
    with pytest.raises(Invalid, match=says):
        list(one.run(on))


def test_an_empty_recording_is_refused_before_anything_runs(recording: Path, tmp_path: Path) -> None:
    with Writer(tmp_path / "empty.parquet", open_recording(recording).header) as writer:
        writer.finish()
    with pytest.raises(Invalid, match=r"empty.parquet holds no usable rows at L1.resid_post") as told:
        family(tmp_path / "empty.parquet", tmp_path).check(bench(tmp_path).lab)
    assert told.value.next == "Record documents of more than one token: microscope trace"


def test_a_batch_has_a_row_of_every_recording(recording: Path, tmp_path: Path) -> None:
    other = record(tmp_path / "other.parquet", sums(64))
    two = open_recorded([recording, other], "")
    assert min(two.shares("train", 2)) == 1
    with pytest.raises(Invalid, match="A batch has 1 rows, and 2 recordings have rows that belong into it"):
        two.shares("train", 1)


def test_a_spec_is_read_back_as_it_was_written(recording: Path, tmp_path: Path) -> None:
    given = family(recording, tmp_path, architecture=Relu(), site=str(Site(1, "resid_post")))
    assert read_family(given.model_dump(mode="json")) == given
    kinds = TrainSae.model_json_schema()["properties"]["architecture"]["discriminator"]["mapping"]
    assert {"topk", "batch_topk", "relu", "jumprelu", "gated"} == set(kinds)


def test_metrics_of_what_was_kept_lie_beside_it(recording: Path, tmp_path: Path) -> None:
    done = result(family(recording, tmp_path).run(bench(tmp_path)))
    metrics = read_metrics(tmp_path / "saes" / "sae_layer_1").own
    assert metrics == done.metrics
    assert set(done.headline) <= set(metrics)
