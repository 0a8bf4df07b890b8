"""The bundled model's own tokenizer: byte-level BPE of 4,096 entries, with chat roles.

1. Text is split as GPT-2 does it (a word takes the space before it), but every digit stands alone.
2. Byte pairs are merged by frequency (Sennrich et al. 2016, https://arxiv.org/abs/1508.07909) over all 256 bytes.
3. Plain text gets `<|endoftext|>` in front; the chat template writes it once itself.

Saved as an ordinary folder, so that `AutoTokenizer` reads it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

from microscope.bundled.corpus.base import BOS, END, ROLES

D_VOCAB = 4096
SPECIAL = (BOS, *(f"<|{role}|>" for role in ROLES), END)
"""In the order of their ids, 0 to 4."""

# GPT-2's pattern with one change: ` ?\p{N}` takes one digit, so that numbers are spelled alike everywhere.
WORDS = r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"

CHAT_TEMPLATE = (
    "{{- bos_token }}"
    "{%- for message in messages %}"
    "{{- '<|' + message['role'] + '|>' + message['content'] + '<|end|>' }}"
    "{%- endfor %}"
    "{%- if add_generation_prompt %}{{- '<|assistant|>' }}{%- endif %}"
)


def train_tokenizer(texts: Iterable[str], n_ctx: int, d_vocab: int = D_VOCAB) -> PreTrainedTokenizerFast:
    """Learn the merges from `texts`, in which special tokens are written out.

    Args:
        n_ctx: what the tokenizer's folder states as the longest input, in tokens.
        d_vocab: entries in all, the five special tokens and 256 bytes included.
    """
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(WORDS), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=d_vocab,
        special_tokens=list(SPECIAL),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_without_special(texts), trainer)
    assert tokenizer.get_vocab_size() == d_vocab, f"{tokenizer.get_vocab_size()} entries; too little text for {d_vocab}"
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{BOS} $A", pair=f"{BOS} $A $B", special_tokens=[(BOS, tokenizer.token_to_id(BOS))]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token=BOS,
        eos_token=BOS,
        pad_token=BOS,
        additional_special_tokens=list(SPECIAL[1:]),
        chat_template=CHAT_TEMPLATE,
        model_max_length=n_ctx,
        clean_up_tokenization_spaces=False,
    )


def _without_special(texts: Iterable[str]) -> Iterator[str]:
    """The pieces between special tokens: roles are never merged with words."""
    special = re.compile("|".join(re.escape(token) for token in SPECIAL))
    for text in texts:
        yield from (piece for piece in special.split(text) if piece)
