"""Shoppers who check out again and again, and repeat whatever was not answered."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any

import httpx

from app.core.ids import random_code
from app.core.settings import TokenSettings
from bench.chaos.tally import Acknowledged, Tally, Told
from bench.seed import Catalog, Shopper

AGAIN = frozenset({401, 429, 500, 502, 503, 504})
"""After a 401 it is signed anew: clocks may differ for a moment."""
BUSY = frozenset({"idempotency-in-progress", "busy", "contention"})
PAUSE_SECONDS = 0.2
PATIENCE_SECONDS = 240
CANCELLED_SHARE, UNPAID_SHARE = 0.15, 0.05


class GaveUp(Exception):
    """No answer within any shopper's patience; names what was asked for."""


@dataclass(slots=True)
class Buyer:
    """One checkout at a time, each of one of `shoppers`.

    `renews_keys` plants the fault the keys are there against: what was not answered is asked anew,
    as if it had never been sent.
    """

    client: httpx.AsyncClient
    shoppers: Sequence[Shopper]
    catalog: Catalog
    tokens: TokenSettings
    tally: Tally
    lots: Random
    renews_keys: bool = False
    shopper: Shopper = field(init=False)

    async def buy_until(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                await self.check_out()
            except GaveUp as error:
                self.tally.given_up[str(error)] += 1

    async def check_out(self) -> None:
        self.shopper = self.lots.choice(self.shoppers)
        order = await self._place()
        if order is None:
            return
        body, acknowledged = order
        lot = self.lots.random()
        if lot >= CANCELLED_SHARE and lot < 1 - UNPAID_SHARE:
            await self._pay(body, acknowledged)
            if self.lots.random() >= CANCELLED_SHARE:
                return
        await self._cancel(acknowledged)

    async def _place(self) -> tuple[dict[str, Any], Acknowledged] | None:
        """Fill a cart and order it. A note tells which checkout an order belongs to."""
        note = f"note-{random_code(16)}"
        request = await self._fill_cart(note)
        headers = self._keyed()
        while True:
            answer = await self._once(
                "POST", "/orders", headers=headers | self._bearer, json=request
            )
            if answer is not None and answer.status_code == httpx.codes.CREATED:
                break
            if answer is not None and not is_worth_repeating(answer):
                self.tally.refused[f"order: {answer.status_code} {_slug(answer)}"] += 1
                return None
            await self._pause()
            if self.renews_keys:
                request = await self._fill_cart(note)
                headers = self._keyed()
        body: dict[str, Any] = answer.json()
        acknowledged = Acknowledged(body["id"])
        self.tally.orders.append(acknowledged)
        self._remember("/orders", headers, request, answer)
        return body, acknowledged

    async def _fill_cart(self, note: str) -> dict[str, Any]:
        """Two lines in the open cart, quoted. Repeats may add up; the quote says what it is."""
        cart = (await self._ask("POST", "/carts", json={})).json()["id"]
        for product in self.lots.sample(self.catalog.ordered, 2):
            line = {"sku_id": str(self.lots.choice(product.sku_ids)), "quantity": 1}
            await self._ask("POST", f"/carts/{cart}/lines", json=line)
        checkout = {"address_id": str(self.shopper.address_id), "tenders": self._tenders()}
        quote = (await self._ask("POST", f"/carts/{cart}/quote", json=checkout)).json()
        return checkout | {
            "cart_id": cart,
            "quote_hash": found(quote, "quote_hash"),
            "note": note,
        }

    def _tenders(self) -> list[dict[str, Any]]:
        card = {"kind": "gift_card", "gift_card_id": str(self.shopper.card_id)}
        return [
            card | {"max_minor": self.lots.randrange(1_000, 5_000)},
            {"kind": "points", "max_points": self.lots.randrange(100, 2_000)},
            {"kind": "balance", "max_minor": self.lots.randrange(1_000, 5_000)},
            {"kind": "gateway", "channel": "sandbox"},
        ]

    async def _pay(self, body: dict[str, Any], order: Acknowledged) -> None:
        """Press "pay" on the sandbox's page; without a page, ask for the payment anew."""
        page = found(body, "url")
        while page is None:
            answer = await self._ask(
                "POST", f"/orders/{order.order_id}/payments", headers=self._keyed(), json={}
            )
            if answer.is_error:
                self.tally.refused[f"payment: {answer.status_code} {_slug(answer)}"] += 1
                return
            page = found(answer.json(), "url")
        answer = await self._ask("POST", page)
        order.is_paid = not answer.is_error
        if answer.is_error:
            self.tally.refused[f"page: {answer.status_code}"] += 1

    async def _cancel(self, order: Acknowledged) -> None:
        path, headers = f"/orders/{order.order_id}/cancel", self._keyed()
        answer = await self._ask("POST", path, headers=headers, json={})
        order.is_cancelled = not answer.is_error
        if answer.is_error:
            self.tally.refused[f"cancel: {answer.status_code} {_slug(answer)}"] += 1
        else:
            self._remember(path, headers, {}, answer)

    async def _ask(
        self, method: str, path: str, *, headers: dict[str, str] | None = None, json: Any = None
    ) -> httpx.Response:
        """The answer, however often it takes; an error of ours is not one."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while True:
                    answer = await self._once(
                        method, path, headers=(headers or {}) | self._bearer, json=json
                    )
                    if answer is not None and not is_worth_repeating(answer):
                        return answer
                    await self._pause()
        except TimeoutError as error:
            raise GaveUp(f"{method} {path}") from error

    async def _once(
        self, method: str, path: str, *, headers: dict[str, str], json: Any
    ) -> httpx.Response | None:
        """One try; None when the connection broke or nothing came in time."""
        url = path if path.startswith("http") else f"/api/v1{path}"
        try:
            answer = await self.client.request(method, url, headers=headers, json=json)
        except httpx.TransportError:
            return None
        if answer.is_success or answer.is_redirect:
            self.tally.hear()
        elif answer.is_server_error:
            self.tally.failed[f"{answer.status_code} {_slug(answer)}"] += 1
        return answer

    async def _pause(self) -> None:
        self.tally.retries += 1
        await asyncio.sleep(PAUSE_SECONDS)

    def _remember(
        self, path: str, headers: dict[str, str], request: dict[str, Any], answer: httpx.Response
    ) -> None:
        sign = partial(_bearer, self.shopper, self.tokens)
        told = Told(path, headers, request, answer.status_code, answer.json(), sign)
        self.tally.told.append(told)

    def _keyed(self) -> dict[str, str]:
        return {**self._bearer, "idempotency-key": f"key-{random_code(16)}"}

    @property
    def _bearer(self) -> dict[str, str]:
        return _bearer(self.shopper, self.tokens)


def _bearer(shopper: Shopper, tokens: TokenSettings) -> dict[str, str]:
    return {"authorization": f"Bearer {shopper.token(tokens)}"}


def is_worth_repeating(answer: httpx.Response) -> bool:
    """Whether it says no more than that the same may be asked again."""
    return answer.status_code in AGAIN or _slug(answer) in BUSY


def _slug(answer: httpx.Response) -> str:
    """The stable name of a problem document."""
    if "problem" not in answer.headers.get("content-type", ""):
        return ""
    return str(answer.json().get("type", "")).rpartition("/")[2].rpartition(":")[2]


def found(value: Any, name: str) -> Any:
    """The first non-null member of that name, however deep."""
    if isinstance(value, dict):
        if value.get(name) is not None:
            return value[name]
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            if (inner := found(each, name)) is not None:
                return inner
    return None
