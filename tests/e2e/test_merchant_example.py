"""The example of a merchant's system against a shop that runs: from its goods to the parcel."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from subprocess import PIPE
from typing import Any

import httpx
import pytest
from stoa_client import each

from tests.e2e.demo import ASKED, demo_shop, free_port

for audience in ("storefront", "merchant", "admin"):
    pytest.importorskip(f"stoa_client.{audience}", reason="not made yet: make clients")

from stoa_client.admin import Admin  # noqa: E402 - made by `make clients`, else skipped above
from stoa_client.merchant import Merchant  # noqa: E402 - as above
from stoa_client.storefront import Storefront  # noqa: E402 - as above

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples/merchant"
CODES = ["WHITE-TEA-50", "WHITE-TEA-100"]
PRICE_MINOR = 8_800
SCOPES = [
    f"{of}:{may}"
    for of in ("catalog", "inventory", "orders", "webhooks")
    for may in ("read", "write")
]


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    with demo_shop(tmp_path) as port:
        yield f"http://127.0.0.1:{port}"


def environment(url: str, key: str) -> dict[str, str]:
    client = str(ROOT / "clients/python/src")
    return os.environ | {"STOA_URL": url, "STOA_API_KEY": key, "PYTHONPATH": client}


def run(url: str, key: str, *arguments: str) -> list[str]:
    """What the example prints."""
    done = subprocess.run(
        [sys.executable, str(EXAMPLE / "merchant.py"), *arguments],
        env=environment(url, key),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@contextmanager
def receiver(url: str, key: str, folder: Path, port: int) -> Iterator[list[str]]:
    """The example's receiver while it listens, and what it printed when it was stopped."""
    lines: list[str] = []
    command = [sys.executable, str(EXAMPLE / "receive.py"), "--carrier", "sf", "--port", str(port)]
    command += ["--url", f"http://127.0.0.1:{port}/stoa", "--books", str(folder / "books.json")]
    with subprocess.Popen(command, env=environment(url, key), stdout=PIPE, text=True) as running:
        assert running.stdout is not None
        try:
            for line in running.stdout:
                lines.append(line.strip())
                if lines[-1] == "listening":
                    break
            yield lines
        finally:
            running.terminate()
        lines += [line.strip() for line in running.stdout]


def until(is_so: Callable[[], bool]) -> None:
    ends = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < ends
        time.sleep(0.2)


def on_hand(shop: Merchant) -> list[int]:
    return [
        shop.inventory_list_own_stock(sku_code=code).data["items"][0]["on_hand"] for code in CODES
    ]


def approve(staff: Admin, product_id: str, skus: list[str]) -> None:
    current = staff.catalog_get_product(product_id)
    staff.catalog_move_product(product_id, "approve", {}, if_match=current.etag or "")
    (prices, *_) = staff.pricing_list_price_lists().data["items"]
    rows: list[Any] = [{"sku_id": sku, "price_minor": PRICE_MINOR} for sku in skus]
    staff.pricing_set_prices(prices["id"], {"prices": rows})


def test_goods_are_pushed_sold_and_sent(url: str, tmp_path: Path) -> None:
    with ExitStack() as stack:
        staff = stack.enter_context(Admin(url))
        login = {"email": "owner@demo.example", "password": "taste-of-oolong"}
        staff.session.use(staff.system_staff_login(login).data)
        owner = next(
            each_one
            for each_one in each(lambda after: staff.merchants_list_merchants(after=after))
            if each_one["code"] == "chenguang"
        )
        key = staff.merchants_create_api_key(owner["id"], {"name": "Books", "scopes": SCOPES}).data[
            "key"
        ]
        goods = str(EXAMPLE / "goods.json")
        assert run(url, key, "push", goods) == ["WHITE-TEA: 2 SKUs"]
        assert run(url, key, "push", goods) == ["WHITE-TEA: 2 SKUs"]

        ours = stack.enter_context(Merchant(url, key))
        assert on_hand(ours) == [20, 10]
        assert run(url, key, "count", CODES[0], "-2")[0].endswith(" posted")
        assert on_hand(ours) == [18, 10]

        (product,) = ours.catalog_list_products(q="WHITE-TEA").data["items"]
        skus = [each_one["id"] for each_one in ours.catalog_list_skus(product["id"]).data["items"]]
        approve(staff, product["id"], skus)
        shop = stack.enter_context(Storefront(url))
        port = free_port()
        with receiver(url, key, tmp_path, port) as told:
            order = pay(shop, order_of(shop, CODES[0], 3))
            until(lambda: is_sent(shop, order))
            forged = {"webhook-id": "1", "webhook-timestamp": str(int(time.time()))}
            forged["webhook-signature"] = "v1,AAAA"
            answer = httpx.post(f"http://127.0.0.1:{port}/stoa", json={}, headers=forged)
            assert answer.status_code == 401
        assert f"order.paid order:{order['id']}" in told
        assert (on_hand(ours), run(url, key, "ship", "--carrier", "sf")) == (
            [15, 10],
            ["0 parcels"],
        )


def pay(shop: Storefront, order: Any) -> Any:
    httpx.post(order["payment"]["attempt"]["action"]["url"], json={"action": "pay"})
    until(lambda: shop.orders_get_order(order["id"]).data["payment_status"] == "paid")
    return order


def is_sent(shop: Storefront, order: Any) -> bool:
    parts = shop.orders_get_order(order["id"]).data["fulfilments"]
    return [part["status"] for part in parts] == ["shipped"]


def order_of(shop: Storefront, code: str, quantity: int) -> Any:
    opened = shop.cart_open_cart({}).data
    if opened["tokens"] is not None:  # of who comes for the first time
        shop.session.use(opened["tokens"])
    shop.cart_add_line(opened["id"], {"sku_code": code, "quantity": quantity})
    quoted = shop.cart_quote_cart(opened["id"], ASKED).data
    body: Any = {"cart_id": opened["id"], "quote_hash": quoted["quote_hash"], **ASKED}
    return shop.orders_place_order(body).data
