"""Specs as people write them: YAML with `kind` and parameters, and fields set on a command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from microscope.errors import Invalid, NotFound

EXPERIMENTS = "experiments"
"""Folder of the specs that go by a name."""

PACKAGE = Path(__file__).parents[1]
SHIPPED = (PACKAGE / "bundled" / EXPERIMENTS, PACKAGE.parents[1] / EXPERIMENTS)
"""Those of an installed package, and of a checkout."""


def find_spec(name: str, root: Path) -> Path:
    """`<root>/experiments/<name>.yaml`, else the shipped one of that name.

    Raises:
        NotFound: there is none.
    """
    own = root / EXPERIMENTS
    for folder in (own, *SHIPPED):
        if (path := folder / f"{name}.yaml").is_file():
            return path
    known = sorted({found.stem for folder in (own, *SHIPPED) for found in folder.glob("*.yaml")})
    raise NotFound(
        f"There is no experiment {name!r}; there are: {', '.join(known) or 'none'}.",
        next=f"Write one: kind and parameters, as YAML, in {own / f'{name}.yaml'}",
    )


def read_spec(path: Path) -> dict[str, Any]:
    """`kind`, and the parameters beside it or below `parameters`.

    Raises:
        Invalid: no such file, no YAML, or no spec.
    """
    try:
        value = yaml.safe_load(path.read_text())
    except OSError as wrong:
        raise Invalid(f"{path} cannot be read: {wrong.strerror}.", next="Give the path of a spec.") from wrong
    except (yaml.YAMLError, UnicodeDecodeError) as wrong:
        raise Invalid(f"{path} is no YAML: {wrong}.", next="Write kind and parameters, one a line.") from wrong
    if not isinstance(value, dict) or not isinstance(value.get("kind"), str):
        raise Invalid(f"{path} names no kind.", next="Its first line is such as kind: train_sae")
    return flat({str(key): one for key, one in value.items()})


def flat(spec: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters beside `kind`, wherever they were written."""
    below = spec.get("parameters", {})
    return {**{key: one for key, one in spec.items() if key != "parameters"}, **(below or {})}


def with_fields(spec: Mapping[str, Any], assignments: Sequence[str]) -> dict[str, Any]:
    """Fields set as `seed=3`, `sae.kind=topk` or `layers=[1, 2]`; a value is YAML.

    Raises:
        Invalid: not `field=value`.
    """
    changed = dict(spec)
    for assignment in assignments:
        path, equals, text = assignment.partition("=")
        if not equals or not path.strip():
            raise Invalid(f"{assignment!r} sets nothing.", next="Write field=value, such as --set seed=3")
        try:
            value = yaml.safe_load(text)
        except yaml.YAMLError as wrong:
            raise Invalid(f"{text!r} is no value: {wrong}.", next="Quote it.") from wrong
        changed = with_field(changed, path.strip().removeprefix("parameters.").split("."), value)
    return changed


def with_field(spec: Mapping[str, Any], path: Sequence[str], value: Any) -> dict[str, Any]:
    """The field that lies there, such as `["architecture", "k"]`, has another value."""
    first, *rest = path
    below = spec.get(first)
    return {**spec, first: with_field(below if isinstance(below, dict) else {}, rest, value) if rest else value}
