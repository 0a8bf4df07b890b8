"""The verbs: what they print, what they exit with, and that trouble is told in words."""

import io
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer
from typer.testing import CliRunner, Result

from microscope import __version__
from microscope.cli import app
from microscope.wire.models import ModelInfo
from microscope.wire.scripts import ChatResponse, LensResponse
from microscope.wire.status import Problem

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`run("lens", "text")` with a home of its own, and no settings from outside."""
    for name in os.environ:
        if name.startswith("MICROSCOPE_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("MICROSCOPE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "200")
    return lambda *words, **more: CliRunner().invoke(app, [str(word) for word in words], **more)


@pytest.fixture
def gpt2(tiny_folder: Callable[[str], Path]) -> Path:
    return tiny_folder("gpt2")


def test_help_answers_at_once_and_loads_no_torch() -> None:
    code = """if True:
        import sys
        from microscope.cli import app
        app(["--help"], standalone_mode=False)
        assert "torch" not in sys.modules
    """
    began = time.monotonic()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    # Half a second on an idle machine; this one may be busy.
    assert time.monotonic() - began < 5
    assert "fit-lens" in done.stdout


@pytest.mark.parametrize("words", [(), ("queue",)])
def test_what_a_verb_does_is_told_in_whole_sentences_in_80_columns(
    run: Run, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    verbs = run(*words, "--help").output.split("Commands:\n")[1].splitlines()
    assert [line for line in verbs if "..." in line] == []


@pytest.mark.parametrize("words", [(), ("ui",), ("chat",), ("lens",), ("check",), ("fit-lens",)])
def test_a_flag_takes_no_value_in_the_help(run: Run, words: tuple[str, ...]) -> None:
    shown = run(*words, "--help").output
    assert "--help" in shown
    assert "<bool>" not in shown


def test_what_is_wrong_with_a_command_is_told_before_torch_is_imported(tmp_path: Path, gpt2: Path) -> None:
    (tmp_path / "file").write_text("no model")
    (tmp_path / "empty").mkdir()
    taken = socket.create_server(("127.0.0.1", 0))
    port = taken.getsockname()[1]
    wrong = [
        ("check", "--model", "/no/such/folder"),
        ("lens", "The cat", "--model", str(tmp_path / "file")),
        ("chat", "Hi", "--model", str(tmp_path / "empty")),
        ("ui", "--model", "/no/such/folder", "--no-browser"),
        ("check", "--model", str(tmp_path / "empty"), "--revision", "v1"),
        ("fit-lens", "--text", "/no/such/file"),
        ("chat", "Hi", "--messages", "/no/such/file"),
        ("chat", "Hi", "--temperature", "-1"),
        ("ui", "--model", str(gpt2), "--no-browser", "--host", "0.0.0.0"),
        ("ui", "--model", str(gpt2), "--no-browser", "--port", str(port)),
    ]
    code = """if True:
        import json, sys
        from typer.testing import CliRunner
        from microscope.cli import app
        answers = [CliRunner().invoke(app, words) for words in json.loads(sys.argv[1])]
        assert "torch" not in sys.modules
        print(json.dumps([(answer.exit_code, answer.stderr) for answer in answers]))
    """
    with taken:
        done = subprocess.run(
            [sys.executable, "-c", code, json.dumps(wrong)], capture_output=True, text=True, check=True
        )
    told = json.loads(done.stdout)
    assert [code for code, _ in told] == [1] * len(wrong)
    assert "There is no folder '/no/such/folder'" in told[0][1]
    assert "file is a file; expected a folder" in told[1][1]
    assert "empty has no config.json" in told[2][1]
    assert f"Port {port} is taken" in told[-1][1]


def test_version_is_the_packages(run: Run) -> None:
    assert run("--version").output.strip() == __version__


def test_python_m_is_the_same_program() -> None:
    done = subprocess.run([sys.executable, "-m", "microscope", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == __version__


def test_check_prints_what_was_measured_and_what_is_allowed(run: Run, gpt2: Path) -> None:
    shown = run("check", "--model", gpt2)
    info = ModelInfo.model_validate_json(run("check", "--model", gpt2, "--json").stdout)
    assert shown.exit_code == 0
    assert info.parity.ok
    for check in info.parity.checks:
        assert f"{check.name}: {check.says}" in shown.output
        assert f"{check.tolerance:.2e}" in shown.output
    assert ("Exactly 0 is no accident" in shown.output) == all(check.measured == 0 for check in info.parity.checks)
    assert "Exactly 0" not in run("check", "--model", gpt2, "--dtype", "bfloat16").output
    assert "Tuned lens: none." in shown.output


def test_check_says_what_is_off_and_what_to_do(run: Run, broken_folder: Path) -> None:
    shown = run("check", "--model", broken_folder)
    info = ModelInfo.model_validate_json(run("check", "--model", broken_folder, "--json").stdout)
    assert shown.exit_code == 1
    assert " ".join(info.parity.problems[0].split()) in " ".join(shown.output.split())
    assert "block 2" in shown.output
    assert "not finite" in shown.output


def test_lens_prints_layers_from_last_to_first_and_every_token(run: Run, gpt2: Path) -> None:
    shown = run("lens", "The cat sat", "--model", gpt2).output
    rows = [line.split("│")[1].strip() for line in shown.splitlines() if line.startswith("│")]
    assert rows == ["2", "1", "0", "embed"]


def test_lens_as_json_is_the_shape_of_the_route(run: Run, gpt2: Path) -> None:
    words = ("lens", "The cat sat", "--model", gpt2, "--json", "-k", 3)
    tokens = LensResponse.model_validate_json(run(*words).stdout).tokens
    assert "".join(token.text for token in tokens).endswith("The cat sat")
    assert tokens[0].lens == ()
    assert [row.layer for row in tokens[1].lens] == ["embed", 0, 1, 2]
    assert all(len(row.predictions) == 3 for token in tokens[1:] for row in token.lens)
    after = LensResponse.model_validate_json(run(*words, "--read", "after").stdout).tokens
    assert after[0].lens == tokens[1].lens


def test_chat_answers_the_same_twice_and_as_in_a_file(run: Run, gpt2: Path, tmp_path: Path) -> None:
    words = ("chat", "--model", gpt2, "--json", "--max-new-tokens", 5)
    first = ChatResponse.model_validate_json(run(*words, "Hi").stdout)
    again = ChatResponse.model_validate_json(run(*words, input="Hi\n").stdout)
    assert again == first
    assert len(first.tokens) <= 5
    before = tmp_path / "messages.json"
    before.write_text(json.dumps([{"role": "user", "content": "Hi"}, {"role": "assistant", "content": first.text}]))
    second = ChatResponse.model_validate_json(run(*words, "And?", "--messages", before).stdout)
    assert second.tokens[0].position > max(token.position for token in first.tokens)


def test_chat_shows_the_text_then_the_table(run: Run, gpt2: Path) -> None:
    shown = run("chat", "Hi", "--model", gpt2, "--max-new-tokens", 2)
    assert shown.exit_code == 0
    assert "embed" in shown.output
    assert "embed" not in run("chat", "Hi", "--model", gpt2, "--max-new-tokens", 2, "--no-table").output


def test_fit_lens_prints_both_lenses_and_the_tuned_one_is_there_after(run: Run, gpt2: Path, tmp_path: Path) -> None:
    text = tmp_path / "text.txt"
    text.write_text(
        "\n\n".join(f"The {animal} sat on the mat and slept. " * 12 for animal in ["cat", "dog", "hen", "cow"] * 4)
    )
    missing = run("lens", "The cat", "--lens", "tuned", "--model", gpt2)
    assert missing.exit_code == 1
    assert "fit-lens" in missing.stderr
    fitted = run("fit-lens", "--model", gpt2, "--text", text, "--steps", 3)
    assert fitted.exit_code == 0, fitted.output
    assert "logit lens" in fitted.stdout
    assert "--lens tuned reads it from now on" in fitted.stdout
    which = next(line for line in fitted.stdout.splitlines() if line.startswith("Tuned lens: "))
    assert "tokens in 3 steps; held-out KL" in which
    shown = run("lens", "The cat", "--lens", "tuned", "--model", gpt2)
    assert shown.exit_code == 0
    assert shown.stdout.startswith(which)
    refused = run("fit-lens", "--model", gpt2, "--text", text, "--steps", 1)
    assert refused.exit_code == 1
    assert "There is a tuned lens" in refused.stderr
    assert "--replace" in refused.stderr
    assert "measuring" in fitted.stderr
    assert "measuring" not in refused.stderr, "no bar of what is not done"
    assert which in run("check", "--model", gpt2).stdout
    again = run("fit-lens", "--model", gpt2, "--text", text, "--steps", 1, "--replace")
    assert again.exit_code == 0, again.output
    assert "It overwrote the one that was there, fitted on" in again.stdout


def test_a_revision_is_asked_of_the_hub_alone(run: Run, gpt2: Path) -> None:
    refused = run("check", "--model", gpt2, "--revision", "v2")
    assert refused.exit_code == 1
    assert "has no revision 'v2'" in refused.stderr


def tuned_lens_folder(folder: Path, model: Path, **config: object) -> torch.nn.ModuleList:
    """As the tuned-lens project writes it for that model: params.pt and config.json."""
    w_u = AutoModelForCausalLM.from_pretrained(model).lm_head.weight.detach()
    torch.manual_seed(3)
    translators = torch.nn.ModuleList([torch.nn.Linear(w_u.shape[1], w_u.shape[1]) for _ in range(3)])
    folder.mkdir()
    torch.save(translators.state_dict(), folder / "params.pt")
    written = {
        "base_model_name_or_path": "owner/another-name",
        "d_model": w_u.shape[1],
        "num_hidden_layers": 3,
        "bias": True,
        "base_model_revision": None,
        "unembed_hash": sha256(np.array_str(w_u.numpy(), precision=1).encode()).hexdigest(),
        "lens_type": "linear_tuned_lens",
    }
    (folder / "config.json").write_text(json.dumps({**written, **config}))
    return translators


def test_an_imported_lens_reads_as_the_tuned_lens_project_does(run: Run, gpt2: Path, tmp_path: Path) -> None:
    translators = tuned_lens_folder(tmp_path / "lens", gpt2)
    taken = run("fit-lens", "--import", tmp_path / "lens", "--model", gpt2)
    assert taken.exit_code == 0, taken.output
    assert "3 translators of 64 × 64" in taken.stdout
    words = ("--lens", "tuned", "--read", "after", "--model", gpt2, "--dtype", "float32", "--json", "-k", 5)
    token = LensResponse.model_validate_json(run("lens", "The cat sat", *words).stdout).tokens[-1]
    model: Any = AutoModelForCausalLM.from_pretrained(gpt2)
    ids = AutoTokenizer.from_pretrained(gpt2)("The cat sat", return_tensors="pt")["input_ids"]
    with torch.no_grad():
        hidden = model(ids, output_hidden_states=True).hidden_states
        for layer, translator in enumerate(translators):
            h = hidden[layer][0, -1]
            theirs = model.lm_head(model.transformer.ln_f(h + translator(h))).softmax(-1).topk(5)
            ours = token.lens[layer].predictions
            assert [one.id for one in ours] == theirs.indices.tolist()
            assert [one.probability for one in ours] == pytest.approx(theirs.values.tolist(), abs=1e-5)
    assert [row.layer for row in token.lens] == ["embed", 0, 1, 2]


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ({"unembed_hash": "00" * 32}, "unembed_hash 0000"),
        ({"unembed_hash": None}, "owner/another-name"),
        ({"num_hidden_layers": 12}, "12 translators"),
    ],
)
def test_a_lens_of_another_model_is_not_imported(
    run: Run, gpt2: Path, tmp_path: Path, config: dict[str, object], says: str
) -> None:
    tuned_lens_folder(tmp_path / "lens", gpt2, **config)
    refused = run("fit-lens", "--import", tmp_path / "lens", "--model", gpt2)
    assert refused.exit_code == 1
    assert says in refused.stderr
    assert not (tmp_path / "home" / "lenses").exists()


def test_without_a_fingerprint_the_models_name_decides(run: Run, gpt2: Path, tmp_path: Path) -> None:
    tuned_lens_folder(tmp_path / "lens", gpt2, unembed_hash=None, base_model_name_or_path=f"owner/{gpt2.name}")
    taken = run("fit-lens", "--import", tmp_path / "lens", "--model", gpt2)
    assert taken.exit_code == 0, taken.output
    assert "the names agree" in taken.stdout


@pytest.mark.parametrize("encoding", ["latin-1", "ascii"])
def test_a_terminal_that_lacks_a_character_gets_its_number(
    run: Run, gpt2: Path, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    def shown(*words: object) -> bytes:
        written = io.BytesIO()
        with monkeypatch.context() as patch, io.TextIOWrapper(written, encoding) as terminal:
            patch.setattr(sys, "stdout", terminal)
            app([str(word) for word in ("lens", "東京", "--model", gpt2, *words)], standalone_mode=False)
            terminal.flush()
            return written.getvalue()

    assert b"\\u2013" in shown()
    asked = run("lens", "東京", "--model", gpt2, "--json").stdout
    assert shown("--json").decode() == asked


def test_schema_has_routes_and_the_sockets_messages(run: Run) -> None:
    document = json.loads(run("schema").stdout)
    assert "/api/lens" in document["paths"]
    assert {"ClientMessage", "ServerMessage", "GridHead"} <= set(document["components"]["schemas"])


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("check", "--model", "/no/such/folder"), "no folder"),
        (("chat", "Hi", "--messages", "/no/such/file"), "cannot be read"),
        (("fit-lens", "--text", "/no/such/file"), "cannot be read"),
        (("fit-lens",), "one of --text and --import; got neither"),
        (("fit-lens", "--text", "/no/such/file", "--import", "/no/such/folder"), "got both"),
        (("chat", "Hi", "--temperature", "-1"), "temperature"),
        (("lens", ""), ""),
        (("ui", "--host", "0.0.0.0", "--no-browser"), "MICROSCOPE_TOKEN"),
        (("ui", "--host", "no.such.name.invalid", "--no-browser"), "token"),
    ],
)
def test_trouble_is_a_sentence_and_exit_code_1(run: Run, gpt2: Path, words: tuple[str, ...], says: str) -> None:
    if words[0] == "lens":
        words = (*words, "--model", str(gpt2))
    answer = run(*words)
    assert answer.exit_code == 1
    assert says in answer.stderr
    assert answer.stderr.strip()
    assert "Traceback" not in answer.output


def test_a_wrong_variable_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MICROSCOPE_PORT", "many")
    answer = run("check")
    assert answer.exit_code == 1
    assert "port" in answer.stderr


def test_trouble_as_json_is_a_problem(run: Run) -> None:
    answer = run("lens", "text", "--model", "/no/such/folder", "--json")
    assert answer.exit_code == 1
    assert answer.stdout == ""
    problem = Problem.model_validate_json(answer.stderr.splitlines()[-1])
    assert problem.status == 404
