"""What may go wrong between a model and a dictionary, typed as people type it: each ends in words, and spoils nothing.

Two in one place, killed workers, clocks and 10,000 runs are in `test_workers.py`, `tests/services/test_runner.py` and
`tests/store/test_runs.py`.
"""

from __future__ import annotations

import json
import os
import pickle
import resource
import shutil
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from safetensors.torch import save_file
from tests.families.synthetic import record, record_model
from typer.testing import Result

from microscope.core.saes.base import Sae, Spec
from microscope.core.saes.topk import TopK
from microscope.core.sites import Site
from microscope.engine.model import Model
from microscope.families import train_sae
from microscope.store.activations import open_recording
from microscope.store.activity import Reader
from microscope.store.checkpoints import write_sae

Run = Callable[..., Result]
Told = Callable[..., str]

SITE = Site(1, "resid_post")
D_MODEL, D_SAE = 64, 96
TEXTS = [f"{name} went to the {place}." for name in ("Mary", "John", "France") for place in ("store", "mat", "dog")]
SMALL = ("-k", 4, "--d-sae", D_SAE, "--steps", 20, "--batch-rows", 16)


@pytest.fixture
def told(run: Run) -> Told:
    """A command that does not work, and what its user reads: what is wrong, and what to do."""

    def refused(*words: object) -> str:
        done = run(*words)
        assert done.exit_code == 1, done.output
        assert "Traceback" not in done.stderr
        assert len(done.stderr.strip().splitlines()) >= 2, "what is wrong, and what to do next"
        return done.stderr

    return refused


@pytest.fixture
def model(tiny_model: Callable[..., Model]) -> Model:
    return tiny_model("gpt2")


def some_sae(model: Model, folder: Path, **other: Any) -> Path:
    """Of L1.resid_post, with directions that mean nothing."""
    draw = torch.Generator().manual_seed(0)
    spec: dict[str, Any] = {
        "architecture": TopK(k=4), "d_in": D_MODEL, "d_sae": D_SAE, "d_out": D_MODEL, "site": str(SITE),
        "model_name": model.name, "weights_sha256": model.info.weights_sha256, **other,
    }  # fmt: skip
    d, f = spec["d_in"], spec["d_sae"]
    shapes = {"W_enc": (d, f), "b_enc": (f,), "W_dec": (f, d), "b_dec": (d,)}
    return write_sae(
        folder, Sae(Spec.model_validate(spec), {n: torch.randn(s, generator=draw) for n, s in shapes.items()})
    )


def rows_of(run: Run) -> list[dict[str, Any]]:
    return json.loads(run("runs", "--json").stdout)["rows"]


# ── A recording of another layer, width or model ─────────────────────────────────────────────────────────


def test_a_recording_of_another_layer_is_refused_everywhere(run: Run, told: Told, model: Model, tmp_path: Path) -> None:
    some_sae(model, tmp_path / "sae")
    record_model(tmp_path / "other.parquet", model, TEXTS, Site(2, "resid_post"))
    says = "other.parquet has no L1.resid_post; expected one of L2.resid_post."
    assert says in told("train", "--activations", "other.parquet", "--layer", 1, *SMALL)
    assert says in told("eval", "--sae-path", "sae", "--activations", "other.parquet")
    assert says in told("harvest", "./sae", "--activations", "other.parquet")
    assert rows_of(run) == []


def test_a_recording_of_another_width_is_refused_everywhere(run: Run, told: Told, model: Model, tmp_path: Path) -> None:
    some_sae(model, tmp_path / "sae")
    record_model(tmp_path / "activations.parquet", model, TEXTS, SITE)
    record(tmp_path / "wide.parquet", torch.randn(256, 2 * D_MODEL))
    both = told("train", "--activations", "activations.parquet", "--activations", "wide.parquet", *SMALL)
    assert "(d_model=64, " in both
    assert "wide.parquet of tiny (d_model=128, " in both
    for verb in (("eval", "--sae-path", "sae"), ("harvest", "./sae")):
        says = told(*verb, "--activations", "wide.parquet")
        assert "=64" in says
        assert "wide.parquet has d_model=128 of tiny" in says
        assert "Record the model that it was trained on" in says
    assert rows_of(run) == []


def test_a_recording_of_another_model_is_refused_everywhere(
    run: Run, told: Told, model: Model, tmp_path: Path, tiny_folder: Callable[[str], Path]
) -> None:
    some_sae(model, tmp_path / "sae")
    record_model(tmp_path / "activations.parquet", model, TEXTS, SITE)
    record(tmp_path / "other.parquet", torch.randn(256, D_MODEL), model_name="somebody/else")
    both = told("train", "--activations", "activations.parquet", "--activations", "other.parquet", *SMALL)
    assert "Give recordings of one model" in both
    for verb in (("eval", "--sae-path", "sae"), ("harvest", "./sae")):
        assert "of somebody/else" in told(*verb, "--activations", "other.parquet")
    other = tiny_folder("llama")
    named = told("eval", "--sae-path", "sae", "--activations", "activations.parquet", "--model", other)
    assert f"SAE 'sae' was trained on {model.name}; this model is {other}" in named
    assert rows_of(run) == []


def test_a_table_of_the_older_layout_is_asked_for_its_layer_and_its_width(
    told: Told, model: Model, tmp_path: Path
) -> None:
    some_sae(model, tmp_path / "sae")
    n = 40
    table = {
        "sample_id": pa.array([row // 4 for row in range(n)]), "token_pos": pa.array([row % 4 for row in range(n)]),
        "token_id": pa.array([5] * n), "activation": pa.array([[1.0, 2.0]] * n), "layer_idx": pa.array([2] * n),
    }  # fmt: skip
    pq.write_table(pa.table(table), tmp_path / "older.parquet")
    assert "older.parquet has no L1.resid_post" in told("eval", "--sae-path", "sae", "--activations", "older.parquet")
    pq.write_table(pa.table({**table, "layer_idx": pa.array([1] * n)}), tmp_path / "older.parquet")
    assert "has d_model=2 of" in told("eval", "--sae-path", "sae", "--activations", "older.parquet")


# ── Numbers that are none ────────────────────────────────────────────────────────────────────────────────


def test_a_model_that_computes_no_numbers_is_not_recorded(told: Told, broken_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "texts.txt").write_text("\n\n".join(TEXTS))
    words = ("trace", "--model", broken_folder, "--layer", 1, "--dataset", "texts.txt", "--out", "activations.parquet")
    says = told(*words)
    assert "L1.resid_post, document 0, position 0 is not finite: the model itself computed nan." in says
    assert "microscope check" in says


@pytest.mark.parametrize("value", [torch.nan, torch.inf, -torch.inf])
@pytest.mark.parametrize("everywhere", [False, True])
def test_a_recording_with_numbers_that_are_none_says_where(
    value: float, everywhere: bool, told: Told, model: Model, tmp_path: Path
) -> None:
    """In one document that is learned from and one that is held out, or all over."""
    vectors = torch.randn(256, D_MODEL)
    for row in range(256) if everywhere else (37, 250):
        vectors[row, 3] = value
    record(tmp_path / "broken.parquet", vectors, model_name=model.name, weights_sha256=model.info.weights_sha256)
    some_sae(model, tmp_path / "sae")
    document, position = (0, 1) if everywhere else (2, 5)
    says = f"holds {value} at L1.resid_post, document {document}, position {position}; expected finite numbers."
    assert says in told("train", "--activations", "broken.parquet", *SMALL)
    assert says in told("eval", "--sae-path", "sae", "--activations", "broken.parquet")
    harvested = told("harvest", "./sae", "--activations", "broken.parquet")
    assert f"document {document}, position {position} holds {value}; expected finite numbers." in harvested
    assert not (tmp_path / "sae_checkpoints").exists()
    assert not list((tmp_path / "home").glob("features/*"))


# ── Nothing to read ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.txt", b" \n\n", "a.txt holds no text.\nGive a data set with documents in it."),
        ("a.jsonl", b"", "a.jsonl holds no text.\nGive a data set with documents in it."),
        ("a.jsonl", b'{"text": "Hi', "is no JSON"),
        ("a.jsonl", b'{"body": "Hi."}', "has no text in 'text'; its columns are body."),
        ("a.txt", b"fine\n\n" * 999 + b"na\xefve", "Line 1999 of"),
        ("a.parquet", b"PAR1", "is no Parquet file"),
    ],
)
def test_a_data_set_that_cannot_be_read_is_told_once_before_anything_runs(
    name: str, content: bytes, says: str, run: Run, told: Told, model: Model, tmp_path: Path
) -> None:
    some_sae(model, tmp_path / "sae")
    (tmp_path / name).write_bytes(content)
    words = ("--dataset", name, "--model", model.name)
    for said in (
        told("trace", "--layer", 1, "--out", "recorded.parquet", *words),
        told("harvest", "./sae", *words),
        told("fit-lens", "--text", name, "--model", model.name) if name == "a.jsonl" else says,
    ):
        assert said.count(says) == 1
        assert "━" not in said, "no bar of a run that did not begin"
    assert rows_of(run) == []
    assert not (tmp_path / "recorded.parquet").exists()


def test_an_empty_table_of_texts_is_told(told: Told, model: Model, tmp_path: Path) -> None:
    pq.write_table(pa.table({"text": pa.array([], pa.string())}), tmp_path / "empty.parquet")
    words = ("--dataset", "empty.parquet", "--model", model.name)
    assert "empty.parquet holds no text" in told("trace", "--layer", 1, "--out", "recorded.parquet", *words)


def test_a_data_set_that_breaks_before_a_part_is_whole_leaves_no_folder(
    run: Run, told: Told, model: Model, tmp_path: Path
) -> None:
    lines = [*(json.dumps({"text": text}) for text in TEXTS * 4), "no JSON"]
    (tmp_path / "a.jsonl").write_text("\n".join(lines))
    words = ("--dataset", "a.jsonl", "--model", model.name, "--layer", 1, "--out", "recorded.parquet")
    says = told("trace", *words)
    assert says.count(f"Line {len(lines)} of {tmp_path / 'a.jsonl'} is no JSON") == 1
    assert "Correct the command or what it names, and run it again." in says
    assert "--resume" not in says, "going on would meet the same line"
    assert not (tmp_path / "recorded.parquet").exists()
    (tmp_path / "a.jsonl").write_text("\n".join(lines[:-1]))
    again = run("trace", *words)
    assert again.exit_code == 0, again.output


def test_a_table_without_rows_is_told(told: Told, model: Model, tmp_path: Path) -> None:
    some_sae(model, tmp_path / "sae")
    kinds = {"sample_id": pa.int64(), "token_pos": pa.int32(), "token_id": pa.int32()}
    columns = {name: pa.array([], kind) for name, kind in kinds.items()}
    empty = pa.table({**columns, "activation": pa.array([], pa.list_(pa.float32()))})
    pq.write_table(empty, tmp_path / "empty.parquet")
    for words in (("train",), ("eval", "--sae-path", "sae"), ("harvest", "./sae")):
        assert "empty.parquet has no rows." in told(*words, "--activations", "empty.parquet")


def test_documents_of_one_token_are_recorded_and_there_is_nothing_to_learn_from_them(
    run: Run, told: Told, model: Model, tmp_path: Path
) -> None:
    some_sae(model, tmp_path / "sae")
    (tmp_path / "short.txt").write_text("\n\n".join("abcdefgh"))
    words = ("--dataset", "short.txt", "--model", model.name)
    recorded = run("trace", "--layer", 1, "--out", "short.parquet", "--held-out", 0.5, *words)
    assert recorded.exit_code == 0, recorded.output
    assert len(open_recording(tmp_path / "short.parquet").tokens(SITE, "train").token_id) > 0
    learned = told("train", "--activations", "short.parquet", *SMALL)
    assert "short.parquet holds no usable rows at L1.resid_post to learn from (position 0 and BOS are left" in learned
    judged = told("eval", "--sae-path", "sae", "--activations", "short.parquet")
    assert "There are no held-out rows to measure on (position 0 and BOS are left out)" in judged
    for source in (("--activations", "short.parquet"), words):
        assert "none of which counts: position 0 and BOS are left out" in told("harvest", "./sae", *source)


def test_without_held_out_documents_nothing_is_trained_that_could_not_be_measured(
    run: Run, told: Told, tmp_path: Path
) -> None:
    record(tmp_path / "all.parquet", torch.randn(256, D_MODEL), held_out=0.0)
    told_so = told("train", "--activations", "all.parquet", *SMALL)
    assert "There are no held-out rows to measure on" in told_so
    assert "with a share of them held out: --held-out 0.1" in told_so
    assert rows_of(run) == []


def test_advice_that_was_followed_already_is_not_given_again(told: Told, tmp_path: Path) -> None:
    record(tmp_path / "one.parquet", torch.randn(256, D_MODEL), held_out=1e-9)
    told_so = told("train", "--activations", "one.parquet", *SMALL)
    assert "There are no held-out rows to measure on" in told_so
    assert "--held-out 0.1" not in told_so
    assert "A share of 1e-09 was to be held out, and no document of more than one token fell to it" in told_so
    assert "else by blank lines" in told_so


# ── Files that are cut off, mixed up or wicked ───────────────────────────────────────────────────────────


def test_a_checkpoint_that_was_cut_off_is_told_and_the_run_can_begin_anew(
    run: Run, told: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(train_sae, "CHECKPOINT_S", 0.0)
    vectors = torch.randn(512, D_MODEL)
    vectors[500, 3] = torch.nan  # It is held out: the training comes to its end, and the measuring fails.
    record(tmp_path / "activations.parquet", vectors)
    told("train", "--activations", "activations.parquet", *SMALL)
    (row,) = rows_of(run)
    checkpoint = tmp_path / "home" / "runs" / row["id"] / "checkpoint.safetensors"
    checkpoint.write_bytes(checkpoint.read_bytes()[:-100])
    says = told("run", "--resume", row["id"])
    assert f"The checkpoint {checkpoint} cannot be read" in says
    assert "Delete it, and the run begins anew when requeued." in says
    checkpoint.unlink()
    told("run", "--resume", row["id"])
    done = [json.loads(line)["step"] for line in (checkpoint.parent / "series.jsonl").read_text().splitlines()]
    assert done[:20] == [16 * step for step in range(1, 21)], "from the first step, each once"


def test_weights_that_were_cut_off_are_refused_everywhere(run: Run, told: Told, model: Model, tmp_path: Path) -> None:
    file = some_sae(model, tmp_path / "sae") / "sae_weights.safetensors"
    file.write_bytes(file.read_bytes()[:-100])
    record_model(tmp_path / "activations.parquet", model, TEXTS, SITE)
    for words in (
        ("eval", "--sae-path", "sae", "--activations", "activations.parquet"),
        ("harvest", "./sae", "--activations", "activations.parquet"),
        ("import-sae", tmp_path / "sae", "--model", model.name),
    ):
        assert "sae_weights.safetensors cannot be read" in told(*words)
    assert rows_of(run) == []


def test_a_folder_with_two_formats_is_refused_by_both_names(told: Told, model: Model, tmp_path: Path) -> None:
    folder = some_sae(model, tmp_path / "sae")
    theirs = {"encoder.weight": torch.zeros(8, 64), "encoder.bias": torch.zeros(8), "W_dec": torch.zeros(8, 64)}
    save_file({**theirs, "b_dec": torch.zeros(64)}, folder / "sae.safetensors")
    (folder / "config.json").write_text(json.dumps({"sae": {"k": 2}}))
    record_model(tmp_path / "activations.parquet", model, TEXTS, SITE)
    for words in (
        ("import-sae", folder, "--model", model.name),
        ("eval", "--sae-path", "sae", "--activations", "activations.parquet"),
        ("harvest", "./sae"),
    ):
        says = told(*words)
        assert "holds SAEs of 2 formats" in says
        assert "sae.safetensors (sparsify)" in says
        assert "sae_weights.safetensors (SAELens)" in says
        assert "Give the file that is meant" in says


class Bomb:
    """Runs code where it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.mark),)


@pytest.mark.parametrize("name", ["ae.pt", "ae.bin", "ae.pth"])
@pytest.mark.parametrize("zipped", [True, False])
def test_a_pickle_bomb_is_refused_and_does_not_go_off(
    name: str, zipped: bool, told: Told, model: Model, tmp_path: Path
) -> None:
    mark = tmp_path / "it_went_off"
    bomb = {"encoder.weight": Bomb(mark), "b_dec": torch.zeros(64)}
    (tmp_path / "sae").mkdir()
    file = tmp_path / "sae" / name
    if zipped:
        torch.save(bomb, file)
    else:
        file.write_bytes(pickle.dumps(bomb))
    for words in (("import-sae", file, "--model", model.name), ("harvest", f"./sae/{name}")):
        assert f"{name} is a pickle that holds more than tensors, and reading it would run code." in told(*words)
    assert not mark.exists()


# ── No room ──────────────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def at_most(kind: int, n_bytes: int) -> Generator[None]:
    soft, hard = resource.getrlimit(kind)
    resource.setrlimit(kind, (n_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(kind, (soft, hard))


def test_a_disk_that_is_full_while_recording_leaves_whole_shards_and_the_same_command_goes_on(
    run: Run, told: Told, model: Model, tmp_path: Path
) -> None:
    """The system refuses files above a size; a shard of the second part would be larger."""
    (tmp_path / "texts.txt").write_text("\n\n".join(TEXTS * 200))
    words = ("trace", "--model", model.name, "--layer", 1, "--dataset", "texts.txt", "--out")
    assert run(*words, "undisturbed.parquet").exit_code == 0
    assert run(*words, "activations.parquet", "--max-tokens", 500).exit_code == 0
    first = open_recording(tmp_path / "activations.parquet").tokens(SITE, "train").token_id.tolist()
    with at_most(resource.RLIMIT_FSIZE, 1_000_000):
        says = told(*words, "activations.parquet")
    assert "Could not write" in says
    assert "Free some disk space" in says
    half = open_recording(tmp_path / "activations.parquet")
    assert half.tokens(SITE, "train").token_id.tolist() == first
    assert [row["status"] for row in rows_of(run)] == ["failed", "succeeded", "succeeded"]
    assert run(*words, "activations.parquet").exit_code == 0
    whole = open_recording(tmp_path / "activations.parquet")
    assert whole.header.complete
    assert list(whole.documents("train")) == list(open_recording(tmp_path / "undisturbed.parquet").documents("train"))


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="no /proc here to tell the size of the process")
def test_a_harvest_without_memory_says_what_to_lower_and_the_dictionary_before_it_stays(
    run: Run, told: Told, model: Model, tmp_path: Path
) -> None:
    folder = some_sae(model, tmp_path / "sae")
    (tmp_path / "texts.txt").write_text("\n\n".join(TEXTS))
    words = ("harvest", folder, "--name", "mine", "--dataset", "texts.txt", "--model", model.name)
    assert run(*words).exit_code == 0
    place = tmp_path / "home" / "features" / "mine"
    before = {file.name: file.read_bytes() for file in place.iterdir()}
    some_sae(model, folder, d_sae=20_000)
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    greedy = ("--set", "top=200", "--set", "sample=400", "--set", "context=64")
    with at_most(resource.RLIMIT_AS, used + 300_000_000):
        says = told(*words, *greedy)
    assert "Harvesting d_sae=20,000 features ran out of memory: it keeps about" in says
    assert "Lower top=200, sample=400 or context=64" in says
    assert {file.name: file.read_bytes() for file in place.iterdir()} == before
    assert Reader(place).head["d_sae"] == D_SAE
    assert [one.name for one in place.parent.iterdir()] == ["mine"]


# ── Deleted by hand ──────────────────────────────────────────────────────────────────────────────────────


def test_a_run_whose_directory_was_deleted_by_hand_is_listed_shown_and_purged(
    run: Run, told: Told, tmp_path: Path
) -> None:
    record(tmp_path / "activations.parquet", torch.randn(512, D_MODEL))
    assert run("train", "--activations", "activations.parquet", *SMALL).exit_code == 0
    (row,) = rows_of(run)
    directory = tmp_path / "home" / "runs" / row["id"]
    shutil.rmtree(directory)
    assert rows_of(run) == [row]
    shown = run("run-show", row["id"])
    assert shown.exit_code == 0
    assert "deleted" in shown.stdout
    assert json.loads(run("run-show", row["id"], "--json").stdout)["directory_missing"]
    assert str(directory) in told("export-run", row["id"], "--out", "run.zip")
    assert "runs again as another run" in told("run", "--resume", row["id"])
    assert not directory.exists()
    assert run("delete-run", row["id"]).exit_code == 0
    assert "Deleted for good: 1 run, 0 bytes" in run("purge-runs", "--yes").stdout
    assert rows_of(run) == []
