# pyright: basic, reportMissingImports=false
"""SAELens, dictionary_learning and sparsify, run by a Python of their own: they want older libraries than this project.

`make bench` builds that environment, `.venv-peers`, from `peer_requirements.txt`. This file imports nothing of
Microscope. It is a child process that reads one JSON object per line and answers with one:

    {"do": "open", "tool": "saelens", "rows": "train.npy", "d_sae": …, "k": …, "batch": …, "steps": …, "lr": …}
    {"do": "steps", "n": 5}                          → {"seconds": of CPU, "done": …}
    {"do": "fvu", "rows": "held_out.npy"}            → {"fvu": …}
    {"do": "load", "folder": …, "rows": …, "out": …} → SAELens reads an exported SAE; activations and reconstruction

Each is trained as its own documentation trains it: its losses, its optimiser step, its bookkeeping of dead features.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any, Protocol

import numpy as np
import torch


class Tool(Protocol):
    def step(self, rows: torch.Tensor) -> None: ...

    def reconstruct(self, rows: torch.Tensor) -> torch.Tensor: ...


class SaeLens:
    """`SAETrainer.step` around a `TopKTrainingSAE`, with or without autocast."""

    def __init__(self, d_in: int, wish: dict[str, Any], autocast: bool = False) -> None:
        from sae_lens import TopKTrainingSAE, TopKTrainingSAEConfig
        from sae_lens.config import SAETrainerConfig
        from sae_lens.training.sae_trainer import SAETrainer

        self.sae = TopKTrainingSAE(TopKTrainingSAEConfig(d_in=d_in, d_sae=wish["d_sae"], k=wish["k"], device="cpu"))
        settings = SAETrainerConfig(
            total_training_samples=wish["steps"] * wish["batch"],
            train_batch_size_samples=wish["batch"],
            lr=wish["lr"],
            lr_end=wish["lr"],
            lr_decay_steps=int(wish["decay"] * wish["steps"]),
            device="cpu",
            autocast=autocast,
        )
        self.trainer = SAETrainer(cfg=settings, sae=self.sae, data_provider=iter(()))

    def step(self, rows: torch.Tensor) -> None:
        self.trainer.maybe_reset_sparsity()
        self.trainer.step(rows)
        self.trainer.n_training_steps += 1

    def reconstruct(self, rows: torch.Tensor) -> torch.Tensor:
        return self.sae(rows)


class DictionaryLearning:
    """`TopKTrainer.update`."""

    def __init__(self, d_in: int, wish: dict[str, Any]) -> None:
        from dictionary_learning.trainers.top_k import TopKTrainer

        self.trainer = TopKTrainer(
            steps=wish["steps"],
            activation_dim=d_in,
            dict_size=wish["d_sae"],
            k=wish["k"],
            layer=0,
            lm_name="",
            lr=wish["lr"],
            warmup_steps=0,
            decay_start=int((1 - wish["decay"]) * wish["steps"]) if wish["decay"] else None,
            seed=0,
            device="cpu",
        )
        self.done = 0

    def step(self, rows: torch.Tensor) -> None:
        self.trainer.update(self.done, rows)
        self.done += 1

    def reconstruct(self, rows: torch.Tensor) -> torch.Tensor:
        return self.trainer.ae(rows)


class Sparsify:
    """`SparseCoder` with the loss, the projection and the normalisation of its trainer's loop, by Adam."""

    def __init__(self, d_in: int, wish: dict[str, Any]) -> None:
        from sparsify import SparseCoder, SparseCoderConfig

        self.sae = SparseCoder(d_in, SparseCoderConfig(num_latents=wish["d_sae"], k=wish["k"]))
        self.adam = torch.optim.Adam(self.sae.parameters(), lr=wish["lr"])
        total, falls = wish["steps"], wish["decay"]
        self.rate = torch.optim.lr_scheduler.LambdaLR(
            self.adam, lambda done: min(1.0, (total - done) / (falls * total)) if falls else 1.0
        )
        self.silent = torch.zeros(wish["d_sae"], dtype=torch.long)
        self.begun = False

    def step(self, rows: torch.Tensor) -> None:
        if not self.begun:
            self.sae.b_dec.data = rows.mean(0)
            self.begun = True
        self.sae.set_decoder_norm_to_unit_norm()
        out = self.sae(rows, dead_mask=self.silent > 10_000_000)
        (out.fvu + out.auxk_loss / 32).backward()
        self.sae.remove_gradient_parallel_to_decoder_directions()
        self.adam.step()
        self.adam.zero_grad()
        self.rate.step()
        self.silent += len(rows)
        self.silent[out.latent_indices.flatten()] = 0

    def reconstruct(self, rows: torch.Tensor) -> torch.Tensor:
        return self.sae(rows).sae_out


TOOLS = {
    "saelens": SaeLens,
    "saelens_bf16": lambda d_in, wish: SaeLens(d_in, wish, autocast=True),
    "dictionary_learning": DictionaryLearning,
    "sparsify": Sparsify,
}


class Child:
    """Answers one command after the other."""

    def __init__(self) -> None:
        self.tool: Tool | None = None
        self.done = 0

    def open(self, wish: dict[str, Any]) -> dict[str, Any]:
        torch.manual_seed(0)
        torch.set_num_threads(wish["threads"])
        self.rows = torch.from_numpy(np.load(wish["rows"]))
        self.batch = wish["batch"]
        self.tool = TOOLS[wish["tool"]](self.rows.shape[1], wish)
        return {"torch": torch.__version__}

    def steps(self, wish: dict[str, Any]) -> dict[str, Any]:
        assert self.tool is not None, "open a tool first"
        start = time.process_time()
        for _ in range(wish["n"]):
            at = self.done * self.batch % (len(self.rows) - self.batch + 1)
            self.tool.step(self.rows[at : at + self.batch])
            self.done += 1
        return {"seconds": time.process_time() - start, "done": self.done}

    @torch.no_grad()
    def fvu(self, wish: dict[str, Any]) -> dict[str, Any]:
        assert self.tool is not None, "open a tool first"
        rows = torch.from_numpy(np.load(wish["rows"])).float()
        error = sum((part - self.tool.reconstruct(part)).double().pow(2).sum().item() for part in rows.split(1024))
        return {"fvu": error / (rows - rows.mean(0)).double().pow(2).sum().item()}

    @torch.no_grad()
    def load(self, wish: dict[str, Any]) -> dict[str, Any]:
        from sae_lens import SAE

        sae = SAE.load_from_disk(wish["folder"], device="cpu")
        # One text: a temporal SAE reads the rows in order, and its reconstruction is more than its features decoded.
        text = torch.from_numpy(np.load(wish["rows"]))[None]
        np.savez(wish["out"], acts=sae.encode(text)[0].numpy(), x_hat=sae(text)[0].numpy())
        return {"architecture": sae.cfg.architecture(), "d_sae": sae.cfg.d_sae}


def main() -> None:
    child = Child()
    replies, sys.stdout = sys.stdout, sys.stderr  # What a library prints is no reply.
    for line in sys.stdin:
        wish = json.loads(line)
        print(json.dumps(getattr(child, wish.pop("do"))(wish)), file=replies, flush=True)


if __name__ == "__main__":
    main()
