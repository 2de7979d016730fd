"""A merchant's own system: it pushes goods, keeps their stock and ships what was ordered.

    python merchant.py push goods.json      # goods as drafts to be reviewed, with their stock
    python merchant.py count TEA-1 -2       # two pieces fewer than the shop believes
    python merchant.py ship --carrier sf    # every parcel that is still to be sent

`receive.py` does the last when the shop tells it to.
Where the shop is and who we are is in the environment: STOA_URL, STOA_API_KEY. Everything may be
stopped and started again: what was done is found there, or known by its Idempotency-Key.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from stoa_client import Problem, each
from stoa_client.merchant import Merchant, is_problem, models
from stoa_client.storefront import Storefront


def push(shop: Merchant, path: Path) -> None:
    """Bring goods of a file to the shop. Goods that are there are left as they are."""
    categories = _categories()
    warehouse = next(each(lambda after: shop.inventory_list_own_warehouses(after=after)))
    for goods in json.loads(path.read_text(encoding="utf-8")):
        product = _product(shop, goods, categories[goods["category"]])
        known = {sku["code"]: sku for sku in _skus(shop, product["id"])}
        for sku in goods["skus"]:
            if sku["code"] not in known:
                body: models.SkuIn = {
                    "code": sku["code"],
                    "options": sku["options"],
                    "weight_grams": sku["weight_grams"],
                }
                known[sku["code"]] = shop.catalog_create_sku(product["id"], body).data
        opening: list[models.ReceiptRowIn] = [
            {"sku_id": known[sku["code"]]["id"], "quantity": sku["quantity"]}
            for sku in goods["skus"]
            if not shop.inventory_list_own_stock(sku_code=sku["code"]).data["items"]
        ]
        document = f"opening-{goods['code']}"
        if opening:
            shop.inventory_receive_own_stock(
                {"warehouse_id": warehouse["id"], "document": document, "rows": opening},
                idempotency_key=document,
            )
        if product["status"] == "draft":
            current = shop.catalog_get_product(product["id"])
            shop.catalog_submit_product(product["id"], {}, if_match=current.etag or "")
        print(f"{goods['code']}: {len(known)} SKUs")


def count(shop: Merchant, code: str, difference: int) -> None:
    """Correct the stock of a SKU where it lies."""
    (row,) = shop.inventory_list_own_stock(sku_code=code).data["items"]
    told = shop.inventory_adjust_own_stock(
        {
            "warehouse_id": row["warehouse_id"],
            "reason": "correction",
            "document": f"count-{time.strftime('%Y%m%d-%H%M%S')}",
            "rows": [{"sku_id": row["sku_id"], "quantity": difference}],
        }
    )
    print(f"{code}: {told.data['number']} {told.data['state']}")


def ship(shop: Merchant, carrier: str) -> int:
    """Send everything that is to be sent and not held; returns how many parcels left."""
    sent = 0
    for task in each(lambda after: shop.orders_list_fulfilments(limit=50, after=after)):
        if task["is_held"]:
            continue
        parcel: models.PackIn = {
            "carrier_code": carrier,
            "tracking_number": f"OURS{task['number'][-12:]}",
        }
        try:
            made = shop.orders_ship(task["id"], parcel, idempotency_key=f"ship-{task['id']}")
        except Problem as problem:
            if not is_problem(problem, "pieces-not-open", "order-held"):
                raise
            continue  # cancelled or stopped since it was listed
        sent += 1
        print(f"{task['order_number']}: {made.data['number']} by {carrier}")
    return sent


def _product(shop: Merchant, goods: dict[str, Any], category_id: str) -> models.AdminProductOut:
    body: models.ProductIn = {
        "code": goods["code"],
        "name": goods["name"],
        "category_id": category_id,
        "options": goods["options"],
    }
    try:
        return shop.catalog_create_product(body).data
    except Problem as problem:
        if not is_problem(problem, "already-exists"):
            raise
    listed = each(lambda after: shop.catalog_list_products(q=goods["code"], after=after))
    return next(found for found in listed if found["code"] == goods["code"])


def _skus(shop: Merchant, product_id: str) -> list[models.AdminSkuOut]:
    return list(each(lambda after: shop.catalog_list_skus(product_id, after=after)))


def _categories() -> dict[str, str]:
    """Ids by slug, of the whole tree."""
    with Storefront(os.environ["STOA_URL"]) as shop:
        rows = list(shop.catalog_list_categories().data["items"])
    found: dict[str, str] = {}
    while rows:
        row = rows.pop()
        found[row["slug"]] = row["id"]
        rows.extend(row["children"])
    return found


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("push").add_argument("goods", type=Path)
    counting = commands.add_parser("count")
    counting.add_argument("sku_code")
    counting.add_argument("difference", type=int)
    commands.add_parser("ship").add_argument("--carrier", required=True)
    asked = parser.parse_args(arguments)
    with Merchant(os.environ["STOA_URL"], os.environ["STOA_API_KEY"]) as shop:
        if asked.command == "push":
            push(shop, asked.goods)
        elif asked.command == "count":
            count(shop, asked.sku_code, asked.difference)
        else:
            print(f"{ship(shop, asked.carrier)} parcels")


if __name__ == "__main__":
    main(sys.argv[1:])
