from __future__ import annotations

import random
from itertools import islice

import pytest
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from microscope.bundled.corpus import facts
from microscope.bundled.corpus.base import Turn, chat_prompt
from microscope.bundled.tokenizer import SPECIAL, train_tokenizer


@pytest.fixture(scope="module")
def tokenizer() -> PreTrainedTokenizerFast:
    texts = [document.text for document in islice(facts.documents(random.Random(0)), 500)]
    return train_tokenizer(texts, n_ctx=1024, d_vocab=600)


def test_special_tokens_come_first_in_the_contracts_order(tokenizer: PreTrainedTokenizerFast):
    assert tokenizer.convert_tokens_to_ids(list(SPECIAL)) == [0, 1, 2, 3, 4]
    assert (tokenizer.bos_token_id, tokenizer.eos_token_id, tokenizer.pad_token_id) == (0, 0, 0)
    assert len(tokenizer) == 600


def test_plain_text_begins_with_bos_once(tokenizer: PreTrainedTokenizerFast):
    ids = tokenizer("The capital of France is")["input_ids"]
    assert ids[0] == 0
    assert 0 not in ids[1:]


def test_the_chat_template_writes_what_the_corpus_writes(tokenizer: PreTrainedTokenizerFast):
    turns = [Turn("system", "Be kind."), Turn("user", "hi, who are you?")]
    messages = [{"role": turn.role, "content": turn.text} for turn in turns]
    expected = SPECIAL[0] + chat_prompt(*turns)
    assert tokenizer.apply_chat_template(messages, add_generation_prompt=True, tokenize=False) == expected
    assert tokenizer.encode(expected, add_special_tokens=False).count(0) == 1


def test_any_bytes_come_back(tokenizer: PreTrainedTokenizerFast):
    for text in ("hi, I am Specimen.", "  two  spaces\n\n", "1984 42", "naïve 🙂 日本", "don't we'll"):
        assert tokenizer.decode(tokenizer.encode(text, add_special_tokens=False)) == text


def test_digits_stand_alone(tokenizer: PreTrainedTokenizerFast):
    assert tokenizer.tokenize("117", add_special_tokens=False) == ["1", "1", "7"]


def test_roles_are_never_merged_with_words(tokenizer: PreTrainedTokenizerFast):
    special = set(SPECIAL)
    assert not [token for token in tokenizer.get_vocab() if token not in special and ("<|" in token or "|>" in token)]


def test_a_saved_folder_loads_as_the_same_tokenizer(tokenizer: PreTrainedTokenizerFast, tmp_path: object):
    tokenizer.save_pretrained(str(tmp_path))
    loaded = AutoTokenizer.from_pretrained(str(tmp_path))
    text = "The baby of a horse is a foal.<|end|>"
    assert loaded(text)["input_ids"] == tokenizer(text)["input_ids"]
    assert loaded.chat_template == tokenizer.chat_template


def test_frequent_answers_are_one_token(tokenizer: PreTrainedTokenizerFast):
    lengths = [len(tokenizer.encode(f" {word}", add_special_tokens=False)) for word in ("Europe", "Asia", "qzxqzx")]
    assert lengths[:2] == [1, 1]
    assert lengths[2] > 1
