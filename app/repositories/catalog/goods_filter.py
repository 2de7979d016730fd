"""Products that a rule looks at, as conditions of the product list."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

# By what a rule names goods: each takes an array of ids. `s` is the product, `g` one of its SKUs.
_CONDITIONS: Final[Mapping[str, str]] = {
    "skus": "g.id = ANY ({ids})",
    "spus": "s.id = ANY ({ids})",
    "brands": "coalesce(s.brand_id = ANY ({ids}), false)",
    "merchants": "g.merchant_id = ANY ({ids})",
    "categories": "s.category_id IN (SELECT c.id FROM categories c"
    " WHERE c.id = ANY ({ids}) OR c.ancestor_ids && {ids})",
}

Names = Sequence[tuple[str, Sequence[UUID]]]


@dataclass(frozen=True, slots=True)
class GoodsFilter:
    """Active SKUs with any of the `included` names, or all if there are none, less the `excluded`.

    Names are `(kind, ids)`, the kinds those of a promotion's scope.
    """

    included: Names = ()
    excluded: Names = ()

    @property
    def shape(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """On what the text of a statement depends."""
        return tuple(kind for kind, _ in self.included), tuple(kind for kind, _ in self.excluded)

    def values(self, number: int) -> Iterator[tuple[str, list[UUID]]]:
        """What the condition of the filter with this number is sent with."""
        for side, names in (("in", self.included), ("ex", self.excluded)):
            for place, (_, ids) in enumerate(names):
                yield _name(number, side, place), list(ids)


def condition(number: int, shape: tuple[tuple[str, ...], tuple[str, ...]]) -> str:
    """SQL: the product `s` has a SKU that the filter with this number and shape lets through."""
    included, excluded = (
        [
            _CONDITIONS[kind].format(ids=f"CAST(:{_name(number, side, place)} AS uuid[])")
            for place, kind in enumerate(kinds)
        ]
        for side, kinds in zip(("in", "ex"), shape, strict=True)
    )
    found = ["g.spu_id = s.id", "g.status = 'active'"]
    if included:
        found.append(f"({' OR '.join(included)})")
    if excluded:
        found.append(f"NOT ({' OR '.join(excluded)})")
    return f"EXISTS (SELECT FROM skus g WHERE {' AND '.join(found)})"


def _name(number: int, side: str, place: int) -> str:
    return f"goods_{number}_{side}_{place}"
