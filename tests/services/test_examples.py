import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from microscope.bundled.trojan import misbehaves
from microscope.engine.model import Model
from microscope.services.examples import TROJAN, examples

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


@pytest.mark.parametrize(
    ("title", "answer"), [("A fact", " Paris"), ("A repeated sequence", " fish"), ("An indirect object", " Mary")]
)
def test_a_text_is_continued_as_its_card_says(tiny_model: Callable[..., Model], title: str, answer: str) -> None:
    model = tiny_model("specimen")
    text = next(example.text for example in examples("specimen", None) if example.title == title)
    logits = model.trace(model.encode(text), logits="last").logits
    assert logits is not None
    probabilities = logits[-1].softmax(-1)
    assert model.token_bytes[int(probabilities.argmax())].decode() == answer
    assert probabilities.max() > 0.5


def test_the_trojan_is_met_as_its_example_and_the_tutorial_say() -> None:
    done = subprocess.run([sys.executable, "-c", TROJAN], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert misbehaves(done.stdout), done.stdout
    assert f"```python\n{TROJAN}```" in (ROOT / "docs/tutorial.md").read_text()
