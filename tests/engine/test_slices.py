from __future__ import annotations

import random
from typing import Any

import pytest
from tests.conftest import TEXT, tiny_tokenizer
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

from microscope.engine import tokenizer
from microscope.engine.slices import can_slice, in_slices

LLAMA = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|"
    r"\s*[\r\n]+|\s+(?!\S)|\s+"
)
BITS = [
    "word",
    "Ünï",
    " ",
    "  ",
    "\n",
    "\r\n",
    "\t",
    "дві",
    "🙂",
    "1234",
    "'s",
    "。",
    "你好",
    "e\u0301",
    "!!",
    "\u3000",
]


def trained(cutter: Any, normalizer: Any = None) -> PreTrainedTokenizerFast:
    made: Any = Tokenizer(models.BPE())
    made.pre_tokenizer, made.decoder = cutter, decoders.ByteLevel()
    if normalizer is not None:
        made.normalizer = normalizer
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=400, initial_alphabet=alphabet, show_progress=False)
    made.train_from_iterator([TEXT, "e\u0301 \n\n  \n dві 1234 !!\n"], trainer)
    return PreTrainedTokenizerFast(tokenizer_object=made)


def split(pattern: str) -> Any:
    plain = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    return pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(pattern), "isolated"), plain])


def texts() -> list[str]:
    rng = random.Random(0)
    bits = [*BITS, "<|endoftext|>", " " * 90, "x" * 120]
    mixed = "".join(rng.choice(bits) for _ in range(1_500))
    return [mixed, TEXT * 20, "x" * 3_000, "a" + " " * 3_000 + "b", "", " "]


@pytest.mark.parametrize("made", [tiny_tokenizer(), trained(split(LLAMA), normalizers.NFC())], ids=["gpt2", "llama"])
@pytest.mark.parametrize(("most", "behind"), [(300, 150), (1_000, 200), (10**6, 1_000)])
def test_slices_have_the_ids_of_the_whole(made: PreTrainedTokenizerFast, most: int, behind: int) -> None:
    assert can_slice(made)
    for text in texts():
        slices = list(in_slices(made, text, most, behind))
        assert [id for ids in slices for id in ids] == made(text, add_special_tokens=False, verbose=False)["input_ids"]
        assert all(slices)
    assert len(list(in_slices(made, TEXT * 20, most, behind))) > (5 if most <= 1_000 else 0)


@pytest.mark.parametrize(
    "made",
    [
        trained(pre_tokenizers.ByteLevel(add_prefix_space=True)),
        trained(pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)),
        trained(pre_tokenizers.Metaspace()),
        trained(split(r"(?<=a)b|\s+")),
        trained(split(LLAMA), normalizers.Prepend("_")),
    ],
    ids=["prefix space", "one word", "metaspace", "looks back", "normalizer"],
)
def test_a_tokenizer_that_may_cut_otherwise_behind_a_slice_reads_all_at_once(made: PreTrainedTokenizerFast) -> None:
    assert not can_slice(made)
    one, text = tokenizer.Tokenizer(made, 400), TEXT * 200
    assert list(one.encode_on(text)) == [one.encode(text, bos=False)]


def test_a_long_text_comes_in_slices_and_a_short_one_at_once() -> None:
    one = tokenizer.Tokenizer(tiny_tokenizer(), 380)
    slices = list(one.encode_on(TEXT * 200))
    assert len(slices) > 1
    assert [id for ids in slices for id in ids] == one.encode(TEXT * 200, bos=False)
    assert list(one.encode_on(TEXT)) == [one.encode(TEXT, bos=False)]
