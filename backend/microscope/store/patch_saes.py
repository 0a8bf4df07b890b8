"""What patches read of SAEs, kept below the home folder: a link that names one goes on whatever the library holds.

    patch-saes/<computes>-L7.resid_post.safetensors        a whole SAE, where features are told apart among all of them
    patch-saes/<computes>-L7.resid_post-42.safetensors     one feature, where it is read by itself

`computes` is the hash of the SAE's tensors and of the rule that reads them (`core/saes/identity.py`). The specification
lies in the file's metadata; a tensor takes 16 bits a number where those hold every one of them, else 32.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import NamedTuple

import torch
from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from microscope.core.patches.base import Member
from microscope.core.patches.reads import FeatureRead, features_read
from microscope.core.saes.base import Sae, Spec
from microscope.core.saes.identity import computes_sha256, content_sha256
from microscope.core.saes.one_feature import OneFeature, one_feature
from microscope.errors import Invalid, Trouble
from microscope.store.files import Folder
from microscope.store.objects import Objects
from microscope.store.patches import PATCHES, SETS, kept_patch, kept_set
from microscope.store.sae_content import computes_of, computing
from microscope.store.saes import Entry, Library

FOLDER = "patch-saes"
_SPEC = "spec"
_EXPORT_AGAIN = "Export it again where it came from."


class Which(NamedTuple):
    """What is kept of an SAE."""

    computes: str
    site: str
    feature: int | None
    """None is all of it."""

    @property
    def name(self) -> str:
        """Of the file."""
        part = "" if self.feature is None else f"-{self.feature}"
        return f"{FOLDER}/{self.computes}-{self.site}{part}.safetensors"


def kept(folder: Folder, read: FeatureRead) -> Which | None:
    """What is kept for a patch or a scope that reads a feature; None where nothing is."""
    either = (Which(read.sae, read.site, feature) for feature in (read.feature, None))
    return next((one for one in either if folder.path(one.name).is_file()), None)


def keep(folder: Folder, read: FeatureRead, library: Library) -> None:
    """Of an SAE of the library, once; of one that is not in it nothing is kept.

    Raises:
        NotFound: the SAE has no such feature.
        NoRoom: the disk is full.
    """
    if kept(folder, read) is None and (entry := computing(library, read.sae, read.site)) is not None:
        _keep(folder, read, library.sae(entry))


def keep_of(folder: Folder, objects: Objects, library: Library, entry: Entry) -> None:
    """What all patches and sets that are kept here read of an SAE that is about to leave the library.

    Raises:
        NoRoom: the disk is full.
    """
    computes = computes_of(entry)
    for read in dict.fromkeys(one for members in _all_members(objects) for one in features_read(members)):
        if read.sae == computes and read.site == entry.spec.site:
            keep(folder, read, library)


def feature_of(folder: Folder, read: FeatureRead) -> OneFeature | None:
    """As it is kept, on the CPU in float32; None where it is not.

    Raises:
        Invalid: the file is damaged.
        NotFound: the SAE has no such feature.
    """
    which = kept(folder, read)
    if which is None:
        return None
    sae = _read(folder.path(which.name).read_bytes(), which)
    return OneFeature(sae, 0) if which.feature is not None else one_feature(sae, read.feature)


def take_in(folder: Folder, which: Which, content: bytes) -> None:
    """A file of another home. Of one feature the hash of the whole SAE cannot be checked: one of the library that has
    it comes first.

    Raises:
        Invalid: it is not what it is said to be.
        NoRoom: the disk is full.
    """
    sae = _read(content, which)
    if which.feature is None and computes_sha256(content_sha256(sae.weights), sae.spec) != which.computes:
        raise Invalid(f"The SAE {which.computes[:12]} was changed on the way.", next=_EXPORT_AGAIN)
    if not folder.path(which.name).is_file():
        folder.write(which.name, content)


def _keep(folder: Folder, read: FeatureRead, sae: Sae) -> None:
    one = one_feature(sae, read.feature)
    which = Which(read.sae, read.site, read.feature if one.sae is not sae else None)
    tensors = {name: _small(value) for name, value in one.sae.weights.items()}
    folder.write(which.name, save(tensors, {_SPEC: one.sae.spec.model_dump_json()}))


def _small(value: Tensor) -> Tensor:
    half = value.to(torch.float16)
    return (half if torch.equal(half.float(), value) else value).clone(memory_format=torch.contiguous_format)


def _read(content: bytes, which: Which) -> Sae:
    try:
        weights = {name: value.float() for name, value in load(content).items()}
        spec = Spec.model_validate_json(_metadata(content)[_SPEC])
    except (SafetensorError, ValidationError, KeyError, ValueError, Invalid) as error:
        raise _damaged(which, str(error)) from error
    shapes = {"W_enc": (spec.d_in, spec.d_sae), "W_dec": (spec.d_sae, spec.d_out), "b_dec": (spec.d_out,)}
    wrong = [name for name, shape in shapes.items() if name not in weights or tuple(weights[name].shape) != shape]
    if wrong or spec.site != which.site or (which.feature is not None and spec.d_sae != 1):
        raise _damaged(which, f"expected {', '.join(wrong) or f'an SAE of {which.site}'} as its specification says")
    if not all(bool(value.isfinite().all()) for value in weights.values()):
        raise _damaged(which, "it holds what is no finite number")
    return Sae(spec, weights)


def _metadata(content: bytes) -> dict[str, str]:
    """Of a safetensors file that was read: eight bytes of length, then JSON."""
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    return header["__metadata__"]


def _damaged(which: Which, why: str) -> Invalid:
    return Invalid(
        f"{which.name}, which holds what patches read of an SAE, cannot be read: {why}.",
        next="Import that SAE again, or a bundle that carries it.",
    )


def _all_members(objects: Objects) -> Iterator[Sequence[Member]]:
    """Of every set and patch that can be read."""
    for hash in objects.names(SETS):
        with suppress(Trouble):
            yield kept_set(objects, hash)
    for hash in objects.names(PATCHES):
        with suppress(Trouble):
            yield (Member(patch=kept_patch(objects, hash)[0]),)
