"""Features as Neuronpedia has them: given out as the body of its upload, taken in for the labels.

source        {layer}-{set}: `10-sae_layer_10`
quantiles     a random example lies between two quantiles of the firings; a strongest one above all of them
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from microscope.core.sites import parse_site
from microscope.errors import Invalid, TooLarge
from microscope.lab import Lab
from microscope.services.features import Features
from microscope.services.labels import LABEL_CHARS, Labels
from microscope.store import labels as store
from microscope.wire.features import Feature, FeatureExample, TokenLogit
from microscope.wire.neuronpedia import (
    ExplanationsImported,
    NeuronpediaActivation,
    NeuronpediaBatch,
    NeuronpediaExplanation,
    NeuronpediaFeature,
    NeuronpediaLogit,
)

AT_ONCE = 128
"""Features of one batch."""

LOGITS = 20

AUTHOR = "neuronpedia"

BANDS = {"q25": (0.25, 0.5), "q50": (0.5, 0.75), "q75": (0.75, 1.0)}


class Neuronpedia:
    """Both ways."""

    def __init__(self, lab: Lab, features: Features, labels: Labels) -> None:
        self._lab, self._features, self._labels = lab, features, labels

    def batch(self, sae: str, indices: Sequence[int]) -> NeuronpediaBatch:
        """
        Raises:
            NotFound: no such dictionary or feature.
            TooLarge: more than 128 features.
        """
        if len(indices) > AT_ONCE:
            raise TooLarge(f"{len(indices)} features; a batch has at most {AT_ONCE}.", next="Ask for fewer at a time.")
        dictionary = self._features.dictionary(sae)
        return NeuronpediaBatch(
            modelId=PurePath(dictionary.model_name).name.lower(),
            source=f"{parse_site(dictionary.site).layer}-{sae}",
            features=tuple(self._given(self._features.feature(sae, index)) for index in indices),
        )

    def take_in(self, sae: str, batch: NeuronpediaBatch) -> ExplanationsImported:
        """Keep its explanations as labels of the kind `model`; the rest of it is not read.

        Raises:
            NotFound: no such dictionary.
            Invalid: an explanation of several lines.
        """
        d_sae, owner = self._features.dictionary(sae).d_sae, self._labels.owner(sae)
        standing = store.standing(self._lab.database, owner.weights, "model").values()
        known = {(one.feature, one.author): one.text for one in standing}
        sayings: dict[tuple[int, str], store.Saying] = {}
        skipped = same = 0
        for feature in batch.features:
            skipped += feature.index >= d_sae
            for one in feature.explanations if feature.index < d_sae else ():
                author = " ".join(filter(None, (one.modelName or AUTHOR, one.methodName)))
                key, text = (feature.index, author), _line(one.text)
                if known.get(key) == text:
                    same += 1
                else:
                    sayings[key] = store.Saying(feature.index, "label", "model", author, text)
        store.add(self._lab.database, owner, list(sayings.values()))
        return ExplanationsImported(labels=len(sayings), known=same, skipped=skipped)

    def _given(self, feature: Feature) -> NeuronpediaFeature:
        reader = self._features.reader(feature.dictionary.sae)
        ids = [id for one in feature.examples for id in one.ids]
        ids += [one.id for one in (*feature.top_logits, *feature.bottom_logits)]
        texts = reader.texts(ids)
        current = [one for one in feature.labels if one.current and one.what == "label"]
        return NeuronpediaFeature(
            index=feature.row.index,
            density=feature.row.density,
            topLogits=_logits(feature.top_logits, texts),
            bottomLogits=_logits(feature.bottom_logits, texts),
            explanations=tuple(
                NeuronpediaExplanation(text=one.text, methodName=one.kind, modelName=one.author) for one in current
            ),
            activations=tuple(_activation(one, feature, texts) for one in feature.examples),
        )


def _logits(logits: Sequence[TokenLogit], texts: dict[int, str]) -> tuple[NeuronpediaLogit, ...]:
    return tuple(NeuronpediaLogit(token=texts[one.id], value=one.value) for one in logits[:LOGITS])


def _activation(example: FeatureExample, feature: Feature, texts: dict[int, str]) -> NeuronpediaActivation:
    """The band's ends are those of the examples that were drawn from it."""
    drawn = [one.activation for one in feature.examples if one.group == example.group]
    banded = example.group in BANDS
    low, high = BANDS.get(example.group, (0.0, 1.0))
    return NeuronpediaActivation(
        tokens=tuple(texts[id] for id in example.ids),
        values=example.activations,
        quantileMin=min(drawn) if banded else None,
        quantileMax=max(drawn) if banded else None,
        quantileFraction=high - low if banded else None,
    )


def _line(text: str) -> str:
    line = " ".join(text.split())
    if not 0 < len(line) <= LABEL_CHARS:
        raise Invalid(f"An explanation has {len(line)} characters; expected 1 to {LABEL_CHARS}.", next="Shorten it.")
    return line
