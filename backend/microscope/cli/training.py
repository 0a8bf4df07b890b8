"""Verbs about sparse autoencoders that are runs: train, eval, harvest. `add` puts them into the program."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from microscope.cli.options import Home, Json, Where
from microscope.cli.tracing import whole
from microscope.cli.verbs import verb
from microscope.core import defaults
from microscope.paths import expanded

if TYPE_CHECKING:
    from microscope.wire.runs import Run

Layer = Annotated[int | None, typer.Option(min=0, help="Reads its resid_post.", show_default="the only site recorded")]
SiteName = Annotated[
    str | None, typer.Option("--site", help="Instead of --layer: such as L10.mlp_out.", show_default=False)
]
Fields = Annotated[
    list[str] | None,
    typer.Option("--set", help="field=value of the experiment, again for more.", show_default=False),
]
Fresh = Annotated[bool, typer.Option("--fresh", help="Begin anew where the same command was interrupted.")]
Later = Annotated[bool, typer.Option("--later", help="Into the queue, instead of here and now.")]
Seed = Annotated[int | None, typer.Option(show_default="0")]


def add(app: typer.Typer) -> None:
    """All of them."""
    verb(app, "train")(train)
    verb(app, "eval")(evaluate)
    verb(app, "harvest")(harvest)


def train(
    activations: Annotated[
        list[Path], typer.Option(help="A recording; again for others of the same model.", show_default=False)
    ],
    out: Annotated[Path, typer.Option(help="Folder in which sae_layer_LAYER is written.")] = Path("sae_checkpoints"),
    layer: Layer = None,
    site: SiteName = None,
    architecture: Annotated[
        str, typer.Option(help="How features fire: topk, batch_topk, relu, jumprelu, gated.")
    ] = "topk",
    k: Annotated[
        int | None,
        typer.Option("-k", min=1, help="Features that fire, for topk and batch_topk.", show_default=str(defaults.K)),
    ] = None,
    d_sae: Annotated[
        int | None, typer.Option(min=1, help="Features.", show_default=f"{defaults.EXPANSION} times the width")
    ] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="Batches.", show_default=str(defaults.STEPS))] = None,
    epochs: Annotated[
        float | None, typer.Option(help="Instead of --steps: times through the rows.", show_default=False)
    ] = None,
    batch_rows: Annotated[
        int | None, typer.Option(min=1, help="Rows of a batch.", show_default=str(defaults.BATCH_ROWS))
    ] = None,
    learning_rate: Annotated[
        float | None, typer.Option(help="Of Adam.", show_default=str(defaults.LEARNING_RATE))
    ] = None,
    sparsity: Annotated[
        float | None, typer.Option(help="Weight of the penalty, for relu, jumprelu and gated.", show_default="its own")
    ] = None,
    precision: Annotated[
        Literal["float32", "bfloat16"] | None, typer.Option(help="Of the large products.", show_default="float32")
    ] = None,
    seed: Seed = None,
    replace: Annotated[bool, typer.Option("--replace", help="Overwrite the SAE that stands in its place.")] = False,
    fields: Fields = None,
    fresh: Fresh = False,
    later: Later = False,
    as_json: Json = False,
    device: Where = None,
    home: Home = None,
) -> None:
    """Train a sparse autoencoder on a recording. It is measured on the documents that were held out."""
    spec = {
        "kind": "train_sae",
        "activations": [str(expanded(path).absolute()) for path in activations],
        "out": str(expanded(out).absolute()),
        "site": _site(layer, site),
        "architecture": {"kind": architecture, **({} if k is None else {"k": k})},
        "d_sae": d_sae,
        "steps": steps,
        "epochs": epochs,
        "batch_rows": batch_rows,
        "learning_rate": learning_rate,
        "sparsity": sparsity,
        "precision": precision,
        "seed": seed,
        "replace": replace,
    }
    _begin(spec, fields, {"device": device, "home": home}, fresh=fresh, later=later, as_json=as_json)


def evaluate(
    sae_path: Annotated[
        str,
        typer.Option(
            help="A folder or file, such as sae_checkpoints/sae_layer_10.safetensors, which is what train wrote; or a "
            "slug of the library.",
            show_default=False,
        ),
    ],
    activations: Annotated[Path, typer.Option(help="A recording of the site that it reads.", show_default=False)],
    layer: Layer = None,
    site: SiteName = None,
    rows: Annotated[
        int | None, typer.Option(min=1, help="Held-out rows at most.", show_default=str(defaults.JUDGED_ROWS))
    ] = None,
    tokens: Annotated[
        int | None,
        typer.Option(min=1, help="Held-out tokens that the model predicts.", show_default=str(defaults.JUDGED_TOKENS)),
    ] = None,
    loss: Annotated[bool, typer.Option(help="Measure loss recovered and KL, for which the model is loaded.")] = True,
    keep: Annotated[bool, typer.Option("--keep", help="Write metrics.json beside the weights.")] = False,
    seed: Seed = None,
    fields: Fields = None,
    fresh: Fresh = False,
    later: Later = False,
    as_json: Json = False,
    model: Annotated[
        str | None, typer.Option(help="Bundled name, hub id or folder.", show_default="the one recorded")
    ] = None,
    device: Where = None,
    home: Home = None,
) -> None:
    """Measure an SAE on held-out documents. Reconstruction, loss recovered, and the nulls beside them."""
    spec = {
        "kind": "evaluate_sae",
        "sae": _sae(sae_path, home),
        "activations": str(expanded(activations).absolute()),
        "site": _site(layer, site),
        "rows": rows,
        "tokens": tokens,
        "loss": loss,
        "keep": keep,
        "seed": seed,
        "model": model,
    }
    done = _begin(spec, fields, {"device": device, "home": home}, fresh=fresh, later=later, as_json=as_json)
    if done is not None and not done.spec["keep"] and not as_json:
        print("Not kept beside the SAE; --keep puts these figures on its card.")


def harvest(
    sae: Annotated[str, typer.Argument(help="Slug of an SAE, its folder or its file.")],
    activations: Annotated[
        Path | None,
        typer.Option(help="A recording of the site that it reads.", show_default="the model reads --dataset"),
    ] = None,
    dataset: Annotated[
        str | None,
        typer.Option(help="A .txt, .jsonl or .parquet file, a name on the hub, or bundled.", show_default="bundled"),
    ] = None,
    max_tokens: Annotated[
        int | None, typer.Option(min=1, help="Tokens to read, about.", show_default=str(defaults.HARVESTED_TOKENS))
    ] = None,
    name: Annotated[str | None, typer.Option(help="Of the dictionary.", show_default="the SAE's")] = None,
    site: Annotated[
        str | None, typer.Option(help="What it reads, where its file does not say.", show_default=False)
    ] = None,
    adapter: Annotated[str | None, typer.Option(help="A LoRA merged into the model.", show_default=False)] = None,
    seed: Seed = None,
    fields: Fields = None,
    fresh: Fresh = False,
    later: Later = False,
    as_json: Json = False,
    model: Annotated[
        str | None, typer.Option(help="Bundled name, hub id or folder.", show_default="the one recorded, or the SAE's")
    ] = None,
    device: Where = None,
    home: Home = None,
) -> None:
    """Build the dictionary of an SAE. Statistics, examples, logits and neighbours of all its features."""
    spec = {
        "kind": "harvest",
        "sae": _sae(sae, home),
        "activations": None if activations is None else str(expanded(activations).absolute()),
        "dataset": None if dataset is None else whole(dataset),
        "max_tokens": max_tokens,
        "name": name,
        "site": site,
        "adapter": adapter,
        "seed": seed,
        "model": model,
    }
    _begin(spec, fields, {"device": device, "home": home}, fresh=fresh, later=later, as_json=as_json)


def _sae(named: str, home: Path | None) -> str:
    """A path from the root, so that a worker elsewhere finds it; a slug as it is."""
    from microscope.cli.session import read_settings
    from microscope.services.identity import sae_anywhere

    return sae_anywhere(read_settings(home=home), named)


def _site(layer: int | None, site: str | None) -> str | None:
    """
    Raises:
        Invalid: both were given.
    """
    from microscope.errors import Invalid

    if layer is not None and site:
        raise Invalid(f"Expected one of --layer and --site; got {layer} and {site}.", next="Leave one of them out.")
    return site if layer is None else f"L{layer}.resid_post"


def _begin(
    spec: dict[str, Any],
    fields: list[str] | None,
    settings: dict[str, Any],
    *,
    fresh: bool,
    later: bool,
    as_json: bool,
) -> Run | None:
    """What was not given is as the family has it; the run, where it is done by now."""
    from microscope.cli.running import queue_up, run_here
    from microscope.cli.session import read_settings
    from microscope.families import read_family
    from microscope.services.specs import with_fields

    given = {name: value for name, value in spec.items() if value is not None}
    family, read = read_family(with_fields(given, fields or ())), read_settings(**settings)
    if later:
        queue_up(family, read, as_json=as_json)
        return None
    return run_here(family, read, fresh=fresh, as_json=as_json)
