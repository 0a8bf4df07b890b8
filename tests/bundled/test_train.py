from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedTokenizerFast

from microscope.bundled import train
from microscope.bundled.train import ALONE, Curve, Plan, Trainer, export, prepare, rates, token_count

torch.set_num_threads(1)

STORIES = "Once upon a time there was a dog. The dog liked to run.\n<|endoftext|>\nOne day a girl found a shell.\n"


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    folder = tmp_path_factory.mktemp("training")
    stories = folder / "stories.txt"
    stories.write_text(STORIES)
    plan = Plan(stories, folder / "out", n_tokens=50_000, seed=0, device="cpu", n_workers=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(train, "TOKENIZER_SAMPLE", 5_000)
        prepare(plan, resume=False)
    return plan


@pytest.fixture(autouse=True)
def short_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train, "STEP_TOKENS", 512)


def test_the_rate_warms_up_stays_and_falls_to_nothing():
    assert rates(0, 24_000_000).lr_scale < 0.05
    assert rates(10_000_000, 24_000_000).lr_scale == 1
    assert rates(21_000_000, 24_000_000).lr_scale == pytest.approx(0.5)
    assert rates(24_000_000, 24_000_000).lr_scale == 0


def test_more_tokens_change_nothing_before_the_fall():
    for seen in (0, 100_000, 5_000_000, 17_000_000):
        assert rates(seen, 24_000_000).lr_scale == rates(seen, 40_000_000).lr_scale


def test_rows_are_long_at_the_end():
    assert [rates(seen, 1_000_000).row_length for seen in (0, 899_999, 900_000)] == [256, 256, 1024]


def test_a_resumed_training_is_the_uninterrupted_one(plan: Plan):
    straight = Trainer(plan, ALONE)
    for _ in range(2):
        straight.step()
    straight.save(plan.out / "checkpoint.pt")
    resumed = Trainer(plan, ALONE)
    resumed.load(plan.out / "checkpoint.pt")
    assert [straight.step() for _ in range(2)] == [resumed.step() for _ in range(2)]
    for name, parameter in straight.model.state_dict().items():
        assert torch.equal(parameter, resumed.model.state_dict()[name]), name


def test_steps_lower_the_loss(plan: Plan, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(train, "WARMUP_TOKENS", 1)
    trainer = Trainer(plan, ALONE)
    losses = [trainer.step() for _ in range(8)]
    assert losses[-1] < losses[0] - 0.5


def test_an_exported_folder_loads_and_keeps_the_logits(plan: Plan):
    trainer = Trainer(plan, ALONE)
    trainer.step()
    trainer.save(plan.out / "checkpoint.pt")
    export(plan.out / "checkpoint.pt", plan.out / "tokenizer", plan.out / "model")
    loaded = AutoModelForCausalLM.from_pretrained(plan.out / "model", dtype="float32")
    tokenizer = AutoTokenizer.from_pretrained(plan.out / "model")
    assert isinstance(tokenizer, PreTrainedTokenizerFast)
    ids = torch.tensor([tokenizer.encode("The capital of France is")])
    with torch.no_grad():
        assert (loaded(input_ids=ids).logits - trainer.model(input_ids=ids).logits).abs().max() < 0.02
    assert loaded.generation_config.eos_token_id == [0, 4]
    assert loaded.num_parameters() == pytest.approx(6.3e6, rel=0.05)
    assert loaded.config.tie_word_embeddings
    assert (plan.out / "model" / "model.safetensors").stat().st_size < 13_000_000


def test_the_curve_forgets_what_came_after_the_checkpoint(tmp_path: Path):
    curve = Curve(tmp_path / "curve.jsonl", 0)
    for tokens in (100, 200, 300):
        curve.add(tokens=tokens, loss=1.0)
    Curve(tmp_path / "curve.jsonl", 200)
    assert [json.loads(line)["tokens"] for line in (tmp_path / "curve.jsonl").read_text().splitlines()] == [100, 200]


def test_token_counts_are_read_as_people_write_them():
    assert [token_count(text) for text in ("24M", "1.5M", "500k", "1234")] == [24_000_000, 1_500_000, 500_000, 1234]
