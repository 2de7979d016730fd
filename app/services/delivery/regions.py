"""The regions an address may name."""

from collections.abc import Sequence

from app.core.errors import InvalidReference
from app.core.regions import Region, children, find


def list_regions(parent: str | None) -> Sequence[Region]:
    """The divisions right below `parent` in order of code, the provinces without one.

    Raises `InvalidReference` for a code that is none.
    """
    if parent is not None and find(parent) is None:
        raise InvalidReference("There is no region of that code", field="parent")
    return children(parent)
