"""Lenses, badges and fits as tables in a terminal. Token text is data: nothing in it moves the cursor."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.table import Table
from rich.text import Text
from safetensors.numpy import load

from microscope.wire.lenses import LayerName
from microscope.wire.models import ModelInfo, TunedLens

if TYPE_CHECKING:
    from microscope.services.lenses import Description, Taken
    from microscope.wire.runs import Run
    from microscope.wire.scripts import ChatResponse, ScriptLensRow, ScriptToken

LAYER_WIDTH = 9
"""Of the column of layers, the table's frame included."""

FRAME_WIDTH = 3
"""Of any further column."""

MAX_TOKEN_CHARS = 18
MIN_TOKEN_CHARS = 5
"""Of a token's text: what a long one is cut to, and what a narrow terminal leaves of it."""

EXACT = (
    "Exactly 0 is no accident: the model's own operations are repeated in their order on the same numbers. "
    "In 16 bit, or where a block adds its parts in another order, roundings remain, below the tolerance."
)

SHOWN = {" ": "·", "\n": "⏎", "\t": "⇥"}


Spelling = Callable[[int], str]
"""How a token of the vocabulary is shown."""


def spelling(vocabulary: bytes) -> Spelling:
    """From the model's vocabulary as `GET /api/models/{model}/vocab` serves it."""
    arrays = load(vocabulary)
    joined, offsets = arrays["bytes"].tobytes(), arrays["offsets"]
    return lambda token_id: visible(joined[offsets[token_id] : offsets[token_id + 1]])


def visible(token: bytes) -> str:
    """White space as signs; control characters and bytes that are no characters by their codes, as `<0xE2>`."""
    return "".join(SHOWN.get(char) or inert(char) for char in token.decode(errors="surrogateescape"))


def readable(text: str) -> str:
    """A text with its lines, but without characters that a terminal would obey."""
    return "".join(char if char in "\n\t" else inert(char) for char in text)


def inert(char: str) -> str:
    """A character, or its bytes where showing it would show nothing or do something."""
    if char.isprintable():
        return char
    return "".join(f"<0x{byte:02X}>" for byte in char.encode(errors="surrogateescape"))


def show_lens(tokens: Sequence[ScriptToken], spell: Spelling) -> None:
    """As many tokens side by side as the terminal is wide, then the next."""
    console = Console()
    for table in lens_tables(tokens, spell, console.width):
        console.print(table)


class _Column(NamedTuple):
    """One token, and what each layer would have said in its place."""

    header: Text
    cells: dict[LayerName, Text]

    @property
    def width(self) -> int:
        lines = [line for cell in (self.header, *self.cells.values()) for line in cell.plain.split("\n")]
        return FRAME_WIDTH + max(cell_len(line) for line in lines)


def lens_tables(tokens: Sequence[ScriptToken], spell: Spelling, width: int) -> Iterator[Table]:
    """Layers from last to first × tokens; a cell holds the likeliest tokens, the actual one in bold green."""
    longest = width - LAYER_WIDTH - FRAME_WIDTH - len(" 0.000")
    longest = max(MIN_TOKEN_CHARS, min(MAX_TOKEN_CHARS, longest))
    columns = [_column(token, spell, longest) for token in tokens]
    layers: list[LayerName] = [row.layer for row in next((token.lens for token in tokens if token.lens), ())]
    show_lines = any(len(row.predictions) > 1 for token in tokens for row in token.lens)
    for together in packed([column.width for column in columns], width - LAYER_WIDTH):
        table = Table("layer", show_lines=show_lines)
        for column in columns[together]:
            table.add_column(column.header, no_wrap=True)
        for layer in reversed(layers):
            nothing = Text("–", style="dim")
            table.add_row(str(layer), *(column.cells.get(layer, nothing) for column in columns[together]))
        yield table


def packed(widths: Sequence[int], room: int) -> Iterator[slice]:
    """Neighbours that fit into the room together; what does not fit alone stands alone."""
    start, used = 0, 0
    for index, width in enumerate(widths):
        if index > start and used + width > room:
            yield slice(start, index)
            start, used = index, 0
        used += width
    if widths:
        yield slice(start, len(widths))


def _column(token: ScriptToken, spell: Spelling, longest: int) -> _Column:
    words = {one.id: _short(spell(one.id), longest) for row in token.lens for one in row.predictions}
    wide = max(map(cell_len, words.values()), default=0)
    header = Text(f"{token.position} {_short(spell(token.id), longest)}")
    return _Column(header, {row.layer: _cell(row, words, wide) for row in token.lens})


def _cell(row: ScriptLensRow, words: dict[int, str], wide: int) -> Text:
    lines = [
        Text(
            f"{set_cell_size(words[one.id], wide)} {one.probability:.3f}",
            style="bold green" if one.rank == row.rank else "",
        )
        for one in row.predictions
    ]
    return Text("\n").join(lines)


def _short(shown: str, longest: int) -> str:
    return shown if cell_len(shown) <= longest else set_cell_size(shown, longest - 1).rstrip() + "…"


def show_answer(response: ChatResponse, spell: Spelling | None) -> None:
    """What the model said; with a spelling, how it came to it too."""
    Console().print(Text(readable(response.text)), soft_wrap=True)
    if spell is not None:
        show_lens(response.tokens, spell)


def show_in_force(set: str | None) -> None:
    """Under what a text was computed."""
    if set is not None:
        print(f"Patches in force: the set {set}.")


def show_tuned(tuned: Description | TunedLens | None) -> None:
    """Which lens "tuned" names."""
    says = f"{tuned.path} (sha256 {tuned.sha256[:12]}), {tuned.says}." if tuned else "none."
    Console().print(Text(f"Tuned lens: {says}"), soft_wrap=True)


def show_badge(info: ModelInfo) -> None:
    """The parity badge: what was measured, and what the dtype allows."""
    console = Console()
    console.print(
        Text(
            f"{info.name}: {info.architecture}, {info.n_layers} layers, d_model {info.d_model}, "
            f"{info.n_parameters:,} parameters, {info.dtype} on {info.device}"
        )
    )
    table = Table("", "check", "measured", "tolerance")
    for check in info.parity.checks:
        table.add_row(
            Text("ok", style="green") if check.ok else Text("off", style="bold red"),
            check.name,
            _measured(check.measured),
            f"{check.tolerance:.2e}",
        )
        for block, measured in enumerate(check.blocks):
            table.add_row("", f"block {block}", _measured(measured), "")
    console.print(table)
    for check in info.parity.checks:
        console.print(Text(f"{check.name}: {check.says}"))
    if not any(check.measured != 0 for check in info.parity.checks):
        console.print(EXACT)
    for problem in info.parity.problems:
        console.print(Text(problem))
    console.print("Parity holds." if info.parity.ok else "Parity does not hold: what is off reads wrongly here.")


def _measured(value: float | None) -> str:
    return "not finite" if value is None else f"{value:.2e}"


def show_fit(run: Run) -> None:
    """How far each layer's reading is from the last one's, with both lenses."""
    from microscope.families.tuned_lens import Fit  # It needs torch, which has been imported by now.
    from microscope.services.lenses import Description, describe

    fit, console = Fit.model_validate(run.metrics), Console()
    table = Table("layer", "logit lens", "tuned lens", title="held-out KL to the last layer, nats per token")
    for layer, logit in reversed(fit.logit_kl_by_layer.items()):
        table.add_row(layer, f"{logit:.4f}", f"{fit.tuned_kl_by_layer[layer]:.4f}")
    console.print(table)
    console.print(f"{fit.training_tokens:,} tokens to fit, {fit.held_out_tokens:,} held out.")
    before = Description(Path(fit.displaced_path), "", fit.displaced) if fit.displaced else None
    _show_kept(describe(Path(run.made[0].path)), before)


def show_taken(taken: Taken) -> None:
    """What was imported, and how it was known to fit."""
    fits = "its W_U has this fingerprint" if taken.same_unembed else "no W_U was recorded, the names agree"
    console = Console()
    size = f"{taken.d_model} × {taken.d_model}"
    console.print(f"{taken.n_layers} translators of {size}; number i reads L{{i}}.resid_pre.")
    console.print(Text(f"Fitted to {taken.fitted_to or 'a model without a name'}: {fits}."))
    _show_kept(taken.now, taken.before)


def _show_kept(now: Description, before: Description | None) -> None:
    """What "tuned" names from now on, and what it named until now."""
    show_tuned(now)
    lines = ["--lens tuned reads it from now on, and so does a running server with this home."]
    if before and before.path == now.path:
        lines.append(f"It overwrote the one that was there, {before.says}.")
    elif before:
        lines.append(f"It is read instead of {before.path}, {before.says}. To go back, delete {now.path}")
    Console().print(Text("\n".join(lines)), soft_wrap=True)
