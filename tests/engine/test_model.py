from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.conftest import N_CTX
from torch._subclasses.fake_tensor import FakeTensorMode
from transformers.models.auto.modeling_auto import AutoModelForCausalLM

from microscope.core.lens import summary
from microscope.core.sites import Site
from microscope.engine.hooks import stack
from microscope.engine.model import Model
from microscope.engine.state import State
from microscope.engine.tokenizer import Message
from microscope.errors import Invalid, TooLarge

LoadTiny = Callable[..., Model]
TEXT = "The capital of France is Paris. The cat sat on the mat."


def plain(tiny_folder: Callable[[str], Path], shape: str, dtype: torch.dtype = torch.float32) -> Any:
    """The same weights, read by transformers alone."""
    loaded: Any = AutoModelForCausalLM.from_pretrained(tiny_folder(shape), dtype=dtype)
    return loaded.eval()


@pytest.mark.parametrize(("dtype", "logit_atol", "probability_atol"), [("float32", 1e-4, 1e-6), ("bfloat16", 0, 0)])
def test_the_last_row_is_the_models_own_prediction(
    tiny_model: LoadTiny, tiny_folder: Any, shape: str, dtype: str, logit_atol: float, probability_atol: float
) -> None:
    """Bit for bit in bfloat16, where every product takes the same kernel."""
    model = tiny_model(shape, dtype)
    ids = model.encode(TEXT)
    with torch.no_grad():
        logits = plain(tiny_folder, shape, getattr(torch, dtype))(torch.tensor([ids])).logits[0].float()
    trace = model.trace(ids, logits="all")
    assert trace.logits is not None
    torch.testing.assert_close(trace.logits.float(), logits, atol=logit_atol, rtol=0)
    own = model.unembed(trace.resid[-1]).float()
    torch.testing.assert_close(own, logits, atol=logit_atol, rtol=0)
    torch.testing.assert_close(own.softmax(-1), logits.softmax(-1), atol=probability_atol, rtol=0)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_residuals_are_what_transformers_calls_hidden_states(
    tiny_model: LoadTiny, tiny_folder: Any, shape: str, dtype: torch.dtype
) -> None:
    model = tiny_model(shape, str(dtype).removeprefix("torch."))
    ids = model.encode(TEXT)
    with torch.no_grad():
        hidden = plain(tiny_folder, shape, dtype)(torch.tensor([ids]), output_hidden_states=True).hidden_states
    resid = model.trace(ids).resid
    assert resid.dtype == dtype
    # The last hidden state has been through the final norm and is not comparable.
    assert torch.equal(resid[:-1], torch.stack(hidden[:-1])[:, 0])
    assert torch.equal(model.unembed.norm(resid[-1:])[0], hidden[-1][0])


@pytest.mark.parametrize(("dtype", "roundings"), [("float32", 4), ("bfloat16", 2)])
def test_a_block_adds_its_two_halves(tiny_model: LoadTiny, shape: str, dtype: str, roundings: int) -> None:
    """Up to the roundings of the two additions, in the order in which the block makes them."""
    model = tiny_model(shape, dtype)
    trace = model.trace(model.encode(TEXT))
    parts = [part.float() for part in (trace.resid[:-1], trace.attn_out, trace.mlp_out)]
    largest = torch.stack([*parts, trace.resid[1:].float()]).abs().max().item()
    atol = roundings * torch.finfo(getattr(torch, dtype)).eps * largest
    torch.testing.assert_close(sum(parts), trace.resid[1:].float(), atol=atol, rtol=0)


def test_every_site_is_what_it_is_called(tiny_model: LoadTiny) -> None:
    model = tiny_model("llama")
    whole = model.trace(model.encode(TEXT))
    sites = [Site(2, "resid_mid"), Site(1, "resid_pre"), Site(0, "resid_pre"), Site(1, "mlp_out")]
    trace = model.trace(model.encode(TEXT), capture=sites)
    assert torch.equal(trace.at(Site(1, "resid_pre")), whole.resid[1])
    assert torch.equal(trace.at(Site(0, "resid_pre")), whole.resid[0])
    assert torch.equal(trace.at(Site(1, "mlp_out")), whole.mlp_out[1])
    assert torch.equal(trace.at(Site(2, "resid_mid")), whole.resid[2] + whole.attn_out[2])


def test_a_site_alone_is_what_it_is_beside_others(tiny_model: LoadTiny, shape: str) -> None:
    model = tiny_model(shape)
    ids = model.encode(TEXT)
    whole = model.trace(ids)
    for site in (Site(1, "attn_out"), Site(1, "mlp_out"), Site(1, "resid_post")):
        assert torch.equal(model.trace(ids, [site], logits="none").stacked[0], whole.at(site)), site
        assert torch.equal(model.trace_rows(torch.tensor([ids]), [site])[0, 0], whole.at(site)), site


def test_a_pass_stops_after_the_last_layer_that_is_needed(tiny_model: LoadTiny) -> None:
    model = tiny_model("gpt2")
    reached: list[int] = []
    blocks = model._hf.base_model.h  # pyright: ignore[reportPrivateUsage]
    handles = [
        block.register_forward_pre_hook(lambda *_, layer=layer: reached.append(layer))
        for layer, block in enumerate(blocks)
    ]
    trace = model.trace(model.encode(TEXT), capture=[Site(1, "attn_out")], logits="none")
    for handle in handles:
        handle.remove()
    assert reached == [0, 1]
    assert trace.logits is None
    assert trace.stacked.shape == (1, len(model.encode(TEXT)), 64)


def test_a_pass_that_breaks_leaves_the_hooks_ready_for_the_next(tiny_model: LoadTiny) -> None:
    model = tiny_model("gpt2")
    ids = model.encode(TEXT)
    whole = model.trace(ids)

    def fail(*_: object) -> None:
        raise RuntimeError("out of memory")

    handle = model._hf.base_model.h[1].register_forward_pre_hook(fail)  # pyright: ignore[reportPrivateUsage]
    with pytest.raises(RuntimeError, match="out of memory"):
        model.trace(ids)
    handle.remove()
    model.trace(ids, capture=[Site(0, "resid_post")], logits="none")
    assert torch.equal(model.trace(ids).stacked, whole.stacked)


def test_nothing_captured_is_a_pass_all_the_same(tiny_model: LoadTiny) -> None:
    model = tiny_model("gpt2")
    trace = model.trace(model.encode(TEXT), capture=())
    assert trace.stacked.shape == (0, len(model.encode(TEXT)), 64)
    assert trace.logits is not None


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_captures_are_bit_equal_to_nnsight(tiny_folder: Any, tiny_model: LoadTiny, main_shape: str, dtype: str) -> None:
    import nnsight

    model = tiny_model(main_shape, dtype)
    ids = model.encode(TEXT)
    wrapped: Any = nnsight.NNsight(plain(tiny_folder, main_shape, getattr(torch, dtype)))
    gpt2 = main_shape in ("gpt2", "specimen")
    with wrapped.trace(torch.tensor([ids])):
        blocks = wrapped.transformer.h if gpt2 else wrapped.model.layers
        theirs = nnsight.save(
            [((block.attn if gpt2 else block.self_attn).output[0], block.mlp.output, block.output) for block in blocks]
        )
    trace = model.trace(ids)
    for layer, (attn_out, mlp_out, resid_post) in enumerate(theirs):
        assert torch.equal(trace.attn_out[layer], attn_out[0])
        assert torch.equal(trace.mlp_out[layer], mlp_out[0])
        assert torch.equal(trace.resid[layer + 1], resid_post[0])


@pytest.mark.parametrize("head", ["cuda:0", "cuda:1"])
def test_what_two_gpus_capture_is_gathered_where_the_head_is(head: str) -> None:
    """Tensors without values, which torch lets lie on GPUs that are not there, and refuses to mix."""
    first, second = "cuda:0", "cuda:1"
    where = {Site(0, "resid_pre"): first, Site(0, "attn_out"): first, Site(0, "resid_post"): second}
    with FakeTensorMode():
        tape = {site: torch.empty(1, 3, 8, device=device) for site, device in where.items()}
        assert stack(
            tape, (*tape, Site(0, "resid_mid")), torch.Size([1, 3]), torch.device(head)
        ).device == torch.device(head)


def test_captured_tensors_are_copies(tiny_model: LoadTiny) -> None:
    model = tiny_model("qwen3")
    ids = model.encode(TEXT)
    first = model.trace(ids)
    kept = first.stacked.clone()
    first.stacked.zero_()
    assert torch.equal(model.trace(ids).stacked, kept)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_the_summary_lens_ends_in_the_models_distribution(tiny_model: LoadTiny, main_shape: str, dtype: str) -> None:
    model = tiny_model(main_shape, dtype)
    trace = model.trace(model.encode(TEXT), logits="all")
    assert trace.logits is not None
    read = summary(trace.resid, model.unembed)
    top = trace.logits.float().softmax(-1).topk(10)
    assert torch.equal(read.ids[-1], top.indices)
    torch.testing.assert_close(read.probabilities[-1], top.values, atol=1e-6, rtol=0)


def test_what_bfloat16_costs_a_reading_is_what_the_docs_say(tiny_model: LoadTiny) -> None:
    """The same residuals, read by the model's own bfloat16 head and by a float32 copy of it."""
    model = tiny_model("specimen", "bfloat16")
    resid = model.trace(model.encode(TEXT)).resid
    exact = model.unembed.norm(resid).float() @ model.unembed.weight.float().T
    ours, theirs = (logits.float().log_softmax(-1) for logits in (model.unembed(resid), exact))
    assert (ours.argmax(-1) != theirs.argmax(-1)).float().mean() < 0.03
    assert (ours.exp() - theirs.exp()).abs().max() < 0.05
    entropies = [-(logprobs.exp() * logprobs).sum(-1) for logprobs in (ours, theirs)]
    assert (entropies[0] - entropies[1]).abs().max() < 0.1


def test_the_soft_cap_is_applied(tiny_model: LoadTiny) -> None:
    model = tiny_model("gemma2")
    assert model.unembed.softcap == 3.0
    logits = model.trace(model.encode(TEXT), logits="all").logits
    assert logits is not None
    assert 2.0 < logits.abs().max() <= 3.0


def test_info_says_what_the_configuration_says(tiny_model: LoadTiny) -> None:
    info = tiny_model("qwen3").info
    assert (info.n_layers, info.d_model, info.n_heads, info.n_kv_heads, info.d_head) == (3, 64, 4, 2, 32)
    assert (info.d_mlp, info.n_ctx, info.dtype, info.device, info.tied, info.chat) == (
        128,
        256,
        "float32",
        "cpu",
        True,
        True,
    )
    assert info.bytes == 4 * info.n_parameters
    assert not tiny_model("llama").info.tied
    assert tiny_model("phi").info.parallel
    assert len(info.weights_sha256) == 64


def test_a_model_that_also_sees_is_described_by_its_text(tiny_model: LoadTiny) -> None:
    model = tiny_model("gemma3")
    info = model.info
    assert (info.architecture, info.n_layers, info.n_heads, info.n_kv_heads, info.d_head) == ("gemma3", 3, 4, 2, 16)
    assert (info.d_model, info.d_mlp, info.n_ctx, info.tied, info.chat) == (64, 128, 256, True, True)
    read = summary(model.trace(model.chat_ids([Message("user", "Hi")]).ids).resid, model.unembed)
    assert read.ids.shape[0] == info.n_layers + 1


def test_a_longrope_model_computes_the_same_with_a_cache_and_without_in_all_its_positions(tiny_model: LoadTiny) -> None:
    """Beyond its original length transformers turns all positions of a pass by other angles than the cached ones."""
    model = tiny_model("phi3-longrope")
    assert model.info.n_ctx == model.n_ctx == N_CTX // 2
    ids = (model.encode(TEXT) * 20)[: model.n_ctx]
    state = State(model)
    for token_id in ids:
        state.extend([token_id])
    torch.testing.assert_close(state.resid, model.trace(ids).resid, atol=1e-4, rtol=0)
    with pytest.raises(TooLarge, match=r"129 tokens; .* has n_ctx=128"):
        model.trace([*ids, 5])


def test_counts_say_how_much_was_computed(tiny_model: LoadTiny) -> None:
    model = tiny_model("gpt2")
    forwards, positions = model.counts.forwards, model.counts.positions_computed
    ids = model.encode(TEXT)
    model.trace(ids)
    assert model.counts.forwards == forwards + 1
    assert model.counts.positions_computed == positions + len(ids)


def test_what_cannot_be_traced_is_refused_in_words(tiny_model: LoadTiny) -> None:
    model = tiny_model("phi")
    with pytest.raises(Invalid, match="no tokens"):
        model.trace([])
    with pytest.raises(TooLarge, match=r"257 tokens; .* has n_ctx=256"):
        model.trace([5] * 257)
    with pytest.raises(Invalid, match="Token id 99999 is outside the vocabulary"):
        model.trace([5, 99999])
    with pytest.raises(Invalid, match=r"L3.resid_post is not in 3 layers"):
        model.trace([5], capture=[Site(3, "resid_post")])
    with pytest.raises(Invalid, match=r"L1.resid_mid does not exist"):
        model.trace([5], capture=[Site(1, "resid_mid")])
