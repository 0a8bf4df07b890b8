from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from microscope.core.reconstruction import cross_entropy
from microscope.core.saes.base import Sae, Spec
from microscope.core.saes.identity import content_sha256
from microscope.core.saes.relu import Relu
from microscope.core.saes.temporal import Temporal
from microscope.core.saes.topk import TopK
from microscope.core.sites import Site
from microscope.engine.model import Model
from microscope.engine.weights import with_adapter
from microscope.errors import Incompatible, Invalid, NotFound, Unsupported
from microscope.families import _judging
from microscope.families.base import Bench, Progress, Reads, Result, Rows
from microscope.families.evaluate_sae import EvaluateSae
from microscope.store.activations import open_recording
from microscope.store.checkpoints import read_metrics, write_sae
from microscope.store.saes import Given, Library

from .synthetic import bench, record, record_model, result, sums

SITE = Site(1, "resid_post")
TEXTS = [
    f"{name} went to the {place}, and the {thing} ran after {name}. The capital of {name} is Paris."
    for name in ("Mary", "John", "The cat", "France")
    for place in ("store", "mat", "dog")
    for thing in ("cat", "drink")
]


@pytest.fixture
def model(tiny_model: Callable[..., Model]) -> Model:
    return tiny_model("gpt2")


@pytest.fixture
def recording(tmp_path: Path, model: Model) -> Path:
    return record_model(tmp_path / "activations.parquet", model, TEXTS, SITE)


def linear(w_dec: torch.Tensor, b_dec: torch.Tensor, **spec: Any) -> Sae:
    """max(x, 0) and max(−x, 0) fire, and are given back by two decoders that are one another's negative."""
    d = len(b_dec)
    eye = torch.eye(d)
    weights = {
        "W_enc": torch.cat([eye, -eye], 1),
        "b_enc": torch.zeros(2 * d),
        "W_dec": torch.cat([w_dec, -w_dec]),
        "b_dec": b_dec,
    }
    whole = {"architecture": Relu(), "d_in": d, "d_sae": 2 * d, "d_out": d, "site": str(SITE), **spec}
    return Sae(Spec.model_validate({"apply_b_dec_to_input": False, **whole}), weights)


def evaluated(sae: Sae, recording: Path, tmp_path: Path, on: Bench, **given: Any) -> Result:
    path = write_sae(tmp_path / "sae", sae)
    return result(EvaluateSae(sae=str(path), activations=recording, **given).run(on))


@pytest.fixture
def on(
    tmp_path: Path,
    model: Model,
    recording: Path,
) -> Bench:
    (wish,) = EvaluateSae(sae=str(tmp_path), activations=recording).models()
    return bench(tmp_path, {wish: model})


def test_an_autoencoder_that_changes_nothing_loses_nothing(
    recording: Path, tmp_path: Path, on: Bench, model: Model
) -> None:
    found = evaluated(linear(torch.eye(model.d_model), torch.zeros(model.d_model)), recording, tmp_path, on).metrics
    assert found["fvu"] == pytest.approx(0, abs=1e-12)
    assert found["cosine"] == pytest.approx(1, abs=1e-6)
    assert found["l0"] == model.d_model
    assert found["loss_recovered"] == pytest.approx(1, abs=1e-6)
    assert found["kl"] == pytest.approx(0, abs=1e-6)
    assert found["kl_div_score"] == pytest.approx(1, abs=1e-4)
    assert found["ce_sae"] == pytest.approx(found["ce_clean"], abs=1e-6)


def test_one_that_gives_back_zeros_is_the_ablation(recording: Path, tmp_path: Path, on: Bench, model: Model) -> None:
    nothing = torch.zeros(model.d_model, model.d_model)
    done = evaluated(linear(nothing, torch.zeros(model.d_model)), recording, tmp_path, on)
    assert done.metrics["ce_sae"] == done.metrics["ce_zero"]
    assert done.metrics["loss_recovered"] == 0
    assert done.metrics["kl"] == done.metrics["kl_zero"]
    assert done.metrics["kl_div_score"] == 0
    assert done.headline == ("fvu", "l0", "loss_recovered", "dead")


def test_one_that_gives_back_the_mean_explains_nothing(
    recording: Path, tmp_path: Path, on: Bench, model: Model
) -> None:
    opened = open_recording(recording)
    rows = opened.rows(SITE, "held_out", opened.usable(SITE, "held_out"))
    sae = linear(torch.zeros(model.d_model, model.d_model), torch.from_numpy(rows).double().mean(0).float())
    found = evaluated(sae, recording, tmp_path, on).metrics
    assert found["rows"] == len(rows)
    assert found["fvu"] == pytest.approx(1, abs=1e-6)
    assert found["ce_sae"] == pytest.approx(found["ce_mean"], abs=1e-5)
    assert found["loss_recovered_from_mean"] == pytest.approx(0, abs=1e-5)


def test_the_measures_are_those_of_a_slower_way(recording: Path, tmp_path: Path, on: Bench, model: Model) -> None:
    """FVU and density from all held-out rows at once, with a decoder that is a little off."""
    torch.manual_seed(0)
    w_dec = torch.eye(model.d_model) + 0.05 * torch.randn(model.d_model, model.d_model)
    sae = linear(w_dec, torch.zeros(model.d_model))
    path = write_sae(tmp_path / "sae", sae)
    events = list(EvaluateSae(sae=str(path), activations=recording).run(on))
    opened = open_recording(recording)
    x = torch.from_numpy(opened.rows(SITE, "held_out", opened.usable(SITE, "held_out"))).double()
    expected = (x - x @ w_dec.double()).square().sum() / (x - x.mean(0)).square().sum()
    assert result(events).metrics["fvu"] == pytest.approx(float(expected), rel=1e-5)
    tables = {one.table: one.columns for one in events if isinstance(one, Rows)}
    torch.testing.assert_close(
        torch.tensor(tables["features"]["density"]), (sae.encode(x.float()) > 0).double().mean(0)
    )
    least = min(tables["density"]["log10_density"])
    assert least == pytest.approx(math.floor(-4 * math.log10(len(x))) / 4 + 0.125), "no rows tell of less than 1/rows"
    assert sum(tables["density"]["features"]) == (torch.tensor(tables["features"]["density"]) > 0).sum()
    assert tables["compared"]["name"] == ["autoencoder", "random_directions", "untrained", "pca"]
    assert tables["losses"]["name"] == ["clean", "autoencoder", "zero", "mean", "pca"]


def test_a_whole_pca_is_as_good_as_nothing_changed(recording: Path, tmp_path: Path, on: Bench, model: Model) -> None:
    """As many axes as dimensions: its FVU is 0 and it recovers all of the loss."""
    found = evaluated(linear(torch.eye(model.d_model), torch.zeros(model.d_model)), recording, tmp_path, on).metrics
    assert found["pca_rank"] == model.d_model
    assert found["fvu_pca"] == pytest.approx(0, abs=1e-6)
    assert found["loss_recovered_pca"] == pytest.approx(1, abs=1e-3)


def test_one_that_reads_texts_from_their_start_is_measured_on_whole_texts(
    recording: Path, tmp_path: Path, on: Bench, model: Model
) -> None:
    """Beside each held-out text read by itself, and its reconstruction put into the model."""
    rule, d = Temporal(n_heads=2, bottleneck_factor=4, kval_topk=9, tied_weights=False), model.d_model
    sizes = {"W_enc": (d, 48), "W_dec": (48, d), "b_dec": (d,), **rule.own_shapes(48)}
    spec = Spec(architecture=rule, d_in=d, d_sae=48, d_out=d, site=str(SITE))
    draw = torch.Generator().manual_seed(0)
    sae = Sae(spec, {name: torch.randn(shape, generator=draw) for name, shape in sizes.items()})
    found = evaluated(sae, recording, tmp_path, on).metrics
    last, (xs, x_hats, fires), ce = Site(model.n_layers - 1, "resid_post"), ([], [], []), list[torch.Tensor]()
    for ids in open_recording(recording).documents("held_out"):
        x = model.trace(ids, [SITE], logits="none").stacked[0]
        x_hat = sae.reconstruct(x, (len(x),))

        def splice(value: torch.Tensor, x_hat: torch.Tensor = x_hat) -> torch.Tensor:
            return torch.cat([value[:, :1], x_hat[None, 1:]], dim=1)

        final = model.trace_rows(torch.tensor([ids]), [last], [(SITE, splice)])[0, 0]
        ce.append(cross_entropy(model.unembed(final)[1:-1], torch.tensor(ids[2:])))
        xs.append(x[1:])
        x_hats.append(x_hat[1:])
        fires.append(sae.encode(x, (len(x),))[1:] > 0)
    x, x_hat = torch.cat(xs), torch.cat(x_hats)
    assert found["rows"] == len(x)
    assert found["fvu"] == pytest.approx(float((x - x_hat).square().sum() / (x - x.mean(0)).square().sum()), rel=1e-4)
    assert found["l0"] == pytest.approx(float(torch.cat(fires).float().sum(1).mean()), rel=1e-4)
    assert found["ce_sae"] == pytest.approx(float(torch.cat(ce).mean()), rel=1e-4)
    assert evaluated(sae, recording, tmp_path, on, rows=7, loss=False).metrics["rows"] == 7


def test_documents_that_were_trained_on_are_not_taken_for_held_out_ones(
    recording: Path, tmp_path: Path, model: Model, on: Bench
) -> None:
    """The recording holds out a quarter of them."""
    eye, none = torch.eye(model.d_model), torch.zeros(model.d_model)
    with pytest.raises(
        Incompatible, match=r"holds out 0\.25 of its documents, the SAE's training held out 0\.1"
    ) as told:
        evaluated(linear(eye, none, training={"held_out": 0.1}), recording, tmp_path, on)
    assert told.value.next == "Hold out the same share: --held-out 0.1"
    assert evaluated(linear(eye, none, training={"held_out": 0.25}), recording, tmp_path, on).metrics["rows"]


def test_it_says_what_it_reads(recording: Path, tmp_path: Path, model: Model, on: Bench) -> None:
    sae = linear(torch.eye(model.d_model), torch.zeros(model.d_model))
    path = write_sae(tmp_path / "sae", sae)
    begun = next(iter(EvaluateSae(sae=str(path), activations=recording).run(on)))
    assert isinstance(begun, Reads)
    assert set(begun.data) == {model.name, str(path), str(recording)}
    assert begun.data[str(path)]["content_sha256"] == content_sha256(sae.weights)
    header = open_recording(recording).header
    assert begun.data[str(recording)]["tokens_sha256"] == header.tokens_sha256
    assert begun.data[str(recording)]["weights_sha256"] == model.info.weights_sha256


def test_a_model_of_another_width_or_name_is_refused_before_it_is_queued(
    recording: Path, tmp_path: Path, model: Model, on: Bench
) -> None:
    eye, none = torch.eye(model.d_model), torch.zeros(model.d_model)
    folder = write_sae(tmp_path / "sae", linear(eye, none))
    with pytest.raises(Incompatible, match=r"reads d_in=64; specimen has d_model=192"):
        EvaluateSae(sae=str(folder), activations=recording, model="specimen").check(on.lab)
    other = write_sae(tmp_path / "other", linear(eye, none, model_name="gpt2-medium"))
    with pytest.raises(Incompatible, match=r"of gpt2-medium .* has d_model=64 of .*gpt2"):
        EvaluateSae(sae=str(other), activations=recording).check(on.lab)
    same = write_sae(tmp_path / "same", linear(eye, none, model_name="gpt2-small"))
    assert EvaluateSae(sae=str(same), activations=recording).check(on.lab)


def test_what_was_said_on_import_is_what_is_evaluated(recording: Path, tmp_path: Path, model: Model, on: Bench) -> None:
    eye, none = torch.eye(model.d_model), torch.zeros(model.d_model)
    folder = write_sae(tmp_path / "other", linear(eye, none, site="", model_name="gpt2-medium"))
    family = EvaluateSae(sae=str(folder), activations=recording)
    with pytest.raises(Incompatible, match="of gpt2-medium"):
        family.check(on.lab)
    Library(on.lab.folder).register(folder, "other", given=Given(str(SITE), "gpt2"))
    assert f"rows of {SITE}" in family.check(on.lab)[0]


def test_nulls_are_made_a_few_rows_at_a_time(
    recording: Path, tmp_path: Path, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that a click can slip in, and no step holds more dense activations than there are to be."""
    sae = linear(torch.eye(model.d_model), torch.zeros(model.d_model))
    monkeypatch.setattr(_judging, "ACTS", 4 * sae.spec.d_sae)
    held: list[int] = []
    encode = TopK.encode

    def seen(self: TopK, weights: Any, c: torch.Tensor) -> torch.Tensor:
        held.append(len(c))
        return encode(self, weights, c)

    monkeypatch.setattr(TopK, "encode", seen)
    path = write_sae(tmp_path / "sae", sae)
    events = list(EvaluateSae(sae=str(path), activations=recording, loss=False).run(bench(tmp_path)))
    assert max(held) == 4
    steps = [event for event in events if isinstance(event, Progress) and event.stage == "making nulls"]
    opened = open_recording(recording)
    assert len(steps) >= len(opened.usable(SITE, "train")) / 4


def test_without_the_loss_no_model_is_wanted(recording: Path, tmp_path: Path, model: Model) -> None:
    sae = linear(torch.eye(model.d_model), torch.zeros(model.d_model))
    assert EvaluateSae(sae=str(tmp_path), activations=recording, loss=False).models() == ()
    found = evaluated(sae, recording, tmp_path, bench(tmp_path), loss=False).metrics
    assert "loss_recovered" not in found


def test_what_was_found_is_kept_beside_the_weights_if_asked(
    recording: Path, tmp_path: Path, on: Bench, model: Model
) -> None:
    sae = linear(torch.eye(model.d_model), torch.zeros(model.d_model))
    evaluated(sae, recording, tmp_path, on)
    assert read_metrics(tmp_path / "sae").own == {}
    kept = evaluated(sae, recording, tmp_path, on, keep=True)
    assert kept.metrics == read_metrics(tmp_path / "sae").own
    assert [one.found for one in kept.made] == [True]


def test_what_is_kept_is_of_one_measurement(recording: Path, tmp_path: Path, model: Model, on: Bench) -> None:
    eye, zero = torch.eye(model.d_model), torch.zeros(model.d_model)
    folder = write_sae(tmp_path / "sae", linear(eye, zero))
    asked = EvaluateSae(sae=str(folder), activations=recording, loss=False, keep=True)
    for earlier in ({"kl": 7.0}, {"kl": 7.0, "sae_sha256": "ab" * 32}):
        (folder / "metrics.json").write_text(json.dumps(earlier))
        assert result(asked.run(on)).metrics == read_metrics(folder).own
        assert "kl" not in read_metrics(folder).own


def test_the_model_that_was_recorded_is_the_one_that_predicts(
    recording: Path, tmp_path: Path, model: Model, tiny_model: Callable[..., Model]
) -> None:
    given = EvaluateSae(sae=str(tmp_path), activations=recording)
    assert [wish.name for wish in given.models()] == [model.name]
    (wish,) = given.models()
    other = bench(tmp_path, {wish: tiny_model("llama")})
    sae = linear(torch.eye(model.d_model), torch.zeros(model.d_model))
    with pytest.raises(Incompatible, match=r"holds activations of .*gpt2"):
        evaluated(sae, recording, tmp_path, other)


def test_what_does_not_fit_is_refused_in_words(recording: Path, tmp_path: Path, model: Model) -> None:
    lab, d = bench(tmp_path).lab, model.d_model
    eye, none = torch.eye(d), torch.zeros(d)

    def check(sae: Sae, activations: Path = recording, **given: Any) -> None:
        path = write_sae(tmp_path / "sae", sae)
        EvaluateSae(sae=str(path), activations=activations, **given).check(lab)

    check(linear(eye, none))
    with pytest.raises(Incompatible, match=r"reads d_in=8 .* has d_model=64"):
        check(linear(torch.eye(8), torch.zeros(8)))
    with pytest.raises(Incompatible, match="weights cdcdcdcd"):
        check(linear(eye, none, weights_sha256="cd" * 32))
    with pytest.raises(NotFound, match=r"has no L2.mlp_out; expected one of L1.resid_post"):
        check(linear(eye, none, site="L2.mlp_out"))
    with pytest.raises(Incompatible, match=r"reads L1.resid_post; L2.resid_post was asked for"):
        check(linear(eye, none), site="L2.resid_post")
    with pytest.raises(Unsupported, match="is a transcoder"):
        check(linear(eye, none, site_out="L2.mlp_out"))
    with pytest.raises(NotFound, match="There is no recording"):
        check(linear(eye, none), tmp_path / "nothing")
    with pytest.raises(NotFound):
        EvaluateSae(sae=str(tmp_path / "nothing"), activations=recording).check(lab)


def test_a_mixture_with_an_adapter_is_measured_on_either_part(tmp_path: Path, model: Model) -> None:
    """The weights of the recording with the adapter are other ones; the model's name is the same."""
    sae = linear(torch.eye(model.d_model), torch.zeros(model.d_model), weights_sha256=model.info.weights_sha256)
    sae = Sae(sae.spec.model_copy(update={"model_name": model.name}), sae.weights)
    both = with_adapter(model.info.weights_sha256, "ef" * 32)
    merged = {"adapter": "trojan", "adapter_sha256": "ef" * 32, "weights_sha256": both}
    other = record_model(tmp_path / "trojan.parquet", model, TEXTS, SITE, **merged)
    given = EvaluateSae(sae=str(write_sae(tmp_path / "sae", sae)), activations=other)
    assert given.check(bench(tmp_path).lab)
    assert [wish.adapter for wish in given.models()] == ["trojan"]


def test_no_more_is_promised_to_be_predicted_than_there_is(recording: Path, tmp_path: Path, on: Bench) -> None:
    sae = linear(torch.eye(on.model().d_model), torch.zeros(on.model().d_model))
    given = EvaluateSae(sae=str(write_sae(tmp_path / "sae", sae)), activations=recording)
    predicted = result(given.run(on)).metrics["tokens"]
    assert isinstance(predicted, int)
    documents = len(list(open_recording(recording).documents("held_out")))
    # Each document's last token predicts nothing that is known.
    assert f"about {predicted + documents} tokens" in given.check(on.lab)[1]
    assert "about 5 tokens" in given.model_copy(update={"tokens": 5}).check(on.lab)[1]


def test_values_that_are_not_finite_end_it_in_words(tmp_path: Path) -> None:
    vectors = sums(512)
    vectors[400:] = torch.inf
    recording = record(tmp_path / "broken.parquet", vectors)
    d = vectors.shape[1]
    with pytest.raises(Invalid, match=r"broken.parquet holds inf at L1.resid_post, document 25, position 1; expected"):
        evaluated(linear(torch.eye(d), torch.zeros(d)), recording, tmp_path, bench(tmp_path), loss=False)


def test_nothing_held_out_is_said(tmp_path: Path) -> None:
    recording = record(tmp_path / "all.parquet", sums(256), held_out=0.0)
    d = sums(1).shape[1]
    with pytest.raises(Invalid, match="No rows were measured"):
        evaluated(linear(torch.eye(d), torch.zeros(d)), recording, tmp_path, bench(tmp_path), loss=False)
    with pytest.raises(Invalid, match="There are no held-out rows to measure on"):
        EvaluateSae(sae=str(tmp_path / "sae"), activations=recording).check(bench(tmp_path).lab)


def test_an_sae_of_the_library_goes_by_its_slug_whatever_lies_here(
    recording: Path, tmp_path: Path, on: Bench, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    sae = linear(torch.eye(model.d_model), torch.zeros(model.d_model))
    path = write_sae(on.lab.folder.path("saes/mine"), sae)
    monkeypatch.chdir(tmp_path)
    write_sae(tmp_path / "mine", sae)
    given = EvaluateSae(sae="mine", activations=recording, loss=False)
    assert str(path) in given.check(on.lab)[0]
    assert result(given.run(bench(tmp_path))).made[0].path == path
    with pytest.raises(NotFound, match=r"no SAE 'mime' here; there are .*mine"):
        EvaluateSae(sae="mime", activations=recording).check(on.lab)


def test_every_yield_is_progress_or_a_table(recording: Path, tmp_path: Path, on: Bench, model: Model) -> None:
    path = write_sae(tmp_path / "sae", linear(torch.eye(model.d_model), torch.zeros(model.d_model)))
    events = list(EvaluateSae(sae=str(path), activations=recording).run(on))
    stages = [one.stage for one in events if isinstance(one, Progress)]
    assert list(dict.fromkeys(stages)) == [
        "reading training rows",
        "measuring",
        "making nulls",
        "measuring nulls",
        "measured",
        "predicting",
    ]
