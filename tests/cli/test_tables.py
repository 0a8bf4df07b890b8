"""Token text in a terminal: everything shows, nothing acts."""

import pytest
from rich.console import Console

from microscope.cli.tables import lens_table, readable, visible
from microscope.wire import Prediction, ScriptLensRow, ScriptToken


@pytest.mark.parametrize(
    ("text", "shown"),
    [(" a", "·a"), ("\n", "⏎"), ("\t", "⇥"), ("\x1b[31m", "<1B>[31m"), ("[bold]", "[bold]"), ("🙂", "🙂")],
)
def test_white_space_and_control_characters_are_made_visible(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_an_answer_keeps_its_lines_and_loses_its_escapes() -> None:
    assert readable("one\ntwo\x1b]0;title\x07") == "one\ntwo<1B>]0;title<7>"


def test_markup_in_a_token_stays_text() -> None:
    row = ScriptLensRow(
        layer=0,
        predictions=(Prediction(id=1, token="[red]x", probability=0.5, rank=0),),
        entropy=1.0,
        probability=0.5,
        rank=0,
        kl_to_last=0.0,
    )
    console = Console(width=80, file=None, record=True)
    with console.capture() as printed:
        console.print(lens_table([ScriptToken(id=1, position=3, text="[/red]", lens=(row,))]))
    assert "[red]x" in printed.get()
    assert "3 [/red]" in printed.get()
    assert "0.500" in printed.get()
