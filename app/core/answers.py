"""What the driver answered, as SQLAlchemy gives rows.

For each result SQLAlchemy puts together how its rows are to be fetched, made and filtered: ten
times what it takes to make the row of a statement that answers one. What is asked most goes
without; everything else, and whatever was filtered or closed, goes its way.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, RowMapping
from sqlalchemy.engine.result import IteratorResult, MappingResult
from typing_extensions import override


class Answer(IteratorResult[Any]):
    """Rows that are all there, of tuples in the order of the columns."""

    @override
    def all(self) -> Sequence[Row[Any]]:
        if self._is_special():
            return super().all()
        columns = self._metadata
        keys = columns._key_to_index  # noqa: SLF001
        found = [Row[Any](columns, None, keys, each) for each in self.iterator]
        self._soft_closed, self.iterator = True, iter(())
        return found

    @override
    def first(self) -> Row[Any] | None:
        if self._is_special():
            return super().first()
        found = self._take()
        if found is None:
            return None
        return Row[Any](self._metadata, None, self._metadata._key_to_index, found)  # noqa: SLF001

    @override
    def scalar(self) -> Any:
        if self._is_special():
            return super().scalar()
        found = self._take()
        return None if found is None else found[0]

    @override
    def mappings(self) -> MappingResult:
        return _Mappings(self)

    def _take(self) -> Any:
        """The first, and nothing more can be asked."""
        found = next(self.iterator, None)
        self._hard_closed, self.iterator = True, iter(())
        return found

    def _is_special(self) -> bool:
        """Closed, without its repeats, or with some of its columns only."""
        return (
            self._hard_closed
            or self._unique_filter_state is not None
            or self._metadata._tuplefilter is not None  # noqa: SLF001
        )


class _Mappings(MappingResult):
    """The same rows by the names of their columns."""

    @override
    def all(self) -> Sequence[RowMapping]:
        if self._is_special():
            return super().all()
        return [each._mapping for each in self._real_result.all()]  # noqa: SLF001 - documented

    @override
    def first(self) -> RowMapping | None:
        if self._is_special():
            return super().first()
        found = self._real_result.first()
        return None if found is None else found._mapping  # noqa: SLF001

    def _is_special(self) -> bool:
        return (
            self._unique_filter_state is not None
            or self._metadata is not self._real_result._metadata  # noqa: SLF001
        )
