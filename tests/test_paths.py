from __future__ import annotations

from pathlib import Path

import pytest

from microscope.errors import Invalid
from microscope.paths import LONGEST_NAME, expanded


def test_a_tilde_is_ones_own_home_folder() -> None:
    assert expanded("~/saes/mine") == Path.home() / "saes/mine"
    assert expanded(Path("a/b")) == Path("a/b")
    assert expanded("é" * 127).name == "é" * 127


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("~no-such-user/saes", "there is no user of the name 'no-such-user' here"),
        ("a\0b", "a zero byte"),
        ("\ud800/x", "half of a character at position 0"),
        ("é" * 128, "longer than a path can be: 255 bytes for a name"),
        ("/".join(["a" * LONGEST_NAME] * 17), "4,095 in all"),
    ],
)
def test_what_no_file_can_be_called_is_told_in_words(path: str, says: str) -> None:
    with pytest.raises(Invalid, match=says):
        expanded(path)
