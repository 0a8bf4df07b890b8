"""Options that several verbs share, described once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

Model = Annotated[
    str | None,
    typer.Option(help="Bundled name, hub id or folder.", show_default="$MICROSCOPE_MODEL, else specimen"),
]
Revision = Annotated[
    str | None,
    typer.Option(help="Branch, tag or commit of a hub id.", show_default="$MICROSCOPE_REVISION, else main"),
]
Dtype = Annotated[
    Literal["auto", "float32", "bfloat16", "float16"] | None,
    typer.Option(help="Of the weights.", show_default="$MICROSCOPE_DTYPE, else as stored"),
]
Where = Annotated[
    str | None,
    typer.Option(
        "--device",
        help="auto, cpu, cuda, cuda:1, mps; balanced spreads over several GPUs.",
        show_default="$MICROSCOPE_DEVICE, else auto",
    ),
]
Home = Annotated[
    Path | None,
    typer.Option(help="Where data is kept.", show_default="$MICROSCOPE_HOME, else ~/.microscope"),
]
Json = Annotated[bool, typer.Option("--json", help="Print what the HTTP route answers.")]
K = Annotated[int | None, typer.Option("-k", min=1, help="Predictions per layer.", show_default="table 1, JSON 10")]
Patches = Annotated[
    list[str] | None,
    typer.Option(
        "--patches",
        metavar="HASH[:STRENGTH]",
        help="In force: a patch or a set, at strength 1 or at another; again for more, in order.",
        show_default=False,
    ),
]
Lens = Annotated[Literal["logit", "tuned"], typer.Option("--lens", help="Which lens reads.")]
