"""Carts of a grocer's customers: baskets of the Complete Journey package (`stoa[volume]`)."""

from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from app.cli.imports.volume_data import category_path, folder, shelf_prices
from app.services.pricing.engine import Line
from app.services.promotions.engine import Cart, Promotion
from bench.engine.carts import Market, mixed

LEAST_LINES = 5
PER_MILLE = 12
"""Groceries cost about an eightieth of what the generated carts hold."""


def basket_cases(
    number: int, promotions: int, *, seed: int = 7
) -> list[tuple[Cart, list[Promotion]]]:
    """Return baskets of five lines and more, drawn at random, each with promotions of its own.

    Promotions name categories and brands as often as the drawn baskets hold them.
    """
    lots, data = Random(seed), folder()
    products = {
        row["product_id"]: row for row in pq.read_table(data / "products.parquet").to_pylist()
    }
    prices = shelf_prices(data)
    carts = [
        Cart(
            tuple(_line(name, pieces, prices[name], products[name]) for name, pieces in basket), 599
        )
        for basket in baskets(data, lots, number, set(prices) & set(products))
    ]
    lines = [line for cart in carts for line in cart.lines]
    categories = tuple(name for line in lines for name in sorted(line.categories))
    brands = tuple(line.brand_id or "" for line in lines)
    return [
        (cart, mixed(lots, promotions, Market(_subtotal(cart), PER_MILLE, categories, brands)))
        for cart in carts
    ]


def baskets(data: Path, lots: Random, number: int, known: set[int]) -> list[list[tuple[int, int]]]:
    """Baskets of `LEAST_LINES` and more: products that are `known`, each with its pieces."""
    columns = ["basket_id", "product_id", "quantity"]
    table = pq.read_table(data / "transactions.parquet", columns=columns)
    names = pc.unique(table["basket_id"]).to_pylist()
    drawn = lots.sample(names, min(len(names), 4 * number))
    rows = table.filter(pc.is_in(table["basket_id"], value_set=pa.array(drawn))).to_pylist()
    found: dict[Any, dict[int, int]] = {name: {} for name in drawn}
    for row in rows:
        product, pieces = row["product_id"], int(row["quantity"])
        if product in known and pieces > 0:
            basket = found[row["basket_id"]]
            basket[product] = basket.get(product, 0) + pieces
    full = [sorted(basket.items()) for basket in found.values() if len(basket) >= LEAST_LINES]
    return full[:number]


def _line(name: int, pieces: int, price_minor: int, product: dict[str, Any]) -> Line:
    path = category_path(product)
    return Line(
        id=str(name),
        sku_id=str(name),
        quantity=pieces,
        list_minor=price_minor,
        brand_id=f"{product['brand']} {product['manufacturer_id']}",
        categories=frozenset("/".join(path[: depth + 1]) for depth in range(len(path))),
        tax_rate_bps=600,
    )


def _subtotal(cart: Cart) -> int:
    return sum(line.list_minor * line.quantity for line in cart.lines)
