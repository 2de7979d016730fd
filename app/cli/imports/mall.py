"""The steps of the mall import, in the order in which rows need each other."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from app.cli.imports.mall_catalog import CatalogSteps
from app.cli.imports.mall_data import Mall
from app.cli.imports.mall_prices import PriceSteps
from app.cli.imports.mall_promotions import land_coupons, land_ladders
from app.cli.imports.running import Land, Step

BATCH = 20


def mall_steps(mall: Mall, *, flash_on: date | None, has_stock: bool) -> Iterator[Step]:
    files = mall.files
    goods, prices = CatalogSteps(mall), PriceSteps(flash_on, has_stock)
    levels = [
        [row for row in files["categories"] if (row["parent_id"] is None) == is_root]
        for is_root in (True, False)
    ]
    hours = {row["name"]: row for row in files["flash_sessions"]}
    products = {row["id"]: row for row in files["products"]}
    flash = [
        (hours[row["session"]], row, products.get(row["product_id"]))
        for row in files["flash_prices"]
    ]
    yield _step("brands", [files["brands"]], goods.brands)
    yield _step("categories", levels, goods.categories)
    yield _step("attributes", [files["attributes"]], goods.attributes)
    yield _step("products", _batches(files["products"]), goods.products)
    yield _step("prices", _batches(files["products"]), prices.prices)
    yield _step("member prices", [files["products"]], prices.member_prices)
    yield _step("flash prices", [flash], prices.flash_prices)
    yield _step("stock", _batches(files["products"]), prices.stock)
    yield _step("promotions", _batches(files["products"]), land_ladders)
    yield _step("coupons", [files["coupons"]], land_coupons)


def _batches(rows: Sequence[Any]) -> list[Sequence[Any]]:
    return [rows[at : at + BATCH] for at in range(0, len(rows), BATCH)]


def _step(name: str, batches: Sequence[Any], land: Land) -> Step:
    return Step(name, len(batches), batches, land)
