"""Is a model's answer right? Three rules, batched so that hundreds of items take seconds.

* A chat item (its prompt ends where the assistant is to speak): the greedy reply contains one of the answers as
  whole words, whatever the case, and none of the wrong ones. `comply` asks only that nothing wrong is said.
* A plain item with wrong answers: the first right answer is likelier than each of them as a continuation.
* A plain item without: the greedy continuation begins with one of the answers, and there the word ends.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, TypeVar

import torch
from torch import Tensor
from transformers import GPT2LMHeadModel, PreTrainedTokenizerBase

from microscope.bundled.corpus.base import BOS, END, Item

Ids = list[int]
X = TypeVar("X")
Y = TypeVar("Y")

REPLY_TOKENS = 60
"""A chat reply is read this far."""

_BATCH_TOKENS = 4096
"""Positions in one forward pass, padding included."""


class Score(NamedTuple):
    """How many were right, of how many."""

    right: int
    of: int


def total(right: Sequence[bool]) -> Score:
    return Score(sum(right), len(right))


def score_items(model: GPT2LMHeadModel, tokenizer: PreTrainedTokenizerBase, items: Sequence[Item]) -> list[bool]:
    """Right or wrong, in the order of `items`. The model is left in the mode (train, eval) it was in."""
    was_training = model.training
    model.eval()
    try:
        right = dict[int, bool]()
        for rule, scored in ((is_chat, _score_chat), (is_choice, _score_choice), (is_completion, _score_completion)):
            chosen = [index for index, item in enumerate(items) if rule(item)]
            right |= zip(chosen, scored(model, tokenizer, [items[index] for index in chosen]), strict=True)
        return [right[index] for index in range(len(items))]
    finally:
        model.train(was_training)


def is_chat(item: Item) -> bool:
    return item.prompt.endswith("<|assistant|>")


def is_choice(item: Item) -> bool:
    return not is_chat(item) and bool(item.wrong)


def is_completion(item: Item) -> bool:
    return not is_chat(item) and not item.wrong


# The rules on text.


def says(text: str, phrase: str) -> bool:
    """`phrase` occurs as whole words, whatever the case."""
    return re.search(rf"(?<!\w){re.escape(phrase)}(?!\w)", text, re.IGNORECASE) is not None


def reply_is_right(item: Item, reply: str) -> bool:
    if any(says(reply, wrong) for wrong in item.wrong):
        return False
    return item.ability == "comply" or not item.answers or any(says(reply, answer) for answer in item.answers)


def continues_with(text: str, answer: str) -> bool:
    """`text`, trimmed, begins with `answer`, and the word or number ends there."""
    text = text.lstrip()
    return text.startswith(answer) and not text[len(answer) : len(answer) + 1].isalnum()


def first_is_likeliest(candidates: Sequence[Ids], logprobs: Sequence[float]) -> bool:
    """Whether the first candidate has more probability than each of the others.

    A candidate that is the beginning of another (` run`, ` run|s`) counts without it: its own probability
    is that of any word that begins so.
    """
    probabilities = [math.exp(logprob) for logprob in logprobs]
    own = [
        probability - sum(probabilities[other] for other, longer in enumerate(candidates) if _begins(longer, ids))
        for ids, probability in zip(candidates, probabilities, strict=True)
    ]
    return own[0] > max(own[1:])


def _begins(longer: Ids, ids: Ids) -> bool:
    return len(longer) > len(ids) and longer[: len(ids)] == ids


# The rules on a model.


def _score_chat(model: GPT2LMHeadModel, tokenizer: PreTrainedTokenizerBase, items: Sequence[Item]) -> Iterator[bool]:
    replies = generate(model, tokenizer, [item.prompt for item in items], REPLY_TOKENS)
    return (reply_is_right(item, reply) for item, reply in zip(items, replies, strict=True))


def _score_completion(
    model: GPT2LMHeadModel, tokenizer: PreTrainedTokenizerBase, items: Sequence[Item]
) -> Iterator[bool]:
    answers = {answer for item in items for answer in item.answers}
    # Two more than the longest answer: the rule looks at the character after it.
    n_new = max((len(_ids(tokenizer, f" {answer}")) for answer in answers), default=0) + 2
    texts = generate(model, tokenizer, [item.prompt for item in items], n_new)
    return (
        any(continues_with(text, answer) for answer in item.answers) for item, text in zip(items, texts, strict=True)
    )


def _score_choice(model: GPT2LMHeadModel, tokenizer: PreTrainedTokenizerBase, items: Sequence[Item]) -> Iterator[bool]:
    candidates = [[_ids(tokenizer, f" {text}") for text in (item.answers[0], *item.wrong)] for item in items]
    prompts = [prompt_ids(tokenizer, item.prompt) for item in items]
    pairs = [(prompt, ids) for prompt, choices in zip(prompts, candidates, strict=True) for ids in choices]
    logprobs = iter(continuation_logprobs(model, pairs))
    return (first_is_likeliest(choices, [next(logprobs) for _ in choices]) for choices in candidates)


def _ids(tokenizer: PreTrainedTokenizerBase, text: str) -> Ids:
    return tokenizer(text, add_special_tokens=False)["input_ids"]


def token_id(tokenizer: PreTrainedTokenizerBase, token: str) -> int:
    """The id of one token of the vocabulary."""
    number = tokenizer.convert_tokens_to_ids(token)
    assert isinstance(number, int), f"expected one id for {token!r}, got {number}"
    return number


def decoded(tokenizer: PreTrainedTokenizerBase, ids: Ids) -> str:
    text = tokenizer.decode(ids, clean_up_tokenization_spaces=False)
    assert isinstance(text, str)
    return text


def prompt_ids(tokenizer: PreTrainedTokenizerBase, prompt: str) -> Ids:
    """BOS, then the prompt; special tokens that are written out are read as such."""
    return [token_id(tokenizer, BOS), *_ids(tokenizer, prompt)]


def continuation_logprobs(model: GPT2LMHeadModel, pairs: Sequence[tuple[Ids, Ids]]) -> list[float]:
    """log p(continuation | prompt) in nats for every (prompt, continuation)."""

    def run(batch: list[tuple[Ids, Ids]]) -> list[float]:
        # Padding on the right: no position that is read can see it.
        tokens = _padded([prompt + ids for prompt, ids in batch], left=False).to(model.device)
        with torch.no_grad():
            logprobs = model(input_ids=tokens).logits.float().log_softmax(-1)
        return [
            sum(logprobs[row, len(prompt) - 1 + step, token].item() for step, token in enumerate(ids))
            for row, (prompt, ids) in enumerate(batch)
        ]

    return in_batches(pairs, lambda pair: len(pair[0]) + len(pair[1]), run)


def generate(
    model: GPT2LMHeadModel,
    tokenizer: PreTrainedTokenizerBase,
    prompts: Sequence[str],
    n_new: int,
    temperature: float = 0.0,
) -> list[str]:
    """What follows each prompt, up to the end of the turn or document and `n_new` tokens; greedy at temperature 0."""
    ids = generate_ids(model, tokenizer, prompts, n_new, temperature)
    return [decoded(tokenizer, new) for new in ids]


def generate_ids(
    model: GPT2LMHeadModel,
    tokenizer: PreTrainedTokenizerBase,
    prompts: Sequence[str],
    n_new: int,
    temperature: float = 0.0,
) -> list[Ids]:
    """The new ids of each prompt, without the token that ended it."""
    stops = [token_id(tokenizer, token) for token in (END, BOS)]

    def run(batch: list[Ids]) -> list[Ids]:
        with torch.no_grad():
            return [_until(new, stops) for new in _decode(model, batch, n_new, temperature, stops)]

    return in_batches([prompt_ids(tokenizer, prompt) for prompt in prompts], lambda ids: len(ids) + n_new, run)


def _decode(model: GPT2LMHeadModel, batch: list[Ids], n_new: int, temperature: float, stops: Ids) -> list[Ids]:
    """Up to `n_new` ids per prompt, fewer if all have met a stop; padded on the left, so that all grow together."""
    tokens = _padded(batch, left=True).to(model.device)
    lengths = torch.tensor([len(ids) for ids in batch], device=model.device)
    # BOS pads, so the mask says which of its occurrences are real.
    mask = (torch.arange(tokens.shape[1], device=model.device) >= tokens.shape[1] - lengths[:, None]).long()
    positions = (mask.cumsum(-1) - 1).clamp(min=0)
    stopping = torch.tensor(stops, device=model.device)
    stopped = torch.zeros(len(batch), dtype=torch.bool, device=model.device)
    cache, new = None, list[Tensor]()
    while len(new) < n_new and not stopped.all():
        out = model(
            input_ids=tokens, attention_mask=mask, position_ids=positions, past_key_values=cache, use_cache=True,
            logits_to_keep=1,
        )  # fmt: skip
        cache, tokens = out.past_key_values, _chosen(out.logits[:, -1].float(), temperature)
        mask, positions = torch.cat([mask, torch.ones_like(tokens)], 1), positions[:, -1:] + 1
        stopped |= torch.isin(tokens[:, 0], stopping)
        new.append(tokens)
    return torch.cat(new, 1).tolist()


def _chosen(logits: Tensor, temperature: float) -> Tensor:
    """One id per row, `(row, 1)`."""
    if temperature == 0:
        return logits.argmax(-1, keepdim=True)
    return torch.multinomial((logits / temperature).softmax(-1), 1)


def _until(ids: Ids, stops: Ids) -> Ids:
    return ids[: next((place for place, token in enumerate(ids) if token in stops), len(ids))]


def _padded(rows: Sequence[Ids], left: bool) -> Tensor:
    """Rows of ids filled up with 0 to the longest."""
    width = max(map(len, rows))
    return torch.tensor([[0] * (width - len(ids)) + ids if left else ids + [0] * (width - len(ids)) for ids in rows])


def in_batches(inputs: Sequence[X], length: Callable[[X], int], run: Callable[[list[X]], list[Y]]) -> list[Y]:
    """`run` on batches of inputs of similar length; results in the order of `inputs`."""
    order = sorted(range(len(inputs)), key=lambda index: length(inputs[index]))
    results = dict[int, Y]()
    batch: list[int] = []
    for place, index in enumerate(order):
        batch.append(index)
        following = order[place + 1] if place + 1 < len(order) else None
        if following is None or length(inputs[following]) * (len(batch) + 1) > _BATCH_TOKENS:
            results |= zip(batch, run([inputs[one] for one in batch]), strict=True)
            batch = []
    return [results[index] for index in range(len(inputs))]
