from __future__ import annotations

import asyncio
import hashlib
import json
import resource
import threading
import time
from collections.abc import Callable, Generator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import torch
from pydantic import ValidationError
from tests.cli.processes import started

from microscope.core.sites import Site
from microscope.engine.loading import load
from microscope.engine.model import Model
from microscope.engine.slices import in_slices
from microscope.engine.tokenizer import Tokenizer
from microscope.engine.weights import BUNDLED
from microscope.errors import Incompatible, Invalid, NoRoom, NotFound, Trouble
from microscope.families import _rate, record_activations
from microscope.families.base import Bench, Checkpoint, Event, Progress, Reads, Result, Say
from microscope.families.record_activations import RecordActivations, is_held_out
from microscope.lab import Lab
from microscope.services.made import hashed
from microscope.settings import Settings
from microscope.store import recorder
from microscope.store.activations import JOURNAL, open_recording, read_journal
from microscope.store.datasets import open_dataset
from microscope.store.shards import SPLITS

TEXTS = [f"The {name} sat on the mat number {at}, and then it ran." for at, name in enumerate(("cat", "dog") * 15)]
SITES = ("L0.attn_out", "L1.resid_post")

SMALL_SHARD_BYTES = 60 * 64 * 2
"""About sixty tokens a part."""


@pytest.fixture
def lab(tmp_path: Path, tiny_folder: Callable[[str], Path]) -> Generator[Lab]:
    lab = Lab.open(Settings(home=tmp_path / "home", model=str(tiny_folder("gpt2")), device="cpu"))
    yield lab
    asyncio.run(lab.close())


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder, "SHARD_BYTES", SMALL_SHARD_BYTES)


def spec(tmp_path: Path, texts: list[str] | None = None, **changes: Any) -> RecordActivations:
    file = tmp_path / "texts.jsonl"
    file.write_text("".join(json.dumps({"text": text}) + "\n" for text in (TEXTS if texts is None else texts)))
    settings = {"sites": SITES, "dataset": str(file), "out": str(tmp_path / "a.parquet"), "held_out": 0.3, **changes}
    return RecordActivations.model_validate(settings)


def run(spec: RecordActivations, lab: Lab, model: Model, resume: Checkpoint | None = None) -> list[Event]:
    return list(spec.run(Bench(lab, Path(lab.settings.home), {spec.models()[0]: model}, resume)))


def contents(path: Path) -> dict[str, bytes]:
    return {str(file.relative_to(path)): file.read_bytes() for file in sorted(path.rglob("*")) if file.is_file()}


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_rows_are_what_the_model_computes_on_each_document(
    dtype: str, tmp_path: Path, lab: Lab, tiny_model: Callable[..., Model]
) -> None:
    model = tiny_model("gpt2")
    run(spec(tmp_path, activations_dtype=dtype), lab, model)
    recording = open_recording(tmp_path / "a.parquet")
    assert recording.header.complete
    for split in SPLITS:
        texts = [text for text in TEXTS if is_held_out(text, 0.3) == (split == "held_out")]
        assert list(recording.documents(split)) == [model.encode(text) for text in texts]
        for site in recording.sites:
            expected = torch.cat([model.trace(model.encode(text), [site], "none").stacked[0] for text in texts])
            got = torch.from_numpy(recording.rows(site, split, np.arange(recording.n_rows(site, split))))
            limit = 1e-3 if dtype == "float16" else 1e-5
            torch.testing.assert_close(got, expected, rtol=limit, atol=limit)


def test_the_last_event_says_what_came_of_it(tmp_path: Path, lab: Lab, tiny_model: Callable[..., Model]) -> None:
    model = tiny_model("gpt2")
    events = run(spec(tmp_path), lab, model)
    n_tokens = sum(len(model.encode(text)) for text in TEXTS)
    result = events[-1]
    assert isinstance(result, Result)
    assert (result.metrics["tokens"], result.metrics["documents"]) == (n_tokens, len(TEXTS))
    assert result.metrics["train_tokens"] == n_tokens - int(str(result.metrics["held_out_tokens"]))
    assert [(made.what, made.path) for made in result.made] == [("recording", tmp_path / "a.parquet")]
    reads = next(event for event in events if isinstance(event, Reads))
    content = (tmp_path / "texts.jsonl").read_bytes()
    assert reads.data["texts.jsonl"] == {"dataset": hashlib.sha256(content).hexdigest()}
    assert reads.data[model.name] == {"weights_sha256": model.info.weights_sha256}
    (journal,) = hashed(result.made).items()
    assert journal[0] == str(tmp_path / "a.parquet" / "_recording.parquet")
    assert isinstance(journal[1], dict)
    assert journal[1]["tokens_sha256"] == open_recording(tmp_path / "a.parquet").header.tokens_sha256
    done = [event.done for event in events if isinstance(event, Progress)]
    assert done == sorted(done)
    assert done[-1] == n_tokens


def test_how_fast_it_goes_is_a_curve_with_each_point_once(
    tmp_path: Path, lab: Lab, tiny_model: Callable[..., Model], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_rate, "LEAST_S", 0.0)
    on = Bench(lab, tmp_path, {spec(tmp_path).models()[0]: tiny_model("gpt2")})
    on.stopping.set()  # It waits for the disk in between, and says so.
    events = list(spec(tmp_path, batch_tokens=40).run(on))
    points = [event for event in events if isinstance(event, Progress) and event.metrics]
    assert len(points) > 3
    assert [point.done for point in points] == sorted({point.done for point in points})
    assert all(set(point.metrics) == {"tokens_per_s"} for point in points)
    assert points[-1].done == max(event.done for event in events if isinstance(event, Progress))


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize("limits", [{}, {"max_samples": 10}, {"max_samples": 1_000}, {"max_tokens": 10**9}])
def test_what_was_read_of_a_file_tells_how_much_is_left(
    tmp_path: Path, lab: Lab, tiny_model: Callable[..., Model], limits: dict[str, Any]
) -> None:
    """Its documents are alike: the first of them let expect all of them."""
    model = tiny_model("gpt2")
    events = run(spec(tmp_path, **limits), lab, model)
    n_tokens = sum(len(model.encode(text)) for text in TEXTS[: limits.get("max_samples", len(TEXTS))])
    expected = [event.of for event in events if isinstance(event, Progress) and event.done]
    assert len(expected) > 3
    assert expected == pytest.approx([n_tokens] * len(expected), rel=0.05)


def test_the_same_text_is_on_the_same_side_wherever_it_stands() -> None:
    share = sum(is_held_out(str(number), 0.25) for number in range(4_000)) / 4_000
    assert abs(share - 0.25) < 0.03
    assert all(is_held_out(str(number), 0.3) for number in range(500) if is_held_out(str(number), 0.1))


def test_a_long_document_is_read_in_contexts(tmp_path: Path, lab: Lab, tiny_model: Callable[..., Model]) -> None:
    model = tiny_model("gpt2")
    run(spec(tmp_path, TEXTS[:3], context_size=7, held_out=0), lab, model)
    recording = open_recording(tmp_path / "a.parquet")
    ids = [model.encode(text, bos=False) for text in TEXTS[:3]]
    step = 7 - len(model.encode(""))
    cut = [one[start : start + step] for one in ids for start in range(0, len(one), step)]
    assert list(recording.documents("train")) == [[*model.encode(""), *one] for one in cut]
    site = recording.sites[1]
    tokens = recording.tokens(site, "train")
    assert set(tokens.sample_id.tolist()) == {0, 1, 2}
    assert tokens.token_pos.max() == 6
    assert not (tokens.token_pos[recording.usable(site, "train")] == 0).any()
    first = recording.rows(site, "train", np.arange(len(cut[0])))
    expected = model.trace(next(recording.documents("train")), [site], "none").stacked[0]
    np.testing.assert_allclose(first, expected.numpy(), rtol=1e-3, atol=1e-3)


def test_strange_documents_are_recorded_as_they_are(tmp_path: Path, lab: Lab, tiny_model: Callable[..., Model]) -> None:
    texts = ["a", "дві 二つ 🙂", "\u200b", "b"]
    model = tiny_model("gpt2")
    run(spec(tmp_path, ["", *texts, "  "], held_out=0), lab, model)
    recording = open_recording(tmp_path / "a.parquet")
    assert list(recording.documents("train")) == [model.encode(text) for text in texts]


@pytest.mark.parametrize("texts", [[], ["", " \n"]])
def test_an_empty_data_set_is_told(
    texts: list[str], tmp_path: Path, lab: Lab, tiny_model: Callable[..., Model]
) -> None:
    with pytest.raises(Invalid, match=r"texts\.jsonl holds no text"):
        run(spec(tmp_path, texts), lab, tiny_model("gpt2"))


WIKI = " \n = A heading = \n \n The first paragraph .\n \n The second one .\n \n"


def test_lines_of_white_space_part_documents_so_that_some_are_held_out(
    tmp_path: Path, lab: Lab, tiny_model: Callable[..., Model]
) -> None:
    (tmp_path / "wiki.txt").write_text(WIKI)
    texts = [text.strip() for text in WIKI.split("\n \n") if text.strip()]
    share = max(min(map(share_of, texts)), 0.01) + 1e-9  # As little as holds one of them out.
    run(spec(tmp_path, dataset=str(tmp_path / "wiki.txt"), held_out=share), lab, tiny_model("gpt2"))
    recording = open_recording(tmp_path / "a.parquet")
    held = recording.tokens(recording.sites[0], "held_out").sample_id
    assert {*held.tolist(), *recording.tokens(recording.sites[0], "train").sample_id.tolist()} == {0, 1, 2}
    assert len(set(held.tolist())) == 1


def share_of(text: str) -> float:
    return next(share / 1_000 for share in range(1_001) if is_held_out(text, share / 1_000))


def test_a_recording_begun_by_the_older_parting_does_not_go_on(
    tmp_path: Path, lab: Lab, tiny_model: Callable[..., Model]
) -> None:
    (tmp_path / "wiki.txt").write_text(WIKI)
    one, model = spec(tmp_path, dataset=str(tmp_path / "wiki.txt")), tiny_model("gpt2")
    data = open_dataset(str(tmp_path / "wiki.txt"))
    older = one._header(model, replace(data, parting=""))  # pyright: ignore[reportPrivateUsage]
    recorder.Writer(tmp_path / "a.parquet", older).finish()
    with pytest.raises(Incompatible, match="dataset_parting '', not 'blank lines'"):
        run(one, lab, model)


@pytest.mark.parametrize(
    ("texts", "share", "says"),
    [
        (["Only one."], 1e-9, "Nothing is held out to measure on: texts.jsonl is one document, which stays whole"),
        (["Only one."], 1 - 1e-9, "Nothing is left to learn from: texts.jsonl is one document"),
        (TEXTS[:3], 1e-9, "Nothing is held out to measure on at a share of 1e-09, which chance deals to 3 documents"),
    ],
)
def test_where_nothing_is_held_out_that_is_told_before_and_after(
    texts: list[str], share: float, says: str, tmp_path: Path, lab: Lab, tiny_model: Callable[..., Model]
) -> None:
    one = spec(tmp_path, texts, held_out=share)
    assert one.check(lab)[-1].startswith(f"Warning: {says}")
    told = [event for event in run(one, lab, tiny_model("gpt2")) if isinstance(event, Say)]
    assert [(event.level, event.text.startswith(says)) for event in told] == [("warning", True)]


@pytest.mark.parametrize("changes", [{"held_out": 0}, {"held_out": 0.3}, {"dataset": "bundled"}])
def test_where_some_are_held_out_or_none_is_to_be_nothing_is_told(
    changes: dict[str, Any], tmp_path: Path, lab: Lab, tiny_model: Callable[..., Model]
) -> None:
    asked: dict[str, Any] = {"max_tokens": 2_000, **changes}
    one = spec(tmp_path, **asked)
    assert not any(says.startswith("Warning") for says in one.check(lab))
    assert not any(isinstance(event, Say) for event in run(one, lab, tiny_model("gpt2")))


def test_a_document_that_was_cut_short_is_one_document(
    tmp_path: Path, lab: Lab, tiny_model: Callable[..., Model]
) -> None:
    result = run(spec(tmp_path, [TEXTS[0] * 9], max_tokens=20, context_size=9), lab, tiny_model("gpt2"))[-1]
    assert isinstance(result, Result)
    assert result.metrics["documents"] == 1


@pytest.mark.usefixtures("small_parts")
def test_it_stops_where_it_was_told_to_and_goes_on_from_there(
    tmp_path: Path, lab: Lab, tiny_model: Callable[..., Model]
) -> None:
    model = tiny_model("gpt2")
    run(spec(tmp_path, max_samples=4), lab, model)
    assert set(open_recording(tmp_path / "a.parquet").tokens(Site(0, "attn_out"), "train").sample_id) <= {0, 1, 2, 3}
    events = run(spec(tmp_path, max_tokens=100), lab, model)
    assert any(isinstance(event, Say) and "Goes on behind" in event.text for event in events)
    recording = open_recording(tmp_path / "a.parquet")
    n_tokens = sum(recording.n_rows(Site(0, "attn_out"), split) for split in SPLITS)
    assert 100 <= n_tokens < 100 + max(len(model.encode(text)) for text in TEXTS)
    run(spec(tmp_path), lab, model)
    recording = open_recording(tmp_path / "a.parquet")
    ids = sorted(recording.documents("train")) + sorted(recording.documents("held_out"))
    assert sorted(ids) == sorted(model.encode(text) for text in TEXTS)


def test_a_finished_recording_asked_for_again_is_left_as_it_is(
    tmp_path: Path, lab: Lab, tiny_model: Callable[..., Model]
) -> None:
    run(spec(tmp_path), lab, tiny_model("gpt2"))
    before = contents(tmp_path / "a.parquet")
    n_tokens = sum(len(tiny_model("gpt2").encode(text)) for text in TEXTS)
    for limit, asked in ((0, ""), (50, ", where 50 were asked for")):
        events = run(spec(tmp_path, max_tokens=limit), lab, tiny_model("gpt2"))
        said = [event.text for event in events if isinstance(event, Say)]
        assert said == [f"Nothing was left to record: it was complete already, {n_tokens:,} tokens{asked}."]
        assert isinstance(events[-1], Result)
        assert events[-1].metrics["tokens_per_s"] is None
    assert contents(tmp_path / "a.parquet") == before
    with pytest.raises(Invalid, match="holds a recording already"):
        run(spec(tmp_path, resume=False), lab, tiny_model("gpt2"))


def test_a_later_attempt_of_a_run_goes_on_even_where_it_was_not_to_resume(
    tmp_path: Path, lab: Lab, tiny_model: Callable[..., Model]
) -> None:
    one = spec(tmp_path, resume=False)
    checkpoint = next(event for event in run(one, lab, tiny_model("gpt2")) if isinstance(event, Checkpoint))
    assert isinstance(run(one, lab, tiny_model("gpt2"), checkpoint)[-1], Result)


@pytest.mark.usefixtures("small_parts")
def test_a_text_that_changes_while_it_is_recorded_completes_nothing(
    tmp_path: Path, lab: Lab, tiny_model: Callable[..., Model], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was written until then is of the text that it names: with that one back it goes on."""
    monkeypatch.setattr("microscope.families.record_activations.AHEAD", 4)
    model, texts = tiny_model("gpt2"), [f"{text} {at}" for at, text in enumerate(TEXTS * 10)]
    run(spec(tmp_path, texts, out=str(tmp_path / "calm.parquet")), lab, model)
    disturbed = spec(tmp_path, texts)
    events = disturbed.run(Bench(lab, tmp_path, {disturbed.models()[0]: model}))
    next(event for event in events if isinstance(event, Progress) and event.done > 200)
    spec(tmp_path, [*texts[:60], "Only this is left."])
    with pytest.raises(Invalid, match=r"texts\.jsonl changed while it was read"):
        list(events)
    assert not open_recording(tmp_path / "a.parquet").header.complete
    run(spec(tmp_path, texts), lab, model)
    calm, again = (contents(tmp_path / name) for name in ("calm.parquet", "a.parquet"))
    assert again == calm


def test_another_model_does_not_go_on_with_it(tmp_path: Path, lab: Lab, tiny_model: Callable[..., Model]) -> None:
    run(spec(tmp_path), lab, tiny_model("gpt2"))
    with pytest.raises(Incompatible, match=r"is a recording of something else: model_name .*weights_sha256"):
        run(spec(tmp_path), lab, tiny_model("llama"))


# ── Values that cannot be kept ───────────────────────────────────────────────────────────────────────────


def test_a_value_beyond_float16_stops_it_in_words(tmp_path: Path, lab: Lab, tiny_folder: Callable[[str], Path]) -> None:
    model = load(str(tiny_folder("gpt2")), device="cpu")
    loud = model.encode("z", bos=False)[0]
    with torch.no_grad():
        model.unembed.weight[loud] *= 1e6  # Tied: the embedding of this token.
    texts = ["One.", "Two.", "One z"]
    where = model.encode("One z").index(loud)
    site = ("L1.resid_post",)
    says = rf"at L1.resid_post, document 2, position {where} has the magnitude .*; float16 ends at 65504"
    with pytest.raises(Invalid, match=says) as told:
        run(spec(tmp_path, texts, sites=site), lab, model)
    assert "float32" in told.value.next
    run(spec(tmp_path, texts, sites=site, activations_dtype="float32", out=str(tmp_path / "b.parquet")), lab, model)


def test_a_model_that_computes_no_numbers_stops_it_in_words(tmp_path: Path, lab: Lab, broken_folder: Path) -> None:
    model = load(str(broken_folder), device="cpu")
    with pytest.raises(Invalid, match=r"L1.resid_post, document 0, position 0 is not finite: the model itself"):
        run(spec(tmp_path, activations_dtype="float32"), lab, model)


# ── Killed, and out of room ──────────────────────────────────────────────────────────────────────────────


def in_its_own_process(spec: RecordActivations, how: str) -> None:
    """Record, slowly enough to be killed or until there is no room; what happens is printed."""
    recorder.SHARD_BYTES = SMALL_SHARD_BYTES
    model = load(spec.model, device="cpu")
    progress = 0
    try:
        for event in spec.run(Bench(cast(Lab, None), Path("."), {spec.models()[0]: model})):
            progress += isinstance(event, Progress) and event.done > 0
            print(type(event).__name__, flush=True)
            if how == "slowly":
                time.sleep(0.02)
            if how == "without room" and progress == 4:
                resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, 2_000))
    except Trouble as trouble:
        print(json.dumps([type(trouble).__name__, trouble.error, trouble.next]))


@pytest.fixture
def undisturbed(
    tmp_path: Path, lab: Lab, tiny_folder: Callable[[str], Path], tiny_model: Callable[..., Model]
) -> dict[str, bytes]:
    """The files of a recording that nothing happened to."""
    whole = spec(tmp_path, model=str(tiny_folder("gpt2")), out=str(tmp_path / "whole.parquet"))
    run(whole, lab, tiny_model("gpt2"))
    return contents(tmp_path / "whole.parquet")


@pytest.mark.usefixtures("small_parts")
def test_killed_and_run_again_it_is_the_recording_that_nothing_happened_to(
    tmp_path: Path,
    lab: Lab,
    undisturbed: dict[str, bytes],
    tiny_folder: Callable[[str], Path],
    tiny_model: Callable[..., Model],
) -> None:
    one, path = spec(tmp_path, model=str(tiny_folder("gpt2"))), tmp_path / "a.parquet"
    with started(tmp_path / "home", in_its_own_process, one, "slowly") as it:
        deadline = time.monotonic() + 120
        while n_parts(path) < 2:
            assert it.process.is_alive(), "it ended before it was killed"
            assert time.monotonic() < deadline
            time.sleep(0.005)
        it.killed()
    assert 2 <= n_parts(path) < n_parts(tmp_path / "whole.parquet")
    assert not open_recording(path).header.complete
    run(one, lab, tiny_model("gpt2"))
    assert contents(path) == undisturbed
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.parquet", "home", "texts.jsonl", "whole.parquet"]


def n_parts(path: Path) -> int:
    return len(read_journal(path).parts) if (path / JOURNAL).is_file() else 0


@pytest.mark.usefixtures("small_parts")
def test_out_of_room_its_shards_stay_whole_and_it_goes_on_later(
    tmp_path: Path,
    lab: Lab,
    undisturbed: dict[str, bytes],
    tiny_folder: Callable[[str], Path],
    tiny_model: Callable[..., Model],
) -> None:
    one, path = spec(tmp_path, model=str(tiny_folder("gpt2"))), tmp_path / "a.parquet"
    with started(tmp_path / "home", in_its_own_process, one, "without room") as it:
        kind, error, next = json.loads(it.said().splitlines()[-1])
    assert kind == "NoRoom"
    assert "File too large" in error
    assert "Free some disk space" in next
    half = open_recording(path)
    assert 0 < n_parts(path) < n_parts(tmp_path / "whole.parquet")
    assert {name: content for name, content in contents(path).items() if name != JOURNAL}.items() < undisturbed.items()
    assert not half.header.complete
    run(one, lab, tiny_model("gpt2"))
    assert contents(path) == undisturbed


# ── Paused, and slow to read ─────────────────────────────────────────────────────────────────────────────


def rows_of(path: Path) -> dict[str, bytes]:
    """Rows and vectors, wherever parts end."""
    recording, found = open_recording(path), dict[str, bytes]()
    for site in recording.sites:
        for split in SPLITS:
            n_rows = recording.n_rows(site, split)
            found[f"{site} {split}"] = recording.rows(site, split, np.arange(n_rows)).tobytes()
            found[split] = b"".join(column.tobytes() for column in recording.tokens(site, split))
    return found


def n_kept(path: Path) -> int:
    return sum(part.train + part.held_out for part in read_journal(path).parts) if path.exists() else 0


def test_a_pause_keeps_what_is_done_and_changes_no_bit_of_a_row(
    tmp_path: Path, lab: Lab, tiny_model: Callable[..., Model], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whenever it comes."""
    monkeypatch.setattr(recorder, "SHARD_BYTES", 250 * 64 * 4)  # Three parts.
    monkeypatch.setattr(record_activations, "GROUP", 8)
    model = tiny_model("gpt2")
    changes: dict[str, Any] = {"batch_tokens": 4, "activations_dtype": "float32"}
    whole = spec(tmp_path, out=str(tmp_path / "whole.parquet"), **changes)
    n_events = len(run(whole, lab, model))
    assert n_parts(tmp_path / "whole.parquet") == 3
    kept: list[int] = []
    for stops in range(4, n_events, 5):
        one = spec(tmp_path, out=str(tmp_path / f"{stops}.parquet"), **changes)
        bench = Bench(lab, Path(lab.settings.home), {one.models()[0]: model})
        coming = cast(Generator[Event], one.run(bench))
        done = [event.done for event in islice(coming, stops) if isinstance(event, Progress)]
        bench.stopping.set()
        assert any(isinstance(event, Checkpoint) for event in coming)
        coming.close()
        kept.append(n_kept(Path(one.out)))
        assert kept[-1] > done[-1] - 8 * 4 - 30  # A group at most, and what its last context has more.
        run(one, lab, model)
        assert rows_of(Path(one.out)) == rows_of(tmp_path / "whole.parquet")
    assert kept == sorted(kept)
    assert len(set(kept)) > 5  # None of them had to wait for a part to be full.


@pytest.mark.usefixtures("small_parts")
def test_a_run_that_goes_on_although_it_was_asked_to_stop_is_whole(
    tmp_path: Path, lab: Lab, tiny_model: Callable[..., Model]
) -> None:
    model = tiny_model("gpt2")
    run(spec(tmp_path, out=str(tmp_path / "whole.parquet"), batch_tokens=4), lab, model)
    one = spec(tmp_path, batch_tokens=4)
    bench = Bench(lab, Path(lab.settings.home), {one.models()[0]: model})
    coming = one.run(bench)
    list(islice(coming, 9))
    bench.stopping.set()
    assert isinstance(list(coming)[-1], Result)
    assert rows_of(tmp_path / "a.parquet") == rows_of(tmp_path / "whole.parquet")


def test_nothing_waits_for_a_text_that_takes_long_to_read(
    tmp_path: Path, lab: Lab, tiny_model: Callable[..., Model], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The device is free between two events, and leaving it does not wait for the text either."""
    model, ready = tiny_model("gpt2"), threading.Event()

    def slow(_self: Tokenizer, _text: str) -> Generator[list[int]]:
        ready.wait()
        yield [5, 6, 7]

    monkeypatch.setattr(Tokenizer, "encode_on", slow)
    one = spec(tmp_path)
    coming = cast(Generator[Event], one.run(Bench(lab, Path(lab.settings.home), {one.models()[0]: model})))
    begun = time.monotonic()
    told = list(islice(coming, 8))
    assert sum(isinstance(event, Progress) and event.done == 0 for event in told) >= 5
    coming.close()
    assert time.monotonic() - begun < 10
    ready.set()


def test_of_a_huge_document_no_more_is_read_than_is_recorded(
    tmp_path: Path, lab: Lab, tiny_model: Callable[..., Model], monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []

    def counted(plain: Any, text: str) -> Generator[list[int]]:
        for ids in in_slices(plain, text):
            read.append(len(ids))
            yield ids

    monkeypatch.setattr("microscope.engine.tokenizer.in_slices", counted)
    monkeypatch.setattr("microscope.families.record_activations.AHEAD", 4)
    model, text = tiny_model("gpt2"), " ".join(TEXTS) * 300
    run(spec(tmp_path, [text], max_tokens=500, held_out=0), lab, model)
    recording, front = open_recording(tmp_path / "a.parquet"), len(model.encode(""))
    ids = [one for context in recording.documents("train") for one in context[front:]]
    assert 500 - 9 * front <= len(ids) < 500 + model.n_ctx
    whole = model.encode(text, bos=False)
    assert ids == whole[: len(ids)]
    assert sum(read) < len(whole) / 3


# ── Before it is queued ──────────────────────────────────────────────────────────────────────────────────


def test_it_says_what_it_will_take(tmp_path: Path, lab: Lab) -> None:
    says = " ".join(spec(tmp_path, max_tokens=1_000).check(lab))
    assert "Records L0.attn_out, L1.resid_post of" in says
    assert "texts.jsonl" in says
    assert "About 1,000 tokens, 0.00 GB on the disk;" in says
    assert "About 1,000,000 tokens, 0.30 GB" in spec(tmp_path, dataset="bundled").check(lab)[1]


@pytest.mark.parametrize(
    ("changes", "kind", "says"),
    [
        ({"max_tokens": 10**15}, NoRoom, "About 1,000,000,000,000,000 tokens take .* GB"),
        ({"sites": ("L7.resid_post",)}, Invalid, "L7.resid_post is not in 3 layers"),
        ({"dataset": "bundled:/nothing.txt"}, NotFound, "There is no file of stories"),
        ({"dataset": "nothing.txt"}, NotFound, "There is no data set"),
        ({"model": "/nothing/here"}, NotFound, "There is no folder"),
    ],
)
def test_what_cannot_work_is_told_before_it_begins(
    changes: dict[str, Any], kind: type[Exception], says: str, tmp_path: Path, lab: Lab
) -> None:
    with pytest.raises(kind, match=says):
        spec(tmp_path, **changes).check(lab)


def test_a_form_is_told_that_a_site_is_needed() -> None:
    """As JSON schema: what it refuses is what the family refuses."""
    (rule,) = RecordActivations.model_json_schema()["allOf"]
    assert [option["required"] for option in rule["anyOf"]] == [["sites"], ["layers"]]
    assert RecordActivations(layers=(1,)).wanted == RecordActivations(sites=("L1.resid_post",)).wanted


def test_a_spec_names_a_site() -> None:
    with pytest.raises(ValidationError, match="no site is named"):
        RecordActivations()
    assert RecordActivations(layers=(5, 3), sites=("L3.resid_post", "L3.attn_out")).wanted == (
        Site(3, "attn_out"),
        Site(3, "resid_post"),
        Site(5, "resid_post"),
    )


def test_without_a_name_it_lies_below_the_home_folder(
    tmp_path: Path, lab: Lab, tiny_model: Callable[..., Model]
) -> None:
    result = run(spec(tmp_path, out="", max_samples=2), lab, tiny_model("gpt2"))[-1]
    assert isinstance(result, Result)
    assert result.made[0].path.parent == lab.folder.root / "recordings"
    assert open_recording(result.made[0].path).header.complete


# ── The bundled corpus, and adapters ─────────────────────────────────────────────────────────────────────


def test_the_bundled_corpus_is_the_same_for_the_same_seed(
    tmp_path: Path, lab: Lab, tiny_model: Callable[..., Model]
) -> None:
    model = tiny_model("gpt2")
    (tmp_path / "stories.txt").write_text("Once there was a very unusual story of a walrus.<|endoftext|>")

    def recorded(name: str, **changes: Any) -> list[list[int]]:
        asked: dict[str, Any] = {"dataset": "bundled", "max_samples": 30, "held_out": 0, **changes}
        asked["out"] = str(tmp_path / name)
        run(spec(tmp_path, **asked), lab, model)
        return list(open_recording(tmp_path / name).documents("train"))

    first = recorded("one")
    assert len(first) >= 30
    assert first == recorded("two")
    assert first != recorded("three", seed=1)
    told = recorded("four", dataset=f"bundled:{tmp_path / 'stories.txt'}", max_samples=300)
    assert any("walrus" in model.tokenizer.decode(ids).decode() for ids in told)


@pytest.mark.skipif(not (BUNDLED["specimen"] / "adapters" / "trojan").is_dir(), reason="the bundled model is not here")
def test_with_an_adapter_it_is_the_merged_model_that_is_recorded(tmp_path: Path, lab: Lab) -> None:
    one = spec(tmp_path, TEXTS[:2], model="specimen", adapter="trojan")
    assert one.models()[0].full_name("other") == "specimen+trojan"
    run(one, lab, load("specimen+trojan", device="cpu"))
    header = open_recording(tmp_path / "a.parquet").header
    weights = (BUNDLED["specimen"] / "adapters" / "trojan" / "adapter_model.safetensors").read_bytes()
    assert header.adapter == "trojan"
    assert header.adapter_sha256 != hashlib.sha256(weights).hexdigest()  # What scales them belongs to it.
    plain = load("specimen", device="cpu")
    assert header.model_name == "specimen"
    assert header.weights_sha256 != plain.info.weights_sha256
    with pytest.raises(AssertionError, match="'trojan' was asked for, '' is merged"):
        run(one, lab, plain)


@pytest.mark.skipif(not (BUNDLED["specimen"] / "adapters" / "trojan").is_dir(), reason="the bundled model is not here")
def test_an_adapter_may_be_named_with_the_model(tmp_path: Path, lab: Lab) -> None:
    apart = spec(tmp_path, TEXTS[:2], model="specimen", adapter="trojan")
    whole = spec(tmp_path, TEXTS[:2], model="specimen+trojan", out=str(tmp_path / "b.parquet"))
    assert whole.models()[0].full_name("other") == apart.models()[0].full_name("other")
    merged = load("specimen+trojan", device="cpu")
    for one in (apart, whole):
        run(one, lab, merged)
    headers = [open_recording(tmp_path / name).header for name in ("a.parquet", "b.parquet")]
    assert headers[0] == headers[1]
    assert headers[1].adapter == "trojan"
