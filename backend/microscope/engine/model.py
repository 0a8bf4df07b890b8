"""A transformer whose every residual can be read: encode, trace, forward, unembed.

The sites of `Model.parts` are stacked in one order: what enters the first block, every resid_post, every attn_out,
every mlp_out. Everything that touches tensors belongs
on the device thread; `encode`, `token_bytes` and `chat_ids` may be called anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, NamedTuple

import torch
from jaxtyping import Float, Int
from pydantic import BaseModel
from torch import Tensor, nn
from transformers.pytorch_utils import Conv1D

from microscope.core.lens import Unembed
from microscope.core.patches.base import Place, Placed
from microscope.core.patches.edits import At, LowRank, Rows
from microscope.core.saes.one_feature import OneFeature
from microscope.core.sites import Site, SiteName, forward_order
from microscope.engine import parity
from microscope.engine.adapter_merge import low_rank
from microscope.engine.adapters import Adapter
from microscope.engine.cache import KVCache
from microscope.engine.edits import Change, Changes, Edits, ModuleChange, Opened, changes_of
from microscope.engine.holding import held
from microscope.engine.hooks import EnoughCaptured, Hooks, check_sites, stack, to_change, to_hook
from microscope.engine.layouts import Layout, describe, n_ctx
from microscope.engine.parity import Parity
from microscope.engine.skipping import Entering, skipped
from microscope.engine.tokenizer import ChatIds, Message, Tokenizer
from microscope.errors import Invalid, NotFound, TooLarge

Logits = Literal["last", "all", "none"]


def _no_sae(sha256: str, feature: int) -> OneFeature:  # noqa: ARG001 - as of a `Place`
    raise NotFound(f"There is no SAE whose tensors have the hash {sha256[:12]}.", next="Import it.")


def _no_adapter(sha256: str) -> Sequence[LowRank | Rows]:
    raise NotFound(f"There is no adapter whose files have the hash {sha256[:12]}.", next="Import it.")


class ModelInfo(BaseModel, frozen=True):
    """What a result must say about the model that produced it."""

    name: str
    """As asked for: bundled name, hub id or folder."""

    revision: str
    """The hub's commit; empty for a folder."""

    weights_sha256: str
    """Of the safetensors file; of the list of names and hashes where there are several, or an adapter is merged."""

    adapter: str = ""
    """Name or folder of the LoRA that is merged into the weights; empty where none is."""

    adapter_sha256: str = ""
    """Of its weights and of what scales them."""

    architecture: str
    n_layers: int
    d_model: int
    n_heads: int
    n_kv_heads: int
    d_head: int
    d_mlp: int
    d_vocab: int
    n_ctx: int
    """Positions the model was made for."""

    dtype: str
    device: str
    tied: bool
    """Embedding and unembedding are one matrix."""

    parallel: bool
    """Attention and MLP read the same resid_pre; there is no resid_mid."""

    n_parameters: int
    bytes: int
    """Of the weights in memory."""

    chat: bool
    """Has a chat template."""

    parity: Parity


class Source(NamedTuple):
    """Where weights came from."""

    name: str
    revision: str
    weights_sha256: str
    adapter: str = ""
    adapter_sha256: str = ""


@dataclass
class Counts:
    """Work done since the model was loaded; tests prove reuse with it."""

    forwards: int = 0
    positions_computed: int = 0


class Forward(NamedTuple):
    """One forward pass over new positions."""

    stacked: Float[Tensor, "part row position d_model"]
    """In the order of `Model.parts`, in the dtype in which the model computed them."""

    logits: Float[Tensor, "row position d_vocab"] | None
    """The model's own: of the last position, of all, or none, as asked for."""

    opened: Sequence[Opened] = ()
    """Of each row, where the gates of its patches were open; empty where nothing is in force."""


class Trace(NamedTuple):
    """What one pass over a text computed at the captured sites."""

    sites: tuple[Site, ...]
    stacked: Float[Tensor, "site position d_model"]
    logits: Float[Tensor, "position d_vocab"] | None

    def at(self, site: Site) -> Float[Tensor, "position d_model"]:
        return self.stacked[self.sites.index(site)]

    def named(self, name: SiteName) -> Float[Tensor, "layer position d_model"]:
        """All captured layers of one name, in order."""
        return self.stacked[[index for index, site in enumerate(self.sites) if site.name == name]]

    @property
    def resid(self) -> Float[Tensor, "row position d_model"]:
        """Row 0 enters the first block, row i + 1 is `L{i}.resid_post`; needs the default capture."""
        rows = [self.sites.index(Site(0, "resid_pre"))]
        rows += [index for index, site in enumerate(self.sites) if site.name == "resid_post"]
        return self.stacked[rows]

    @property
    def attn_out(self) -> Float[Tensor, "layer position d_model"]:
        return self.named("attn_out")

    @property
    def mlp_out(self) -> Float[Tensor, "layer position d_model"]:
        return self.named("mlp_out")


class Gradients(NamedTuple):
    """A number, and how it changes with what passes some sites."""

    number: Float[Tensor, ""]
    values: Float[Tensor, "site position d_model"]
    gradients: Float[Tensor, "site position d_model"]


class Model:
    """One loaded causal language model. Open it with `engine.loading.load`."""

    def __init__(self, hf: Any, tokenizer: Any, source: Source) -> None:
        """
        Args:
            hf: a transformers causal language model in eval mode.
            tokenizer: its transformers tokenizer.

        Raises:
            Unsupported: for an architecture that is not understood.
        """
        self._hf = hf
        self.name = source.name
        self._base = hf.base_model
        self.layout: Layout = describe(hf.config)
        self._blocks: list[nn.Module] = list(self._base.get_submodule(self.layout.blocks))
        self.n_layers = len(self._blocks)
        self.unembed = _unembed(hf, self.layout)
        self.device: torch.device = self.unembed.weight.device
        self.d_vocab, self.d_model = self.unembed.weight.shape
        self.tokenizer = Tokenizer(tokenizer, self.d_vocab)
        self.parts = (
            self.sites("resid_pre")[:1] + self.sites("resid_post") + self.sites("attn_out") + self.sites("mlp_out")
        )
        self._hooks = Hooks(hf, self._blocks, self.layout)
        self._hooked = frozenset(to_hook(self.parts))
        self.counts = Counts()
        self.end_ids: frozenset[int] = self.tokenizer.end_ids | _end_ids(hf)
        self.info = self._describe(source)

    # --- text ---------------------------------------------------------------------------------------------------

    def encode(self, text: str, *, inert: bool = False, bos: bool = True) -> list[int]:
        """Token ids; see `Tokenizer.encode`."""
        return self.tokenizer.encode(text, inert=inert, bos=bos)

    @property
    def token_bytes(self) -> list[bytes]:
        """The exact bytes of every token id."""
        return self.tokenizer.token_bytes

    @property
    def special(self) -> frozenset[int]:
        """Ids of special tokens."""
        return self.tokenizer.special

    def chat_ids(
        self, messages: Sequence[Message], add_generation_prompt: bool = True, thinking: bool | None = None
    ) -> ChatIds:
        """A conversation through the model's own chat template; see `Tokenizer.chat`."""
        return self.tokenizer.chat(messages, add_generation_prompt=add_generation_prompt, thinking=thinking)

    # --- tensors ------------------------------------------------------------------------------------------------

    def sites(self, name: SiteName) -> tuple[Site, ...]:
        """This site in every layer."""
        return tuple(Site(layer, name) for layer in range(self.n_layers))

    def new_cache(self) -> KVCache:
        return KVCache(self.n_layers)

    @torch.no_grad()
    def forward(
        self,
        ids: Int[Tensor, "row position"],
        cache: KVCache,
        *,
        padding: Int[Tensor, "row all_positions"] | None = None,
        logits: Logits = "last",
        edits: Sequence[Edits] = (),
    ) -> Forward:
        """One forward pass behind what the cache holds; the cache grows by it.

        Args:
            edits: of each row; none at all by default.
            padding: for rows of different lengths: 0 where a row has nothing, cached positions and new ones; without it
                all rows are equally long.
        """
        start = cache.length
        inputs: dict[str, Any] = {"past_key_values": cache, "use_cache": True}
        if padding is None:
            inputs["position_ids"] = torch.arange(start, start + ids.shape[1], device=self.device)[None].expand_as(ids)
        else:
            inputs["attention_mask"] = padding
            inputs["position_ids"] = (padding.cumsum(-1) - 1)[:, -ids.shape[1] :]
        changes = changes_of(edits, inputs["position_ids"])
        with self._changed(changes, ids.shape), self._hooks.capture(self._hooked) as tape:
            produced = self._run(ids, logits, inputs)
        return Forward(stack(tape, self.parts, ids.shape, self.device), produced, changes.opened)

    @torch.no_grad()
    def trace(self, ids: Sequence[int], capture: Sequence[Site] | None = None, logits: Logits = "last") -> Trace:
        """One plain forward pass over a text, nothing cached; stops after the last layer needed.

        Args:
            capture: sites to keep, all of `parts` by default.

        Raises:
            Invalid: no ids, ids outside the vocabulary, or sites that the model lacks.
            TooLarge: more ids than the model has positions.
        """
        self.check_ids(ids)
        sites = self.parts if capture is None else tuple(capture)
        check_sites(sites, self.n_layers, self.layout.parallel)
        hooked = to_hook(sites)
        last = hooked[-1] if logits == "none" and hooked else None
        produced: Tensor | None = None
        row = torch.tensor([list(ids)], device=self.device)
        with suppress(EnoughCaptured), self._hooks.capture(frozenset(hooked), last) as tape:
            produced = self._run(row, logits, {"use_cache": False})
        stacked = stack(tape, sites, row.shape, self.device)[:, 0] if sites else torch.empty(0, len(ids), self.d_model)
        return Trace(sites, stacked, None if produced is None else produced[0])

    @torch.no_grad()
    def trace_rows(
        self,
        ids: Int[Tensor, "row position"],
        capture: Sequence[Site],
        changes: Sequence[tuple[Site, Change]] = (),
        edits: Sequence[Edits] = (),
        entering: Entering | None = None,
        *,
        last_alone: bool = False,
    ) -> Float[Tensor, "site row position d_model"]:
        """One plain forward pass over several rows, nothing cached; stops after the last layer needed.

        Args:
            ids: padded on the right where rows differ in length. No position sees what stands behind it: any id pads.
            changes: sites, and what their values (row, position, d_model) are replaced with.
            edits: of each row, behind the changes; none at all by default.
            entering: begin at a block, with what entered it, of each row or of one that all begin with; nothing is
                captured or changed below. Behind the positions that it has keys and values of, which are not among
                `ids`.
            last_alone: what the last block gives is read at the last position alone: its MLP computes no other, where
                no edit asks it to. The other positions of its resid_post are no residuals then.

        Raises:
            Invalid: sites that the model lacks.
        """
        check_sites([*capture, *(site for site, _ in changes)], self.n_layers, self.layout.parallel)
        hooked = to_hook(capture)
        before = entering.before if entering else None
        start = before.length if before else 0
        positions = torch.arange(start, start + ids.shape[1], device=ids.device)[None].expand_as(ids)
        sites, modules, _ = changes_of(edits, positions)
        begun = skipped(self._blocks, entering.rows(len(ids)), self._hooks.in_a_tuple) if entering else nullcontext()
        places = [*(site for site, _ in changes), *_places([one for row in edits for one in row.placed])]
        narrowed = self._hooks.last_alone() if last_alone and not self._after_attention(places) else nullcontext()
        with (
            begun,
            narrowed,
            self._changed(Changes((*changes, *sites), modules), ids.shape),
            suppress(EnoughCaptured),
            self._hooks.capture(frozenset(hooked), hooked[-1]) as tape,
        ):
            # Said, since embeddings of positions that a patch changes are asked for each row's own.
            cached = {"past_key_values": before.lent(start, len(ids))} if before else {}
            self._run(ids, "none", {"use_cache": before is not None, "position_ids": positions, **cached})
        return stack(tape, capture, ids.shape, self.device)

    def first_block(self, edits: Sequence[Placed]) -> int:
        """The first block in which these read or may change anything; the number of blocks where that is its output."""
        return min(map(self._first_block, _places(edits)), default=self.n_layers)

    def _after_attention(self, places: Iterable[At]) -> bool:
        """One of these is what the last block computes after its attention."""
        mlp = (*forward_order(Site(self.n_layers - 1, "mlp_out")), 0)
        return any(self._reached(at) >= mlp for at in places)

    def _first_block(self, at: At) -> int:
        if isinstance(at, Site):
            return at.layer + (at.name == "resid_post")
        inside = (layer for layer, block in enumerate(self._blocks) if at.startswith(f"{self._paths[block]}."))
        return next(inside, 0)

    def _reached(self, at: At) -> tuple[int, int, int]:
        """As `Place.reached`."""
        if isinstance(at, Site):
            return (*forward_order(at), 1)
        for layer, block in enumerate(self._blocks):
            inside = at.removeprefix(f"{self._paths[block]}.")
            if inside != at:
                # What of a block's matrices is not attention's is its MLP's, which in OPT is no module of its own.
                attends = inside.split(".")[0] == self.layout.attn_matrix.split(".")[0]
                return (*forward_order(Site(layer, "attn_out" if attends else "mlp_out")), 0)
        return -1, 0, 0

    def gradients(
        self, ids: Sequence[int], of: tuple[Site, Callable[[Tensor], Tensor]], at: Sequence[Site]
    ) -> Gradients:
        """How a number that is read at one site changes with what passes earlier ones, patterns and scales `held`.

        Args:
            of: a site, and what is read of its value (position, d_model): a scalar.
            at: earlier sites.

        Raises:
            Invalid, TooLarge: ids or sites that the model lacks.
        """
        self.check_ids(ids)
        target, read = of
        check_sites([target, *at], self.n_layers, self.layout.parallel)
        # resid_mid is resid_pre + attn_out: it changes with attn_out as with itself.
        sources = [Site(site.layer, "attn_out") if site.name == "resid_mid" else to_hook([site])[0] for site in at]
        hooked = to_hook([target, *at])
        begin = min((*sources, hooked[0]), key=forward_order)
        row = torch.tensor([list(ids)], device=self.device)
        with torch.enable_grad(), held(self._blocks, self.layout, self.d_model, self._d_value):
            with (
                self._hooks.changed({begin: lambda value: value.detach().requires_grad_()}, {}),
                suppress(EnoughCaptured),
                self._hooks.capture(frozenset((*hooked, *sources)), hooked[-1]) as tape,
            ):
                self._run(row, "none", {"use_cache": False})
            values = stack(tape, [target, *at], row.shape, self.device)[:, 0]
            number = read(values[0])
            found = torch.autograd.grad(number, [tape[source] for source in sources], materialize_grads=True)
        shaped = [one.reshape(len(ids), -1).to(self.device) for one in found]
        return Gradients(number.detach(), values.detach()[1:], torch.stack(shaped))

    def check_ids(self, ids: Sequence[int]) -> None:
        """Raise in words what would otherwise be an index error on the device."""
        if not ids:
            raise Invalid("There are no tokens; expected at least one.", next="Type some text.")
        if len(ids) > self.n_ctx:
            raise TooLarge(
                f"The text has {len(ids)} tokens; {self.name} has n_ctx={self.n_ctx}.",
                next="Shorten it or start a new one.",
            )
        wrong = next((index for index in ids if not 0 <= index < self.d_vocab), None)
        if wrong is not None:
            raise Invalid(
                f"Token id {wrong} is outside the vocabulary of {self.d_vocab}.",
                next="Encode with this model's tokenizer.",
            )

    def measure_parity(self) -> Parity:
        """The badge, from one forward pass over a fixed text."""
        trace = self.trace(self.encode(parity.TEXT)[: self.n_ctx], logits="all")
        assert trace.logits is not None, "all logits were asked for"
        unembedded = self.unembed(trace.resid[-1])
        return parity.measure(trace.logits, unembedded, trace.resid, trace.attn_out, trace.mlp_out, self.dtype_name)

    def writers(self, site: Site) -> dict[str, nn.Module]:
        """The matrices whose outputs are written at a site, by their path in transformers' model.

        Args:
            site: attn_out, mlp_out, or L0.resid_pre for the embeddings; no post-norm layout.
        """
        layout = self.layout
        assert not layout.post_norm, "a norm stands between these matrices and the stream"
        match site.name:
            case "attn_out":
                found = [self._blocks[site.layer].get_submodule(layout.attn_matrix)]
            case "mlp_out":
                found = [self._blocks[site.layer].get_submodule(layout.mlp_matrix)]
            case _:
                positions = [] if layout.positions is None else [self._base.get_submodule(layout.positions)]
                found = [self._hf.get_input_embeddings(), *positions]
        return {self._paths[module]: module for module in found}

    def w_out(self, layer: int) -> Float[Tensor, "d_mlp d_model"]:
        """What each neuron of an MLP writes, in the weights as they stand; no post-norm layout."""
        (matrix,) = self.writers(Site(layer, "mlp_out")).values()
        weight = matrix.get_parameter("weight").detach()
        return weight if isinstance(matrix, Conv1D) else weight.T

    @cached_property
    def matrices(self) -> tuple[str, ...]:
        """Paths of the modules that multiply by a matrix."""
        return tuple(path for path, module in self._hf.named_modules() if isinstance(module, nn.Linear | Conv1D))

    def module(self, path: str) -> nn.Module:
        """By its path in transformers' model."""
        return self._hf.get_submodule(path)

    @property
    def hf(self) -> Any:
        """transformers' own model, to be read: what is changed in it is changed for everybody."""
        return self._hf

    def low_rank(self, adapter: Adapter) -> tuple[LowRank | Rows, ...]:
        """What a LoRA adds to each of its modules.

        Raises:
            Incompatible, Invalid, Unsupported: as `engine.adapter_merge.low_rank` says.
        """
        return tuple(
            one.to(self.module(str(one.at)).get_parameter("weight").device) for one in low_rank(self._hf, adapter)
        )

    def place(
        self,
        feature: Callable[[str, int], OneFeature] = _no_sae,
        adapter: Callable[[str], Sequence[LowRank | Rows]] = _no_adapter,
    ) -> Place:
        """What patches must know of it.

        Args:
            feature: what reads one of an SAE, by the hash of the SAE's tensors and its index; raises NotFound.
            adapter: what a LoRA adds, by the hash of its files; raises NotFound.
        """
        layout = self.layout
        return Place(
            name=self.name,
            n_layers=self.n_layers,
            d_model=self.d_model,
            parallel=layout.parallel,
            post_norm=layout.post_norm,
            feature=feature,
            adapter=adapter,
            writers=lambda site: tuple(self.writers(site)),
            reached=self._reached,
        )

    @property
    def dtype(self) -> torch.dtype:
        """In which the model computes and residuals are kept."""
        return self._hf.dtype

    @property
    def dtype_name(self) -> str:
        return str(self.dtype).removeprefix("torch.")

    @cached_property
    def _paths(self) -> dict[nn.Module, str]:
        return {module: path for path, module in self._hf.named_modules()}

    @cached_property
    def n_ctx(self) -> int:
        return n_ctx(self._hf.config)

    # --- inside -------------------------------------------------------------------------------------------------

    @property
    def _d_value(self) -> int:
        """What `holding.held` must know of the heads' values, as wide as the layout counts them."""
        if self.layout.fused == "by_head":
            return self.info.d_head
        return self.info.n_kv_heads * self.info.d_head

    def _changed(self, changes: Changes, shape: torch.Size) -> AbstractContextManager[None]:
        sites = to_change([(site, _shaped(change, shape)) for site, change in changes.sites])
        return self._hooks.changed(sites, {path: _both_shaped(change, shape) for path, change in changes.modules})

    def _run(self, ids: Tensor, logits: Logits, inputs: dict[str, Any]) -> Float[Tensor, "row position d_vocab"] | None:
        self.counts.forwards += 1
        self.counts.positions_computed += ids.numel()
        if logits == "none":
            self._base(input_ids=ids, **inputs)
            return None
        return self._hf(input_ids=ids, logits_to_keep=1 if logits == "last" else 0, **inputs).logits.to(self.device)

    def _describe(self, source: Source) -> ModelInfo:
        config = self._hf.config.get_text_config()
        parameters = {parameter.data_ptr(): parameter for parameter in self._hf.parameters()}.values()
        tied = self._hf.get_input_embeddings().weight.data_ptr() == self.unembed.weight.data_ptr()
        d_mlp = next(
            (size for name in ("intermediate_size", "ffn_dim", "n_inner") if (size := getattr(config, name, None))),
            None,
        )
        devices = sorted({str(parameter.device) for parameter in parameters})
        return ModelInfo(
            name=source.name,
            revision=source.revision,
            weights_sha256=source.weights_sha256,
            adapter=source.adapter,
            adapter_sha256=source.adapter_sha256,
            architecture=self._hf.config.model_type,
            n_layers=self.n_layers,
            d_model=self.d_model,
            n_heads=config.num_attention_heads,
            n_kv_heads=getattr(config, "num_key_value_heads", None) or config.num_attention_heads,
            d_head=getattr(config, "head_dim", None) or self.d_model // config.num_attention_heads,
            d_mlp=d_mlp or 4 * self.d_model,
            d_vocab=self.d_vocab,
            n_ctx=self.n_ctx,
            dtype=self.dtype_name,
            device=", ".join(devices),
            tied=tied,
            parallel=self.layout.parallel,
            n_parameters=sum(parameter.numel() for parameter in parameters),
            bytes=sum(parameter.nbytes for parameter in parameters),
            chat=self.tokenizer.has_chat_template,
            parity=self.measure_parity(),
        )


def _places(edits: Sequence[Placed]) -> Iterator[At]:
    """Where they read or change anything."""
    return (at for one in edits for at in ((one.edit.at, one.gate.at) if one.gate else (one.edit.at,)))


def _shaped(change: Change, shape: torch.Size) -> Change:
    """OPT flattens rows and positions inside its MLP; who changes a value sees both."""
    return lambda value: change(value.reshape(*shape, -1)).reshape(value.shape)


def _both_shaped(change: ModuleChange, shape: torch.Size) -> ModuleChange:
    """As `_shaped`, of what a module reads, too."""
    return lambda given, value: change(given.reshape(*shape, -1), value.reshape(*shape, -1)).reshape(value.shape)


def _end_ids(hf: Any) -> frozenset[int]:
    """Tokens that end a text by the model's own generation settings: one, several or none."""
    ends = hf.generation_config.eos_token_id
    return frozenset() if ends is None else frozenset([ends] if isinstance(ends, int) else ends)


def _unembed(hf: Any, layout: Layout) -> Unembed:
    """Final norm and W_U as this model applies them, soft cap included."""
    head = hf.get_output_embeddings()
    norm = hf.base_model.get_submodule(layout.norm)
    device = head.weight.device
    return Unembed(
        norm=norm if getattr(norm, "weight", head.weight).device == device else lambda resid: norm(resid).to(device),
        weight=head.weight.detach(),
        bias=None if getattr(head, "bias", None) is None else head.bias.detach(),
        softcap=getattr(hf.config, "final_logit_softcapping", None),
    )
