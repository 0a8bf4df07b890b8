"""Plug-ins of one file each: experiment families, architectures of SAEs, kinds of patches, decompositions.

A kind is a frozen pydantic model whose fields are its parameters, and whose field `kind` is a literal that names it.
`discover` imports every module of a folder and finds them; a file that cannot be imported stops the program at start,
with its name.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_
from types import ModuleType
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, Field, GetCoreSchemaHandler, TypeAdapter
from pydantic_core import CoreSchema

K = TypeVar("K", bound=BaseModel)


def discover(package: ModuleType, base: type[K]) -> dict[str, type[K]]:
    """The kinds that a package's modules define, by name, sorted; modules whose name begins with `_` are left out."""
    found: dict[str, type[K]] = {}
    for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        if module.name.rpartition(".")[2].startswith("_"):
            continue
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, type) and issubclass(value, base) and "kind" in value.model_fields:
                name = value.model_fields["kind"].default
                if not isinstance(name, str):
                    continue
                assert found.setdefault(name, value) is value, f"two kinds are called {name!r}"
    return dict(sorted(found.items()))


def union(kinds: Mapping[str, type[K]]) -> TypeAdapter[K]:
    """Reads any of these kinds, told apart by `kind`."""
    return TypeAdapter(_either(kinds))


@dataclass(frozen=True)
class OneOf:
    """Makes of a field of the base type one that holds any of its kinds, as `Annotated[Architecture, OneOf(kinds)]`."""

    kinds: Callable[[], Mapping[str, type[BaseModel]]]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return handler.generate_schema(_either(self.kinds()))


def _either(kinds: Mapping[str, type[BaseModel]]) -> Any:
    either: Any = reduce(or_, kinds.values())
    return Annotated[either, Field(discriminator="kind")] if len(kinds) > 1 else either
