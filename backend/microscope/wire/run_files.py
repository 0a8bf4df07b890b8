"""What a run leaves: artifacts, charts, curves, log, and previews of tables and tensors."""

from __future__ import annotations

from typing import Literal

from pydantic import JsonValue

from microscope.wire.base import Wire


class Artifact(Wire):
    """A file in a run's directory."""

    path: str
    """Relative to the directory, `/` between its parts."""

    bytes: int
    """Its size."""

    sha256: str | None
    """As the manifest has it; null while the run goes on."""

    kind: Literal["json", "table", "tensors", "image", "text", "other"]
    """How a page can show it."""


class ChartSpec(Wire):
    """A picture of one of the run's tables, as data."""

    kind: Literal["line", "scatter", "bar", "histogram", "heatmap"]
    """What is drawn."""

    title: str
    """What it shows, in words."""

    table: str
    """Name of the table: `tables/<table>.parquet`."""

    x: str
    """Column on the horizontal axis."""

    y: str
    """Column on the vertical axis."""

    z: str | None = None
    """Column that parts the rows into series, or the colour of a heat map's cell."""

    z_low: float | None = None
    """Value at the lower end of a heat map's colours; the least of its cells where null."""

    z_high: float | None = None
    """Value at the upper end; the greatest of its cells where null."""

    x_title: str = ""
    """Axis title with the unit; the column's name where empty."""

    y_title: str = ""
    """Axis title with the unit; the column's name where empty."""

    log_x: bool = False
    """Logarithmic horizontal axis."""

    log_y: bool = False
    """Logarithmic vertical axis."""


class Series(Wire):
    """Metrics that a run reported on its way, by column; a missing value is null."""

    columns: dict[str, tuple[float | None, ...]]
    """`step` (in `unit`), `time` (seconds of work, all attempts together), and each live metric."""

    unit: str | None
    """What `step` counts, such as `rows`; null where there are no points, or the run was made before that was kept."""

    next: int
    """Where to go on reading: give it as `from`."""


class LogLine(Wire):
    """One sentence of a run's log."""

    time: float
    """Unix time in seconds."""

    level: Literal["info", "warning", "error"]
    """How serious."""

    text: str
    """What happened."""


class TablePage(Wire):
    """A window of a table."""

    columns: tuple[str, ...]
    """Names, in order."""

    types: tuple[str, ...]
    """As DuckDB names them."""

    rows: tuple[tuple[JsonValue, ...], ...]
    """Cells; lists longer than 32 entries are cut and end with "…"."""

    total: int
    """Rows of the whole table."""


class TensorHead(Wire):
    """What a safetensors file says of one tensor, and what its values are like."""

    name: str
    """In the file."""

    dtype: str
    """As the file names it, such as `F16`."""

    shape: tuple[int, ...]
    """Sizes of its axes."""

    min: float | None
    """Least value; null where there is none that is finite."""

    max: float | None
    """Greatest value."""

    mean: float | None
    """Mean value."""

    first: tuple[float, ...]
    """The first few values."""


class TensorsPage(Wire):
    """What a safetensors file holds."""

    metadata: dict[str, str]
    """Of the file."""

    tensors: tuple[TensorHead, ...]
    """In the file's order."""
