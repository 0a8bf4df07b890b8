"""What a set of patches reads beside its own content: features of SAEs, by the hash of what these compute."""

from __future__ import annotations

from collections.abc import Sequence

from microscope.core.patches.base import Member
from microscope.core.patches.clamp import Clamp
from microscope.core.patches.scope import WhereFires

FeatureRead = Clamp | WhereFires
"""Each names the SAE by its hash, and the site that it reads."""


def features_read(members: Sequence[Member]) -> tuple[FeatureRead, ...]:
    """Of patches that hold a feature, and of scopes that ask one; each once, in the order of the set."""
    found = (one for member in members for one in (member.patch, member.scope))
    return tuple(dict.fromkeys(one for one in found if isinstance(one, Clamp | WhereFires)))
