"""The year of the Complete Journey package as orders of the past: one a basket, as it was paid."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow.parquet as pq

from app.cli.imports.volume_data import category_path, folder
from app.services import members
from app.services.orders.history import PastLine, PastOrder

TILL = ZoneInfo("America/New_York")
COLUMNS = (
    *("basket_id", "household_id", "product_id", "quantity", "transaction_timestamp"),
    *("sales_value", "retail_disc", "coupon_match_disc"),
)


@dataclass(frozen=True, slots=True)
class Basket:
    """What a household took to a till: products, pieces and cents, as paid and off the shelf."""

    number: int
    household: int
    at: datetime
    lines: tuple[tuple[int, int, int, int], ...]

    def past(self) -> PastOrder:
        return PastOrder(
            ref=str(self.number),
            customer=str(self.household),
            placed_at=self.at,
            ended_at=self.at,
            number=f"T{self.number}",
            payment="till",
            lines=tuple(
                PastLine(
                    sku=f"CJ{product}",
                    quantity=pieces,
                    net_minor=paid,
                    list_minor=-(-shelf // pieces),
                )
                for product, pieces, paid, shelf in self.lines
            ),
        )


def buyer(household: int) -> members.Adopted:
    return members.Adopted(
        ref=str(household), email=f"household-{household}@grocer.example", name=f"No. {household}"
    )


class Year:
    """The package's transactions, by basket and in order of time. What has no SKU is left out."""

    def __init__(self, data: Path | None = None) -> None:
        self.data = data or folder()

    @cached_property
    def products(self) -> dict[int, Any]:
        """Those that become SKUs: the importer leaves out what has no department."""
        rows = pq.read_table(self.data / "products.parquet").to_pylist()
        return {row["product_id"]: row for row in rows if category_path(row)}

    @cached_property
    def _columns(self) -> dict[str, Any]:
        table = pq.read_table(self.data / "transactions.parquet", columns=list(COLUMNS))
        found = {name: table[name].to_numpy() for name in COLUMNS}
        sold = np.fromiter(self.products, dtype=np.int64)
        is_sold = (found["quantity"] > 0) & np.isin(found["product_id"], sold)
        found = {name: column[is_sold] for name, column in found.items()}
        order = np.lexsort((found["basket_id"], found["transaction_timestamp"]))
        return {name: column[order] for name, column in found.items()}

    @cached_property
    def _edges(self) -> Any:
        numbers = self._columns["basket_id"]
        starts = np.flatnonzero(np.r_[True, numbers[1:] != numbers[:-1]])
        return np.r_[starts, len(numbers)]

    def __len__(self) -> int:
        return len(self._edges) - 1

    def baskets(self, most: int) -> Iterator[Basket]:
        """All of them, or as many as evenly as can be over the year."""
        step = max(1, len(self) // most)
        for at in range(0, step * min(most, len(self)), step):
            yield self._basket(self._edges[at], self._edges[at + 1])

    def _basket(self, first: int, after: int) -> Basket:
        column = self._columns
        of = slice(first, after)
        paid = _cents(column["sales_value"][of])
        shelf = paid + _cents(column["retail_disc"][of]) + _cents(column["coupon_match_disc"][of])
        at = column["transaction_timestamp"][first].astype("datetime64[s]").item()
        lines = zip(
            column["product_id"][of].tolist(),
            column["quantity"][of].tolist(),
            paid.tolist(),
            np.maximum(paid, shelf).tolist(),
            strict=True,
        )
        return Basket(
            int(column["basket_id"][first]),
            int(column["household_id"][first]),
            at.replace(tzinfo=TILL),
            tuple(lines),
        )


def _cents(dollars: Any) -> Any:
    return np.rint(dollars * 100).astype(np.int64)
