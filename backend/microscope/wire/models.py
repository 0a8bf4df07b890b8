"""Models: which there are, how one is loaded, and what is known of it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from microscope.wire.base import Ask, Wire
from microscope.wire.lenses import LensName
from microscope.wire.parity import Parity


class LoadFailure(Wire):
    """Why a model could not be loaded."""

    model: str
    """Hub id, folder or bundled name, as it was asked for."""

    error: str
    """What was expected and what was found, in a sentence."""

    next: str
    """What to do about it."""

    status: int
    """As of an HTTP answer."""


class TunedLens(Wire):
    """The file that the lens "tuned" reads: beside the model, or one of this server's own, which goes first."""

    path: str
    """Where it lies on the server's machine."""

    sha256: str
    """Of the file: 64 hex digits."""

    says: str
    """How it was made and what it is worth, as far as its file says so."""


class ModelInfo(Wire):
    """A loaded model and everything that a result made with it must name."""

    slug: str
    """Its name in URLs."""

    name: str
    """Hub id, folder or bundled name, as it was asked for."""

    revision: str
    """Hub commit; empty for a folder."""

    weights_sha256: str
    """Of the safetensors file, or of the list `name hash` of several: 64 hex digits."""

    tokenizer_sha256: str
    """Of the vocabulary's bytes as `GET /api/models/{model}/vocab` gives them: 64 hex digits."""

    architecture: str
    """transformers' model_type, such as `gpt2`."""

    n_layers: int
    """Blocks."""

    d_model: int
    """Width of the residual stream."""

    n_heads: int
    """Attention heads per block, counted by their queries."""

    d_head: int
    """Width of one head."""

    d_mlp: int
    """Width of an MLP's hidden layer."""

    d_vocab: int
    """Rows of the unembedding: token ids are below it."""

    n_ctx: int
    """Positions that the model can read at most."""

    n_parameters: int
    """Weights and biases; tied ones count once."""

    tied: bool
    """The unembedding is the embedding, transposed."""

    dtype: str
    """In which it computes: `float32`, `bfloat16` or `float16`."""

    device: str
    """Where its weights are, such as `cpu` or `cuda:0`."""

    bytes: int
    """Memory that the weights take."""

    chat: bool
    """Has a chat template; otherwise it continues text."""

    thinking: bool
    """Its template can switch thinking on and off."""

    begins: tuple[int, ...]
    """Ids that its tokenizer puts before a text: BOS, or nothing."""

    lenses: tuple[LensName, ...]
    """The lenses that are there for it."""

    tuned_lens: TunedLens | None
    """Which lens "tuned" names; null where it is not among the lenses."""

    parity: Parity
    """The parity badge."""


class ModelChoice(Wire):
    """A model that can be opened: bundled, resident or opened before."""

    slug: str
    """Its name in URLs."""

    name: str
    """Hub id, folder or bundled name."""

    state: Literal["resident", "known", "loading"]
    """resident: in memory. known: bundled or opened before. loading: being read now."""

    bytes: int
    """Memory that its weights take; 0 where it is not known."""


class LoadModel(Wire):
    """Which model to make resident and current, and how."""

    model: str = Field(min_length=1)
    """Bundled name, hub id or folder."""

    revision: str = ""
    """Of a hub id: branch, tag or commit; empty is its main branch."""

    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    """`auto` is the dtype as stored, but float32 for float16 weights on a CPU."""

    device: str = "auto"
    """auto, cpu, cuda, cuda:1, mps; `balanced` spreads over several GPUs."""


class LoadModelLive(Ask):
    """Make a model resident and current; answered with `load_progress` as it goes, then `model_loaded`."""

    type: Literal["load_model"] = "load_model"
    request: LoadModel
    """Which model, and how."""


class LoadProgress(Wire):
    """How far a model that is being loaded is."""

    type: Literal["load_progress"] = "load_progress"
    model: str
    """Hub id, folder or bundled name, as it was asked for."""

    stage: str
    """One after another: find, download, weights, hash, check."""

    done_bytes: int
    """Of the stage, as a share of `of_bytes`."""

    of_bytes: int
    """Size of the weights' files; 0 where it is not known yet."""


class ModelLoaded(Wire):
    """A model is resident and current."""

    type: Literal["model_loaded"] = "model_loaded"
    id: int | None
    """Of the message that asked, on the socket that asked."""

    model: ModelInfo
    """What new conversations use from now on."""
