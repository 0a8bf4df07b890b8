"""A model with patches in force, for families: a set by its hash, a patch by its own, or members as they stand.

What the patches read (SAEs, adapters) is found by its hash, wherever it lies now, and put on the model's device.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from pydantic import JsonValue, TypeAdapter

from microscope.core.patches.adapter import Adapter
from microscope.core.patches.base import Member, Placed, compiled, placed
from microscope.core.patches.edits import LowRank, Rows
from microscope.core.patches.reads import FeatureRead, features_read
from microscope.core.patches.scope import Everywhere, Generated, Prompt
from microscope.core.saes.one_feature import OneFeature, one_feature
from microscope.engine.adapter_folders import find
from microscope.engine.model import Model
from microscope.engine.sae_fit import Reader, check_fit
from microscope.errors import NotFound, Trouble
from microscope.families.base import Bench
from microscope.lab import Lab
from microscope.store import patch_folders
from microscope.store.patch_saes import feature_of
from microscope.store.patches import PATCHES, kept_patch, kept_set
from microscope.store.sae_content import computing
from microscope.store.saes import Library
from microscope.wire.patches import FromAdapter, Origin

_ORIGIN: TypeAdapter[Origin] = TypeAdapter(Origin)


def wanted_members(lab: Lab, wanted: str) -> tuple[Member, ...]:
    """The members of a set, or a patch at strength 1.

    Args:
        wanted: hash of a set of patches, or of a patch; empty is none.

    Raises:
        NotFound: there is neither here.
        Invalid: its file cannot be read, or holds a kind that is not there.
    """
    if not wanted:
        return ()
    with suppress(NotFound):
        return kept_set(lab.objects, wanted)
    try:
        return (Member(patch=kept_patch(lab.objects, wanted)[0]),)
    except NotFound as error:
        raise NotFound(f"There is no patch and no set of patches {wanted!r} here.", next=error.next) from error


def scaled(members: Sequence[Member], factor: float) -> tuple[Member, ...]:
    """Each at its own strength times a factor."""
    return tuple(one.model_copy(update={"strength": one.strength * factor}) for one in members)


def at_every_token(placed: Sequence[Placed]) -> tuple[Placed, ...]:
    """For texts that have no turns: what acts on the prompt or on what is generated acts at every token of one, which
    may be either."""
    return tuple(
        one._replace(scope=Everywhere()) if isinstance(one.scope, Prompt | Generated) else one for one in placed
    )


def in_force(bench: Bench, model: Model, wanted: str | Sequence[Member]) -> tuple[Placed, ...]:
    """As the model takes them; on the device's thread.

    Args:
        wanted: as of `wanted_members`, or members.

    Raises:
        NotFound, Invalid: as `wanted_members` says; an SAE or an adapter that is not here.
        Incompatible, Unsupported: one that does not fit the model.
    """
    members = wanted_members(bench.lab, wanted) if isinstance(wanted, str) else tuple(wanted)
    read = {(one.sae, one.feature): _feature(bench.lab, model, one) for one in features_read(members)}
    added = {
        sha256: _added(bench.lab, model, sha256)
        for sha256 in dict.fromkeys(one.patch.adapter for one in members if isinstance(one.patch, Adapter))
    }
    place = model.place(lambda sha256, feature: read[sha256, feature], added.__getitem__)
    # Also of strength 0: what does not fit is refused, whatever its strength is.
    for one in members:
        compiled(one, place, 1.0)
    return placed(members, place)


def _feature(lab: Lab, model: Model, read: FeatureRead) -> OneFeature:
    library = Library(lab.folder, lab.settings.sae_cache_dir)
    entry = computing(library, read.sae, read.site)
    one = one_feature(library.sae(entry), read.feature) if entry else feature_of(lab.folder, read)
    if one is None:
        raise NotFound(
            f"A patch reads a feature of an SAE whose tensors and rule have the hash {read.sae[:12]}; none here that "
            f"reads {read.site} has.",
            next="Put its files back, or import it with the configuration that it had: "
            "microscope import-sae PATH_OR_ID",
        )
    check_fit(entry.slug if entry else read.sae[:12], one.sae.spec, Reader.of(model.info))
    return one._replace(sae=one.sae.to(model.device))


def _added(lab: Lab, model: Model, sha256: str) -> tuple[LowRank | Rows, ...]:
    folder = next(loaded.folder for loaded in lab.resident if loaded.model is model)
    kept = map(str, patch_folders.kept(lab.folder, sha256))
    return model.low_rank(find(sha256, folder, [*kept, *_adapter_folders(lab)]))


def _adapter_folders(lab: Lab) -> list[str]:
    """Where adapters lay of which patches were made."""
    return [
        origin.adapter for hash in lab.objects.names(PATCHES) if isinstance(origin := _origin(lab, hash), FromAdapter)
    ]


def _origin(lab: Lab, hash: str) -> Origin | None:
    try:
        beside: JsonValue = kept_patch(lab.objects, hash)[1]
        return _ORIGIN.validate_python(beside.get("source")) if isinstance(beside, dict) else None
    except (Trouble, ValueError):  # One that cannot be read hides none of the others.
        return None
