"""Where a patch's direction comes from, if not from a feature: a neuron, tokens, texts, a file."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from microscope.wire.base import Wire

DirectionKind = Literal["steer", "ablate", "scale"]

Writers = Annotated[tuple[Annotated[str, Field(max_length=40)], ...], Field(max_length=2048)]
"""Names of sites that weights write."""

Prompt = Annotated[str, Field(min_length=1, max_length=4000)]
Prompts = Annotated[tuple[Prompt, ...], Field(min_length=1, max_length=256)]


class Seen(Wire):
    """Where somebody stood who asked for the patch: a way back, no part of what it does."""

    conversation: str | None = None
    """Id."""

    trace: str | None = None
    """Hash."""

    position: int | None = Field(default=None, ge=0)
    """Of the token there."""


class OfWriters(Wire):
    """What can be an edit of weights, and of which."""

    writers: Writers = ()
    """Of `scale`: whose outputs, such as `L3.mlp_out`, `L3.attn_out`, and `L0.resid_pre` for the embeddings; empty is
    the module of the site where that is one module's output, and all that write into the residual stream elsewhere."""

    @model_validator(mode="after")
    def _only_weights(self) -> Self:
        kind = getattr(self, "kind", None)
        if self.writers and kind != "scale":
            raise ValueError(f"writers are of scale, which edits weights; the kind is {kind!r}")
        return self


class _OfDirection(OfWriters):
    kind: DirectionKind
    """What is done along the direction."""

    everywhere: bool = False
    """`ablate` all along the residual stream, not only at its site."""

    scale: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    """Of `steer`: how long what strength 1 adds is. Null is the direction's own length where it was measured (means,
    span, file), and the usual length of what passes the site elsewhere."""

    seen: Seen | None = None
    """Where somebody came from."""


class FromNeuron(_OfDirection):
    """What a neuron of an MLP writes: its column of W_out."""

    type: Literal["neuron"] = "neuron"
    layer: int = Field(ge=0)
    """Whose MLP; the patch acts at its mlp_out."""

    neuron: int = Field(ge=0)
    """Index, below d_mlp."""


class FromUnembedding(_OfDirection):
    """What makes a token likelier: its row of W_U through the final norm's gain; or a difference of two rows."""

    type: Literal["unembedding"] = "unembedding"
    token: int = Field(ge=0)
    """Id of the token."""

    minus: int | None = Field(default=None, ge=0)
    """Id of another one, whose row is taken away."""

    site: str
    """Where it acts, such as `L10.resid_post`."""


class FromMeans(_OfDirection):
    """The mean activation over some prompts less that over others."""

    type: Literal["means"] = "means"
    toward: Prompts
    """Prompts that have what is sought; strength 1 adds the difference."""

    away: Prompts
    """Prompts that do not."""

    read_as: Literal["text", "chat"] = "text"
    """Each prompt as it stands, or as a user's turn before the answer begins."""

    position: Literal["last", "mean"] = "last"
    """What is read of a prompt: its last token, or the mean over its tokens but for the first."""

    site: str
    """Where it is read and acts, such as `L10.resid_post`."""


class FromSpan(_OfDirection):
    """The mean activation over a span of a text less that over the rest of it."""

    type: Literal["span"] = "span"
    ids: tuple[int, ...] = Field(min_length=1)
    """Token ids of the text, read by the model as it is; its first token is in neither mean."""

    start: int = Field(ge=0)
    """The span's first position."""

    end: int = Field(ge=1)
    """Behind its last one."""

    site: str
    """Where it is read and acts, such as `L10.resid_post`."""


class FromFile(_OfDirection):
    """A tensor of a safetensors file."""

    type: Literal["file"] = "file"
    path: str = Field(min_length=1, max_length=4096)
    """On the server's machine."""

    tensor: str = Field(default="", max_length=400)
    """Its name; empty where the file has one alone."""

    site: str
    """Where it acts, such as `L10.resid_post`."""


OfDirection = FromNeuron | FromUnembedding | FromMeans | FromSpan | FromFile


class DirectionTensor(Wire):
    """A tensor of a file of directions."""

    name: str
    """In the file."""

    shape: tuple[int, ...]
    """(d_model,) of a direction."""


class DirectionFile(Wire):
    """A safetensors file that directions may be read from."""

    path: str
    """Where it lies on the server's machine."""

    tensors: tuple[DirectionTensor, ...]
    """In the order of their names."""
