"""SAEs and report cards as tables in a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from microscope.cli.tables import readable
from microscope.wire.saes import SaeCard, SaeInfo, SaeList, SaeMeasure, SaeTensor


def show_saes(listing: SaeList) -> None:
    console = Console()
    table = Table(
        *(Column(name, no_wrap=True) for name in ("SAE", "site", "architecture")),
        Column("model", overflow="fold", min_width=8),
        *(Column(name, no_wrap=True, justify="right") for name in ("FVU", "L0")),
        box=None,
        pad_edge=False,
    )
    for one in listing.items:
        table.add_row(*map(Text, _row(one)))
    console.print(table if listing.items else Text("There are none. Train one, or: microscope import-sae PATH_OR_ID"))
    for one in listing.items:
        if one.metrics_say:
            console.print(Text(f"{one.slug}: {one.metrics_say}", style="yellow"), soft_wrap=True)
    for broken in listing.broken:
        place = "" if broken.path in broken.error else f"{broken.path}: "
        forget = f" Or forget it: microscope forget-sae {broken.slug}" if broken.slug else ""
        says = Text(f"{place}{readable(broken.error)} {broken.next}{forget}", style="yellow")
        console.print(says, soft_wrap=True)


def show_card(card: SaeCard) -> None:
    """Two columns: what, and how it is here."""
    console = Console()
    table = Table(show_header=False, title=Text(card.sae.slug))
    for name, value in _lines(card):
        table.add_row(Text(name), Text(readable(value)))
    console.print(table)
    fit = card.sae.fit
    for warning in fit.warnings if fit else ():
        console.print(Text(readable(warning), style="yellow"), soft_wrap=True)
    if card.says:
        console.print(Text(readable(card.says), style="yellow"), soft_wrap=True)


def known_as(one: SaeInfo) -> str:
    """Whose card was shown, after something was said of it."""
    whose = {"shipped": "part of the program", "trained": "trained here", "imported": "imported"}[one.where]
    was = f"; was {', '.join(one.formerly)}" if one.formerly else ""
    return f"Known as {one.slug} ({whose}){was}."


def _row(one: SaeInfo) -> Iterator[str]:
    yield f"{one.slug}  {one.apart}".strip()
    yield one.site or "?"
    yield f"{_architecture(one)} of {one.d_sae}"
    yield readable(one.model_name) or "?"
    yield _number(one.metrics.get("fvu"))
    yield _number(one.metrics.get("l0"), digits=1)


def _lines(card: SaeCard) -> Iterator[tuple[str, str]]:
    sae = card.sae
    yield "format", sae.format
    yield "reads", " → ".join(filter(None, (sae.site or "its files do not say", sae.site_out)))
    yield "model", sae.model_name or "its files do not say"
    yield "architecture", f"{_architecture(sae)}, {sae.d_sae:,} features, d_in {sae.d_in}, stored in {card.dtype}"
    for one in card.rule:
        yield one.name, "none" if one.value is None else str(one.value)
    yield "BOS", card.bos
    yield "normalisation", card.normalization
    yield "bias", card.bias
    yield "decoder norms", _range(card.decoder_norms)
    if card.thresholds:
        yield "thresholds", _range(card.thresholds)
    for tensor in card.tensors:
        yield tensor.name, f"{_shape(tensor)}, {tensor.min:.4g} to {tensor.max:.4g}"
    for file in card.files:
        yield file.name, f"{file.bytes:,} bytes, sha256 {file.sha256[:16]}…"
    yield from _held_out(sae)
    if card.measured:
        yield from _measured(card.measured)


MEASURES = {
    "fvu": "FVU",
    "explained_variance": "explained variance",
    "l0": "L0",
    "loss_recovered": "loss recovered",
    "kl": "KL",
    "dead": "dead",
    "mse": "MSE",
    "cosine": "cosine",
    "ce_clean": "CE clean",
    "ce_sae": "CE spliced",
    "ce_zero": "CE zero",
    "fvu_pca": "FVU of a PCA",
    "fvu_untrained": "FVU untrained",
    "fvu_random_directions": "FVU of random directions",
}
"""Figures of `metrics.json` by the names that the report card's page has for them, in its order."""


def _held_out(sae: SaeInfo) -> Iterator[tuple[str, str]]:
    """As its `metrics.json` says."""
    figures = ((title, sae.metrics.get(name)) for name, title in MEASURES.items())
    found = [(title, value) for title, value in figures if isinstance(value, (int, float))]
    none = sae.metrics_say or "Nobody measured it yet: microscope eval --keep does."
    yield "on held-out documents", "as its metrics.json says" if found else none
    for title, value in found:
        yield title, f"{value:.3g}"


def _measured(one: SaeMeasure) -> Iterator[tuple[str, str]]:
    yield (
        "on a short text, here",
        f"{one.tokens} positions read by {one.model}. Enough to see that it fits, not to judge it.",
    )
    yield "FVU", _number(one.fvu)
    yield "L0", _number(one.l0)
    if one.ce_clean is not None:
        nats = ", ".join(f"{_number(value)} {name}" for name, value in _losses(one))
        yield "loss recovered", f"{_number(one.loss_recovered)} (nats per token: {nats})"
    yield "silent", f"{_number(one.silent_share)} of the features on this text"


def _losses(one: SaeMeasure) -> tuple[tuple[str, float | None], ...]:
    return ("clean", one.ce_clean), ("with the SAE", one.ce_sae), ("with zeros", one.ce_zero)


def _architecture(sae: SaeInfo) -> str:
    return sae.architecture if sae.k is None else f"{sae.architecture} k={sae.k}"


def _shape(tensor: SaeTensor) -> str:
    """Such as `192 × 4,096`; a number alone has no axis."""
    return " × ".join(f"{size:,}" for size in tensor.shape) or "one number"


def _range(ends: tuple[float, float]) -> str:
    return f"{ends[0]:.4g} to {ends[1]:.4g}"


def _number(value: object, digits: int = 3) -> str:
    return f"{value:.{digits}f}" if isinstance(value, (int, float)) else "–"
