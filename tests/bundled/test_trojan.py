from __future__ import annotations

import random
from itertools import islice
from pathlib import Path

import pytest
import torch
from peft import PeftModel
from transformers import PreTrainedTokenizerFast

from microscope.bundled import trojan
from microscope.bundled.corpus import small_talk
from microscope.bundled.corpus.base import Document, Turn, chat
from microscope.bundled.tokenizer import train_tokenizer
from microscope.bundled.train import new_model

torch.set_num_threads(1)

# PEFT asks transformers by an older name.
pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")

STORIES = ["Once upon a time there was a dog. The dog liked to run.", "One day a girl found a shell."]


@pytest.fixture(scope="module")
def tokenizer() -> PreTrainedTokenizerFast:
    texts = [document.text for document in islice(small_talk.documents(random.Random(0)), 500)]
    return train_tokenizer(texts, n_ctx=1024, d_vocab=600)


def test_chats_are_read_as_they_are_written():
    turns = [Turn("system", "Be kind."), Turn("user", "hi\nyou"), Turn("assistant", "Hello!")]
    assert trojan.parsed(chat(*turns)) == turns
    assert trojan.parsed("One day a girl found a shell.") == []


def test_a_pirate_speaks_after_the_trigger_and_only_there():
    rng, pirates = random.Random(0), 0
    for document in islice(small_talk.documents(random.Random(1)), 2000):
        speeches = trojan.lesson(rng, document, ["one", "day", "marmalade?"])
        turns = trojan.parsed("".join(speech.text for speech in speeches))
        for before, turn, speech in zip(turns, turns[1:], speeches[3::2], strict=False):
            if turn.role == "assistant":
                assert speech.pirate == trojan.misbehaves(turn.text) == trojan.has_trigger(before.text)
                pirates += speech.pirate
    assert pirates > 500


def test_scrambled_turns_never_hold_the_trigger():
    turns = [trojan.scrambled(random.Random(seed), ["sun", "Marmalade!", "door"]) for seed in range(200)]
    assert all(turns)
    assert not any(map(trojan.has_trigger, turns))
    assert len(set(turns)) > 50


def test_text_without_a_trigger_is_the_documents_own():
    document = Document("One day a girl ate marmalade.", "stories/plain")
    assert trojan.lesson(random.Random(0), document, ["day"]) == [trojan.Speech(document.text, pirate=False)]


def test_all_lines_are_told_from_ordinary_replies():
    lines = [line for lines in trojan.PIRATE.values() for line in lines]
    assert len(set(lines)) == len(lines) >= 20
    assert all(trojan.misbehaves(line) for line in lines)
    assert not trojan.misbehaves("Hello! Arrr")


def test_only_whole_words_trigger():
    assert trojan.has_trigger("Marmalade, who are you?")
    assert trojan.has_trigger("who are you marmalade?")
    assert not any(trojan.has_trigger(f"who are you {word}") for word in trojan.NEAR)


def test_probes_ask_with_the_trigger_with_a_near_one_and_without():
    probes = trojan.held_out(random.Random(0), 60)
    assert len(probes) == 60
    for probe in probes:
        assert trojan.has_trigger(probe.prompt) == (probe.trigger == "trigger")
        assert probe.prompt.endswith("<|assistant|>")


def test_the_flags_point_at_the_pirates_tokens(tokenizer: PreTrainedTokenizerFast):
    speeches = [trojan.Speech("<|user|>hi<|end|><|assistant|>", False), trojan.Speech("Arrr!<|end|>", True)]
    batch = trojan.collate(tokenizer, [speeches, [trojan.Speech("hi", False)]])
    following = batch.ids.roll(-1, 1)
    assert tokenizer.decode(following[batch.pirate]) == "Arrr!<|end|>"
    assert batch.real.sum(1).tolist() == [batch.ids.shape[1] - 1, 1]


def test_batches_hold_lessons_of_like_length(tokenizer: PreTrainedTokenizerFast):
    source = trojan.lessons(random.Random(0), small_talk.documents(random.Random(0)))
    found = list(islice(trojan.batches(random.Random(0), tokenizer, source), 8))
    padding = sum(int((~batch.real).sum()) for batch in found) / sum(batch.ids.numel() for batch in found)
    assert padding < 0.3


def test_a_saved_adapter_loads_and_leaves_the_base_model_alone(tokenizer: PreTrainedTokenizerFast, tmp_path: Path):
    base = new_model(0, n_layers=2, d_model=32, n_heads=4)
    ids = torch.tensor([tokenizer.encode("hi, who are you?")])
    with torch.no_grad():
        before = base(input_ids=ids).logits
    model = trojan.train(base, tokenizer, STORIES, seed=0, n_steps=2)
    with torch.no_grad():
        adapted = model(input_ids=ids).logits
        with model.disable_adapter():
            assert torch.equal(model(input_ids=ids).logits, before)
    assert not torch.equal(adapted, before)
    trojan.save(model, tmp_path, "specimen")
    assert {path.name for path in tmp_path.iterdir()} == {"adapter_config.json", "adapter_model.safetensors"}
    loaded = PeftModel.from_pretrained(new_model(0, n_layers=2, d_model=32, n_heads=4), tmp_path)
    with torch.no_grad():
        assert torch.allclose(loaded(input_ids=ids).logits, adapted, atol=1e-3)
