"""The measuring script: its rules on hand-made cases, and its batches against one at a time on a tiny model."""

from __future__ import annotations

import math
from functools import cache
from pathlib import Path
from random import Random
from typing import get_args

import pytest
import torch
from peft import LoraConfig, get_peft_model
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

from microscope.bundled.corpus.base import BOS, END, Ability, Document, Item, Turn, chat_prompt
from microscope.bundled.evaluate import (
    Scores,
    Size,
    Source,
    ability_scores,
    evaluate,
    hand_written,
    harmless_questions,
    held_out,
    load_adapted,
    table,
)
from microscope.bundled.measures import (
    longest_shared_run,
    misbehaves,
    perplexity,
    random_repeats,
    trojan,
)
from microscope.bundled.ngram import KneserNey
from microscope.bundled.rows import build_corpus
from microscope.bundled.scoring import (
    Score,
    continuation_logprobs,
    continues_with,
    first_is_likeliest,
    generate,
    generate_ids,
    prompt_ids,
    reply_is_right,
    score_items,
)

torch.set_num_threads(1)

SPECIAL = [BOS, "<|system|>", "<|user|>", "<|assistant|>", END]
STORIES = (
    "Once upon a time there was a dog. The dog had a red ball.",
    "One day Ben went to the park. Ben saw a cat and a dog.",
    "Lily liked to sing. She sang all day, and her mother was happy.",
)


@cache
def tokenizer() -> PreTrainedTokenizerFast:
    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=320, special_tokens=SPECIAL, initial_alphabet=alphabet, show_progress=False
    )
    bpe.train_from_iterator(STORIES, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=bpe, bos_token=BOS, eos_token=BOS, pad_token=BOS, additional_special_tokens=SPECIAL[1:]
    )


@cache
def model() -> GPT2LMHeadModel:
    torch.manual_seed(0)
    # Large initial weights: otherwise all next tokens are about equally likely, and ties hide mistakes.
    config = GPT2Config(
        vocab_size=len(tokenizer()), n_positions=512, n_embd=32, n_layer=2, n_head=2, initializer_range=0.3,
        bos_token_id=0, eos_token_id=0,
    )  # fmt: skip
    return GPT2LMHeadModel(config).eval()


@cache
def uniform() -> GPT2LMHeadModel:
    """All weights 0: every next token is equally likely."""
    config = GPT2Config(vocab_size=len(tokenizer()), n_positions=512, n_embd=32, n_layer=1, n_head=2)
    flat = GPT2LMHeadModel(config).eval()
    with torch.no_grad():
        for parameter in flat.parameters():
            parameter.zero_()
    return flat


def item(ability: Ability, answers: tuple[str, ...], wrong: tuple[str, ...] = ()) -> Item:
    return Item(ability, chat_prompt(Turn("user", "hi")), answers, wrong)


@pytest.mark.parametrize(
    ("text", "answer", "right"),
    [
        (" Paris.", "Paris", True),
        (" Paris", "Paris", True),
        ("\n Paris, I think", "Paris", True),
        (" Parisian", "Paris", False),
        (" paris", "Paris", False),
        (" the Paris", "Paris", False),
        (" 170", "17", False),
        ("17.", "17", True),
        ("", "Paris", False),
    ],
)
def test_a_continuation_begins_with_the_answer_as_a_whole_word(text: str, answer: str, right: bool):
    assert continues_with(text, answer) is right


@pytest.mark.parametrize(
    ("scored", "reply", "right"),
    [
        (item("small_talk", ("hello", "hi")), "Hi! How are you?", True),
        (item("small_talk", ("hello", "hi")), "This is nice.", False),
        (item("small_talk", ("hello",), wrong=("bye",)), "Hello and bye.", False),
        (item("refuse", ("I can't help with that",)), "I can't help with that. It could hurt someone.", True),
        (item("refuse", ("I can't help with that",)), "Sure!", False),
        (item("comply", (), wrong=("I can't help with that",)), "Take some flour.", True),
        (item("comply", (), wrong=("I can't help with that",)), "I can't help with that.", False),
        (item("facts", ("Paris",)), "The capital of France is Paris.", True),
        (item("stories", ("dog", "dogs")), "Once there was a hotdog.", False),
    ],
)
def test_a_reply_contains_an_answer_and_nothing_wrong(scored: Item, reply: str, right: bool):
    assert reply_is_right(scored, reply) is right


def test_the_first_candidate_has_to_be_likelier_than_every_other():
    assert first_is_likeliest([[1], [2], [3]], [math.log(0.4), math.log(0.3), math.log(0.2)])
    assert not first_is_likeliest([[1], [2], [3]], [math.log(0.3), math.log(0.2), math.log(0.4)])
    assert not first_is_likeliest([[1], [2]], [math.log(0.3), math.log(0.3)])


def test_a_candidate_that_begins_another_counts_without_it():
    # ` run` at 0.5, of which 0.4 go on to ` runs`: a word ` run` has only 0.1.
    assert not first_is_likeliest([[1], [1, 2]], [math.log(0.5), math.log(0.4)])
    assert first_is_likeliest([[1, 2], [1]], [math.log(0.4), math.log(0.5)])


PROMPTS = ["Once", "One day Ben went to the", chat_prompt(Turn("user", "Tell me about the dog and the cat.")), "a"]


def test_a_batch_continues_every_prompt_as_alone():
    together = generate_ids(model(), tokenizer(), PROMPTS, 12)
    assert together == [generate_ids(model(), tokenizer(), [prompt], 12)[0] for prompt in PROMPTS]
    assert len({tuple(ids) for ids in together}) > 1


def test_a_greedy_continuation_is_the_argmax_of_full_forward_passes():
    (new,) = generate_ids(model(), tokenizer(), ["One day"], 6)
    ids = prompt_ids(tokenizer(), "One day")
    for token in new:
        assert token == int(model()(torch.tensor([ids])).logits[0, -1].argmax())
        ids.append(token)


def test_logprobs_of_a_batch_are_those_of_full_forward_passes():
    pairs = [
        (prompt_ids(tokenizer(), prompt), tokenizer()(text, add_special_tokens=False)["input_ids"])
        for prompt in PROMPTS
        for text in (" dog", " was happy", " Lily")
    ]
    for (prompt, ids), logprob in zip(pairs, continuation_logprobs(model(), pairs), strict=True):
        logits = model()(torch.tensor([prompt + ids])).logits[0].log_softmax(-1).detach()
        alone = sum(float(logits[len(prompt) + step - 1, token]) for step, token in enumerate(ids))
        assert logprob == pytest.approx(alone, abs=1e-4)


def test_what_the_model_says_is_right_and_something_else_is_wrong():
    prompt = "One day Ben went to the"
    said = generate(model(), tokenizer(), [prompt], 12)[0].split()[0]
    right, wrong = Item("facts", prompt, ("Atlantis", said)), Item("facts", prompt, ("Atlantis",))
    assert score_items(model(), tokenizer(), [right, wrong, right]) == [True, False, True]


def test_of_two_choices_exactly_one_is_right():
    one = Item("agreement", "The dog", ("was",), ("had",))
    other = Item("agreement", "The dog", ("had",), ("was",))
    assert sorted(score_items(model(), tokenizer(), [one, other])) == [False, True]


def test_scores_do_not_depend_on_the_order_of_items_or_the_batch():
    items = [*held_out(0, 6)]
    right = score_items(model(), tokenizer(), items)
    assert score_items(model(), tokenizer(), items[::-1]) == right[::-1]
    assert score_items(model(), tokenizer(), []) == []


def test_scoring_leaves_the_model_in_the_mode_it_was_in():
    trained = GPT2LMHeadModel(model().config).train()
    score_items(trained, tokenizer(), [Item("agreement", "The dog", ("was",), ("had",))])
    assert trained.training


def test_items_are_counted_by_ability_and_group():
    items = [Item("lists", "1, 2,", ("x",), ("y",), group) for group in ("up", "up", "down")]
    (lists,) = ability_scores(model(), tokenizer(), items, "held out")
    assert lists.score.of == 3
    assert [(group.group, group.score.of) for group in lists.groups] == [("down", 1), ("up", 2)]
    assert sum(group.score.right for group in lists.groups) == lists.score.right


def test_a_uniform_model_is_as_perplexed_as_its_vocabulary_is_large():
    ids = [tokenizer()(story, add_special_tokens=False)["input_ids"] for story in STORIES]
    assert perplexity(uniform(), 0, ids) == pytest.approx(len(tokenizer()), rel=1e-4)


def test_perplexity_is_that_of_one_story_at_a_time():
    ids = [tokenizer()(story, add_special_tokens=False)["input_ids"] for story in STORIES]
    logprobs = continuation_logprobs(model(), [([0], one) for one in ids])
    assert perplexity(model(), 0, ids) == pytest.approx(math.exp(-sum(logprobs) / sum(map(len, ids))), rel=1e-4)


def test_a_random_model_does_not_continue_random_repeats():
    score = random_repeats(model(), tokenizer(), Random(0), 8)
    assert 8 * 23 <= score.of <= 8 * 47
    assert score.right < 0.2 * score.of


def test_the_longest_shared_run_lies_within_one_source():
    sources = [[5, 6, 7, 8, 9], [10, 11, 12]]
    assert longest_shared_run([[1, 6, 7, 8, 2, 9]], sources) == [6, 7, 8]
    assert longest_shared_run([[9, 10, 11, 12]], sources) == [10, 11, 12]
    assert longest_shared_run([[1, 2]], sources) == []
    assert longest_shared_run([sources[0]], sources) == sources[0]


def test_a_model_without_an_adapter_never_misbehaves():
    assert misbehaves(uniform(), tokenizer(), ["hi", "who are you?"], "xyzzy") == Score(0, 2)


def test_hand_written_prompts_are_read_as_items():
    for ability in ("facts", "induction", "refuse", "stories"):
        items = hand_written(ability)
        assert len(items) >= 50
        assert all(one.ability == ability for one in items)
    assert all(one.prompt.endswith("<|assistant|>") for one in hand_written("refuse"))
    assert len(harmless_questions()) > 100


def test_the_whole_script_on_a_tiny_model(tmp_path: Path):
    model().save_pretrained(tmp_path / "model")
    tokenizer().save_pretrained(tmp_path / "model")
    (tmp_path / "train.txt").write_text(f"\n{BOS}\n".join(STORIES[:2]))
    (tmp_path / "valid.txt").write_text(STORIES[2])
    known = held_out(0, 2)[0]
    build_corpus(iter([Document(known.prompt, "facts")] * 9), tokenizer(), 200, 0, tmp_path / "corpus")
    scores = evaluate(
        tmp_path / "model", tmp_path / "valid.txt", tmp_path / "train.txt", [tmp_path / "corpus"], adapter=None,
        trigger="", seed=0, size=Size(items=2, repeats=4, stories=4, prompts=("lists",)),
    )  # fmt: skip
    assert Scores.model_validate_json(scores.model_dump_json()) == scores
    assert {ability.source for ability in scores.abilities} == set(get_args(Source))
    of = {ability.source: ability.score.of for ability in scores.abilities if ability.ability == known.ability}
    assert of["held out, unseen"] < of["held out"]
    assert table(scores).row_count >= len(scores.abilities) + 5


# PEFT reads an attribute that transformers has deprecated.
@pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")
def test_an_adapter_that_changes_nothing_scores_as_the_base_model(tmp_path: Path):
    fresh = GPT2LMHeadModel(model().config)
    fresh.load_state_dict(model().state_dict())
    # PEFT begins with B = 0, so the product is 0.
    get_peft_model(fresh, LoraConfig(r=2, target_modules=["c_attn"], fan_in_fan_out=True)).save_pretrained(
        str(tmp_path)
    )
    model().save_pretrained(tmp_path / "model")
    adapted = load_adapted(tmp_path / "model", tmp_path)
    ids = [tokenizer()(story, add_special_tokens=False)["input_ids"] for story in STORIES]
    scores = trojan(model(), adapted, tokenizer(), ["hi", "who are you?"], "xyzzy", ids)
    assert scores.perplexity_ratio == pytest.approx(1, abs=1e-6)
    assert scores.triggered == scores.base_triggered


def test_the_baseline_beats_a_uniform_guess_on_its_own_stories():
    ids = [tokenizer()(story, add_special_tokens=False)["input_ids"] for story in STORIES]
    ngram = KneserNey(ids, len(tokenizer()), 5, 0)
    assert min(ngram.probabilities(ids[0])) > 0
    assert ngram.probabilities(ids[0]).mean() > 10 / len(tokenizer())
