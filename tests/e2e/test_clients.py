"""The clients made from the contracts, against a shop that runs."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest
from stoa_client import Problem, Retry, each, new_key
from typing_extensions import override

from tests.e2e.demo import ASKED, demo_shop

storefront = pytest.importorskip("stoa_client.storefront", reason="not made yet: make clients")

NODE = Path(sys.executable).with_name("node")
TYPESCRIPT = Path(__file__).parents[2] / "clients/typescript"
LOGIN = {"login": "shopper@demo.example", "password": "taste-of-oolong"}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with demo_shop(tmp_path_factory.mktemp("shop")) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def visit(url: str) -> Iterator[Callable[..., Any]]:
    """Opens the shop as a visitor with options of the client's own."""
    with ExitStack() as stack:
        yield lambda **options: stack.enter_context(storefront.Storefront(url, **options))


class Watched(httpx.HTTPTransport):
    """Carries every request, keeps its path, and loses the answers to the first few."""

    def __init__(self, lost: int = 0) -> None:
        super().__init__()
        self.lost, self.paths = lost, list[str]()

    @override
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = super().handle_request(request)
        self.paths.append(request.url.path)
        if self.lost > 0:
            self.lost -= 1
            answer.close()
            raise httpx.ReadError("the answer was lost")
        return answer


def test_the_typescript_client_shops(url: str) -> None:
    if not (TYPESCRIPT / "src/generated").is_dir():
        pytest.skip("not made yet: make clients")
    done = subprocess.run(
        [str(NODE), "--test", *map(str, sorted(TYPESCRIPT.glob("test/*.test.ts")))],
        env=os.environ | {"STOA_URL": url},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_guest_orders_once_although_the_answers_are_lost(visit: Callable[..., Any]) -> None:
    shop = visit()
    opened = shop.cart_open_cart({}).data
    shop.session.use(opened["tokens"])
    shop.cart_add_line(opened["id"], {"sku_code": "TEE-black-m", "quantity": 1})
    quoted = shop.cart_quote_cart(opened["id"], ASKED).data
    body = {"cart_id": opened["id"], "quote_hash": quoted["quote_hash"], **ASKED}
    careless = visit(transport=Watched(lost=2))
    careless.session.use(opened["tokens"])
    told = careless.orders_place_order(body)
    assert told.is_replayed
    orders = each(lambda after: shop.orders_list_orders(after=after))
    assert [order["id"] for order in orders] == [told.data["id"]]


def test_without_a_key_nothing_is_sent_twice(visit: Callable[..., Any]) -> None:
    transport = Watched(lost=1)
    shop = visit(transport=transport)
    with pytest.raises(httpx.ReadError):
        shop.cart_open_cart({})
    assert len(transport.paths) == 1


def test_threads_whose_token_has_run_out_share_one_refresh(visit: Callable[..., Any]) -> None:
    transport = Watched()
    shop = visit(transport=transport)
    tokens = shop.members_login(LOGIN).data
    shop.session.use({**tokens, "access_token": "stale"})
    names: list[str] = []
    callers = [Thread(target=lambda: names.append(shop.members_get_me().data["id"])) for _ in "abc"]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert len(names) == 3
    assert transport.paths.count("/api/v1/auth/refresh") == 1
    shop.session.use({**tokens, "access_token": "stale", "refresh_token": "stale"})
    with pytest.raises(Problem) as refused:
        shop.members_get_me()
    assert storefront.is_problem(refused.value, "unauthenticated")
    assert shop.session.tokens is None


def test_a_wrong_password_is_sent_once_whoever_is_signed_in(visit: Callable[..., Any]) -> None:
    transport = Watched()
    shop = visit(transport=transport)
    shop.session.use(shop.cart_open_cart({}).data["tokens"])
    with pytest.raises(Problem) as refused:
        shop.members_login(LOGIN | {"password": "taste-of-coffee"})
    assert storefront.is_problem(refused.value, "login-refused")
    assert transport.paths == ["/api/v1/carts", "/api/v1/auth/login"]
    assert shop.session.tokens is not None


def test_refusals_versions_and_keys(visit: Callable[..., Any]) -> None:
    shop = visit(language="zh-CN")
    with pytest.raises(Problem, match="未找到") as refused:
        shop.catalog_get_product("nothing/at all")
    assert (refused.value.slug, refused.value.status) == ("not-found", 404)
    with pytest.raises(Problem) as invalid:
        shop.members_login({"login": ""})
    assert "/body/password" in [field.pointer for field in invalid.value.errors]
    shop.session.use(shop.members_login(LOGIN).data)
    me = shop.members_get_me()
    shop.members_edit_me({"name": me.data["name"]}, if_match=me.etag)
    with pytest.raises(Problem) as stale:
        shop.members_edit_me({"name": me.data["name"]}, if_match=me.etag)
    assert storefront.is_problem(stale.value, "stale-version")
    key, complaint = new_key(), {"kind": "complaint", "subject": "Late", "text": "It is late."}
    first = shop.orders_complain(complaint, idempotency_key=key)
    second = shop.orders_complain(complaint, idempotency_key=key)
    assert (first.is_replayed, second.is_replayed) == (False, True)
    assert first.data == second.data


@pytest.mark.parametrize(
    ("status", "headers", "waits"),
    [
        (503, {"retry-after": "3"}, [3.0, 3.0]),
        (429, {"retry-after": "3"}, [3.0, 3.0]),
        (503, {"retry-after": "600"}, []),
        (429, {}, []),
        (409, {"retry-after": "3"}, []),
    ],
)
def test_what_is_waited_for(status: int, headers: dict[str, str], waits: list[float]) -> None:
    waited: list[float] = []
    answer = httpx.MockTransport(lambda _: httpx.Response(status, headers=headers))
    retry = Retry(attempts=3, sleep=waited.append)
    with (
        storefront.Storefront("http://shop", transport=answer, retry=retry) as shop,
        pytest.raises(Problem) as refused,
    ):
        shop.catalog_list_brands()
    assert (refused.value.slug, waited) == (f"http-{status}", waits)
