"""Trains the bundled model: `python -m microscope.bundled.train --stories FILE --out DIR --tokens 80M`.

1. A tokenizer is learnt on a sample of the corpus; the corpus is tokenised once, from the seed.
2. Rows of 256 tokens, for the last tenth of the training rows of 1,024: short rows are twice as fast, and most
   documents fit; every position embedding is trained at the end.
3. Muon steps the blocks' matrices, AdamW embeddings, norms and biases. The learning rate warms up, stays, and falls
   to 0 over the last quarter, so that `--tokens` may be changed on `--resume` until the fall begins.
4. Every few minutes a checkpoint is written whole or not at all. A killed run, resumed, sees the same rows.

On a CPU each worker process drives one core and computes its part of every step: matrices this small leave
threads waiting for each other. Progress goes to standard output and to `curve.jsonl`.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import torch
import torch.distributed
from jaxtyping import Int
from torch import Tensor
from torch.multiprocessing.spawn import spawn
from torch.nn.utils import clip_grad_norm_
from transformers import AutoTokenizer, GenerationConfig, GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

from microscope.bundled import forward
from microscope.bundled.corpus import facts, in_context, mix, refusals, small_talk, stories
from microscope.bundled.corpus.base import Document, Item
from microscope.bundled.corpus.fact_tables import FACTS
from microscope.bundled.muon import ALONE, Muon, Share
from microscope.bundled.rows import Packer, build_corpus, load_corpus
from microscope.bundled.scoring import score_items
from microscope.bundled.tokenizer import D_VOCAB, SPECIAL, train_tokenizer

N_CTX = 1024
SHORT_ROW = 256
LONG_ROWS_FROM = 0.9
"""Share of the training (0 to 1) after which rows are N_CTX long."""

STEP_TOKENS = 8192
PIECE_TOKENS = 1024
"""Tokens in one forward pass on a CPU: their activations stay in the cache."""

WARMUP_TOKENS = 400_000
DECAY_SHARE = 0.25
MUON_LR = 0.02
ADAM_LR = 3e-3
CLIP = 1.0

CHECKPOINT_S = 180
REPORT_STEPS = 20
SCORE_TOKENS = 1_000_000
SCORE_ITEMS = 12
"""Held-out questions per ability in the learning curve: enough to see when an ability forms."""

TOKENIZER_SAMPLE = 60_000
"""Documents on which the tokenizer is learnt."""

ANSWER_WEIGHT = 60
"""How often each fact's answer stands in the tokenizer's sample besides, so that most are one token."""


class Plan(NamedTuple):
    """What one command asked for."""

    stories: Path
    out: Path
    n_tokens: int
    seed: int
    device: Literal["cpu", "cuda"]
    n_workers: int


class Rates(NamedTuple):
    """What a training of `n_tokens` does after `seen` tokens."""

    row_length: int
    lr_scale: float
    """0 to 1."""


def rates(seen: int, n_tokens: int) -> Rates:
    """Warm up, stay, fall linearly to 0 (WSD, Hu et al. 2024, https://arxiv.org/abs/2404.06395)."""
    warm = min(1.0, (seen + STEP_TOKENS) / WARMUP_TOKENS)
    fall = min(1.0, (n_tokens - seen) / (DECAY_SHARE * n_tokens))
    return Rates(SHORT_ROW if seen < LONG_ROWS_FROM * n_tokens else N_CTX, min(warm, max(fall, 0.0)))


def new_model(seed: int, n_layers: int = 12, d_model: int = 192, n_heads: int = 6) -> GPT2LMHeadModel:
    """GPT-2's shape and initialisation, tied, without dropout."""
    torch.manual_seed(seed)
    config = GPT2Config(
        vocab_size=D_VOCAB,
        n_positions=N_CTX,
        n_embd=d_model,
        n_layer=n_layers,
        n_head=n_heads,
        resid_pdrop=0.0,
        embd_pdrop=0.0,
        attn_pdrop=0.0,
        bos_token_id=0,
        eos_token_id=0,
        pad_token_id=0,
    )
    return GPT2LMHeadModel(config)


def documents(plan: Plan) -> Iterator[Document]:
    return mix.documents(plan.seed, stories.load(plan.stories))


def new_tokenizer(plan: Plan) -> PreTrainedTokenizerFast:
    sample = (document.text for document in islice(documents(plan), TOKENIZER_SAMPLE))
    answers = [
        f"It is {fact.answer}.{ANSWER_WEIGHT * f' {fact.answer}'}" for facts_of in FACTS.values() for fact in facts_of
    ]
    return train_tokenizer([*sample, *answers], N_CTX)


class Trainer:
    """One worker's part of a training; all workers hold the same parameters, and the first writes to disk."""

    def __init__(self, plan: Plan, share: Share) -> None:
        self.plan, self.share = plan, share
        self.device = torch.device(plan.device)
        self.model = new_model(plan.seed)
        self.model.to(self.device)  # pyright: ignore[reportArgumentType]  # decorated by transformers without its types
        blocks = [p for name, p in self.model.named_parameters() if ".h." in name and p.ndim == 2]
        rest = [p for p in self.model.parameters() if all(p is not matrix for matrix in blocks)]
        self.muon = Muon(blocks, MUON_LR, share=share)
        self.adam = torch.optim.AdamW(rest, ADAM_LR, betas=(0.9, 0.95), weight_decay=0.0)
        self.packer = Packer(load_corpus(plan.out / "corpus"))
        self.seen = 0

    def step(self) -> float:
        """One step over STEP_TOKENS.

        Returns:
            The mean loss over all workers, in nats.
        """
        now = rates(self.seen, self.plan.n_tokens)
        for optimiser, lr in ((self.muon, MUON_LR), (self.adam, ADAM_LR)):
            for group in optimiser.param_groups:
                group["lr"] = lr * now.lr_scale
        rows = self.packer.rows(STEP_TOKENS // now.row_length, now.row_length)
        loss = self._backward(torch.from_numpy(rows[self.share.rank :: self.share.of].copy()).to(self.device))
        clip_grad_norm_(self.model.parameters(), CLIP)
        for optimiser in (self.muon, self.adam):
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
        self.seen += STEP_TOKENS
        return loss

    def _backward(self, rows: Int[Tensor, "row position"]) -> float:
        """Gradients of this worker's rows, piece by piece, then the mean over all workers."""
        targets = torch.cat([rows[:, 1:], torch.full_like(rows[:, :1], -100)], 1)
        at_once = len(rows) if self.plan.device == "cuda" else max(1, PIECE_TOKENS // rows.shape[1])
        pieces = list(zip(rows.split(at_once), targets.split(at_once), strict=True))
        total = torch.zeros((), device=self.device)
        for ids, wanted in pieces:
            part = forward.loss(self.model, ids, wanted, torch.bfloat16) / len(pieces) / self.share.of
            part.backward()
            total += part.detach()
        gradients = [parameter.grad for parameter in self.model.parameters() if parameter.grad is not None]
        flat = torch.cat([total.view(1), *(gradient.view(-1) for gradient in gradients)])
        self.share.total(flat)
        for gradient, summed in zip(gradients, flat[1:].split([g.numel() for g in gradients]), strict=True):
            gradient.copy_(summed.view_as(gradient))
        return float(flat[0])

    def save(self, path: Path) -> None:
        state = {
            "model": self.model.state_dict(),
            "muon": self.muon.state_dict(),
            "adam": self.adam.state_dict(),
            "packer": self.packer.state,
            "seen": self.seen,
        }
        torch.save(state, path.with_suffix(".part"))
        path.with_suffix(".part").replace(path)

    def load(self, path: Path) -> None:
        state = torch.load(path, map_location=self.device, weights_only=True)
        self.model.load_state_dict(state["model"])
        self.muon.load_state_dict(state["muon"])
        self.adam.load_state_dict(state["adam"])
        self.packer = Packer(self.packer.corpus, state["packer"])
        self.seen = state["seen"]


class Curve:
    """`curve.jsonl`: losses and held-out scores by tokens seen. Lines later than a checkpoint are cut on resuming."""

    def __init__(self, path: Path, seen: int) -> None:
        lines = path.read_text().splitlines() if path.exists() else []
        path.write_text("".join(f"{line}\n" for line in lines if json.loads(line)["tokens"] <= seen))
        self.path = path

    def add(self, **point: object) -> None:
        with self.path.open("a") as file:
            file.write(json.dumps(point) + "\n")


def held_out(seed: int, per_ability: int) -> list[Item]:
    """The same questions at every point of the curve, `per_ability` each."""
    rng = random.Random(f"{seed} curve")
    items = [item for module in (facts, in_context, small_talk, refusals) for item in module.held_out(rng, 400)]
    abilities = dict.fromkeys(item.ability for item in items)
    return [item for ability in abilities for item in [i for i in items if i.ability == ability][:per_ability]]


def scores(model: GPT2LMHeadModel, tokenizer: PreTrainedTokenizerFast, items: list[Item]) -> dict[str, float]:
    """Share of right answers (0 to 1) by ability."""
    with torch.inference_mode():
        right = score_items(model, tokenizer, items)
    by_ability: dict[str, list[bool]] = {}
    for item, hit in zip(items, right, strict=True):
        by_ability.setdefault(item.ability, []).append(hit)
    return {ability: sum(hits) / len(hits) for ability, hits in by_ability.items()}


def work(rank: int, plan: Plan, meeting: str, resume: bool) -> None:
    """One worker, from the first step to the last."""
    if plan.device == "cpu":
        torch.set_num_threads(1)
    share = ALONE
    if plan.n_workers > 1:
        os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")
        torch.distributed.init_process_group(
            "gloo", init_method=f"file://{meeting}", rank=rank, world_size=plan.n_workers
        )
        share = Share(rank, plan.n_workers, torch.distributed.all_reduce)
    trainer = Trainer(plan, share)
    checkpoint = plan.out / "checkpoint.pt"
    if resume:
        trainer.load(checkpoint)
    if rank == 0:
        _lead(trainer, checkpoint)
    else:
        while trainer.seen < plan.n_tokens:
            trainer.step()


def _lead(trainer: Trainer, checkpoint: Path) -> None:
    """The first worker's loop: steps, the progress line, the curve and the checkpoints."""
    plan = trainer.plan
    tokenizer = AutoTokenizer.from_pretrained(plan.out / "tokenizer")
    items = held_out(plan.seed, SCORE_ITEMS)
    curve = Curve(plan.out / "curve.jsonl", trainer.seen)
    losses: list[float] = []
    since = saved = time.monotonic()
    while trainer.seen < plan.n_tokens:
        losses.append(trainer.step())
        now = time.monotonic()
        if len(losses) == REPORT_STEPS:
            speed = REPORT_STEPS * STEP_TOKENS / (now - since)
            _report(trainer, curve, sum(losses) / len(losses), speed)
            losses, since = [], now
        if trainer.seen // SCORE_TOKENS > (trainer.seen - STEP_TOKENS) // SCORE_TOKENS:
            found = scores(trainer.model, tokenizer, items)
            curve.add(tokens=trainer.seen, scores=found)
            print("  " + "  ".join(f"{ability} {share:.2f}" for ability, share in found.items()), flush=True)
            since += time.monotonic() - now
        if time.monotonic() - saved > CHECKPOINT_S:
            trainer.save(checkpoint)
            saved = time.monotonic()
        # The last state from which a longer training can go on.
        if trainer.seen // STEP_TOKENS == int((1 - DECAY_SHARE) * plan.n_tokens) // STEP_TOKENS:
            trainer.save(checkpoint.with_name("before_decay.pt"))
    trainer.save(checkpoint)


def _report(trainer: Trainer, curve: Curve, loss: float, speed: float) -> None:
    seen, n_tokens = trainer.seen, trainer.plan.n_tokens
    now = rates(seen, n_tokens)
    curve.add(tokens=seen, loss=round(loss, 4), lr_scale=round(now.lr_scale, 4), tokens_per_s=round(speed))
    left_min = (n_tokens - seen) / speed / 60
    print(
        f"{seen / 1e6:.2f}M of {n_tokens / 1e6:.0f}M tokens  loss {loss:.3f}  lr x{now.lr_scale:.2f}"
        f"  rows of {now.row_length}  {speed:.0f} tokens/s  {left_min:.0f} min left",
        flush=True,
    )


def export(checkpoint: Path, tokenizer: Path, out: Path) -> None:
    """The ordinary folder that `AutoModelForCausalLM` and `AutoTokenizer` load, weights in fp16."""
    model = new_model(0)
    model.load_state_dict(torch.load(checkpoint, map_location="cpu", weights_only=True)["model"])
    model.generation_config = GenerationConfig(
        bos_token_id=0, eos_token_id=[0, SPECIAL.index("<|end|>")], pad_token_id=0
    )
    model.half().save_pretrained(out)
    AutoTokenizer.from_pretrained(tokenizer).save_pretrained(out)


def prepare(plan: Plan, resume: bool) -> None:
    """The tokenizer and the tokenised corpus, where a resumed training does not have them yet."""
    if not resume:
        new_tokenizer(plan).save_pretrained(plan.out / "tokenizer")
    starts = plan.out / "corpus" / "starts.npy"
    if resume and starts.exists() and np.load(starts)[-1] >= plan.n_tokens:
        return
    tokenizer = AutoTokenizer.from_pretrained(plan.out / "tokenizer")
    # A twentieth more than is read: heads of documents fill the rows' ends.
    build_corpus(documents(plan), tokenizer, int(1.05 * plan.n_tokens), plan.seed, plan.out / "corpus")


def token_count(text: str) -> int:
    """`80M`, `500k` or plain digits."""
    scale = {"k": 1_000, "M": 1_000_000}
    return int(float(text.rstrip("kM")) * scale.get(text[-1], 1))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stories", type=Path, required=True, help="stories, each ended by a line <|endoftext|>")
    parser.add_argument("--out", type=Path, required=True, help="checkpoints, curve and the finished model/")
    parser.add_argument("--tokens", type=token_count, default="80M", help="tokens to train on (80M)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--workers", type=int, default=2, help="processes on a CPU, one core each (2)")
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint in --out")
    parser.add_argument("--export-only", action="store_true", help="write model/ from the last checkpoint")
    wish = parser.parse_args()
    n_workers = wish.workers if wish.device == "cpu" else 1
    plan = Plan(wish.stories, wish.out, wish.tokens, wish.seed, wish.device, n_workers)
    if not wish.export_only:
        resume = wish.resume and (plan.out / "checkpoint.pt").exists()
        prepare(plan, resume)
        with tempfile.TemporaryDirectory() as folder:
            spawn(work, (plan, f"{folder}/meeting", resume), nprocs=n_workers)
    export(plan.out / "checkpoint.pt", plan.out / "tokenizer", plan.out / "model")
    print(f"wrote {plan.out / 'model'}")


if __name__ == "__main__":
    main()
