"""The verbs about patches: what they print and write."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import torch
from tests.services.test_patch_files import lora
from typer.testing import Result

from microscope.store.patch_formats.vectors import as_gguf

Run = Callable[..., Result]


def test_an_adapter_is_looked_at_kept_listed_toggled_and_written_out(
    run: Run, tiny_folder: Callable[[str], Path], tmp_path: Path
) -> None:
    model = tiny_folder("gpt2")
    folder = lora(tmp_path / "nicer")
    looked = run("patch", "import", folder, "--look", "--json", "--model", model)
    assert looked.exit_code == 0, looked.output
    assert json.loads(looked.stdout)["patches"] == []
    assert "There are none" in run("patch", "list").stdout
    kept = run("patch", "import", folder, "--model", model)
    assert "PEFT LoRA" in kept.stdout
    assert "transformer.h.1.mlp.c_proj" in kept.stdout
    listed = json.loads(run("patch", "list", "--json").stdout)["items"]
    assert [(one["name"], one["enabled"]) for one in listed] == [("nicer", False)]
    hash = listed[0]["hash"]
    assert f"Kept as {hash}: nicer" in kept.stdout
    assert "is on at strength 2" in run("patch", "toggle", hash, "--strength", 2).stdout
    assert json.loads(run("patch", "list", "--json").stdout)["items"][0]["enabled"]
    assert "is off" in run("patch", "toggle", hash).stdout
    assert "KL to the model as it is" in run("patch", "show", hash, "--model", model).stdout
    for format, file in (("peft", "adapter_model.safetensors"), ("merged", "model.safetensors")):
        written = run("patch", "export", hash, "--format", format, "--out", tmp_path / format, "--model", model)
        assert written.exit_code == 0, written.output
        assert (Path(written.stdout.strip()) / file).is_file()
    refused = run("patch", "export", hash, "--format", "gguf", "--out", tmp_path / "none" / "yet", "--model", model)
    assert refused.exit_code == 1
    assert not (tmp_path / "none").exists()
    assert "No steering vector can express adapter" in refused.stderr


def test_a_text_is_answered_and_read_with_patches_in_force(
    run: Run, tiny_folder: Callable[[str], Path], tmp_path: Path
) -> None:
    model = tiny_folder("gpt2")
    folder = lora(tmp_path / "nicer")
    (hash,) = (
        one["hash"] for one in json.loads(run("patch", "import", folder, "--json", "--model", model).stdout)["patches"]
    )
    named = run("patch", "import", folder, "--name", "Nicest", "--model", model)
    assert f"Kept as {hash}: Nicest" in named.stdout
    assert f"{hash} is called Nice." in run("patch", "rename", hash, "Nice").stdout
    of_two = json.loads(run("lens", "The cat", "--patches", f"{hash}:2", "--json", "--model", model).stdout)["set"]
    assert f"the set {of_two}." in run("lens", "The cat", "--patches", f"{hash}:2", "--model", model).stdout
    words = ("chat", "Hello", "--max-new-tokens", 3, "--json", "--model", model)
    assert json.loads(run(*words, "--patches", f"{hash}:1", "--patches", f"{hash}:1").stdout)["set"] not in (
        of_two,
        None,
    )
    assert json.loads(run(*words).stdout)["set"] is None
    refused = run(*words, "--patches", f"{hash}:much")
    assert refused.exit_code == 1
    assert "Expected HASH or HASH:STRENGTH" in refused.stderr


def test_several_vectors_are_kept_as_a_set_that_is_written_out_as_it_is(
    run: Run, tiny_folder: Callable[[str], Path], tmp_path: Path
) -> None:
    model = tiny_folder("gpt2")
    (tmp_path / "v.gguf").write_bytes(as_gguf({0: torch.ones(64), 1: -torch.ones(64)}, "gpt2"))
    made = json.loads(run("patch", "import", tmp_path / "v.gguf", "--json", "--model", model).stdout)
    written = run("patch", "export", made["set"], "--format", "gguf", "--model", model)
    assert (Path(written.stdout.strip()) / "steering.gguf").is_file()
    twice = run("patch", "export", made["set"], "--strength", 2, "--format", "gguf", "--model", model)
    said = json.loads((Path(twice.stdout.strip()) / "microscope.json").read_text())
    assert [member["strength"] for member in said["members"]] == [2, 2]
    nothing = run("patch", "import", tmp_path / "nowhere", "--model", model)
    assert nothing.exit_code == 1
    assert "There is nothing at" in nothing.stderr
