"""Where each architecture keeps its blocks, and which submodule's output is what a block adds to the residual stream.

One small description per family. What transformers itself can say (embeddings, output head, sizes) is asked of it and
is not repeated here. What is not listed is refused: guessing a wrong module gives numbers that look right.
Knows names of modules; knows no tensors.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from microscope.errors import Unsupported

Fused = Literal["values_last", "by_head"]
"""Queries, keys and values are one module's output: the values behind all else, or behind each head's own two."""


class Layout(NamedTuple):
    """Paths below `base_model` (blocks, norm) and below one block (attn_out, mlp_out)."""

    blocks: str = "layers"
    norm: str = "norm"
    """The final norm, applied once before the unembedding."""

    attn_out: str = "self_attn"
    """The module whose output is added to the residual stream; on Gemma 2/3 the norm behind the attention."""

    mlp_out: str = "mlp"
    post_norm: bool = False
    """What attention and MLP write passes a norm before it is added."""

    attn_matrix: str = "self_attn.o_proj"
    """The linear module below one block whose output attention adds, but for a norm behind it."""

    mlp_matrix: str = "mlp.down_proj"
    """As `attn_matrix`, of the MLP."""

    positions: str | None = None
    """Embeddings of positions below `base_model`, where they are added to those of tokens."""

    parallel: bool = False
    """Attention and MLP both read `resid_pre`, so that there is no `resid_mid`."""

    query_key: tuple[str, ...] = ("self_attn.q_proj", "self_attn.k_proj")
    """The modules below one block whose outputs decide where its heads look; where they give values too, `fused`."""

    fused: Fused | None = None

    @property
    def mlp(self) -> str | None:
        """The module below one block that its MLP is; OPT's has none of its own."""
        return self.mlp_matrix.rpartition(".")[0] or None


_POST_NORM = Layout(attn_out="post_attention_layernorm", mlp_out="post_feedforward_layernorm", post_norm=True)

LAYOUTS: dict[str, Layout] = {
    "gpt2": Layout(
        blocks="h",
        norm="ln_f",
        attn_out="attn",
        attn_matrix="attn.c_proj",
        mlp_matrix="mlp.c_proj",
        positions="wpe",
        query_key=("attn.c_attn",),
        fused="values_last",
    ),
    "llama": Layout(),
    "qwen2": Layout(),
    "qwen3": Layout(),
    "mistral": Layout(),
    "gemma2": _POST_NORM,
    "gemma3": _POST_NORM._replace(blocks="language_model.layers", norm="language_model.norm"),
    "gemma3_text": _POST_NORM,
    "gpt_neox": Layout(
        norm="final_layer_norm",
        attn_out="attention",
        attn_matrix="attention.dense",
        mlp_matrix="mlp.dense_4h_to_h",
        query_key=("attention.query_key_value",),
        fused="by_head",
    ),
    "opt": Layout(
        blocks="decoder.layers",
        norm="decoder.final_layer_norm",
        mlp_out="fc2",
        attn_matrix="self_attn.out_proj",
        mlp_matrix="fc2",
        positions="decoder.embed_positions",
    ),
    "phi": Layout(norm="final_layernorm", attn_matrix="self_attn.dense", mlp_matrix="mlp.fc2", parallel=True),
    "phi3": Layout(query_key=("self_attn.qkv_proj",), fused="values_last"),
}
"""By `config.model_type`."""


def describe(config: Any) -> Layout:
    """The layout of a transformers configuration.

    Raises:
        Unsupported: for an architecture that is not understood, with the reason.
    """
    layout = LAYOUTS.get(config.model_type)
    if layout is None:
        raise Unsupported(
            f"The architecture {config.model_type!r} is not understood; expected one of {', '.join(sorted(LAYOUTS))}.",
            next="Describe its blocks and norms in engine/layouts.py; docs/extending.md shows how.",
        )
    if config.model_type == "opt" and not config.do_layer_norm_before:
        raise Unsupported(
            "This OPT normalises after each half of a block (as OPT-350m does), so every norm rewrites its residual "
            "stream and attn_out + mlp_out do not add up to it.",
            next="Use another size of OPT: all but 350m normalise before.",
        )
    if config.model_type == "opt" and (
        config._remove_final_layer_norm or config.word_embed_proj_dim != config.hidden_size
    ):
        raise Unsupported(
            "This OPT has no final norm or projects its residual stream before W_U; expected a norm and then W_U.",
            next="Use another size of OPT.",
        )
    if config.model_type == "gpt_neox" and config.use_parallel_residual:
        return layout._replace(parallel=True)
    return layout


def n_ctx(config: Any) -> int:
    """Positions within which passes token by token compute what one pass over the whole text does.

    With longrope, transformers turns every position of a pass by other angles once the pass reaches beyond the original
    length; keys cached before were turned by the first ones. Up to that length there is one set.
    """
    text = config.get_text_config()
    ropes = getattr(text, "rope_parameters", None) or {}
    longropes = [
        rope  # One for all layers, or one for each type of layer.
        for rope in (ropes, *ropes.values())
        if isinstance(rope, dict) and rope.get("rope_type") == "longrope"
    ]
    return min([text.max_position_embeddings, *(rope["original_max_position_embeddings"] for rope in longropes)])
