"""Features as Neuronpedia has them: given out as the body of its upload, taken in for the labels.

source        {layer}-{set}: `10-sae_layer_10`
in            whatever shape an explanation comes in (`neuronpedia_files.py`); what is of another model, layer or SAE is
              refused. What comes in never stands above what a person here said: a rule's stays a rule's, all else is of
              the kind `model`, its author and method side by side
out           features that fired: the format wants an example at least of each
quantiles     a random example lies between two quantiles of the firings; a strongest one above all of them
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import PurePath

from microscope.core.sites import parse_site
from microscope.errors import Incompatible, Invalid, TooLarge
from microscope.lab import Lab
from microscope.services.features import Features
from microscope.services.labels import LABEL_CHARS, Labels
from microscope.services.neuronpedia_files import Explanation, Found, read
from microscope.store import labels as store
from microscope.store.activity import harvested, weights_of
from microscope.wire.dictionaries import Dictionary
from microscope.wire.features import Feature, FeatureExample, TokenLogit
from microscope.wire.neuronpedia import (
    ExplanationsImported,
    LongExplanation,
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

SAME = {"gpt2small": "gpt2"}
"""What Neuronpedia calls otherwise than the model's own folder does."""

BANDS = {"q25": (0.25, 0.5), "q50": (0.5, 0.75), "q75": (0.75, 1.0)}


class Neuronpedia:
    """Both ways."""

    def __init__(self, lab: Lab, features: Features, labels: Labels) -> None:
        self._lab, self._features, self._labels = lab, features, labels

    def batch(self, sae: str, indices: Sequence[int]) -> NeuronpediaBatch:
        """Features without an example, which the format does not know, are left out.

        Raises:
            NotFound: no such dictionary or feature.
            TooLarge: more than 128 features.
            Invalid: none of them has an example.
        """
        if len(indices) > AT_ONCE:
            raise TooLarge(f"{len(indices)} features; a batch has at most {AT_ONCE}.", next="Ask for fewer at a time.")
        dictionary = self._features.dictionary(sae)
        known = [self._features.feature(sae, index) for index in indices]
        shown = [one for one in known if one.examples]
        if not shown:
            few = ", ".join(str(index) for index in indices[:5])
            raise Invalid(
                f"Of {len(indices)} features ({few}) none has an example: Neuronpedia takes features that fired.",
                next="Choose live ones, or harvest more text.",
            )
        return NeuronpediaBatch(
            modelId=PurePath(dictionary.model_name).name.lower(),
            source=_source(dictionary, sae),
            features=tuple(map(self._given, shown)),
        )

    def take_in(self, sae: str, content: object) -> ExplanationsImported:
        """Keep the explanations of a file as labels.

        Args:
            content: JSON as it was parsed, in any of the shapes of `neuronpedia_files.py`.

        Raises:
            NotFound: no such dictionary.
            Invalid: none of the shapes.
            Incompatible: all of it is of another model, layer or SAE.
        """
        dictionary, owner = self._features.dictionary(sae), self._labels.owner(sae)
        found = list(read(content))
        others = {one for one in harvested(self._lab.folder) if weights_of(self._lab.folder, one) != owner.weights}
        mine = [one for one in found if _fits(one, dictionary, others)]
        if found and not mine:
            raise Incompatible(
                f"The file is of {_place(found[0].model, found[0].source)}; these features are of "
                f"{_place(PurePath(dictionary.model_name).name.lower(), _source(dictionary, sae))}.",
                next="Open the SAE that the file is of, or take the file of this one.",
            )
        here = [one for one in mine if one.feature < dictionary.d_sae]
        short, long = _by_length(here)
        sayings, known = _news(short, store.current_labels(self._lab.database, owner.weights))
        store.add(self._lab.database, owner, sayings)
        return ExplanationsImported(
            labels=len(sayings),
            known=known,
            skipped=len(mine) - len(here),
            silent=sum(not one.explanations and not one.blank for one in here),
            blank=sum(one.blank for one in here),
            long=long,
            elsewhere=len(found) - len(mine),
        )

    def _given(self, feature: Feature) -> NeuronpediaFeature:
        reader = self._features.reader(feature.dictionary.sae)
        ids = [id for one in feature.examples for id in one.ids]
        ids += [one.id for one in (*feature.top_logits, *feature.bottom_logits)]
        texts = reader.texts(ids)
        # What was taken back is current and says nothing.
        current = [one for one in feature.labels if one.current and one.what == "label" and one.text.strip()]
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


def _fits(found: Found, dictionary: Dictionary, others: Collection[str]) -> bool:
    """It names no other model, no other layer, and no other dictionary that is here. Neuronpedia's sets have names that
    nothing has here: of them the layer is all that can be compared.

    Args:
        others: names of the dictionaries of other SAEs.
    """
    if found.model and _plain(found.model) != _plain(PurePath(dictionary.model_name).name):
        return False
    layer, _, name = found.source.partition("-")
    return layer in ("", str(parse_site(dictionary.site).layer)) and name not in others


def _by_length(found: Sequence[Found]) -> tuple[list[Found], tuple[LongExplanation, ...]]:
    """With the explanations that are short enough for a label, and those that are not."""
    long = [
        LongExplanation(feature=part.feature, characters=len(_line(one)))
        for part in found
        for one in part.explanations
        if len(_line(one)) > LABEL_CHARS
    ]
    short = [tuple(one for one in part.explanations if len(_line(one)) <= LABEL_CHARS) for part in found]
    return [part._replace(explanations=kept) for part, kept in zip(found, short, strict=True)], tuple(long)


def _line(one: Explanation) -> str:
    return " ".join(one.text.split())


def _news(found: Sequence[Found], current: set[tuple[int, str, str, str]]) -> tuple[list[store.Saying], int]:
    """What is not said yet, and how much is: as it would come in, or as it was given out here."""
    news: dict[tuple[int, str, str], store.Saying] = {}
    known = 0
    for feature, one in ((part.feature, one) for part in found for one in part.explanations):
        saying = _saying(feature, one)
        key = (feature, saying.kind, saying.author)
        if {(*key, saying.text), (feature, one.method, one.model, one.text)} & current:
            known += 1
        else:
            news[key] = saying
    return list(news.values()), known


def _saying(index: int, one: Explanation) -> store.Saying:
    line = _line(one)
    if one.method == "heuristic":
        return store.Saying(index, "label", "heuristic", one.model, line)
    method = "" if one.method == "model" else one.method
    return store.Saying(index, "label", "model", " ".join(filter(None, (one.model or AUTHOR, method))), line)


def _source(dictionary: Dictionary, sae: str) -> str:
    return f"{parse_site(dictionary.site).layer}-{sae}"


def _place(model: str, source: str) -> str:
    return f"{model or 'a model that it does not name'}, {source or 'of a source that it does not name'}"


def _plain(model: str) -> str:
    """Names of one model, whoever writes them: letters and digits, in lower case."""
    plain = "".join(one for one in model.lower() if one.isalnum())
    return SAME.get(plain, plain)
