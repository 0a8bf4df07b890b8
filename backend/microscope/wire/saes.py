"""Sparse autoencoders: the library that `/api/saes` lists, and the report card of one of them.

An SAE is named by its slug. Where it reads and what it gives back are sites, such as `L10.resid_post`; a place that
this program does not read keeps the name that its file gave it. Shares are 0 to 1, losses in nats per token.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, JsonValue

from microscope.wire.base import Wire


class SaeFit(Wire):
    """Whether an SAE can be used with a model."""

    model: str
    """Slug of the model."""

    fits: bool
    """It can."""

    says: str
    """Why it cannot, and what it fits; empty where it can."""

    warnings: tuple[str, ...]
    """What is odd about it all the same, in sentences."""


class SaeInfo(Wire):
    """An SAE as lists show it: what its files say."""

    slug: str
    """Its name in URLs."""

    apart: str
    """What tells it from its siblings of one sweep, such as `seed=2`; empty where it has none."""

    formerly: tuple[str, ...]
    """Names that it had before: links by them lead to it, unless another has such a name now."""

    where: Literal["shipped", "trained", "imported"]
    """Where it comes from. shipped: part of the program. trained: a run of this server made it. imported: somebody
    brought it, as files or as a folder."""

    kept_here: bool
    """Its files lie in this server's folder, and are deleted with it; those of others stay where they are."""

    path: str
    """Where its files lie on the server's machine."""

    source: str
    """As it was asked for, a path or a hub id; empty where it was not imported."""

    format: str
    """Whose layout its files have, such as `SAELens` or `microscope`."""

    architecture: str
    """How its features fire, such as `topk`."""

    k: int | None
    """Features that fire at most, or on average; null where the architecture has no such number."""

    site: str
    """What it reads; empty where its files do not say."""

    site_out: str
    """What a transcoder gives back; empty for an autoencoder."""

    layer: int | None
    """Block of `site`; null where that is no site of ours."""

    model_name: str
    """The model that it was trained on, as its files name it; empty where they do not."""

    to_load: str
    """Name that loads that model; empty where it is the current one, or not known."""

    weights_sha256: str
    """Of that model's weights: 64 hex digits; empty where its files do not say, or the model was said on import."""

    said_site: str
    """`site`, where it was said on import; empty where it is its files' own word."""

    said_model_name: str
    """`model_name`, where it was said on import; empty where it is its files' own word."""

    d_in: int
    """Width of what it reads."""

    d_sae: int
    """Features."""

    d_out: int
    """Width of what it gives back."""

    bytes: int
    """Of its files."""

    metrics: dict[str, JsonValue]
    """What its `metrics.json` says that it was measured to be worth; empty where there is none, or of other weights."""

    metrics_say: str
    """Why `metrics` is empty though the file is there: it is of other weights. Else empty."""

    resident: bool
    """Its tensors are in memory."""

    fit: SaeFit | None
    """With the current model; null where none is loaded."""


class BrokenSae(Wire):
    """Something that lies where SAEs lie and cannot be read."""

    slug: str
    """That it was imported under, by which it can be forgotten; empty of what lies in a folder of this server's."""

    path: str
    """Where it lies."""

    error: str
    """What was expected and what was found."""

    next: str
    """What to do about it."""


class SaeList(Wire):
    """The library."""

    items: tuple[SaeInfo, ...]
    """In the order in which a forward pass reaches what they read, then by name."""

    broken: tuple[BrokenSae, ...]
    """What could not be read."""


class SaeFile(Wire):
    """A file that an SAE was read from."""

    name: str
    """Without its folder."""

    bytes: int
    """Its size."""

    sha256: str
    """Of its content: 64 hex digits."""


class SaeTensor(Wire):
    """A tensor under our name, as this program uses it."""

    name: str
    """Such as `W_enc` (d_in, d_sae)."""

    shape: tuple[int, ...]
    """Sizes of its axes."""

    min: float
    """Least entry."""

    max: float
    """Greatest entry."""


class SaeSetting(Wire):
    """A number or a choice that its architecture's rule goes by."""

    name: str
    """As files call it, such as `kval_topk`."""

    value: JsonValue
    """As it is; null where it was left open."""

    says: str
    """What it means."""


class SaeMeasure(Wire):
    """What an SAE is worth on a short text, by the definitions of `core/reconstruction.py`."""

    model: str
    """Slug of the model that read the text."""

    tokens: int
    """Positions that were read: BOS and the first one are left out."""

    fvu: float | None
    """Fraction of variance unexplained; null where all positions are the same."""

    l0: float
    """Features that fire per position."""

    silent_share: float
    """Share of the features that fired nowhere in this text; on a short one most are silent and few of them dead."""

    ce_clean: float | None
    """Cross-entropy of the model as it is; null of a transcoder, whose reconstruction is not spliced in."""

    ce_sae: float | None
    """With the reconstruction in the place of what is read."""

    ce_zero: float | None
    """With zeros in its place."""

    loss_recovered: float | None
    """(ce_zero − ce_sae) / (ce_zero − ce_clean); null where zeros cost nothing."""

    kl: float | None
    """KL(p_clean ‖ p_sae)."""


class SaeCard(Wire):
    """The report card: what an SAE is, what was done to it on the way in, and what it is worth here."""

    sae: SaeInfo
    """As lists show it."""

    rule: tuple[SaeSetting, ...]
    """What decides, beside its kind and k, which features fire; empty where nothing else does."""

    bos: str
    """Whether its training texts began with BOS, in a sentence."""

    normalization: str
    """What is done to an input and undone to an output, and what was folded into the weights, in a sentence."""

    bias: str
    """Whether b_dec is taken from the input first, in a sentence."""

    decoder_norms: tuple[float, float]
    """Least and greatest norm of a decoder row: both 1 where activations are in units of the residual."""

    thresholds: tuple[float, float] | None
    """Least and greatest threshold; null where features have none."""

    dtype: str
    """In which its weights are stored, such as `float32`."""

    tensors: tuple[SaeTensor, ...]
    """As they are used, in float32."""

    files: tuple[SaeFile, ...]
    """What was read."""

    context_size: int | None
    """Tokens of a training text; null where its files do not say."""

    dataset: str
    """What it was trained on; empty where its files do not say."""

    training: dict[str, JsonValue]
    """How it was trained, as far as its files say."""

    measured: SaeMeasure | None
    """Null where no model is loaded that it fits, or where it reads a place that this program does not; see `says`."""

    says: str
    """Why nothing was measured; empty where it was."""


class ImportSae(Wire):
    """Where an SAE lies: its files stay there, but for a zip, which is unpacked."""

    source: str = Field(min_length=1, max_length=4_000)
    """Path of a folder, a file or a zip on the server's machine; hub id: owner/name, owner/name/folder; or the slug of
    one that is known, to say more of it."""

    layer: int | None = Field(default=None, ge=0)
    """Which of several in a folder."""

    name: str = Field(default="", max_length=80)
    """To be its slug, where it is an imported one; by default made of the source."""

    site: str | None = Field(default="", max_length=200)
    """What it reads, such as L5.resid_post, where its files do not say, or say it in words that are not known here;
    empty leaves what was said before, null takes it back."""

    model_name: str | None = Field(default="", max_length=1_000)
    """The model that it was trained on, where its files do not say, or call the same model otherwise; the hash of the
    weights that they name is left aside then. Empty and null as of `site`."""


class SaeTied(Wire):
    """What is here of an SAE beside its files, and stays when these go: nothing reads a text with it any more then,
    unless its weights are here under another name."""

    twins: tuple[str, ...]
    """Slugs of the same weights."""

    dictionaries: tuple[str, ...]
    """Names under which its features were harvested."""

    labels: int
    """Current labels of its features."""

    notes: int
    """Current notes on them."""

    stars: int
    """Features that somebody marked."""

    lists: int
    """Lists of its features."""


class LoadSae(Wire):
    """An SAE to have in memory, for the current model."""

    sae: str = Field(min_length=1, max_length=4_000)
    """Slug; or a path or hub id, which is imported first."""

    layer: int | None = Field(default=None, ge=0)
    """Which of several in a folder."""


class ExportSae(Wire):
    """An SAE to take away as SAELens reads it."""

    sae: str = Field(min_length=1)
    """Slug."""

    dtype: Literal["float32", "float16"] = "float32"
    """Of the tensors in the file."""
