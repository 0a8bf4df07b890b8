"""Names of places, theirs and ours: `blocks.10.hook_resid_post`, `model.layers.10.output` ⇄ `L10.resid_post`.

A place that this program does not read, such as the heads' outputs before W_O (`blocks.3.attn.hook_z`), keeps the name
that its file gave it.
"""

from __future__ import annotations

import re

_LENS = re.compile(r"blocks\.(\d+)\.hook_(resid_pre|resid_mid|resid_post|attn_out|mlp_out)")
_LAYERS = r"(?:model\.(?:language_model\.)?layers|layers|transformer\.h|h|gpt_neox\.layers)"
_BLOCK = re.compile(_LAYERS + r"[._](\d+)(?:\.output)?")
_MLP = re.compile(r"(?:blocks|" + _LAYERS + r")\.(\d+)\.mlp(?:\.hook_out|\.output)?")
_SANDWICH = re.compile(_LAYERS + r"\.(\d+)\.(post_attention|post_feedforward)_layernorm\.output")
_HEAD = re.compile(r"(.+) head (\d+)")
_WORDS = re.compile(r"(resid_post|resid_mid|resid_pre|mlp_out|attn_out)_layer_(\d+)")


def site_of(hook: str) -> str:
    """Our name of a place, or theirs where we have none."""
    if match := _LENS.fullmatch(hook):
        return f"L{match[1]}.{match[2]}"
    if match := _WORDS.fullmatch(hook):
        return f"L{match[2]}.{match[1]}"
    if match := _SANDWICH.fullmatch(hook):  # Gemma's second norms: what attention and MLP add passes them.
        return f"L{match[1]}.{'attn_out' if match[2] == 'post_attention' else 'mlp_out'}"
    if match := _MLP.fullmatch(hook):
        return f"L{match[1]}.mlp_out"
    if match := _BLOCK.fullmatch(hook):
        return f"L{match[1]}.resid_post"
    return hook


def of_head(hook: str, head: int) -> str:
    """The part of a place that belongs to one head."""
    return f"{hook} head {head}"


def head_of(site: str) -> int | None:
    """Of a place that belongs to one head."""
    match = _HEAD.fullmatch(site)
    return int(match[2]) if match else None


def hook_of(site: str) -> str:
    """TransformerLens' name of a site of ours; other names as they are, without a head."""
    if head := _HEAD.fullmatch(site):
        return head[1]
    match = re.fullmatch(r"L(\d+)\.(resid_pre|resid_mid|resid_post|attn_out|mlp_out)", site)
    return f"blocks.{match[1]}.hook_{match[2]}" if match else site
