"""Which units of a cart a rule looks at."""

from dataclasses import dataclass
from typing import Protocol, Self

from app.services.promotions.engine.reading import Node

KINDS = ("skus", "spus", "categories", "brands", "merchants")


class Index(Protocol):
    """Answers which units carry a name; sets of units are bit masks."""

    @property
    def everything(self) -> int: ...

    def carrying(self, kind: str, names: tuple[str, ...]) -> int:
        """Return the units that carry any of `names` of `kind`."""
        ...


@dataclass(frozen=True, slots=True)
class Scope:
    """Units named by any of `included`, or all when none are named, less the `excluded`.

    ```json
    {"skus": [], "spus": [], "categories": [], "brands": [], "merchants": [],
     "exclude_skus": [], "exclude_spus": [], "exclude_categories": [], "exclude_brands": [],
     "exclude_merchants": []}
    ```

    Every member is optional and holds ids. A category covers its descendants.
    """

    included: tuple[tuple[str, tuple[str, ...]], ...] = ()
    excluded: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @classmethod
    def read(cls, node: Node) -> Self:
        included = tuple((kind, names) for kind in KINDS if (names := node.texts(kind)))
        excluded = tuple(
            (kind, names) for kind in KINDS if (names := node.texts(f"exclude_{kind}"))
        )
        node.close()
        return cls(included, excluded)

    def mask(self, index: Index) -> int:
        """Return the units in scope as a bit mask."""
        units = 0 if self.included else index.everything
        for kind, names in self.included:
            units |= index.carrying(kind, names)
        for kind, names in self.excluded:
            units &= ~index.carrying(kind, names)
        return units
