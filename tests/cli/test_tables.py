"""Token text in a terminal: everything shows, nothing acts."""

import numpy as np
import pytest
from rich.console import Console

from microscope.cli.tables import lens_table, readable, spelling, visible
from microscope.wire import Prediction, ScriptLensRow, ScriptToken, pack


@pytest.mark.parametrize(
    ("token", "shown"),
    [
        (b" a", "·a"),
        (b"\n", "⏎"),
        (b"\t", "⇥"),
        (b"\x1b[31m", "<0x1B>[31m"),
        (b"[bold]", "[bold]"),
        ("🙂".encode(), "🙂"),
        ("🙂".encode()[:2], "<0xF0><0x9F>"),
        (b" \xe2", "·<0xE2>"),
    ],
)
def test_white_space_control_characters_and_lone_bytes_are_made_visible(token: bytes, shown: str) -> None:
    assert visible(token) == shown


def test_a_token_is_spelt_by_its_bytes() -> None:
    vocabulary = {"bytes": np.frombuffer(b"a\xe2 bc", np.uint8), "offsets": np.array([0, 1, 2, 5], np.uint32)}
    spell = spelling(pack(vocabulary))
    assert [spell(index) for index in range(3)] == ["a", "<0xE2>", "·bc"]


def test_an_answer_keeps_its_lines_and_loses_its_escapes() -> None:
    assert readable("one\ntwo\x1b]0;title\x07") == "one\ntwo<0x1B>]0;title<0x07>"


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
        console.print(
            lens_table([ScriptToken(id=0, position=3, text="[/red]", lens=(row,))], ["[/red]", "[red]x"].__getitem__)
        )
    assert "[red]x" in printed.get()
    assert "3 [/red]" in printed.get()
    assert "0.500" in printed.get()
