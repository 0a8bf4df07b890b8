"""The verb that records activations. `add` puts it into the program."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from microscope.cli.options import Dtype, Home, Json, Model, Revision, Where
from microscope.cli.verbs import verb
from microscope.paths import expanded


def add(app: typer.Typer) -> None:
    verb(app, "trace")(trace)


def trace(
    out: Annotated[Path, typer.Option(help="The folder to write, such as activations.parquet.", show_default=False)],
    layer: Annotated[
        list[int] | None, typer.Option(min=0, help="Its resid_post; again for more.", show_default=False)
    ] = None,
    site: Annotated[
        list[str] | None, typer.Option(help="Such as L10.mlp_out; again for more, in one pass.", show_default=False)
    ] = None,
    dataset: Annotated[
        str,
        typer.Option(
            help="A .txt (documents parted by <|endoftext|>, else by blank lines), .jsonl or .parquet file, a name on "
            "the hub, bundled, or bundled:STORIES."
        ),
    ] = "bundled",
    config: Annotated[str, typer.Option(help="Of a data set from the hub that has several.", show_default=False)] = "",
    split: Annotated[str, typer.Option(help="Of a data set from the hub.")] = "train",
    column: Annotated[str, typer.Option(help="Where the text is.")] = "text",
    max_samples: Annotated[int, typer.Option(min=0, help="Documents.", show_default="all")] = 0,
    max_tokens: Annotated[
        int, typer.Option(min=0, help="Tokens at most.", show_default="all; a million of the bundled corpus")
    ] = 0,
    context_size: Annotated[
        int, typer.Option(min=0, help="Tokens read at once.", show_default="the model's, at most 1024")
    ] = 0,
    held_out: Annotated[float, typer.Option(min=0, max=0.99, help="Share of the documents kept from training.")] = 0.1,
    adapter: Annotated[
        str, typer.Option(help="A LoRA to merge: a name beside the model, or a folder.", show_default=False)
    ] = "",
    keep: Annotated[
        Literal["float16", "float32"], typer.Option("--activations-dtype", help="In which vectors are kept.")
    ] = "float16",
    batch_tokens: Annotated[
        int, typer.Option(min=0, help="Tokens that run at once.", show_default="by the model's size")
    ] = 0,
    seed: Annotated[int, typer.Option(min=0, help="Of the bundled corpus.")] = 0,
    resume: Annotated[bool, typer.Option(help="Go on with the same recording where it is there already.")] = True,
    later: Annotated[bool, typer.Option("--later", help="Into the queue, instead of here and now.")] = False,
    as_json: Json = False,
    model: Model = None,
    revision: Revision = None,
    dtype: Dtype = None,
    device: Where = None,
    home: Home = None,
) -> None:
    """Record activations of a data set for training. Parquet that pandas, polars and DuckDB open."""
    from microscope.cli.running import queue_up, run_here
    from microscope.cli.session import read_settings
    from microscope.engine.weights import BUNDLED
    from microscope.errors import Invalid
    from microscope.families import read_family

    if not (layer or site):
        raise Invalid(
            "Neither --layer nor --site is given; expected one or more of them.",
            next="Such as: --layer 10, which is its resid_post, or --site L10.mlp_out",
        )
    settings = read_settings(model=model, revision=revision, dtype=dtype, device=device, home=home)
    spec: dict[str, Any] = {
        "model": settings.model if settings.model in BUNDLED else whole(settings.model),
        "revision": settings.revision,
        "dtype": settings.dtype,
        "adapter": whole(adapter) if "/" in adapter else adapter,
        "sites": site or (),
        "layers": layer or (),
        "dataset": whole(dataset),
        "config": config,
        "split": split,
        "column": column,
        "max_samples": max_samples,
        "max_tokens": max_tokens,
        "context_size": context_size,
        "held_out": held_out,
        "seed": seed,
        "batch_tokens": batch_tokens,
        "activations_dtype": keep,
        "out": str(expanded(out).absolute()),
        "resume": resume,
    }
    family = read_family({"kind": "record_activations", **spec})
    if later:
        queue_up(family, settings, as_json=as_json)
    else:
        run_here(family, settings, as_json=as_json)


def whole(name: str) -> str:
    """A path by its whole length, since the queue's workers stand elsewhere; other names as they are."""
    kind, _, file = name.partition("bundled:")
    if file and not kind:
        return f"bundled:{whole(file)}"
    path = expanded(name)
    return str(path.absolute()) if path.exists() else name
