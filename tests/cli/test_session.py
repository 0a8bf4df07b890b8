"""Texts from files."""

import io
import sys
from pathlib import Path

import pytest

from microscope.cli.session import read_messages, read_settings, read_text, typed_turns
from microscope.errors import Invalid
from microscope.wire.conversations import Message


def test_a_file_that_is_not_utf_8_is_refused_with_the_place(tmp_path: Path) -> None:
    path = tmp_path / "latin.txt"
    path.write_bytes("naïve".encode("latin-1"))
    with pytest.raises(Invalid, match="byte 2 is 0xef"):
        read_text(path)


def test_standard_input_that_is_not_utf_8_is_refused_with_the_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("naïve".encode("latin-1")), "utf-8"))
    with pytest.raises(Invalid, match="Standard input is not UTF-8: byte 2 is 0xef"):
        list(typed_turns(None))


def test_lines_may_end_as_on_windows(tmp_path: Path) -> None:
    path = tmp_path / "windows.txt"
    path.write_bytes(b"one\r\n\r\ntwo\r\n")
    assert read_text(path) == "one\n\ntwo\n"


def test_messages_are_checked(tmp_path: Path) -> None:
    path = tmp_path / "messages.json"
    path.write_text('[{"role": "user", "content": "Hi"}]')
    assert read_messages(path) == (Message(role="user", content="Hi"),)
    path.write_text('[{"role": "robot", "content": "Hi"}]')
    with pytest.raises(Invalid, match=r"at 0\.role"):
        read_messages(path)
    path.write_text('[{"role": "user", "content": [{"type": "image", "url": "cat.png"}]}]')
    with pytest.raises(Invalid, match=r"images are not read: give the text alone at 0\.content"):
        read_messages(path)


def test_the_command_line_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MICROSCOPE_PORT", "8001")
    assert read_settings(port=None).port == 8001
    assert read_settings(port=8002).port == 8002


def test_a_setting_that_cannot_be_read_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MICROSCOPE_ALLOWED_ORIGINS", "http://127.0.0.1:5173")
    with pytest.raises(Invalid, match="allowed_origins"):
        read_settings()
