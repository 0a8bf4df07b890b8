"""Labels that nobody typed: by rules that read the dictionary, or by a language model that the settings name.

A model is asked over the chat protocol that most servers of models speak (`POST <url>/chat/completions`); without
MICROSCOPE_EXPLAINER_URL nothing leaves this machine.
"""

from __future__ import annotations

import asyncio
import json
import urllib.request
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, Protocol

from microscope.errors import Invalid, Unavailable
from microscope.lab import Lab
from microscope.services.features import Features
from microscope.services.labels import LABEL_CHARS, Labels
from microscope.settings import Settings
from microscope.store import labels as store
from microscope.store.activity import Reader
from microscope.wire.labels import Explained, ExplainFeatures, Heuristic

SHOWN = 4
"""Tokens of a rule's label."""

EXAMPLES = 10
"""That a model is shown."""

ASKED_AT_ONCE = 200
"""Features that a model may be asked about in one request."""

TIMEOUT_S = 60.0

PROMPT = (
    "These are stretches of text on which one feature of a language model's sparse autoencoder fires. Tokens on which "
    "it fires are marked «like this». Say what they have in common in at most twelve words: a label and nothing else."
)


class Explainer(Protocol):
    """Anything that can name a feature."""

    author: str
    kind: store.Kind

    def label(self, reader: Reader, feature: int) -> str:
        """One line; empty where nothing can be said."""
        ...


class Rule:
    """Reads what the dictionary says already."""

    kind: store.Kind = "heuristic"

    def __init__(self, by: Heuristic) -> None:
        self._by: Heuristic = by
        self.author = by

    def label(self, reader: Reader, feature: int) -> str:
        (row,) = reader.features([feature])
        match self._by:
            case "tokens":
                return _listed("on", reader, row["top_tokens"])
            case "lift":
                lifted = reader.of_feature("tokens", feature)
                return _listed("mostly on", reader, [one["id"] for one in lifted])
            case "logits":
                return _listed("promotes", reader, row["top_logit_ids"]) if row["count"] else ""


def _listed(verb: str, reader: Reader, ids: Sequence[int]) -> str:
    first = list(islice(ids, SHOWN))
    texts = reader.texts(first)
    return f"{verb} {', '.join(json.dumps(texts[id], ensure_ascii=False) for id in first)}" if first else ""


class Chat:
    """A language model at an address that the settings name."""

    kind: store.Kind = "model"

    def __init__(self, settings: Settings) -> None:
        """
        Raises:
            Invalid: no address is set.
        """
        if not settings.explainer_url:
            raise Invalid("No explainer is set up.", next="Set MICROSCOPE_EXPLAINER_URL, or ask for a rule: tokens.")
        self._settings = settings
        self.author = settings.explainer_model

    def label(self, reader: Reader, feature: int) -> str:
        """
        Raises:
            Unavailable: the model cannot be reached, or says something else than a chat does.
        """
        texts = [_marked(reader, one) for one in islice(_strongest(reader, feature), EXAMPLES)]
        if not texts:
            return ""
        answer = " ".join(self._asked("\n".join(texts)).split())
        return answer[:LABEL_CHARS]

    def _asked(self, examples: str) -> str:
        body = {
            "model": self._settings.explainer_model,
            "temperature": 0,
            "max_tokens": 60,
            "messages": [{"role": "system", "content": PROMPT}, {"role": "user", "content": examples}],
        }
        headers = {"Content-Type": "application/json"}
        if self._settings.explainer_key:
            headers["Authorization"] = f"Bearer {self._settings.explainer_key}"
        url = f"{self._settings.explainer_url.rstrip('/')}/chat/completions"
        request = urllib.request.Request(url, json.dumps(body).encode(), headers)
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
                return str(json.load(answer)["choices"][0]["message"]["content"])
        except (OSError, ValueError, LookupError, TypeError) as trouble:
            raise Unavailable(
                f"The explainer at {url} did not answer as a chat does: {trouble}.",
                next="Check MICROSCOPE_EXPLAINER_URL and MICROSCOPE_EXPLAINER_MODEL.",
            ) from trouble


def _strongest(reader: Reader, feature: int) -> Iterator[dict[str, Any]]:
    return (one for one in reader.of_feature("examples", feature) if one["group"] == "top")


def _marked(reader: Reader, example: dict[str, Any]) -> str:
    texts = reader.texts(example["ids"])
    pieces = zip(example["ids"], example["activations"], strict=True)
    return "".join(f"«{texts[id]}»" if value > 0 else texts[id] for id, value in pieces).replace("\n", " ")


class Explaining:
    """Has features labelled."""

    def __init__(self, lab: Lab, features: Features, labels: Labels) -> None:
        self._lab, self._features, self._labels = lab, features, labels

    async def explain(self, sae: str, request: ExplainFeatures) -> Explained:
        """
        Raises:
            NotFound: no such dictionary or feature.
            Invalid: no explainer is set up, or it is asked about too many features at once.
            Unavailable: it cannot be reached.
        """
        reader = self._features.reader(sae)
        explainer: Explainer = Chat(self._lab.settings) if request.by == "model" else Rule(request.by)
        indices = request.indices or tuple(reader.column("count").nonzero()[0].tolist())
        if explainer.kind == "model" and not 0 < len(request.indices) <= ASKED_AT_ONCE:
            raise Invalid(
                f"The model was asked about {len(request.indices) or 'all'} features; expected 1 to {ASKED_AT_ONCE}.",
                next="Name fewer features.",
            )
        for index in request.indices:
            self._features.named(f"{sae}/{index}")
        return await asyncio.to_thread(self._explained, sae, reader, explainer, indices)

    def _explained(self, sae: str, reader: Reader, explainer: Explainer, indices: Sequence[int]) -> Explained:
        owner = self._labels.owner(sae)
        known = store.standing(self._lab.database, owner.weights, explainer.kind)
        sayings: list[store.Saying] = []
        unchanged = empty = 0
        for index in indices:
            text = explainer.label(reader, index)
            same = known.get(index)
            if not text:
                empty += 1
            elif same is not None and (same.text, same.author) == (text, explainer.author):
                unchanged += 1
            else:
                sayings.append(store.Saying(index, "label", explainer.kind, explainer.author, text))
        store.add(self._lab.database, owner, sayings)
        return Explained(labels=len(sayings), unchanged=unchanged, empty=empty)
