"""Rows of the driver answer what SQLAlchemy's own results answer, in the same way."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.engine.result import IteratorResult, SimpleResultMetaData
from sqlalchemy.exc import ResourceClosedError

from app.core.answers import Answer

ROWS = [(1, "a"), (2, "b"), (1, "a")]
ASKED: dict[str, Callable[[Any], Any]] = {
    "all": lambda told: told.all(),
    "all by name": lambda told: [row.name for row in told.all()],
    "all mappings": lambda told: told.mappings().all(),
    "all scalars": lambda told: told.scalars().all(),
    "each": list,
    "each mapping": lambda told: list(told.mappings()),
    "first": lambda told: told.first(),
    "first by name": lambda told: (row := told.first()) and (row.id, row.name, row._mapping),
    "first mapping": lambda told: told.mappings().first(),
    "scalar": lambda told: told.scalar(),
    "without repeats": lambda told: told.unique().all(),
    "first without repeats": lambda told: told.unique().first(),
    "scalar without repeats": lambda told: told.unique().scalar(),
    "mappings without repeats": lambda told: told.mappings().unique(lambda row: row[0]).all(),
    "unique, then mappings": lambda told: told.unique(lambda row: row[0]).mappings().all(),
    "first mapping without repeats": lambda told: told.unique().mappings().first(),
    "a column": lambda told: told.columns("name").all(),
    "first of a column": lambda told: told.columns("name").first(),
    "scalar of a column": lambda told: told.columns("name").scalar(),
    "mappings of a column": lambda told: told.mappings().columns("name").all(),
    "first mapping of a column": lambda told: told.mappings().columns("name").first(),
    "of a column the mappings": lambda told: told.columns("name").mappings().all(),
    "the rest after one": lambda told: (told.fetchone(), told.all()),
    "the first after one": lambda told: (told.fetchone(), told.first()),
    "all twice": lambda told: (told.all(), told.all()),
    "one after all": lambda told: (told.all(), told.fetchone()),
    "state after all": lambda told: (told.all(), told.closed, told._soft_closed),
    "state after first": lambda told: (told.first(), told.closed),
}
CLOSING: dict[str, Callable[[Any], Any]] = {
    "first": lambda told: told.first(),
    "first mapping": lambda told: told.mappings().first(),
    "scalar": lambda told: told.scalar(),
    "closed": lambda told: told.close(),
}


def told(kind: type[IteratorResult[Any]], rows: list[tuple[Any, ...]]) -> IteratorResult[Any]:
    return kind(SimpleResultMetaData(["id", "name"]), iter(rows))


@pytest.mark.parametrize("rows", [[], ROWS[:1], ROWS], ids=["none", "one", "three"])
@pytest.mark.parametrize("asked", ASKED)
def test_it_answers_as_sqlalchemy_does(asked: str, rows: list[tuple[Any, ...]]) -> None:
    mine, theirs = (ASKED[asked](told(kind, rows)) for kind in (Answer, IteratorResult))
    assert mine == theirs
    assert type(mine) is type(theirs)


@pytest.mark.parametrize(
    "then", ["first", "first mapping", "scalar", "all", "all mappings", "all scalars"]
)
@pytest.mark.parametrize("before", CLOSING)
def test_nothing_more_is_asked_of_one_that_is_closed(before: str, then: str) -> None:
    for kind in (Answer, IteratorResult):
        answer = told(kind, ROWS)
        CLOSING[before](answer)
        with pytest.raises(ResourceClosedError):
            ASKED[then](answer)
