"""Names of models: which mean the same one."""

from __future__ import annotations

import pytest

from microscope.core.model_names import canonical, same_model


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("gpt2-small", "gpt2"),
        ("gpt2-small", "openai-community/gpt2"),
        ("gemma-2-2b", "google/gemma-2-2b"),
        ("EleutherAI/pythia-70m-deduped", "pythia-70m-deduped"),
        ("meta-llama/Llama-3.1-8B", "meta-llama/Meta-Llama-3.1-8B"),
        ("/models/GPT2/", "gpt2"),
        ("/hub/models--openai-community--gpt2/snapshots/607a30d", "gpt2-small"),
        ("/hub/models--gpt2/snapshots/607a30d", "gpt2"),
        ("specimen+trojan", "specimen"),
    ],
)
def test_one_model_under_two_names(one: str, other: str) -> None:
    assert same_model(one, other)
    assert same_model(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("gpt2-small", "specimen"),
        ("gpt2", "gpt2-medium"),
        ("google/gemma-2-2b", "google/gemma-2-2b-it"),
        ("pythia-70m", "pythia-70m-deduped"),
        ("", ""),
        ("", "gpt2"),
    ],
)
def test_other_models_stay_others(one: str, other: str) -> None:
    assert not same_model(one, other)


def test_the_usual_name_is_its_own() -> None:
    names = ["gpt2-small", "google/gemma-2-2b", "specimen+trojan"]
    assert [canonical(canonical(name)) for name in names] == [canonical(name) for name in names]
