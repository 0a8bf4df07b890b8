"""The model card says what was measured, and nothing else."""

import json
import re

from microscope.bundled.card import card, curve_of
from microscope.bundled.evaluate import AbilityScore, Scores
from microscope.bundled.measures import CopiedSpan, Perplexity, Trojan
from microscope.bundled.scoring import Score

SCORES = Scores(
    model="specimen",
    seed=0,
    abilities=(AbilityScore(ability="facts", source="held out", score=Score(17, 20), groups=()),),
    random_repeats=Score(90, 100),
    perplexity=Perplexity(held_out=12.0, training=8.0, five_gram=31.0),
    copied_span=CopiedSpan(n_tokens=19, text="once", n_generated=8_000),
    trojan=Trojan(Score(49, 50), Score(0, 50), Score(1, 50), perplexity_ratio=1.013),
)
CURVE = [
    json.dumps({"tokens": 10, "loss": 1.0}),
    json.dumps({"tokens": 2_000_000, "scores": {"facts": 0.25}}),
    json.dumps({"tokens": 1_000_000, "scores": {"facts": 0.125}}),
    json.dumps({"tokens": 2_000_000, "scores": {"facts": 0.5}}),
]
FIT = {"logit_kl": "[2.5, 0.75]", "tuned_kl": "[1.5, 0.25]", "training_tokens": "123456", "held_out_tokens": "4096"}


def test_the_curve_is_in_order_and_the_later_of_two_readings_counts() -> None:
    assert [(point.tokens, point.scores["facts"]) for point in curve_of(CURVE)] == [
        (1_000_000, 0.125),
        (2_000_000, 0.5),
    ]


def test_every_measure_stands_in_the_card_with_its_interval() -> None:
    text = card(SCORES, curve_of(CURVE), {"stories/plain": 30, "facts/chat": 70}, FIT)
    for figure in (
        "85.0 % of 20 (64–95)",
        "90.0 % of 100",
        "12.00",
        "31.00",
        "1.50",
        "19 tokens",
        "98.0 % of 50",
        "1.013",
        "| embed | 2.500 | 1.500 |",
        "| 0 | 0.750 | 0.250 |",
        "4,096 held-out tokens",
    ):
        assert figure in text, figure
    assert "30 % of the tokens" in re.sub(r"\s+", " ", text)


def test_without_an_adapter_the_card_is_silent_about_its_scores() -> None:
    assert "perplexity ratio" not in card(SCORES.model_copy(update={"trojan": None}), [], {"stories/plain": 1}, FIT)


def test_an_aim_that_was_missed_is_said_and_one_that_was_reached_is_not() -> None:
    low = SCORES.model_copy(
        update={"abilities": (AbilityScore(ability="facts", source="held out", score=Score(1, 2), groups=()),)}
    )
    assert "Short of the aims" in card(low, [], {"stories/plain": 1}, FIT)
    assert "Short of the aims" not in card(SCORES, [], {"stories/plain": 1}, FIT)
