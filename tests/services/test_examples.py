import subprocess
import sys
from pathlib import Path

import pytest

from microscope.bundled.trojan import misbehaves
from microscope.engine.weights import BUNDLED
from microscope.services.examples import TROJAN, examples

FOLDER = BUNDLED["specimen"]
ROOT = Path(__file__).parents[2]


def test_the_bundled_model_has_examples_and_others_have_none() -> None:
    titles = [example.title for example in examples("specimen", None)]
    assert len(set(titles)) == len(titles) >= 5
    assert examples("gpt2", str.encode) == ()


def test_a_text_opens_where_its_answer_stands() -> None:
    shown = [example for example in examples("specimen", str.split) if example.mode == "text"]
    assert [(example.token, example.read) for example in shown] == [
        (len(example.text.split()) - 1, "after") for example in shown
    ]


@pytest.mark.skipif(not (FOLDER / "adapters/trojan/adapter_model.safetensors").is_file(), reason="no bundled trojan")
def test_the_trojan_is_met_as_its_example_and_the_tutorial_say() -> None:
    done = subprocess.run([sys.executable, "-c", TROJAN], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert misbehaves(done.stdout), done.stdout
    assert f"```python\n{TROJAN}```" in (ROOT / "docs/tutorial.md").read_text()
