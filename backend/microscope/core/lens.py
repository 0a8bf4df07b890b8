"""The logit lens and the tuned lens: what would the model say if it stopped after layer l?

    1. take the residual stream after layer l                h_l            (d_model,)
    2. translate it, tuned lens only                         h_l + A_l h_l + b_l
    3. apply the model's own final norm and unembedding      z_l = W_U · norm(h_l)
    4. read the distribution                                 p_l = softmax(z_l)

Logit lens: nostalgebraist (2020), "interpreting GPT: the logit lens". Tuned lens: Belrose et al. (2023),
arXiv 2303.08112, eq. 3 (affine translators). Rows are counted from the stream's beginning: row 0 is what
enters the first block ("embed"), row i + 1 is `L{i}.resid_post`, and the last row is the model's own
prediction. The norm's statistics are those of the row that is read, never those of the last layer.

Knows tensors; knows no model, tokenizer or request. Log-probabilities and entropies are in nats.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from microscope.core.linear import linear


class Unembed(NamedTuple):
    """Final norm, then W_U, as the model itself applies them."""

    norm: Callable[[Tensor], Tensor]
    """The model's own module: (…, d_model) → (…, d_model)."""

    weight: Float[Tensor, "d_vocab d_model"]
    bias: Float[Tensor, " d_vocab"] | None = None

    scale: float = 1.0
    """Logit multiplier, where an architecture has one."""

    softcap: float | None = None
    """Gemma 2: z → softcap · tanh(z / softcap)."""

    def head(
        self, normed: Float[Tensor, "... d_model"], first: int = 0, end: int | None = None
    ) -> Float[Tensor, "... vocab"]:
        """Logits, in float32, of the vocabulary's slice `first:end` for vectors that the norm has seen."""
        bias = None if self.bias is None else self.bias[first:end]
        return self._finished(linear(normed.to(self.weight.dtype), self.weight[first:end], bias))

    def of_tokens(
        self, normed: Float[Tensor, "row position d_model"], tokens: Int[Tensor, " position"]
    ) -> Float[Tensor, "row position"]:
        """The logit of one token per position, in every row, as `head` gives it.

        A product of 16 bits is summed in float32 and rounded once, and so is this one. What is summed in another
        order may still fall on the other side of a rounding.
        """
        rounded = normed.to(self.weight.dtype).float()
        logits = torch.einsum("rpd,pd->rp", rounded, self.weight[tokens].float())
        if self.bias is not None:
            logits = logits + self.bias[tokens].float()
        return self._finished(logits.to(self.weight.dtype))

    def _finished(self, logits: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        """What an architecture does to its logits, in their dtype."""
        if self.scale != 1.0:
            logits = logits * self.scale
        if self.softcap is not None:
            logits = torch.tanh(logits / self.softcap) * self.softcap
        return logits.float()

    def __call__(self, resid: Float[Tensor, "... d_model"]) -> Float[Tensor, "... d_vocab"]:
        return self.head(self.norm(resid))


class TunedLens(NamedTuple):
    """Affine translators, one per block: translator i reads `L{i}.resid_pre`, which is row i."""

    weight: Float[Tensor, "layer d_model d_model"]
    """A_l; zero is the logit lens exactly."""

    bias: Float[Tensor, "layer d_model"]


def translate(
    resid: Float[Tensor, "row *position d_model"], lens: TunedLens | None
) -> Float[Tensor, "row *position d_model"]:
    """Rows as the lens reads them; the last row has no translator. None is the logit lens.

    Computed in the translators' dtype and returned in the residual's.
    """
    if lens is None:
        return resid
    n_layers = lens.weight.shape[0]
    assert resid.shape[0] == n_layers + 1, (
        f"{resid.shape[0]} rows for {n_layers} translators; expected one more row than translators"
    )
    flat = resid[:-1].to(lens.weight.dtype).reshape(n_layers, -1, resid.shape[-1])
    moved = flat + torch.baddbmm(lens.bias[:, None], flat, lens.weight.transpose(1, 2))
    return torch.cat([moved.reshape(resid[:-1].shape).to(resid.dtype), resid[-1:]])


class Summary(NamedTuple):
    """What is streamed with every token: one reading of every row at one position, or at several."""

    ids: Int[Tensor, "row *position k"]
    """The k likeliest tokens, in order."""

    probabilities: Float[Tensor, "row *position k"]
    entropy: Float[Tensor, "row *position"]

    chosen: Float[Tensor, "row *position"]
    """Probability of the token that followed; nan where none did."""


def summary(
    resid: Float[Tensor, "row *position d_model"],
    unembed: Unembed,
    chosen: Int[Tensor, "*position"] | None = None,
    lens: TunedLens | None = None,
    k: int = 10,
) -> Summary:
    """Top k, entropy and the chosen token's probability after every layer, by one batched unembedding.

    All rows go through W_U together: its weights are read once, which is what a single row costs.
    """
    return summarise(unembed(translate(resid, lens)), chosen, k)


def summarise(
    logits: Float[Tensor, "row *position d_vocab"], chosen: Int[Tensor, "*position"] | None = None, k: int = 10
) -> Summary:
    """The same from logits that are there already, as `Unembed` gives them."""
    # Ordered by logit: probabilities of different tokens may round to the same number.
    top = logits.topk(min(k, logits.shape[-1]))
    probabilities = logits.softmax(-1)
    below_peak = (logits - top.values[..., :1]).clamp_min_(-1e4)
    # H = log Σe^{z−m} − Σ p (z−m), where m is the largest logit; its own probability is 1 / Σe^{z−m}.
    entropy = -probabilities.amax(-1).log() - torch.linalg.vecdot(probabilities, below_peak)
    if chosen is None:
        of_chosen = torch.full_like(entropy, torch.nan)
    else:
        of_chosen = probabilities.gather(-1, chosen.expand(entropy.shape).unsqueeze(-1)).squeeze(-1)
    return Summary(top.indices, probabilities.gather(-1, top.indices), entropy, of_chosen)


class Reading(NamedTuple):
    """Everything about one position, exactly: what a click shows."""

    ids: Int[Tensor, "row k"]
    logprobs: Float[Tensor, "row k"]
    entropy: Float[Tensor, " row"]

    logprob: Float[Tensor, " row"]
    """Of the actual token; nan where there is none."""

    rank: Int[Tensor, " row"]
    """How many tokens are likelier than the actual one, so that equals share a rank; 0 is the top, -1 where there is
    no actual token or its number is nan."""

    kl_to_last: Float[Tensor, " row"]
    """KL(p_last ‖ p_row), where p_last is the model's own prediction."""


def read(
    resid: Float[Tensor, "row d_model"],
    unembed: Unembed,
    last: Float[Tensor, " d_model"],
    actual: int | None,
    lens: TunedLens | None = None,
    k: int = 10,
) -> Reading:
    """The distribution after every layer at one position.

    Args:
        resid: rows to read: the residual stream, or what attention or the MLP added to it (then without a tuned lens).
        last: the last `resid_post` at this position, untranslated.
        actual: the token that followed, if one did.
    """
    # The last prediction rides along: a product of its own would read all of W_U once more.
    together = unembed(torch.cat([translate(resid, lens), last[None]])).log_softmax(-1)
    logprobs, final = together[:-1], together[-1]
    top = logprobs.topk(min(k, logprobs.shape[-1]))
    entropy = -(logprobs.exp() * logprobs.clamp_min(-1e4)).sum(-1)
    # Never negative (Gibbs); the last row against itself may round to -1e-8.
    kl = (final.exp() * (final - logprobs).clamp(-1e4, 1e4)).sum(-1).clamp_min(0.0)
    if actual is None:
        missing = torch.full_like(entropy, torch.nan)
        return Reading(top.indices, top.values, entropy, missing, torch.full_like(entropy, -1, dtype=torch.long), kl)
    of_actual = logprobs[:, actual]
    # One logit that is not finite makes the whole row nan, and nothing is greater than nan.
    rank = (logprobs > of_actual[:, None]).sum(-1).where(~of_actual.isnan(), -1)
    return Reading(top.indices, top.values, entropy, of_actual, rank, kl)


class Followed(NamedTuple):
    """A few tokens through every row at one position."""

    top: Int[Tensor, " row"]
    """Each row's likeliest token."""

    top_prob: Float[Tensor, " row"]
    probs: Float[Tensor, "row token"]

    ranks: Int[Tensor, "row token"]
    """How many tokens are likelier, so that equals share a rank; 0 is the top."""


def follow(
    resid: Float[Tensor, "row d_model"], unembed: Unembed, tokens: Int[Tensor, " token"], lens: TunedLens | None = None
) -> Followed:
    """The likeliest token after every layer, and what becomes of a few others; where a logit is not finite, nan."""
    logits = unembed(translate(resid, lens))
    probabilities, top = logits.softmax(-1), logits.argmax(-1)
    ranks = (logits[:, None] > logits[:, tokens, None]).sum(-1)  # Probabilities of different tokens may round to 0.
    return Followed(top, probabilities.gather(-1, top[:, None])[:, 0], probabilities[:, tokens], ranks)


class Grid(NamedTuple):
    """A whole heat map: every row at every position, one number each of every kind."""

    top_ids: Int[Tensor, "row position"]
    top_logprobs: Float[Tensor, "row position"]
    entropy: Float[Tensor, "row position"]
    target_logprobs: Float[Tensor, "row position"]
    ranks: Int[Tensor, "row position"]
    kl_to_last: Float[Tensor, "row position"]


def grid(
    resid: Float[Tensor, "row position d_model"],
    unembed: Unembed,
    last: Float[Tensor, "position d_model"],
    targets: Int[Tensor, " position"],
    lens: TunedLens | None = None,
    chunk: int = 2_048,
    positions_at_once: int = 64,
) -> Grid:
    """Every layer at every position, without ever holding row × position × d_vocab logits.

    The vocabulary is walked in chunks with an online softmax (Milakov & Gimelshein 2018, arXiv 1805.02867):
    running maximum m, Σe^{z−m}, and Σ(z−m)e^{z−m} for the entropy. Exact up to float32 rounding.

    Args:
        last: the last `resid_post`, untranslated: what the KL is measured to.
        targets: the token whose probability and rank are followed at each position; -1 where there is none
            (its log-probability is nan and its rank -1). Where a logit is not finite, all is nan and the rank -1.
        chunk: vocabulary entries at once.
        positions_at_once: bounds the memory: row · positions_at_once · chunk and positions_at_once · d_vocab floats.
    """
    pieces = [
        _grid_piece(resid[:, start:end], unembed, last[start:end], targets[start:end], lens, chunk)
        for start in range(0, resid.shape[1], positions_at_once)
        for end in [start + positions_at_once]
    ]
    return Grid(*(torch.cat(parts, dim=1) for parts in zip(*pieces, strict=True)))


def _grid_piece(
    resid: Float[Tensor, "row position d_model"],
    unembed: Unembed,
    last: Float[Tensor, "position d_model"],
    targets: Int[Tensor, " position"],
    lens: TunedLens | None,
    chunk: int,
) -> Grid:
    normed = unembed.norm(translate(resid, lens))
    final = unembed(last).softmax(-1)
    shape = normed.shape[:2]
    target_logits = unembed.of_tokens(normed, targets.clamp_min(0))

    peak = torch.full(shape, -torch.inf, device=resid.device)
    mass = torch.zeros(shape, device=resid.device)
    moment = torch.zeros(shape, device=resid.device)
    dot = torch.zeros(shape, device=resid.device)
    top_ids = torch.zeros(shape, dtype=torch.long, device=resid.device)
    ranks = torch.zeros(shape, dtype=torch.long, device=resid.device)
    for first in range(0, unembed.weight.shape[0], chunk):
        logits = unembed.head(normed, first, first + chunk)
        scratch = torch.empty_like(logits)
        width = logits.shape[-1]
        # The target is ranked before its own column comes, where a wider product may round it differently. So that
        # one number is compared, summed and shown, the column takes the one that is known.
        inside = (targets >= first) & (targets < first + width)
        column = (targets - first).clamp(0, width - 1).expand(shape).unsqueeze(-1)
        own = torch.where(inside, target_logits, logits.gather(-1, column).squeeze(-1))
        logits.scatter_(-1, column, own.unsqueeze(-1))
        best, where = logits.max(-1)
        top_ids = torch.where(best > peak, where + first, top_ids)
        dot += torch.linalg.vecdot(logits, final[:, first : first + width].expand(logits.shape))
        # Counted as floats: summing booleans takes several times as long.
        ranks += torch.gt(logits, target_logits.unsqueeze(-1), out=scratch).sum(-1).long()

        higher = torch.maximum(peak, best)
        moved = torch.where(mass > 0, peak - higher, 0.0)
        shrink = torch.where(mass > 0, moved.exp(), 0.0)
        shifted = logits.sub_(higher.unsqueeze(-1))
        weights = torch.exp(shifted, out=scratch)
        moment = shrink * (moment + moved * mass) + torch.linalg.vecdot(weights, shifted.clamp_min_(-1e4))
        mass = shrink * mass + weights.sum(-1)
        peak = higher

    log_z = peak + mass.log()
    entropy = mass.log() - moment / mass
    final_entropy = torch.special.entr(final).sum(-1)
    kl = log_z - dot - final_entropy
    target_logprobs = torch.where(targets >= 0, target_logits - log_z, torch.nan)
    return Grid(
        top_ids=top_ids,
        top_logprobs=peak - log_z,
        entropy=entropy,
        target_logprobs=target_logprobs,
        ranks=ranks.where(~target_logprobs.isnan(), -1),
        kl_to_last=kl.clamp_min(0.0),
    )
