"""A harvest of a tiny model against everything computed densely, and what it leaves behind."""

from __future__ import annotations

import hashlib
import resource
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import torch
from torch import Tensor

from microscope.core.saes.base import Sae, Spec
from microscope.core.saes.relu import Relu
from microscope.core.saes.temporal import Temporal
from microscope.core.saes.topk import TopK
from microscope.core.sites import parse_site
from microscope.engine.model import Model
from microscope.engine.recording import contexts, front
from microscope.errors import Incompatible, Invalid, NoRoom
from microscope.families._inputs import of_sae
from microscope.families.base import Bench, Checkpoint, Event, Made, Progress, Reads, Result, Say
from microscope.families.harvest import Harvest
from microscope.families.record_activations import RecordActivations
from microscope.lab import Lab
from microscope.settings import Settings
from microscope.store.activity import Reader
from microscope.store.checkpoints import read_sae, write_sae
from microscope.store.saes import Given, Library

from .synthetic import record, sums

SITE = "L1.resid_post"
D_SAE = 96


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    lab = Lab.open(Settings(home=tmp_path / "home"))
    yield lab
    lab.device.close()
    lab.database.dispose()


@pytest.fixture
def text(tmp_path: Path) -> Path:
    told = "the cat sat on a mat and Mary gave John one two three four five drinks of Paris"
    words = told.split()
    draw = torch.Generator().manual_seed(0)
    picks = torch.randint(len(words), (60, 30), generator=draw)
    file = tmp_path / "corpus.txt"
    file.write_text(
        "\n\n".join(" ".join(words[pick] for pick in row[: 8 + number % 23]) for number, row in enumerate(picks))
    )
    return file


def some_sae(model: Model, folder: Path, **other: Any) -> Path:
    torch.manual_seed(1)
    d = model.d_model
    weights = {
        "W_enc": torch.randn(d, D_SAE) / d**0.5,
        "b_enc": torch.zeros(D_SAE),
        "W_dec": torch.nn.functional.normalize(torch.randn(D_SAE, d), dim=-1),
        "b_dec": torch.zeros(d),
    }
    weights["b_enc"][7] = -1e6  # Never fires.
    spec = {"architecture": TopK(k=6), "d_in": d, "d_sae": D_SAE, "d_out": d, "site": SITE, "model_name": model.name}
    return write_sae(folder, Sae(Spec.model_validate({**spec, **other}), weights))


def ran(family: Harvest | RecordActivations, lab: Lab, model: Model, resume: Checkpoint | None = None) -> list[Event]:
    bench = Bench(lab, lab.folder.path("runs/harvest-1"), dict.fromkeys(family.models(), model), resume)
    return list(family.run(bench))


class Dense(NamedTuple):
    """Everything at once, in the obvious way."""

    ids: Tensor
    acts: Tensor
    counted: Tensor
    context: Tensor


def dense(model: Model, sae: Sae, file: Path) -> Dense:
    parts = [
        ids
        for text in file.read_text().split("\n\n")
        for ids in contexts(model.encode(text, bos=False), front(model), model.n_ctx)
    ]
    read = [model.trace(ids, [parse_site(SITE)]).stacked[0] for ids in parts]
    acts = torch.cat([sae.encode(x, (len(x),)) for x in read])
    ids = torch.tensor([id for part in parts for id in part])
    lengths = torch.tensor([len(part) for part in parts])
    counted = torch.ones(len(ids), dtype=torch.bool)
    counted[lengths.cumsum(0) - lengths] = False
    counted &= ids != 0
    return Dense(ids, acts * counted[:, None], counted, torch.arange(len(parts)).repeat_interleave(lengths))


@pytest.fixture(params=["gpt2", "llama"])
def model(request: pytest.FixtureRequest, tiny_model: Callable[..., Model]) -> Model:
    return tiny_model(request.param)


def test_one_that_reads_texts_from_their_start_is_harvested_text_by_text(
    model: Model, lab: Lab, text: Path, tmp_path: Path
) -> None:
    """From the model and from its recording."""
    rule, d = Temporal(n_heads=2, bottleneck_factor=8, kval_topk=6, tied_weights=False), model.d_model
    sizes = {"W_enc": (d, D_SAE), "W_dec": (D_SAE, d), "b_dec": (d,), **rule.own_shapes(D_SAE)}
    spec = Spec(architecture=rule, d_in=d, d_sae=D_SAE, d_out=d, site=SITE, model_name=model.name)
    draw = torch.Generator().manual_seed(0)
    sae = Sae(spec, {name: torch.randn(shape, generator=draw) for name, shape in sizes.items()})
    folder, recording = write_sae(tmp_path / "sae_layer_1", sae), tmp_path / "activations.parquet"
    ran(RecordActivations(out=str(recording), dataset=str(text), layers=(1,), activations_dtype="float32"), lab, model)
    truth = dense(model, sae, text)
    for harvest in (Harvest(sae=str(folder), dataset=str(text)), Harvest(sae=str(folder), activations=recording)):
        ran(harvest, lab, model)
        reader = Reader(lab.folder.path("features/sae_layer_1"))
        assert reader.head["tokens"] == int(truth.counted.sum())
        assert reader.column("count").tolist() == (truth.acts > 0).sum(0).tolist()
        torch.testing.assert_close(torch.from_numpy(reader.column("max")), truth.acts.max(0).values)


def test_a_dictionary_says_what_the_dense_table_says(model: Model, lab: Lab, text: Path, tmp_path: Path) -> None:
    folder = some_sae(model, tmp_path / "sae_layer_1")
    events = ran(Harvest(sae=str(folder), dataset=str(text), least=2, neighbours=4), lab, model)
    assert isinstance(events[-1], Result)
    assert events[-1].made == (Made("features", lab.folder.path("features/sae_layer_1")),)
    reader, truth = Reader(events[-1].made[0].path), dense(model, read_sae(folder), text)
    fires = truth.acts > 0
    n = int(truth.counted.sum())

    assert reader.head["tokens"] == n
    assert reader.head["documents"] == 60
    assert 0 < reader.head["held_out_documents"] < 20
    assert reader.column("count").tolist() == fires.sum(0).tolist()
    torch.testing.assert_close(torch.from_numpy(reader.column("density")), fires.double().sum(0) / n)
    torch.testing.assert_close(torch.from_numpy(reader.column("max")), truth.acts.max(0).values)
    assert reader.column("count")[7] == 0

    feature = int(fires.sum(0).argmax())
    (row,) = reader.features([feature])
    assert sum(row["histogram"]) == row["count"]
    examples = reader.of_feature("examples", feature)
    top = [one for one in examples if one["group"] == "top"]
    per_context = torch.stack(
        [truth.acts[truth.context == c, feature].max() for c in range(int(truth.context.max()) + 1)]
    )
    expected = per_context.sort(descending=True).values
    expected = expected[expected > 0][:20]
    torch.testing.assert_close(torch.tensor([one["activation"] for one in top]), expected)
    for one in examples:
        peak = one["position"] - one["start"]
        assert one["activations"][peak] == pytest.approx(one["activation"], rel=1e-3)
        assert len(one["ids"]) == len(one["activations"])
        of_context = truth.ids[truth.context == one["document"]]  # Documents are shorter than a context.
        assert one["ids"] == of_context[one["start"] : one["start"] + len(one["ids"])].tolist()
    assert {one["group"] for one in examples} == {"top", "held_out", "q75", "q50", "q25", "rand"}
    assert all(one["held_out"] for one in examples if one["group"] == "held_out")
    assert row["top_tokens"][0] == top[0]["ids"][top[0]["position"] - top[0]["start"]]

    together = fires.double().T @ fires.double()
    cofiring = [one for one in reader.of_feature("neighbours", feature) if one["kind"] == "cofiring"]
    assert len(cofiring) == 4
    for one in cofiring:
        assert one["count"] == together[feature, one["other"]]
    for one in reader.of_feature("tokens", feature):
        on = truth.counted & (truth.ids == one["id"])
        assert (one["of"], one["count"]) == (int(on.sum()), int(fires[on, feature].sum()))
        assert one["lift"] > 1


def test_directions_are_decoded_through_the_models_own_head(model: Model, lab: Lab, text: Path, tmp_path: Path) -> None:
    folder = some_sae(model, tmp_path / "sae")
    ran(Harvest(sae=str(folder), dataset=str(text), max_tokens=200), lab, model)
    reader, direction = Reader(lab.folder.path("features/sae")), read_sae(folder).weights["W_dec"][3]
    (row,) = reader.features([3])
    with torch.no_grad():
        # Across the direction and of mean 0, so that a small step leaves the norm's scale as it is.
        across, _ = torch.linalg.qr(torch.stack([direction, torch.ones_like(direction)]).T)
        base = torch.randn(model.d_model, generator=torch.Generator().manual_seed(0))
        base = 100 * (base - across @ (across.T @ base))
        moved = model.unembed(base + direction) - model.unembed(base - direction)
    assert row["top_logit_ids"][0] == int(moved.argmax())
    assert row["bottom_logit_ids"][0] == int(moved.argmin())
    assert row["top_logits"] == sorted(row["top_logits"], reverse=True)
    texts = reader.texts(row["top_logit_ids"])
    assert row["top_logit_texts"].split("\n")[0] == texts[row["top_logit_ids"][0]]


def test_a_recording_gives_what_the_model_gives(model: Model, lab: Lab, text: Path, tmp_path: Path) -> None:
    folder, out = some_sae(model, tmp_path / "sae"), tmp_path / "activations.parquet"
    recording = RecordActivations(
        model=model.name, sites=(SITE,), dataset=str(text), out=str(out), activations_dtype="float32"
    )
    ran(recording, lab, model)
    ran(Harvest(sae=str(folder), name="recorded", activations=out), lab, model)
    assert Reader(lab.folder.path("features/recorded")).head["recording"] == str(out)
    ran(Harvest(sae=str(folder), name="computed", dataset=str(text)), lab, model)
    recorded, computed = (Reader(lab.folder.path(f"features/{name}")) for name in ("recorded", "computed"))
    assert recorded.head["held_out_documents"] == computed.head["held_out_documents"]
    assert recorded.column("count").tolist() == computed.column("count").tolist()
    torch.testing.assert_close(torch.from_numpy(recorded.column("max")), torch.from_numpy(computed.column("max")))


def test_one_that_was_stopped_goes_on_to_the_same_dictionary(
    tiny_model: Callable[..., Model], lab: Lab, text: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("microscope.families._contexts.BATCH_ROWS", 200)
    monkeypatch.setattr("microscope.families.harvest.CHECKPOINT_S", -1.0)
    model = tiny_model("gpt2")
    folder = some_sae(model, tmp_path / "sae", architecture=Relu())
    whole = Harvest(sae=str(folder), name="whole", dataset=str(text))
    saved = [one for one in ran(whole, lab, model) if isinstance(one, Checkpoint)]
    assert len(saved) > 3
    bench = Bench(lab, lab.folder.path("runs/harvest-2"), dict.fromkeys(whole.models(), model))
    early = None
    for event in whole.model_copy(update={"name": "stopped"}).run(bench):
        if isinstance(event, Checkpoint):
            early = Checkpoint({name: value.clone() for name, value in event.tensors.items()}, event.state)
            break
    assert early is not None
    assert not lab.folder.path("features/stopped").exists()
    ran(whole.model_copy(update={"name": "resumed"}), lab, model, early)
    one, other = (Reader(lab.folder.path(f"features/{name}")) for name in ("whole", "resumed"))
    for feature in range(0, D_SAE, 7):
        assert one.features([feature]) == other.features([feature])
        for table in ("examples", "neighbours", "tokens"):
            assert one.of_feature(table, feature) == other.of_feature(table, feature)


def test_it_goes_on_over_the_same_text_and_sae_only(
    tiny_model: Callable[..., Model], lab: Lab, text: Path, tmp_path: Path
) -> None:
    model = tiny_model("gpt2")
    family = Harvest(sae=str(some_sae(model, tmp_path / "sae")), dataset=str(text), max_tokens=300)
    bench = Bench(lab, lab.folder.path("runs/harvest-2"), dict.fromkeys(family.models(), model))
    begun = next(iter(family.run(bench)))
    assert isinstance(begun, Reads)
    text.write_text(text.read_text() + " More of it.")
    again = replace(bench, before=begun.data, resume=Checkpoint({}, {"batches": 0}))
    with pytest.raises(Incompatible, match=f"{text.name} is not what this run began with: expected dataset"):
        next(iter(family.run(again)))


def test_what_was_trained_on_is_not_harvested_as_held_out(
    tiny_model: Callable[..., Model], lab: Lab, text: Path, tmp_path: Path
) -> None:
    model = tiny_model("gpt2")
    folder = some_sae(model, tmp_path / "sae", training={"held_out": 0.1})
    Harvest(sae=str(folder), dataset=str(text), held_out=0.1).check(lab)
    with pytest.raises(Incompatible, match=r"The harvest holds out 0\.5 of its documents"):
        Harvest(sae=str(folder), dataset=str(text), held_out=0.5).check(lab)


def test_an_sae_of_the_library_goes_by_its_slug(
    tiny_model: Callable[..., Model], lab: Lab, text: Path, tmp_path: Path
) -> None:
    model = tiny_model("gpt2")
    entry = Library(lab.folder).register(some_sae(model, tmp_path / "elsewhere"), "elsewhere", "mine")
    by_slug = Harvest(sae="mine", dataset=str(text), max_tokens=200)
    assert by_slug.models()[0].name == ""
    ran(by_slug, lab, model)
    assert Reader(lab.folder.path("features/mine")).head["sae_path"] == str(entry.path)
    assert "Replaces" in Harvest(sae=str(entry.path), dataset=str(text)).check(lab)[1]


def test_what_it_replaces_is_said_before_and_as_it_begins(
    tiny_model: Callable[..., Model], lab: Lab, text: Path, tmp_path: Path
) -> None:
    model = tiny_model("gpt2")
    family = Harvest(sae=str(some_sae(model, tmp_path / "sae")), name="mine", dataset=str(text), max_tokens=200)
    folder = lab.folder.path("features/mine")
    assert family.check(lab)[1].startswith(f"Writes {folder}; ")
    assert not [event for event in ran(family, lab, model) if isinstance(event, Say)]
    says = f"Replaces the dictionary of {Reader(folder).head['tokens']:,} positions in {folder}"
    assert family.check(lab)[1].startswith(f"{says}; ")
    assert [event.text for event in ran(family, lab, model) if isinstance(event, Say)] == [f"{says}."]
    (folder / "dictionary.json").write_text("{")
    assert family.check(lab)[1].startswith(f"Replaces the dictionary in {folder}; ")


def test_a_slug_comes_before_a_folder_of_that_name(
    tiny_model: Callable[..., Model], lab: Lab, text: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What `export-sae mine --out mine` wrote does not take its place."""
    model = tiny_model("gpt2")
    entry = Library(lab.folder).register(some_sae(model, tmp_path / "elsewhere"), "elsewhere", "mine")
    monkeypatch.chdir(tmp_path)
    some_sae(model, tmp_path / "mine")
    ran(Harvest(sae="mine", dataset=str(text), max_tokens=200), lab, model)
    assert Reader(lab.folder.path("features/mine")).head["sae_path"] == str(entry.path)
    ran(Harvest(sae="./mine", name="here", dataset=str(text), max_tokens=200), lab, model)
    assert Reader(lab.folder.path("features/here")).head["sae_path"] == str(tmp_path / "mine")


def test_progress_tells_tokens_and_then_features(
    tiny_model: Callable[..., Model], lab: Lab, text: Path, tmp_path: Path
) -> None:
    model = tiny_model("gpt2")
    family = Harvest(sae=str(some_sae(model, tmp_path / "sae")), dataset=str(text), max_tokens=300)
    events = ran(family, lab, model)
    told = [one for one in events if isinstance(one, Progress)]
    assert isinstance(events[-1], Result)
    assert isinstance(events[0], Reads)
    assert events[0].data == {
        model.name: {"weights_sha256": model.info.weights_sha256},
        family.sae: of_sae(read_sae(Path(family.sae))),
        text.name: {"dataset": hashlib.sha256(text.read_bytes()).hexdigest()},
    }
    assert [one.stage for one in (told[0], told[-1])] == ["reading", "writing"]
    assert told[-1].done == told[-1].of == D_SAE
    assert told[0].metrics["l0"] == pytest.approx(6, abs=0.5)


def test_what_does_not_fit_is_refused_in_words(
    tiny_model: Callable[..., Model], lab: Lab, text: Path, tmp_path: Path
) -> None:
    model = tiny_model("gpt2")
    folder = some_sae(model, tmp_path / "sae")
    weights = {
        name: torch.zeros(shape)
        for name, shape in (("W_enc", (32, 4)), ("b_enc", 4), ("W_dec", (4, 32)), ("b_dec", 32))
    }
    narrow = read_sae(folder).spec.model_copy(update={"d_in": 32, "d_out": 32, "d_sae": 4, "architecture": TopK(k=2)})
    write_sae(tmp_path / "narrow", Sae(narrow, weights))
    with pytest.raises(Incompatible, match=r"d_model=32, .* has 64"):
        ran(Harvest(sae=str(tmp_path / "narrow"), dataset=str(text)), lab, model)
    empty = tmp_path / "empty.txt"
    empty.write_text("\n\n")
    with pytest.raises(Invalid, match="0 tokens of text were read"):
        ran(Harvest(sae=str(folder), dataset=str(empty)), lab, model)
    assert not lab.folder.path("features").exists() or not any(lab.folder.path("features").iterdir())


def test_before_it_begins_it_says_what_it_will_do(
    tiny_model: Callable[..., Model], lab: Lab, text: Path, tmp_path: Path
) -> None:
    family = Harvest(sae=str(some_sae(tiny_model("gpt2"), tmp_path / "sae")), dataset=str(text))
    says = family.check(lab)
    assert "96 features (topk) at L1.resid_post" in says[0]
    assert "GB of memory" in says[1]


def test_an_sae_of_another_model_is_refused(
    tiny_model: Callable[..., Model], lab: Lab, text: Path, tmp_path: Path
) -> None:
    model = tiny_model("gpt2")
    other = some_sae(model, tmp_path / "other", model_name="somebody/else", weights_sha256="ef" * 32)
    with pytest.raises(Incompatible, match="trained on somebody/else"):
        ran(Harvest(sae=str(other), dataset=str(text), model=model.name), lab, model)


@pytest.mark.parametrize(
    ("spec", "kind", "words"),
    [
        ({"d_in": 32, "d_out": 32}, Incompatible, "reads d_in=32; .* has d_model=64"),
        ({"site": "L7.resid_post"}, Invalid, "L7.resid_post is not in 3 layers"),
        ({"site": "blocks.1.attn.hook_z"}, Invalid, "'blocks.1.attn.hook_z' is no site; expected"),
        ({"site": ""}, Invalid, "does not say what it reads"),
        ({"model_name": "gpt2-medium"}, Incompatible, "was trained on gpt2-medium; this model is"),
    ],
)
def test_what_cannot_be_harvested_is_refused_before_it_is_queued(
    spec: dict[str, Any],
    kind: type[Exception],
    words: str,
    tiny_model: Callable[..., Model],
    lab: Lab,
    text: Path,
    tmp_path: Path,
) -> None:
    model = tiny_model("gpt2")
    sae = read_sae(some_sae(model, tmp_path / "sae"))
    d = spec.get("d_in", model.d_model)
    weights = {**sae.weights, "W_enc": torch.zeros(d, D_SAE), "W_dec": torch.zeros(D_SAE, d), "b_dec": torch.zeros(d)}
    folder = write_sae(tmp_path / "other", Sae(sae.spec.model_copy(update=spec), weights))
    with pytest.raises(kind, match=words):
        Harvest(sae=str(folder), dataset=str(text), model=model.name).check(lab)


def test_what_was_said_on_import_is_what_is_harvested(
    tiny_model: Callable[..., Model], lab: Lab, text: Path, tmp_path: Path
) -> None:
    model = tiny_model("gpt2")
    folder = some_sae(model, tmp_path / "other", site="", model_name="gpt2-medium", weights_sha256="ef" * 32)
    Library(lab.folder).register(folder, "other", given=Given(SITE, model.name))
    family = Harvest(sae="other", dataset=str(text), max_tokens=200, model=model.name)
    assert f"at {SITE} " in family.check(lab)[0]
    ran(family, lab, model)
    assert Reader(lab.folder.path("features/other")).head["site"] == SITE


def test_one_that_is_stopped_while_it_writes_leaves_the_old_dictionary(
    tiny_model: Callable[..., Model], lab: Lab, text: Path, tmp_path: Path
) -> None:
    model = tiny_model("gpt2")
    family = Harvest(sae=str(some_sae(model, tmp_path / "sae")), dataset=str(text))
    ran(family, lab, model)
    place = lab.folder.path("features/sae")
    before = {file.name: file.read_bytes() for file in place.iterdir()}
    bench = Bench(lab, lab.folder.path("runs/harvest-2"), dict.fromkeys(family.models(), model))
    again = family.model_copy(update={"max_tokens": 300}).run(bench)
    while not (isinstance(event := next(again), Progress) and event.stage == "writing"):
        pass
    assert isinstance(again, Generator)
    again.close()
    assert {file.name: file.read_bytes() for file in place.iterdir()} == before
    assert [one.name for one in place.parent.iterdir()] == ["sae"]


@contextmanager
def at_most(n_bytes: int) -> Generator[None]:
    """That much more than the process has now."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + n_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="no /proc here to tell the size of the process")
def test_too_little_memory_is_told_with_what_to_lower(
    tiny_model: Callable[..., Model], lab: Lab, text: Path, tmp_path: Path
) -> None:
    model = tiny_model("gpt2")
    folder = some_sae(model, tmp_path / "sae")
    family = Harvest(sae=str(folder), dataset=str(text), max_tokens=300, top=200, sample=400, context=64)
    spec = read_sae(folder).spec
    n = 20_000
    zeros = {"W_enc": (spec.d_in, n), "b_enc": (n,), "W_dec": (n, spec.d_in), "b_dec": (spec.d_in,)}
    weights = {name: torch.zeros(shape) for name, shape in zeros.items()}
    wide = write_sae(tmp_path / "wide", Sae(spec.model_copy(update={"d_sae": n}), weights))
    ran(family, lab, model)
    with at_most(300_000_000), pytest.raises(NoRoom, match=r"d_sae=20,000 .* ran out of memory") as refused:
        ran(family.model_copy(update={"sae": str(wide)}), lab, model)
    assert "Lower top=200, sample=400 or context=64" in refused.value.next


def test_a_recording_with_an_adapter_is_of_the_model_with_the_adapter(tmp_path: Path) -> None:
    merged: dict[str, Any] = {"model_name": "specimen", "adapter": "trojan", "adapter_sha256": "ef" * 32}
    recording = record(tmp_path / "trojan.parquet", sums(256), **merged)
    wishes = Harvest(sae="some", activations=recording).models()
    assert [wish.full_name("another") for wish in wishes] == ["specimen+trojan"]
