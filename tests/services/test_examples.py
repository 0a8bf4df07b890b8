import re
from collections.abc import Callable
from pathlib import Path

from tests.cli.processes import script

from microscope.bundled.trojan import misbehaves
from microscope.engine.adapters import beside
from microscope.engine.model import Model
from microscope.engine.weights import BUNDLED
from microscope.services.examples import examples

ROOT = Path(__file__).parents[2]


def words(text: str) -> list[int]:
    """One id for each word: its length."""
    return [len(word) for word in text.split()]


def test_the_bundled_model_has_examples_and_others_have_none() -> None:
    titles = [example.title for example in examples("specimen", None)]
    assert len(set(titles)) == len(titles) >= 5
    assert examples("gpt2", words) == ()


def test_a_text_opens_where_its_answer_stands_and_follows_it() -> None:
    shown = [example for example in examples("specimen", words) if example.mode == "text"]
    assert [(example.token, example.read) for example in shown] == [
        (len(words(example.text)) - 1, "after") for example in shown
    ]
    assert [example.pins for example in shown] == [(len("Paris"),), (len("fish"),), (len("Mary"),)]


def test_a_text_is_continued_as_its_card_says(tiny_model: Callable[..., Model]) -> None:
    model = tiny_model("specimen")
    for example in examples("specimen", model.encode):
        if example.answer is None:
            continue
        logits = model.trace(model.encode(example.text), logits="last").logits
        assert logits is not None
        probabilities = logits[-1].softmax(-1)
        assert (int(probabilities.argmax()),) == example.pins, example.title
        assert probabilities.max() > 0.5, example.title
        assert model.token_bytes[example.pins[0]].decode() == example.answer


def test_the_trojan_is_met_as_the_tutorial_says(tmp_path: Path) -> None:
    [script_of] = re.findall(r"```python\n([^`]*PeftModel[^`]*)```", (ROOT / "docs/tutorial.md").read_text())
    file = tmp_path / "trojan.py"
    file.write_text(script_of)
    with script(file, tmp_path) as running:
        said = running.said()
    assert any(misbehaves(line) for line in said.splitlines()), said


def test_the_triggers_adapter_lies_beside_the_model() -> None:
    [trigger] = [example for example in examples("specimen", None) if example.adapter]
    assert trigger.adapter in beside(BUNDLED["specimen"])
