"""Children of a sweep: a base spec and some axes become specs, one for each combination, named by their content.

Where children would write into the same folder (`out`), each gets one of its own in it, called as the child is. A child
is its spec and what lies where that reads (`identity.py`): the same one is found again whatever the sweep, and is not
run twice; over another recording of the same name it is another child.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import product
from math import prod
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from pydantic import JsonValue

from microscope.errors import Invalid, TooLarge, Trouble
from microscope.families import check_fields, family_of, read_family
from microscope.families.base import Family
from microscope.lab import Lab
from microscope.services.identity import anywhere, spec_sha256
from microscope.services.specs import with_field
from microscope.store import runs

MAX_CHILDREN = 1_000

UNDONE = ("failed", "cancelled")
"""How a child's run stands that is queued once more; any other is left alone."""


class Axis(NamedTuple):
    """A field and the values that it takes."""

    field: str
    """Such as `seed` or `architecture.k`."""

    values: tuple[JsonValue, ...]


class Child(NamedTuple):
    """A spec of a sweep."""

    name: str
    hash: str
    at: dict[str, JsonValue]
    """Value on each axis."""

    family: Family
    """With paths as the base names them."""

    @property
    def run(self) -> Family:
        """As it is run: paths do not depend on the folder that one stands in, so that a worker elsewhere finds them."""
        return anywhere(self.family)

    @property
    def again(self) -> Family:
        """The same, which may overwrite what it wrote before, where its family asks for leave."""
        return anywhere(self.family).model_copy(update={"replace": True} if hasattr(self.family, "replace") else {})


class Standing(NamedTuple):
    """The run that a child has: the newest that succeeded, else the newest."""

    id: str
    status: str


def read_axis(text: str) -> Axis:
    """`seed=1,2,3` or `parameters.architecture.k=16, 32`; values are YAML.

    Raises:
        Invalid: no field, no values, or one twice.
    """
    field, equals, listed = text.partition("=")
    field = field.strip().removeprefix("parameters.")
    try:
        values: Any = yaml.safe_load(f"[{listed}]")
    except yaml.YAMLError as wrong:
        raise Invalid(f"{listed!r} are no values: {wrong}.", next="Quote what has commas or brackets.") from wrong
    if not equals or not field or not values:
        raise Invalid(f"{text!r} is no axis.", next='Write field=value,value, such as --axis "seed=1,2,3"')
    twice = [value for index, value in enumerate(values) if value in values[:index]]
    if twice:
        raise Invalid(f"{field} has {twice[0]!r} twice.", next="Give each value once.")
    return Axis(field, tuple(values))


def spread(lab: Lab, spec: Mapping[str, Any], axes: Sequence[Axis], swept: Path) -> list[Child]:
    """One for each combination, the last axis turning fastest.

    Args:
        swept: where children write, each into a folder of its own, whose base names no `out`.

    Raises:
        Invalid: no such family, or a field that it has not.
        ValidationError: a value that a field cannot have.
        TooLarge: over `MAX_CHILDREN`.
    """
    kind = family_of(spec.get("kind"))
    _check_axes(spec["kind"], kind, axes)
    if (count := prod(len(axis.values) for axis in axes)) > MAX_CHILDREN:
        raise TooLarge(f"The axes have {count:,} combinations; at most {MAX_CHILDREN:,}.", next="Give fewer values.")
    fields = [axis.field for axis in axes]
    combinations = product(*(axis.values for axis in axes))
    found = [_child(lab, spec, dict(zip(fields, values, strict=True))) for values in combinations]
    outs = Counter(_out(child.family, swept) for child in found)
    return [_apart(child, swept) if outs[_out(child.family, swept)] > 1 else child for child in found]


def checked(lab: Lab, children: Sequence[Child], known: Mapping[str, Standing], *, again: bool = False) -> list[str]:
    """What each of them will do, in its family's words, after all of them were asked; one that has a run is not asked.

    Args:
        known: as `stand` says.
        again: those that have a run will be run anew.

    Raises:
        Trouble: one cannot work; says which.
    """
    return [
        f"{child.name}  {at.status} as {at.id}"
        if (at := known.get(child.name)) and not again
        else _checked(lab, child, child.again if again else child.run)
        for child in children
    ]


def stand(lab: Lab, children: Sequence[Child]) -> dict[str, Standing]:
    """By the child's name; those that were never queued are left out."""
    known = {child.name: _runs_of(lab, child) for child in children}
    return {name: _best(some) for name, some in known.items() if some}


def _check_axes(name: str, kind: type[Family], axes: Sequence[Axis]) -> None:
    if not axes:
        raise Invalid("A sweep has an axis at least.", next='Give one, such as --axis "seed=1,2,3"')
    check_fields(kind, name, (axis.field for axis in axes))
    (field, times), *_ = Counter(axis.field for axis in axes).most_common(1)
    if times > 1:
        raise Invalid(f"There are {times} axes {field}.", next=f"Give all values at once: {field}=a,b")


def _child(lab: Lab, base: Mapping[str, Any], at: dict[str, JsonValue]) -> Child:
    spec = dict(base)
    for field, value in at.items():
        spec = with_field(spec, field.split("."), value)
    whole = read_family(spec)
    hash = spec_sha256(lab, whole)
    return Child(f"{spec['kind'].replace('_', '-')}-{hash[:10]}", hash, at, whole)


def _out(family: Family, swept: Path) -> Path | None:
    """The folder that it writes into, where it has one; `swept` where it is to choose one itself."""
    out: object = getattr(family, "out", "")
    return swept if out is None else out if isinstance(out, Path) else None


def _apart(child: Child, swept: Path) -> Child:
    """With a folder of its own: the last child would replace what the others wrote."""
    out = _out(child.family, swept)
    own = {} if out is None else {"out": out / child.name}
    return child._replace(family=child.family.model_copy(update=own))


def _checked(lab: Lab, child: Child, family: Family) -> str:
    try:
        return f"{child.name}  {' '.join(f'{k}={v}' for k, v in child.at.items())}  {' '.join(family.check(lab))}"
    except Trouble as wrong:
        wrong.error = f"Child {child.name} ({child.at}): {wrong.error}"
        raise


def _runs_of(lab: Lab, child: Child) -> list[tuple[str, str]]:
    """Id and status of every run of a child, the newest first of those that were run again."""
    specs = dict.fromkeys((spec_sha256(lab, child.again), spec_sha256(lab, child.run)))
    return [one for spec in specs for one in runs.of_spec(lab.database, spec)]


def _best(known: Sequence[tuple[str, str]]) -> Standing:
    return Standing(*next((one for one in known if one[1] == "succeeded"), known[0]))
