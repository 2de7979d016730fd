"""Exchanging loaded code for mutated code, in a process that ends with its mutant.

Importing the service takes seconds, a mutant's tests often tenths of one. So functions get the code
of the mutated ones, and constants of modules the mutated values wherever they were imported. What
neither reaches (defaults, members of classes) is imported anew by `tests.mutants.fresh`.
"""

import ast
import importlib
import inspect
import sys
from collections.abc import Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Any

from tests.mutants.making import Mutant


class NotLoaded(Exception):
    """The mutant can not be reached in code that is loaded."""


def module_name(path: str) -> str:
    return path.removesuffix(".py").replace("/", ".")


def plant(mutant: Mutant) -> None:
    module = importlib.import_module(module_name(mutant.path))
    if mutant.function is not None:
        if is_early(mutant):
            raise NotLoaded
        _exchange(module, mutant.function, mutant.source)
    elif mutant.names:
        _bind(module, mutant.source, set(mutant.names))
    else:
        raise NotLoaded


def is_early(mutant: Mutant) -> bool:
    """Whether constants of modules are made by the mutated function, so before any test."""
    if mutant.function is None:
        return True
    function = vars(importlib.import_module(module_name(mutant.path))).get(mutant.function)
    return isinstance(function, FunctionType) and any(
        isinstance(each, ast.Assign | ast.AnnAssign) and mutant.function in used(each)
        for module in _loaded()
        if vars(module).get(mutant.function) is function
        for each in ast.parse(inspect.getsource(module)).body
    )


def _exchange(module: ModuleType, qualified: str, source: str) -> None:
    compiled = compile(source, str(module.__file__), "exec")
    codes = [each for each in _codes(compiled) if each.co_qualname == qualified]
    function = _function(module, qualified)
    if len(codes) != 1 or codes[0].co_freevars != function.__code__.co_freevars:
        raise NotLoaded
    if codes[0] == function.__code__:  # a default, worked out when it was imported
        raise NotLoaded
    function.__code__ = codes[0]


def _codes(code: CodeType) -> Iterator[CodeType]:
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield each
            yield from _codes(each)


def _function(module: ModuleType, qualified: str) -> FunctionType:
    found: Any = module
    for name in qualified.split("."):
        found = vars(found).get(name)
        if isinstance(found, staticmethod | classmethod):
            found = found.__func__
        elif isinstance(found, property):
            found = found.fget
        found = getattr(found, "func", found)  # of a cached property
    if found is None:
        raise NotLoaded
    function = inspect.unwrap(found)
    if not isinstance(function, FunctionType) or function.__qualname__ != qualified:
        raise NotLoaded
    return function


def _bind(module: ModuleType, source: str, names: set[str]) -> None:
    """Work out again what `names` stand for, and all constants that are made of them."""
    done: set[tuple[str, str]] = set()
    waiting = [(module, ast.parse(source), names)]
    while waiting:
        module, tree, names = waiting.pop()
        old = dict(vars(module))
        names = _anew(module, tree, names)
        done |= {(module.__name__, name) for name in names}
        for other in _loaded():
            taken = {
                name
                for name in names & vars(other).keys()
                if (other.__name__, name) not in done and vars(other)[name] is old.get(name)
            }
            if taken:
                vars(other).update({name: vars(module)[name] for name in taken})
                waiting.append((other, ast.parse(inspect.getsource(other)), taken))


def _anew(module: ModuleType, tree: ast.Module, names: set[str]) -> set[str]:
    """Run the assignments that bind or use `names` again; what was bound by them."""
    names = set(names)
    for each in tree.body:
        if not isinstance(each, ast.Assign | ast.AnnAssign) or each.value is None:
            continue
        if bound(each) & names or used(each.value) & names:
            names |= bound(each)
            code = compile(ast.Module([each], []), str(module.__file__), "exec")
            exec(code, vars(module))  # noqa: S102 - that is what planting is
    return names


def _loaded() -> list[ModuleType]:
    return [each for name, each in sys.modules.items() if name.startswith(("app.", "tests."))]


def bound(tree: ast.AST) -> set[str]:
    return {
        each.id
        for each in ast.walk(tree)
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)
    }


def used(tree: ast.AST) -> set[str]:
    return {each.id for each in ast.walk(tree) if isinstance(each, ast.Name)}
