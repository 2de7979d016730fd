"""The mutants of a module: those of mutmut's operators, of SQL, and calls left out.

Left alone is what no test should hold still: documentation, type hints, what people read, logs,
and `strict` of `zip`, which claims what holds already.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import libcst as cst
import libcst.matchers as m
from libcst.metadata import CodeRange, MetadataWrapper, PositionProvider
from mutmut.mutation.mutators import (
    mutation_operators,
    operator_arg_removal,
    operator_assignment,
    operator_string,
)

from tests.mutants.sql import changed, is_sql


@dataclass(frozen=True, slots=True)
class Mutant:
    path: str
    line: int
    function: str | None
    """The qualified name of the outermost function around it; outside of any there is none."""
    lines: tuple[int, int]
    """First and last line of the statement: a test that ran none of them cannot notice."""
    names: tuple[str, ...]
    """What the statement binds, where it stands in a module."""
    was: str
    now: str
    source: str
    """The module, mutated."""

    def difference(self) -> str:
        old = [f"- {line}" for line in self.was.splitlines()]
        return "\n".join(old + [f"+ {line}" for line in self.now.splitlines()])


@dataclass(frozen=True, slots=True)
class _Place:
    function: str | None = None
    within: tuple[str, ...] = ()
    statement: cst.CSTNode | None = None
    lines: tuple[int, int] = (0, 0)
    is_sql: bool = False
    is_refusal: bool = False


_TYPES = m.OneOf(*(m.Name(each) for each in ("cast", "TypeVar", "NewType", "len", "isinstance")))
_STRICT = m.Arg(keyword=m.Name("strict"), value=m.Name("True") | m.Name("False"))
_SILENT = (cst.Annotation, cst.Import, cst.ImportFrom, cst.Decorator, cst.TypeAlias)
_HEAD = (cst.If, cst.While, cst.For, cst.With, cst.Match, cst.FunctionDef, cst.ClassDef, cst.Try)
_TOLD = re.compile(r"\b(slug|title|title_zh|__slots__|__all__)\b")


class Maker:
    """Finds what can be changed in the module at `path` and writes it changed."""

    def __init__(self, path: str, source: str) -> None:
        self._path, self._source = path, source
        wrapper = MetadataWrapper(cst.parse_module(source), unsafe_skip_copy=True)
        self._module = wrapper.module
        self._at: Any = wrapper.resolve(PositionProvider)
        self._found = list(self._walk(self._module, _Place()))

    def __len__(self) -> int:
        return len(self._found)

    def place(self, number: int) -> str:
        """`path:line` of what is changed."""
        return f"{self._path}:{self._at[self._found[number][0]].start.line}"

    def mutant(self, number: int) -> Mutant:
        """Raise SyntaxError where the change leaves no Python; such a one is no mutant."""
        node, new, place = self._found[number]
        source = self._module.deep_replace(node, new).code
        ast.parse(source)
        line = self._at[node].start.line
        was, now = _differing(self._source, source)
        names = _bound(place.statement) if place.function is None else ()
        return Mutant(self._path, line, place.function, place.lines, names, was, now, source)

    def _walk(
        self, node: cst.CSTNode, place: _Place
    ) -> Iterator[tuple[cst.CSTNode, cst.CSTNode, _Place]]:
        if isinstance(node, _SILENT) or _is_told(node):
            return
        place = self._entered(node, place)
        for new in _changes(node, place):
            if not new.deep_equals(node) and _is_strict(new) == _is_strict(node):
                yield node, new, place
        for child in node.children:
            yield from self._walk(child, place)

    def _entered(self, node: cst.CSTNode, place: _Place) -> _Place:
        if isinstance(node, (cst.SimpleStatementLine, *_HEAD)):
            at: CodeRange = self._at[node]
            body = getattr(node, "body", None)
            last = self._at[body].start.line - 1 if isinstance(body, cst.BaseSuite) else at.end.line
            lines = at.start.line, max(at.start.line, last)
            place = replace(place, statement=node, lines=lines)
        if isinstance(node, cst.FunctionDef | cst.ClassDef):
            within = (*place.within, node.name.value)
            is_first = isinstance(node, cst.FunctionDef) and place.function is None
            function = ".".join(within) if is_first else place.function
            place = replace(place, within=within, function=function)
        if isinstance(node, cst.Raise):
            place = replace(place, is_refusal=True)
        if isinstance(node, cst.BaseString) and not place.is_sql:
            place = replace(place, is_sql=is_sql(cst.Module([]).code_for_node(node)))
        return place


def _is_told(node: cst.CSTNode) -> bool:
    """Whether it is documentation, a log, or what only says what something is called."""
    if m.matches(node, m.SimpleStatementLine(body=[m.Expr(value=m.SimpleString())])):
        return True
    if m.matches(node, m.SimpleStatementLine(body=[m.Assign()])):
        targets = node.body[0].targets  # type: ignore[attr-defined]
        return any(_TOLD.search(cst.Module([]).code_for_node(each.target)) for each in targets)
    logs = m.Call(func=m.Attribute(value=m.Name("log")))
    return m.matches(node, logs | m.Call(func=_TYPES) | _STRICT)


def _is_strict(node: cst.CSTNode) -> bool:
    """Whether it pairs things and says whether there may be more of one than of another."""
    return isinstance(node, cst.Call) and any(m.matches(each, _STRICT) for each in node.args)


def _changes(node: cst.CSTNode, place: _Place) -> Iterator[cst.CSTNode]:
    if place.is_sql and isinstance(node, cst.BaseString | cst.FormattedStringText):
        yield from _sql(node)
        return
    if m.matches(node, m.SimpleStatementLine(body=[m.Expr(value=m.Call() | m.Await(m.Call()))])):
        yield node.with_changes(body=[cst.Pass()])
    for kind, operator in mutation_operators:
        if isinstance(node, kind) and _applies(operator, node, place):
            new = list(operator(node))
            yield from new[:1] if operator is operator_string else new  # other cases say the same


def _applies(operator: Any, node: cst.CSTNode, place: _Place) -> bool:
    if operator is operator_string:
        return not place.is_refusal and not _is_prose(node)
    if operator is operator_arg_removal:
        return place.function is not None and not place.is_refusal and not _speaks(node)
    return operator is not operator_assignment or place.function is not None


def _sql(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    if isinstance(node, cst.SimpleString):
        quote = len(node.prefix) + len(node.quote)
        value = node.value
        for new in changed(value[quote : -len(node.quote)]):
            yield node.with_changes(value=value[:quote] + new + node.quote)
    elif isinstance(node, cst.FormattedStringText):
        for new in changed(node.value):
            yield node.with_changes(value=new)


def _is_prose(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.SimpleString) and (
        " " in node.value or any(ord(each) > 0x2E80 for each in node.value)
    )


def _speaks(node: cst.CSTNode) -> bool:
    """Whether it is a call that is given a sentence, so one that makes a refusal."""
    return isinstance(node, cst.Call) and any(
        _is_prose(each.value) and not is_sql(cst.Module([]).code_for_node(each.value))
        for each in node.args
    )


def _bound(statement: cst.CSTNode | None) -> tuple[str, ...]:
    if isinstance(statement, cst.SimpleStatementLine):
        tree = ast.parse(cst.Module([statement]).code)
        return tuple(
            each.id
            for each in ast.walk(tree)
            if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)
        )
    return ()


def _differing(old: str, new: str) -> tuple[str, str]:
    """The lines of both that differ."""
    before, after = old.splitlines(), new.splitlines()
    first = next(
        (i for i, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), len(before)
    )
    last = 1
    while min(len(before), len(after)) - last >= first and before[-last] == after[-last]:
        last += 1
    cut = slice(first, 1 - last or None)
    return "\n".join(before[cut]), "\n".join(after[cut])
