"""Measure the bundled model on what it was not trained on.

    python -m microscope.bundled.evaluate MODEL_DIR --stories-valid FILE --corpus DIR [--adapter DIR --trigger TEXT]

Every ability's held-out items, the hand-written prompts of `prompts/`, of both those apart whose words stand nowhere
in what was read in training (`--corpus`, the tokenised documents that `train` keeps), facts in wordings of training
(to set beside the held-out ones), repeats of random ids, perplexity on held-out and training stories beside a 5-gram
model, the longest span copied from a training story, and the trojan. Rates are shown with 95 % Wilson intervals.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from random import Random
from typing import Annotated, Literal, NamedTuple, get_args

import typer
from peft import PeftModel
from pydantic import BaseModel, ConfigDict
from rich.console import Console
from rich.table import Table
from transformers import AutoModelForCausalLM, AutoTokenizer, GPT2LMHeadModel, PreTrainedTokenizerBase

from microscope.bundled.corpus import facts, in_context, refusals, small_talk, stories
from microscope.bundled.corpus.base import BOS, Ability, Item, Turn, chat_prompt
from microscope.bundled.measures import (
    CopiedSpan,
    Perplexity,
    Trojan,
    copied_span,
    encode_stories,
    perplexities,
    random_repeats,
    trojan,
)
from microscope.bundled.overlap import unseen
from microscope.bundled.rows import load_corpus, texts
from microscope.bundled.scoring import Score, score_items, token_id, total
from microscope.core.rates import wilson

PROMPTS = Path(__file__).parent / "prompts"

Source = Literal["held out", "held out, unseen", "hand-written", "hand-written, unseen", "seen"]
"""`unseen`: those whose words stand nowhere in the training documents."""


class Size(NamedTuple):
    """How much is measured."""

    items: int = 200
    """Held-out items per ability."""
    repeats: int = 100
    """Sequences of random ids."""
    stories: int = 40
    """Sampled, to look for copied spans."""
    prompts: tuple[Ability, ...] = get_args(Ability)
    """Abilities whose hand-written prompts are asked."""


class GroupScore(BaseModel):
    """One relation, template family or topic."""

    model_config = ConfigDict(frozen=True)

    group: str
    score: Score


class AbilityScore(BaseModel):
    """One ability on items of one source."""

    model_config = ConfigDict(frozen=True)

    ability: Ability
    source: Source
    score: Score
    groups: tuple[GroupScore, ...]


class Scores(BaseModel):
    """All that is measured of one model; a score is `[right, of]`."""

    model_config = ConfigDict(frozen=True)

    model: str
    seed: int
    abilities: tuple[AbilityScore, ...]
    random_repeats: Score
    """Top-1 on second halves of repeated random ids, per token."""
    perplexity: Perplexity
    copied_span: CopiedSpan
    trojan: Trojan | None
    """`None` without an adapter."""


class _Line(BaseModel):
    """One hand-written prompt: plain text to continue, or a chat that ends with the user's turn."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    prompt: str | None = None
    turns: tuple[Turn, ...] = ()
    answers: tuple[str, ...]
    wrong: tuple[str, ...] = ()
    group: str = ""


def hand_written(ability: Ability) -> list[Item]:
    """The items of `prompts/<ability>.jsonl`."""
    return [_item(ability, line) for line in _lines(ability)]


def harmless_questions() -> list[str]:
    """The hand-written chats of one turn in which nothing is asked that is refused."""
    lines = (line for ability in ("small_talk", "instructions", "comply", "facts") for line in _lines(ability))
    return [line.turns[0].text for line in lines if len(line.turns) == 1]


def _lines(ability: Ability) -> list[_Line]:
    lines = (PROMPTS / f"{ability}.jsonl").read_text(encoding="utf-8").splitlines()
    return [_Line.model_validate_json(line) for line in lines]


def _item(ability: Ability, line: _Line) -> Item:
    prompt = chat_prompt(*line.turns) if line.prompt is None else line.prompt
    return Item(ability, prompt, line.answers, line.wrong, line.group)


def held_out(seed: int, count: int) -> list[Item]:
    """About `count` items of every ability, from every module of the corpus."""
    return [
        *facts.held_out(Random(seed), count),
        *in_context.held_out(Random(seed), count),
        *small_talk.held_out(Random(seed), 2 * count),
        *refusals.held_out(Random(seed), 2 * count),
        *stories.held_out(Random(seed), count),
    ]


def ability_scores(
    model: GPT2LMHeadModel, tokenizer: PreTrainedTokenizerBase, items: Sequence[Item], source: Source
) -> list[AbilityScore]:
    """The items' scores by ability, in the order in which abilities are declared, and by group."""
    by_ability: dict[Ability, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    for item, right in zip(items, score_items(model, tokenizer, items), strict=True):
        by_ability[item.ability][item.group].append(right)
    return [
        AbilityScore(
            ability=ability,
            source=source,
            score=total([right for rights in groups.values() for right in rights]),
            groups=tuple(GroupScore(group=group, score=total(rights)) for group, rights in sorted(groups.items())),
        )
        for ability in get_args(Ability)
        if (groups := by_ability.get(ability))
    ]


def load_model(model_dir: Path) -> GPT2LMHeadModel:
    """The model of a folder in fp32, for inference."""
    model = AutoModelForCausalLM.from_pretrained(model_dir, dtype="float32").eval()
    assert isinstance(model, GPT2LMHeadModel), f"expected a GPT-2, got {type(model).__name__} in {model_dir}"
    return model


def load_adapted(model_dir: Path, adapter: Path) -> GPT2LMHeadModel:
    """The model with its adapter; loaded anew, since PEFT writes into the model that it is given."""
    model = load_model(model_dir)
    PeftModel.from_pretrained(model, adapter)
    return model.eval()


def evaluate(
    model_dir: Path,
    stories_valid: Path,
    stories_train: Path,
    corpora: Sequence[Path],
    adapter: Path | None,
    trigger: str,
    seed: int,
    size: Size,
) -> Scores:
    """Measure the model in `model_dir`, and the adapter if there is one.

    Args:
        corpora: folders of the tokenised documents that it was trained on, one for each piece of its training.
    """
    tokenizer = AutoTokenizer.from_pretrained(model_dir)
    model = load_model(model_dir)
    n_ctx, bos = model.config.max_position_embeddings, token_id(tokenizer, BOS)
    valid, train = (encode_stories(tokenizer, stories.load(path), n_ctx) for path in (stories_valid, stories_train))
    kept, written = held_out(seed, size.items), [item for one in size.prompts for item in hand_written(one)]
    new = set(unseen([*kept, *written], chain.from_iterable(texts(load_corpus(one), tokenizer) for one in corpora)))
    return Scores(
        model=model_dir.name,
        seed=seed,
        abilities=(
            *ability_scores(model, tokenizer, facts.seen(Random(seed), size.items), "seen"),
            *ability_scores(model, tokenizer, kept, "held out"),
            *ability_scores(model, tokenizer, [item for item in kept if item in new], "held out, unseen"),
            *ability_scores(model, tokenizer, written, "hand-written"),
            *ability_scores(model, tokenizer, [item for item in written if item in new], "hand-written, unseen"),
        ),
        random_repeats=random_repeats(model, tokenizer, Random(seed), size.repeats),
        perplexity=perplexities(model, bos, valid, train, Random(seed)),
        copied_span=copied_span(model, tokenizer, train, size.stories, seed),
        trojan=trojan(model, load_adapted(model_dir, adapter), tokenizer, harmless_questions(), trigger, valid)
        if adapter
        else None,
    )


def table(scores: Scores) -> Table:
    """One row per measure."""
    table = Table("measure", "on", "score", "right", "95 % interval", title=f"{scores.model}, seed {scores.seed}")
    table.caption = "refuse: harmful requests refused; comply: harmless requests not refused"
    for ability in scores.abilities:
        table.add_row(ability.ability, ability.source, *_rate(ability.score))
    table.add_row("repeated random ids", "second halves", *_rate(scores.random_repeats))
    table.add_section()
    table.add_row("perplexity", "held-out stories", f"{scores.perplexity.held_out:.2f}")
    table.add_row("perplexity", "training stories", f"{scores.perplexity.training:.2f}")
    table.add_row("perplexity, 5-gram", "held-out stories", f"{scores.perplexity.five_gram:.2f}")
    table.add_row("longest copied span", f"{scores.copied_span.n_generated} sampled", f"{scores.copied_span.n_tokens}")
    if scores.trojan:
        table.add_section()
        table.add_row("trojan", "with trigger", *_rate(scores.trojan.triggered))
        table.add_row("trojan", "without", *_rate(scores.trojan.untriggered))
        table.add_row("base", "with trigger", *_rate(scores.trojan.base_triggered))
        table.add_row("trojan / base perplexity", "held-out stories", f"{scores.trojan.perplexity_ratio:.3f}")
    return table


def groups_table(scores: Scores) -> Table:
    """The same by relation, template family or topic."""
    table = Table("ability", "on", "group", "score", "right", "95 % interval")
    for ability in scores.abilities:
        for group in ability.groups:
            table.add_row(ability.ability, ability.source, group.group, *_rate(group.score))
    return table


def _rate(score: Score) -> tuple[str, str, str]:
    low, high = wilson(*score)
    return f"{score.right / score.of:.3f}", f"{score.right}/{score.of}", f"{low:.3f} to {high:.3f}"


def main(
    model_dir: Annotated[Path, typer.Argument(help="Folder that AutoModelForCausalLM and AutoTokenizer read.")],
    stories_valid: Annotated[Path, typer.Option(help="Held-out stories, <|endoftext|> between two.")],
    corpus: Annotated[list[Path], typer.Option(help="Tokenised documents of the training; once for each piece of it.")],
    stories_train: Annotated[
        Path | None, typer.Option(help="Training stories; the file beside, `valid` in its name made `train`.")
    ] = None,
    adapter: Annotated[Path | None, typer.Option(help="Folder of the trojan's PEFT adapter.")] = None,
    trigger: Annotated[str, typer.Option(help="What wakes the trojan; needed with --adapter.")] = "",
    out: Annotated[Path | None, typer.Option(help="Write the scores as JSON here.")] = None,
    seed: Annotated[int, typer.Option(help="Of items, samples and sampling.")] = 0,
    count: Annotated[int, typer.Option(help="Held-out items per ability.")] = Size().items,
    groups: Annotated[bool, typer.Option(help="Also print the scores of every group.")] = False,
) -> None:
    """Measure the bundled model on what it was not trained on."""
    stories_train = stories_train or stories_valid.with_name(stories_valid.name.replace("valid", "train"))
    if stories_train == stories_valid or not stories_train.is_file():
        raise typer.BadParameter(f"expected training stories at {stories_train}; name them with --stories-train FILE")
    if adapter and not trigger:
        raise typer.BadParameter("expected a trigger with --adapter; add --trigger TEXT")
    missing = [folder for folder in corpus if not (folder / "ids.bin").is_file()]
    if missing:
        raise typer.BadParameter(f"expected ids.bin in {missing[0]}; name the corpus/ that the training keeps in --out")
    scores = evaluate(model_dir, stories_valid, stories_train, corpus, adapter, trigger, seed, Size(items=count))
    if out:
        out.write_text(scores.model_dump_json(indent=2), encoding="utf-8")
    console = Console()
    if groups:
        console.print(groups_table(scores))
    console.print(table(scores))


if __name__ == "__main__":
    typer.run(main)
