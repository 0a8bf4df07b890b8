"""What recordings several families begin with: opened, one site chosen, checked against each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float
from numpy.typing import NDArray
from torch import Tensor

from microscope.core.saes.base import Sae
from microscope.core.saes.normalized import Normalized
from microscope.core.sites import Site, parse_site
from microscope.engine.weights import with_adapter
from microscope.errors import Incompatible, Invalid
from microscope.families._one_sided import PARTED
from microscope.store.activations import Recording, open_recording
from microscope.store.shards import SPLITS, Split, begins

_BLOCK = 65_536
"""Rows that are looked through at once."""


class Texts(NamedTuple):
    """Whole contexts, one behind the other."""

    x: Float[Tensor, "row d_model"]
    lengths: list[int]

    counted: Bool[Tensor, " row"]
    """Rows that were asked for: usable ones."""


class Recorded(NamedTuple):
    """Recordings of one site of one model; some with an adapter on it."""

    recordings: tuple[Recording, ...]
    site: Site

    @property
    def plain(self) -> Recording:
        """The first without an adapter; else the first."""
        return next((one for one in self.recordings if not one.header.adapter), self.recordings[0])

    def usable_rows(self, split: Split) -> list[int]:
        """Of each recording."""
        return [len(one.usable(self.site, split)) for one in self.recordings]

    def held_out_rows(self) -> int:
        """Usable ones, of all recordings.

        Raises:
            Invalid: there are none, so that nothing could be measured.
        """
        found = sum(self.usable_rows("held_out"))
        if not found:
            paths = ", ".join(str(one.path) for one in self.recordings)
            raise Invalid(
                f"There are no held-out rows to measure on (position 0 and BOS are left out) in {paths}.",
                next=_hold_out(max(one.header.held_out for one in self.recordings)),
            )
        return found

    def shares(self, split: Split, batch_rows: int) -> list[int]:
        """Rows of a batch that come from each recording.

        Raises:
            Invalid: there are no usable rows, or fewer in a batch than recordings.
        """
        rows = self.usable_rows(split)
        if not any(rows):
            paths = ", ".join(str(one.path) for one in self.recordings)
            raise Invalid(
                f"{paths} {'holds' if len(rows) == 1 else 'hold'} no usable rows at {self.site} to learn from "
                "(position 0 and BOS are left out).",
                next="Record documents of more than one token: microscope trace",
            )
        return _shares(rows, batch_rows)

    def batches(self, split: Split, batch_rows: int, seed: int, start: int = 0) -> Iterator[NDArray[Any]]:
        """Shuffled usable rows without end; each batch has of every recording as many as its share of all rows.

        Beginning at batch `start` gives what going there would.
        """
        parts = zip(self.recordings, self.shares(split, batch_rows), strict=True)
        streams = [
            recording.batches(self.site, split, rows, seed + index, start)
            for index, (recording, rows) in enumerate(parts)
            if rows
        ]
        if len(streams) == 1:
            return streams[0]
        return (np.concatenate(together) for together in zip(*streams, strict=True))

    def once(self, split: Split, n_rows: int, batch_rows: int, seed: int) -> Iterator[Float[Tensor, "row d_model"]]:
        """So many usable rows in all, or as many as there are, drawn by the seed: of every recording its share."""
        for recording, rng, wanted in self._wanted(split, n_rows, seed):
            rows = np.sort(rng.choice(recording.usable(self.site, split), wanted, replace=False))
            for start in range(0, wanted, batch_rows):
                yield torch.from_numpy(recording.rows(self.site, split, rows[start : start + batch_rows]))

    def texts(self, split: Split, n_rows: int, batch_rows: int, seed: int) -> Iterator[Texts]:
        """As `once`, in whole contexts, drawn by the seed: at least one at a time, else of `batch_rows` rows at most.

        Raises:
            Incompatible: a recording that lacks positions of its texts.
        """
        for recording, rng, wanted in self._wanted(split, n_rows, seed):
            recording.check_whole(self.site)
            left = wanted
            for rows, lengths in _drawn(recording, self.site, split, wanted, batch_rows, rng):
                counted = np.isin(rows, recording.usable(self.site, split))
                counted &= counted.cumsum() <= left
                left -= int(counted.sum())
                yield Texts(
                    torch.from_numpy(recording.rows(self.site, split, rows)), lengths, torch.from_numpy(counted)
                )

    def _wanted(self, split: Split, n_rows: int, seed: int) -> Iterator[tuple[Recording, np.random.Generator, int]]:
        """Of each recording how many usable rows are read, and what draws them."""
        usable = self.usable_rows(split)
        for index, (recording, rows) in enumerate(zip(self.recordings, usable, strict=True)):
            wanted = min(rows, -(-n_rows * rows // max(1, sum(usable))))
            yield recording, np.random.default_rng((seed, index)), wanted

    def some(self, split: Split, n_rows: int, seed: int) -> Float[Tensor, "row d_model"]:
        """So many usable rows, shuffled; one twice only where there are fewer."""
        batch = min(n_rows, sum(self.usable_rows(split)))
        return torch.from_numpy(next(self.batches(split, batch, seed))).float()

    @contextmanager
    def located(self) -> Generator[None]:
        """Whoever reads these rows and finds values that are not finite is told in which file, document and position.

        Raises:
            Invalid: as inside of it, or with the place where there is such a value.
        """
        try:
            yield
        except Invalid as wrong:
            raise next(self._not_finite(), wrong) from wrong

    def _not_finite(self) -> Iterator[Invalid]:
        """Of each block of rows the first that holds such a value."""
        for recording, split in product(self.recordings, SPLITS):
            usable = recording.usable(self.site, split)
            for start in range(0, len(usable), _BLOCK):
                some = usable[start : start + _BLOCK]
                found = recording.rows(self.site, split, some)
                for row in np.flatnonzero(~np.isfinite(found).all(1))[:1]:
                    (value, *_) = found[row][~np.isfinite(found[row])]
                    at = recording.tokens(self.site, split).at(some[row : row + 1])
                    yield Invalid(
                        f"{recording.path} holds {value} at {self.site}, document {at.sample_id[0]}, position "
                        f"{at.token_pos[0]}; expected finite numbers.",
                        next="Leave that document out, or record it again in float32: --activations-dtype float32.",
                    )


def normalized_rows(
    sae: Sae, recorded: Recorded, split: Split, n_rows: int, batch_rows: int, seed: int
) -> Iterator[tuple[Float[Tensor, "row d_model"], Callable[[], Normalized]]]:
    """So many usable rows, and what the autoencoder reads of them, where it is asked for: one that reads texts from
    their start does so in whole contexts.

    Raises:
        Incompatible: as `Recorded.texts` says.
    """
    if not sae.sequential:
        for x in recorded.once(split, n_rows, batch_rows, seed):
            yield (rows := x.to(sae.device)), partial(sae.normalized, rows)
        return
    for some in recorded.texts(split, n_rows, batch_rows, seed):
        x, counted = some.x.to(sae.device), some.counted.to(sae.device)
        yield x[counted], partial(_counted, sae, x, some.lengths, counted)


def _counted(
    sae: Sae, x: Float[Tensor, "row d_model"], lengths: list[int], counted: Bool[Tensor, " row"]
) -> Normalized:
    return sae.normalized(x, lengths).at(counted)


def _drawn(
    recording: Recording, site: Site, split: Split, wanted: int, batch_rows: int, rng: np.random.Generator
) -> Iterator[tuple[NDArray[np.int64], list[int]]]:
    """Rows and lengths of contexts, in the documents' order, that have so many usable rows."""
    tokens, usable = recording.tokens(site, split), recording.usable(site, split)
    edges = [*np.flatnonzero(begins(tokens)).tolist(), len(tokens.token_id)]
    order = rng.permutation(len(edges) - 1)
    upto = np.diff(np.searchsorted(usable, edges))[order].cumsum()
    drawn = np.sort(order[: int(np.searchsorted(upto, wanted)) + 1]).tolist() if wanted else []
    rows, lengths = list[NDArray[np.int64]](), list[int]()
    for first, end in ((edges[context], edges[context + 1]) for context in drawn):
        if rows and sum(lengths) + end - first > batch_rows:
            yield np.concatenate(rows), lengths
            rows, lengths = [], []
        rows.append(np.arange(first, end))
        lengths.append(end - first)
    if rows:
        yield np.concatenate(rows), lengths


def open_recorded(paths: Sequence[Path], site: str) -> Recorded:
    """
    Args:
        site: empty is the only one that was recorded.

    Raises:
        NotFound: no recording, or a site that was not recorded.
        Invalid: none was given, or which site is meant is not clear.
        Incompatible: recordings of several models, or that do not hold out the same documents.
    """
    if not paths:
        raise Invalid("No recording was given; expected one or more.", next="Name one: activations.parquet")
    recordings = tuple(map(open_recording, paths))
    first = recordings[0]
    _check_once(recordings)
    if not site and len(first.header.sites) > 1:
        raise Invalid(
            f"{first.path} holds {len(first.sites)} sites: {', '.join(first.header.sites)}.",
            next=f"Say which is meant, such as {first.header.sites[-1]}.",
        )
    recorded = Recorded(recordings, parse_site(site) if site else first.sites[0])
    for one in recordings:
        one.n_rows(recorded.site, "train")  # Whether it has the site.
        _check_same_model(recorded.plain, one)
        _check_same_share(first, one)
    return recorded


def _check_once(recordings: Sequence[Recording]) -> None:
    """
    Raises:
        Invalid: a recording that was named twice, whose rows would count twice.
    """
    seen = Counter(one.path.resolve() for one in recordings)
    if twice := next((path for path, count in seen.items() if count > 1), None):
        raise Invalid(f"{twice} is named {seen[twice]} times; its rows would count as often.", next="Name it once.")


def _check_same_share(first: Recording, other: Recording) -> None:
    """A document's text decides whether it is held out: with another share, one would judge by what another trains on.

    Raises:
        Incompatible: they hold out different shares.
    """
    shares = first.header.held_out, other.header.held_out
    if shares[0] != shares[1]:
        raise Incompatible(
            f"{first.path} holds out {shares[0]:g} of its documents, {other.path} {shares[1]:g}: documents that one "
            "judges by may be trained on from the other.",
            next=f"Record both with one share: microscope trace --held-out {max(shares):g}",
        )


def _check_same_model(plain: Recording, other: Recording) -> None:
    own, theirs = plain.header, other.header
    weights = own.weights_sha256
    merged = with_adapter(weights, theirs.adapter_sha256) if theirs.adapter and not own.adapter else weights
    same = theirs.weights_sha256 == merged
    if own.d_model != theirs.d_model or not same:
        raise Incompatible(
            f"{plain.path} holds activations of {own.model_name} (d_model={own.d_model}, weights "
            f"{own.weights_sha256[:8] or 'not named'}), {other.path} of {theirs.model_name} "
            f"(d_model={theirs.d_model}, weights {theirs.weights_sha256[:8] or 'not named'}).",
            next="Give recordings of one model; one of them may carry an adapter.",
        )


def _shares(rows: Sequence[int], batch_rows: int) -> list[int]:
    """Rows of a batch that come from each recording, in proportion; every recording that has rows gives one at least.

    Args:
        rows: some of them more than none.

    Raises:
        Invalid: fewer in a batch than recordings.
    """
    alive = sum(count > 0 for count in rows)
    if batch_rows < alive:
        raise Invalid(
            f"A batch has {batch_rows} rows, and {alive} recordings have rows that belong into it.",
            next=f"Ask for larger batches: --batch-rows {alive}, or more.",
        )
    exact = [batch_rows * count / sum(rows) for count in rows]
    shares = [max(int(share), count > 0) for share, count in zip(exact, rows, strict=True)]
    while (missing := batch_rows - sum(shares)) != 0:
        change = 1 if missing > 0 else -1
        able = [index for index, share in enumerate(shares) if rows[index] and share + change > 0]
        shares[max(able, key=lambda index: change * (exact[index] - shares[index]))] += change
    return shares


def _hold_out(share: float) -> str:
    """What gives held-out rows: another share does not where there is one document."""
    if not share:
        return "Record documents of more than one token, with a share of them held out: --held-out 0.1"
    return (
        f"A share of {share:g} was to be held out, and no document of more than one token fell to it. Record more "
        f"documents. {PARTED}"
    )
