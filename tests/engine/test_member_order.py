"""Members act in the order of their set at embeddings, too: against weights that are multiplied out, live and as PEFT
has what is written of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import torch
from peft import LoraConfig, get_peft_model
from tests.engine.test_adapter_export import TEXT, in_peft, scale, written
from tests.engine.test_edits import direction
from torch import Tensor, nn
from transformers.models.auto.modeling_auto import AutoModelForCausalLM

from microscope.core.patches.adapter import Adapter
from microscope.core.patches.base import Member, placed
from microscope.core.patches.direction import packed, unpacked
from microscope.core.sites import Site
from microscope.engine.adapters import read_adapter
from microscope.engine.edits import Edits
from microscope.engine.model import Model

pytestmark = [
    pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing:FutureWarning"),
    pytest.mark.filterwarnings("ignore:Adapter 'default'"),
    pytest.mark.filterwarnings("ignore:Setting `save_embedding_layers`"),
    pytest.mark.filterwarnings("ignore:Model has `tie_word_embeddings"),
    pytest.mark.filterwarnings("ignore:Input and output embeddings are no longer tied"),
]

TARGETS = {
    "gpt2": ["wte", "c_attn", "c_proj"],
    "llama": ["embed_tokens", "q_proj", "down_proj"],
    "llama-tied": ["embed_tokens", "o_proj"],
    "qwen2": ["embed_tokens", "v_proj", "o_proj"],
}
ORDERS = {"SA": (-1.0, 0.7), "AS": (0.7, -1.0), "SAS": (0.5, 0.7, -2.0)}


class Trained(NamedTuple):
    """A LoRA whose embeddings were trained, too."""

    folder: Path
    deltas: Mapping[str, Tensor]
    """What PEFT adds to each weight, as the module keeps it."""


def trained(base: Path, folder: Path, shape: str) -> Trained:
    config = LoraConfig(
        r=3, lora_alpha=5, target_modules=TARGETS[shape], init_lora_weights=False, task_type="CAUSAL_LM",
        fan_in_fan_out=shape == "gpt2",
    )  # fmt: skip
    hf: Any = get_peft_model(AutoModelForCausalLM.from_pretrained(base, dtype="float32"), config)
    draw = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for name, parameter in hf.named_parameters():
            if "lora_" in name:
                parameter.copy_(torch.randn(parameter.shape, generator=draw) / 8)
        hf.save_pretrained(folder)
        found = {path: one for path, one in hf.named_modules() if hasattr(one, "get_delta_weight")}
        deltas = {
            path.removeprefix("base_model.model."): one.get_delta_weight("default") for path, one in found.items()
        }
    return Trained(folder, deltas)


def multiplied_out(base: Path, model: Model, lora: Trained, order: str) -> Any:
    """One member after the other on a copy of the weights, the unembedding parted from the embeddings."""
    hf: Any = AutoModelForCausalLM.from_pretrained(base, dtype="float32")
    hf.lm_head.weight = nn.Parameter(hf.lm_head.weight.detach().clone())
    unit = unpacked(packed(direction(model, 1)))
    sites = [Site(0, "resid_pre"), *(Site(n, name) for n in range(model.n_layers) for name in ("attn_out", "mlp_out"))]
    with torch.no_grad():
        for member, strength in zip(order, ORDERS[order], strict=True):
            if member == "A":
                for path, delta in lora.deltas.items():
                    hf.get_submodule(path).weight += strength * delta
                continue
            project = torch.eye(model.d_model) + strength * torch.outer(unit, unit)
            for module in (hf.get_submodule(path) for site in sites for path in model.writers(site)):
                # Conv1D and embeddings keep what they write in rows.
                rows_write = not isinstance(module, nn.Linear)
                module.weight.copy_(module.weight @ project if rows_write else project @ module.weight)
                if getattr(module, "bias", None) is not None:
                    module.bias.copy_(project @ module.bias)
    return hf.eval()


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("shape", TARGETS)
def test_members_compose_in_their_order_at_embeddings_too(
    tiny_model: Callable[..., Model], tiny_folder: Callable[[str], Path], tmp_path: Path, shape: str, order: str
) -> None:
    model, base = tiny_model(shape), tiny_folder(shape)
    lora = trained(base, tmp_path / "lora", shape)
    adapter = read_adapter(str(lora.folder), lora.folder)
    place = model.place(adapter=lambda _: model.low_rank(adapter))
    members = [
        Member(patch=Adapter(adapter=adapter.sha256), strength=strength) if one == "A" else scale(model, 1, strength)
        for one, strength in zip(order, ORDERS[order], strict=True)
    ]
    ids = model.encode(TEXT)
    with torch.no_grad():
        wanted = multiplied_out(base, model, lora, order)(torch.tensor([ids])).logits[0, -1]

    def live(some: list[Member]) -> Tensor:
        end = [Site(model.n_layers - 1, "resid_post")]
        rows = model.trace_rows(torch.tensor([ids]), end, edits=[Edits(placed(some, place))])
        return model.unembed(rows[0, 0, -1]).float()

    folder = written(model, members, tmp_path / "set", place)
    found = {
        "live": live(members),
        "in PEFT": in_peft(base, folder, ids),
        "merged by PEFT": in_peft(base, folder, ids, merged=True),
    }
    print(
        f"order {order} | {shape} | "
        + ", ".join(f"{name} {(one - wanted).abs().max():.1e}" for name, one in found.items())
    )
    for name, logits in found.items():
        assert torch.allclose(logits, wanted, atol=2e-5, rtol=1e-5), name
    if order != "SAS":
        assert (live(members[::-1]) - wanted).abs().max() > 1e-2, "in the other order it is another model"
