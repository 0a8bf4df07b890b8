from __future__ import annotations

import pytest
from transformers import AutoConfig

from microscope.engine.layouts import LAYOUTS, describe
from microscope.errors import Unsupported


@pytest.mark.parametrize("kind", sorted(LAYOUTS))
def test_every_listed_architecture_is_described(kind: str) -> None:
    assert describe(AutoConfig.for_model(kind)).blocks


def test_an_unknown_architecture_is_refused_by_its_name() -> None:
    with pytest.raises(Unsupported, match="'bloom' is not understood; expected one of gemma2"):
        describe(AutoConfig.for_model("bloom"))


def test_opt_that_normalises_afterwards_is_refused_with_the_reason() -> None:
    with pytest.raises(Unsupported, match="OPT-350m"):
        describe(AutoConfig.for_model("opt", do_layer_norm_before=False))


def test_opt_that_projects_its_stream_is_refused_with_the_reason() -> None:
    with pytest.raises(Unsupported, match="projects"):
        describe(AutoConfig.for_model("opt", word_embed_proj_dim=512))


def test_parallel_blocks_are_known_from_the_configuration() -> None:
    assert describe(AutoConfig.for_model("gpt_neox", use_parallel_residual=True)).parallel
    assert not describe(AutoConfig.for_model("gpt_neox", use_parallel_residual=False)).parallel
    assert describe(AutoConfig.for_model("phi")).parallel
