"""Token text in a terminal: everything shows, nothing acts."""

import numpy as np
import pytest
from rich.cells import cell_len
from rich.console import Console

from microscope.cli.tables import lens_tables, packed, readable, show_answer, spelling, visible
from microscope.wire.frames import pack
from microscope.wire.scripts import ChatResponse, Prediction, ScriptLensRow, ScriptToken


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


def lens_row(probability: float = 0.5) -> ScriptLensRow:
    """Likeliest is token 1."""
    return ScriptLensRow(
        layer=0,
        predictions=(Prediction(id=1, token="", probability=probability, rank=0),),
        entropy=1.0,
        probability=probability,
        rank=0,
        kl_to_last=0.0,
    )


def drawn(vocabulary: list[str], ids: list[int], width: int) -> str:
    tokens = [ScriptToken(id=index, position=at, text="", lens=(lens_row(),)) for at, index in enumerate(ids)]
    console = Console(width=width)
    with console.capture() as printed:
        for table in lens_tables(tokens, vocabulary.__getitem__, width):
            console.print(table)
    return printed.get()


def test_markup_in_a_token_stays_text() -> None:
    printed = drawn(["[/red]", "[red]x"], [0], width=80)
    assert "[red]x" in printed
    assert "0 [/red]" in printed
    assert "0.500" in printed


@pytest.mark.parametrize("width", [40, 60, 80, 200])
def test_tokens_stand_side_by_side_as_far_as_the_terminal_goes_and_none_is_cut(width: int) -> None:
    vocabulary = ["·the", "·capital", "<|endoftext|>", "東京都"]
    ids = [2, 0, 1, 3, 0, 1, 2, 1]
    printed = drawn(vocabulary, ids, width)
    headers = [line for line in printed.splitlines() if "layer" in line]
    assert " ".join(headers).replace("┃", " ").replace("layer", "").split() == [
        word for at, index in enumerate(ids) for word in (str(at), vocabulary[index])
    ]
    assert printed.count("·capital 0.500") == len(ids)
    assert {cell_len(line) for line in printed.splitlines()} <= set(range(width + 1))
    assert len(headers) == {40: 8, 60: 4, 80: 2, 200: 1}[width]


def test_a_very_narrow_terminal_cuts_a_token_but_not_its_probability() -> None:
    printed = drawn(["·the", "<|endoftext|>"], [0, 0], width=24)
    assert printed.count("0.500") == 2
    assert "<|end… 0.500" in printed


def test_what_fits_together_stands_together() -> None:
    assert list(packed([4, 4, 4, 20, 3], 10)) == [slice(0, 2), slice(2, 3), slice(3, 4), slice(4, 5)]
    assert list(packed([], 10)) == []


def test_the_lines_of_an_answer_are_the_models(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also through a pipe, where nobody knows how wide a line may be."""
    monkeypatch.setenv("COLUMNS", "20")
    text = "A long line that a table's width would break.\nAnd another one."
    show_answer(ChatResponse(text=text, tokens=(), user_tokens=()), None)
    assert capsys.readouterr().out == f"{text}\n"
