"""Patches as files, and as a server-wide switch for scripts: imported, described, exported, toggled, run on a text.

KL in nats, probabilities 0 to 1, norms in the model's own unit.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from microscope.wire.base import Wire
from microscope.wire.patches import MEMBERS_MAX, Asked, BrokenPatch, Named, PatchInfo
from microscope.wire.scripts import Prediction

ExportFormat = Literal["peft", "merged", "safetensors", "gguf"]


class ImportPatch(Wire):
    """Files on the server's machine; other files are sent as `multipart/form-data`, fields `files` and these."""

    path: str = Field(min_length=1, max_length=4096)
    """Folder, file or zip: a PEFT adapter, patches of the older layout, or steering vectors. What it is is detected."""

    keep: bool = True
    """Take it into the library; false only says what it is, and leaves nothing behind."""

    name: str = Field(default="", max_length=200)
    """In lists, also where it was kept under another name before; empty is that one, else what its file or folder is
    called."""

    model: str | None = None
    """Slug of the model that it is for; the current one by default."""


class ChangedModule(Wire):
    """What a patch does to one matrix, or adds at one site."""

    module: str
    """Path in transformers' model, or a site such as `L3.resid_post` of a steering vector."""

    layer: int | None
    """Block, from 0; null of embeddings."""

    shape: tuple[int, ...]
    """(d_out, d_in) of the matrix, (d_model,) of a vector."""

    rank: int
    """Rows of A in ΔW = B A; 1 of a vector."""

    norm: float
    """‖ΔW‖, Frobenius; of a vector its length."""

    share: float | None
    """‖ΔW‖ / ‖W‖; null of a vector."""

    effective_rank: float
    """exp of the entropy of the singular values of ΔW, each divided by their sum: Roy & Vetterli 2007."""

    bias_norm: float
    """‖Δb‖; 0 where no bias is changed."""


class PatchCard(Wire):
    """What patches are, and what they do to a short text."""

    model: str
    """Slug of the model that they were held against."""

    format: str
    """Of the files, in words; empty of a patch that came from none."""

    base_model: str
    """As the files call the model that they were made for; empty where they do not."""

    warnings: tuple[str, ...]
    """What to know before they are used."""

    says: tuple[str, ...]
    """What each patch does at strength 1, in words."""

    modules: tuple[ChangedModule, ...]
    """All that is changed at strength 1; none of a patch that is neither weights nor a vector."""

    tokens: int
    """Positions of the short text."""

    kl: float | None
    """KL(p_base ‖ p_patched) at strength 1, the mean over the text's positions; null where the model computes what is
    no number."""

    control_kl: tuple[float, ...]
    """The same of pushes as hard in random directions."""


class PatchImported(Wire):
    """Answer to an import."""

    name: str
    """As it is called in lists."""

    card: PatchCard
    """What it is."""

    patches: tuple[PatchInfo, ...]
    """In the library now; none where it was not to be kept."""

    set: str | None
    """Hash of the set of all, where the files hold several; null otherwise, and where it was not to be kept."""


class ExportPatches(Wire):
    """Patches as files for other programs. Exactly one of `members` and `set`."""

    model: str | None = None
    """As of `try_patches`."""

    members: tuple[Asked, ...] = Field(default=(), max_length=MEMBERS_MAX)
    """In the order in which they act: what is written is the composed change."""

    set: str | None = None
    """Hash of a set."""

    format: ExportFormat = "peft"
    """`peft`: a LoRA that PeftModel.from_pretrained loads; `merged`: a whole model for from_pretrained; `safetensors`,
    `gguf`: steering vectors, `direction.<layer>`, the latter as repeng reads them."""

    @model_validator(mode="after")
    def _one(self) -> ExportPatches:
        if bool(self.members) == (self.set is not None):
            raise ValueError("expected exactly one of members and set")
        return self


class TogglePatch(Wire):
    """A switch."""

    enabled: bool | None = None
    """On or off; null is on where a strength is given, and turns it over where none is."""

    strength: float | None = Field(default=None, ge=-1e9, le=1e9)
    """How much of it, once it is on; null is 1."""


class PatchToggled(Wire):
    """How the switch of a patch stands."""

    hash: str
    """Of the patch."""

    enabled: bool
    """Whether `POST /api/inference` without named patches runs it."""

    strength: float
    """How much of it."""


class Inference(Wire):
    """A text to run with patches and without. At most one of `patches` and `set`; without either, those that are
    enabled."""

    text: str
    """Run as it stands: special tokens that are spelled out in it are special."""

    patches: Named | None = None
    """Hash of a patch or of a set; or several, each a hash or with a strength and a scope, in the order in which they
    act; an empty list is none."""

    set: str | None = None
    """Hash of a set."""

    k: int = Field(default=10, ge=1)
    """Predictions listed of either model."""

    controls: int = Field(default=4, ge=0, le=16)
    """Random directions."""

    model: str | None = None
    """Slug; the current one by default, or the one that the first patch was made for."""

    @model_validator(mode="after")
    def _one(self) -> Inference:
        if self.patches is not None and self.set is not None:
            raise ValueError("expected at most one of patches and set")
        return self


class InferenceResult(Wire):
    """The next token after a text, with patches and without."""

    model: str
    """Slug of the model."""

    patches: tuple[str, ...]
    """Hashes of the patches in force, in their order."""

    set: str | None
    """Hash of what they are together, with their strengths and scopes, kept as a set or not; null where none is."""

    says: tuple[str, ...]
    """What each does at its strength, in words."""

    base: tuple[Prediction, ...]
    """The k likeliest of the model as it is."""

    patched: tuple[Prediction, ...]
    """With the patches."""

    kl: float
    """KL(p_base ‖ p_patched) of the next token."""

    control_kl: tuple[float, ...]
    """The same of pushes as hard in random directions; none where no patch is in force."""

    left_out: tuple[BrokenPatch, ...] = ()
    """Of the patches that are on, where none were named: those that cannot act in this model, with the reason."""
