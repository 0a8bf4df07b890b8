"""The terminal's skin: each verb is a few lines over a service.

Whatever needs torch is imported inside the verbs, so that `--help` answers at once, and so does a wrong path.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from microscope import __version__
from microscope.cli import patches, runs, saes, sweeps, tracing, training
from microscope.cli.options import Dtype, Home, Json, K, Lens, Model, Patches, Revision, Where
from microscope.cli.verbs import verb
from microscope.paths import expanded

if TYPE_CHECKING:
    from microscope.wire.conversations import Sampling

# OpenMP's threads wait for each other by spinning, for some 10 ms by default: where another program has the core that
# one of them needs, a small training took 5 to 10 times as long. libgomp reads this once, as torch is imported.
os.environ.setdefault("GOMP_SPINCOUNT", "2000")

app = typer.Typer(
    help="A live laboratory for what happens inside a language model.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # The panels of typer's other mode give a flag a value, as in `--version <bool>`.
)


@app.callback(invoke_without_command=True)
def main(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    if version:
        print(__version__)
        raise typer.Exit


@verb(app, "ui")
def ui(
    model: Model = None,
    port: Annotated[int | None, typer.Option(min=0, max=65_535, show_default="$MICROSCOPE_PORT, else 8000")] = None,
    host: Annotated[
        str | None,
        typer.Option(help="Any but loopback needs MICROSCOPE_TOKEN.", show_default="$MICROSCOPE_HOST, else 127.0.0.1"),
    ] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Print the address and open nothing.")] = False,
    revision: Revision = None,
    dtype: Dtype = None,
    device: Where = None,
    home: Home = None,
) -> None:
    """Serve the pages and the API until Ctrl-C."""
    from microscope.cli.listening import bind, check_exposure, stop_on_ctrl_c
    from microscope.cli.session import read_settings
    from microscope.engine.weights import local

    settings = read_settings(
        model=model, port=port, host=host, revision=revision, dtype=dtype, device=device, home=home
    )
    local(settings.model, settings.revision)
    check_exposure(settings)
    bind(settings.host, settings.port).close()
    stop_on_ctrl_c()
    from microscope.cli.server import serve

    serve(settings, open_browser=not no_browser)


@verb(app, "chat")
def chat(
    text: Annotated[
        str | None, typer.Argument(help="The new user turn; without it: asked for, or standard input.")
    ] = None,
    messages: Annotated[
        Path | None, typer.Option(help='The turns before it: a JSON file as [{"role": "user", "content": "Hi"}].')
    ] = None,
    temperature: Annotated[float | None, typer.Option(help="0 is greedy.", show_default="0")] = None,
    top_p: Annotated[float | None, typer.Option(show_default="1")] = None,
    top_k: Annotated[int | None, typer.Option(help="0 is no limit.", show_default="0")] = None,
    seed: Annotated[int | None, typer.Option(help="The same seed draws the same text.", show_default="0")] = None,
    max_new_tokens: Annotated[int | None, typer.Option(show_default="256")] = None,
    thinking: Annotated[
        bool | None, typer.Option(help="Where the chat template can switch it.", show_default="as the template has it")
    ] = None,
    k: K = None,
    lens: Lens = "logit",
    patches: Patches = None,
    table: Annotated[bool, typer.Option(help="Show the lens of the answer's tokens.")] = True,
    as_json: Json = False,
    model: Model = None,
    revision: Revision = None,
    dtype: Dtype = None,
    device: Where = None,
    home: Home = None,
) -> None:
    """Talk with a model. Every token of its answer comes with its lens."""
    from microscope.cli.session import opened, read_messages, read_patches, read_settings, typed_turns
    from microscope.cli.tables import show_answer, show_in_force, spelling
    from microscope.wire.conversations import Message

    before = read_messages(messages) if messages else ()
    named = read_patches(patches or ())
    sampling = _sampling(temperature=temperature, top_p=top_p, top_k=top_k, seed=seed, max_new_tokens=max_new_tokens)
    with opened(read_settings(model=model, revision=revision, dtype=dtype, device=device, home=home)) as session:
        from microscope.wire.scripts import ChatRequest

        for turn in typed_turns(text):
            request = ChatRequest(
                text=turn,
                messages=before,
                sampling=sampling,
                thinking=thinking,
                k=k or (10 if as_json else 1),
                lens=lens,
                patches=named,
                model=session.services.models.info().slug,
            )
            response = session.wait(session.services.scripts.chat(request))
            if as_json:
                print(response.model_dump_json())
            else:
                show_answer(response, spelling(session.vocabulary) if table else None)
                show_in_force(response.set)
            before = (
                *before,
                Message(role="user", content=turn),
                Message(role="assistant", content=response.text),
            )


@verb(app, "lens")
def lens(
    text: Annotated[str, typer.Argument(help="The text to read.")],
    k: K = None,
    read: Annotated[
        Literal["for", "after"], typer.Option(help="The prediction for each token, or what comes after it.")
    ] = "for",
    lens: Lens = "logit",
    patches: Patches = None,
    component: Annotated[
        Literal["resid", "attn_out", "mlp_out"], typer.Option(help="The residual stream, or what a part adds to it.")
    ] = "resid",
    as_json: Json = False,
    model: Model = None,
    revision: Revision = None,
    dtype: Dtype = None,
    device: Where = None,
    home: Home = None,
) -> None:
    """What each layer would have said at every token."""
    from microscope.cli.session import opened, read_patches, read_settings
    from microscope.cli.tables import show_in_force, show_lens, show_tuned, spelling

    named = read_patches(patches or ())
    with opened(read_settings(model=model, revision=revision, dtype=dtype, device=device, home=home)) as session:
        from microscope.wire.scripts import LensRequest

        services, vocabulary = session.services, session.vocabulary
        request = LensRequest(
            text=text,
            k=k or (10 if as_json else 1),
            read=read,
            lens=lens,
            component=component,
            patches=named,
            model=services.models.info().slug,
        )
        response = session.wait(services.scripts.lens(request))
        tuned = services.models.info().tuned_lens if lens == "tuned" else None
    if as_json:
        print(response.model_dump_json())
    else:
        if tuned:
            show_tuned(tuned)
        show_lens(response.tokens, spelling(vocabulary))
        show_in_force(response.set)


@verb(app, "check")
def check(
    as_json: Json = False,
    model: Model = None,
    revision: Revision = None,
    dtype: Dtype = None,
    device: Where = None,
    home: Home = None,
) -> None:
    """Load a model and print its parity badge. Does this program read it as it reads itself?"""
    from microscope.cli.session import opened, read_settings
    from microscope.cli.tables import show_badge, show_tuned

    with opened(read_settings(model=model, revision=revision, dtype=dtype, device=device, home=home)) as session:
        info = session.services.models.info()
    if as_json:
        print(info.model_dump_json())
    else:
        show_badge(info)
        show_tuned(info.tuned_lens)
    raise typer.Exit(0 if info.parity.ok else 1)


@verb(app, "fit-lens")
def fit_lens(
    text: Annotated[
        list[Path] | None,
        typer.Option(
            help="Files to fit on; documents are parted by <|endoftext|>, else by blank lines.", show_default=False
        ),
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option(
            "--import", help="Instead of fitting: a folder of the tuned-lens project, with params.pt and config.json."
        ),
    ] = None,
    steps: Annotated[int, typer.Option(min=1, help="Optimiser's steps.")] = 250,
    seed: Annotated[int, typer.Option(min=0)] = 0,
    replace: Annotated[
        bool, typer.Option("--replace", help="Read with it where there is a tuned lens for these weights already.")
    ] = False,
    model: Model = None,
    revision: Revision = None,
    dtype: Dtype = None,
    device: Where = None,
    home: Home = None,
) -> None:
    """Fit a tuned lens to a model, or import one. A tenth of the documents is held out to say what it is worth."""
    from microscope.cli.session import opened, read_settings, read_text
    from microscope.cli.tables import show_fit, show_taken
    from microscope.engine.weights import local
    from microscope.errors import Invalid

    if bool(text) == bool(folder):
        raise Invalid(
            f"Expected one of --text and --import; got {'both' if text else 'neither'}.",
            next="Fit one: microscope fit-lens --text FILE; or take one: microscope fit-lens --import FOLDER",
        )
    settings = read_settings(model=model, revision=revision, dtype=dtype, device=device, home=home)
    if folder:
        with opened(settings) as session:
            slug, lenses = session.services.models.info().slug, session.services.lenses
            show_taken(session.wait(lenses.take(slug, folder, replace=replace)))
        return
    for path in text or ():
        read_text(path)  # What is wrong with it is told before torch is imported.
    local(settings.model, settings.revision)
    from microscope.cli.running import run_here
    from microscope.families.tuned_lens import FitTunedLens

    family = FitTunedLens(
        model=settings.model,
        revision=settings.revision,
        dtype=settings.dtype,
        datasets=tuple(str(expanded(path).absolute()) for path in text or ()),
        max_tokens=0,
        steps=steps,
        seed=seed,
        replace=replace,
    )
    show_fit(run_here(family, settings))


@verb(app, "schema")
def schema() -> None:
    """Print the OpenAPI document. The socket's messages are in it."""
    import json
    from tempfile import TemporaryDirectory

    from microscope.api.app import create_app
    from microscope.api.schema import document
    from microscope.cli.session import closing, read_settings
    from microscope.lab import Lab

    with TemporaryDirectory() as home, closing(Lab.open(read_settings(home=home))) as lab:
        print(json.dumps(document(create_app(lab)), indent=2, ensure_ascii=False))


runs.add(app)
training.add(app)
sweeps.add(app)
saes.add(app)
patches.add(app)
tracing.add(app)


def _sampling(**given: Any) -> Sampling:
    """What is not given is as the wire has it."""
    from microscope.wire.conversations import Sampling

    return Sampling.model_validate({name: value for name, value in given.items() if value is not None})
