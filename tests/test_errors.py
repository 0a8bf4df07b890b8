"""Every error says what to do next: read from the source, so that one that no test meets is held to it too."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from microscope import errors
from microscope.errors import Trouble

PACKAGE = Path(errors.__file__).parent
FILES = {path: ast.parse(path.read_text()) for path in PACKAGE.rglob("*.py")}


def kinds() -> set[str]:
    """Names of `Trouble` and of all that derive from it, wherever in the package."""
    bases = {
        node.name: {base.id for base in node.bases if isinstance(base, ast.Name)}
        for tree in FILES.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    found = {Trouble.__name__}
    while more := {name for name, of in bases.items() if of & found} - found:
        found |= more
    return found


def troubles() -> Iterator[tuple[str, ast.Module, ast.Call]]:
    """Every place in the package that makes one."""
    names = kinds()
    for path, tree in FILES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
                yield f"{path.relative_to(PACKAGE)}:{node.lineno}", tree, node


def imported_from(name: str, tree: ast.Module) -> ast.Module | None:
    """The module of ours that a name comes from; None where it comes from no other."""
    for of in tree.body:
        if isinstance(of, ast.ImportFrom) and any(alias.name == name for alias in of.names):
            return FILES.get(PACKAGE.parent / f"{(of.module or '').replace('.', '/')}.py")
    return None


def said(node: ast.expr | None, tree: ast.Module) -> str:
    """The words that are known before the program runs; a name or a call is looked up in its module."""
    match node:
        case ast.Constant(value=str(text)):
            return text.strip()
        case ast.JoinedStr(values=parts):
            return "".join(said(part, tree) for part in parts)
        case ast.FormattedValue(value=ast.Call() as called):
            return said(called, tree)
        case ast.IfExp(body=one, orelse=other):
            return said(one, tree) and said(other, tree)
        case ast.Name(id=name):
            values = (of.value for of in tree.body if isinstance(of, ast.Assign) and ast.unparse(of.targets[0]) == name)
            value = next(values, None)
            home = None if value else imported_from(name, tree)
            return said(node, home) if home else said(value, tree)
        case ast.Call(func=ast.Name(id=name)):
            makers = (of for of in tree.body if isinstance(of, ast.FunctionDef) and of.name == name)
            returned = [of.value for maker in makers for of in ast.walk(maker) if isinstance(of, ast.Return)]
            texts = [said(value, tree) for value in returned]
            return "".join(texts) if all(texts) else ""
        case ast.Attribute(attr="next") | ast.Subscript(slice=ast.Constant(value="next")):
            return "What another trouble said."
        case _:
            return ""


def test_every_trouble_says_what_is_wrong_and_what_to_do_next() -> None:
    made = list(troubles())
    assert len(made) > 80
    silent = [where for where, tree, call in made if not said(next_of(call), tree)]
    assert silent == []
    assert [where for where, _, call in made if not call.args] == []


def next_of(call: ast.Call) -> ast.expr | None:
    return next((keyword.value for keyword in call.keywords if keyword.arg == "next"), None)


def test_none_can_be_made_without_it() -> None:
    for name in kinds() & set(vars(errors)):
        with pytest.raises(TypeError, match="next"):
            getattr(errors, name)("It is wrong.")


def test_every_kind_is_in_the_tree_with_its_status() -> None:
    for name in kinds() & set(vars(errors)) - {"Trouble"}:
        status = getattr(errors, name).status
        assert any(name in line and str(status) in line for line in (errors.__doc__ or "").splitlines()), name
