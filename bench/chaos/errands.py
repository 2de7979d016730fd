"""What is asked of the shop at a crash point, and everything that must come before it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from app.adapters.sandbox import notices
from app.core import clock
from app.core.ids import random_code
from bench.chaos.shoppers import Buyer, found
from bench.chaos.tally import Acknowledged

PATIENCE_SECONDS = 60
PAUSE_SECONDS = 0.1


class NotPrepared(Exception):
    """What comes before a crash point was refused; the message says what and why."""


@dataclass(frozen=True, slots=True)
class Errand:
    """One request. `is_done` tells from the outside whether it was carried out.

    A request with a key is answered in the same words when it is repeated. One that names a version
    instead is refused as stale when it was carried out before.
    """

    path: str
    headers: dict[str, str]
    body: Any
    is_done: Callable[[], Awaitable[bool]] | None = None
    content: bytes | None = None

    async def ask(self, client: httpx.AsyncClient) -> httpx.Response:
        if self.content is not None:
            return await client.post(self.path, headers=self.headers, content=self.content)
        return await client.post(self.path, headers=self.headers, json=self.body)


@dataclass(slots=True)
class Desk:
    """A shopper, a clerk and the gateway, one errand at a time; `secret` signs its notices."""

    client: httpx.AsyncClient
    buyer: Buyer
    staff: dict[str, str]
    secret: bytes
    placed: dict[str, Any] = field(default_factory=dict)

    async def checkout(self) -> Errand:
        self.buyer.shopper = self.buyer.lots.choice(self.buyer.shoppers)
        request = await self.buyer._fill_cart(f"note-{random_code(16)}")  # noqa: SLF001
        return Errand("/api/v1/orders", self.buyer._keyed(), request)  # noqa: SLF001

    async def notice(self) -> Errand:
        """The gateway took the money; its notice is what crashes."""
        order = await self._order()
        page = found(order, "url")
        number = page.rpartition("/")[2]
        pressed = await self._post(page, {"scenario": "lose"}, headers={})
        content = {
            "kind": "payment",
            "provider_id": f"sbx-{number}",
            "merchant_id": "sandbox-merchant",
            "number": number,
            "state": pressed["state"],
            "amount_minor": _amount(order),
            "currency": "CNY",
        }
        headers, body = notices.signed(self.secret, content, clock.now())

        async def is_done() -> bool:
            return (await self._read(order["id"]))["payment_status"] == "paid"

        return Errand("/api/v1/webhooks/sandbox", headers, None, is_done, body)

    async def cancel_unpaid(self) -> Errand:
        order = await self._order()
        return self._keyed(f"/orders/{order['id']}/cancel", {})

    async def cancel_paid(self) -> Errand:
        order = await self._paid()
        return self._keyed(f"/orders/{order['id']}/cancel", {})

    async def refund(self) -> Errand:
        order = await self._paid()
        line = order["lines"][0]["id"]
        wish = {
            "kind": "units",
            "reason_code": "defective",
            "reason": "It leaks",
            "lines": [{"line_id": line, "quantity": 1}],
        }
        return self._keyed(f"/admin/orders/{order['id']}/refunds", wish, by=self.staff)

    async def ship(self) -> Errand:
        order = await self._paid()
        part = await self._part(order["id"])
        return self._keyed(
            f"/admin/fulfilments/{part['id']}/ship", {"carrier_code": "sf"}, by=self.staff
        )

    async def ask_return(self) -> Errand:
        order, line = await self._shipped()
        wish = {
            "kind": "return",
            "reason_code": "defective",
            "reason": "It leaks",
            "lines": [{"line_id": line, "quantity": 1}],
        }
        return self._keyed(f"/orders/{order['id']}/returns", wish)

    async def inspect_return(self) -> Errand:
        asked = await self.ask_return()
        line = asked.body["lines"][0]["line_id"]
        number = (await self._post(asked.path, asked.body, headers=asked.headers))["id"]
        await self._act(number, "approve", {})
        sent = {"carrier_code": "sf", "tracking_number": f"SF{random_code(10)}"}
        await self._post(f"/api/v1/returns/{number}/send", sent, headers=self._shopper)
        await self._act(number, "receive", {})
        body = {"lines": [{"line_id": line, "damaged": 1}]}
        return await self._versioned(number, "inspect", body, "accepted")

    async def refund_return(self) -> Errand:
        inspecting = await self.inspect_return()
        await self._post(inspecting.path, inspecting.body, headers=inspecting.headers)
        number = inspecting.path.split("/")[-2]
        return await self._versioned(number, "refund", {}, "refunded")

    async def _order(self) -> dict[str, Any]:
        errand = await self.checkout()
        placed = await self._post(errand.path, errand.body, headers=errand.headers)
        self.buyer.tally.orders.append(Acknowledged(placed["id"]))
        read = await self._read(placed["id"])
        return {**read, "payment": placed["payment"]}

    async def _paid(self) -> dict[str, Any]:
        order = await self._order()
        await self._post(found(order, "url"), {"action": "pay"}, headers={})
        await _until(lambda: self._has(order["id"], "payment_status", {"paid"}), "paid")
        return order

    async def _shipped(self) -> tuple[dict[str, Any], str]:
        """An order of which a part has left, and a line of it."""
        order = await self._paid()
        part = await self._part(order["id"])
        path = f"/api/v1/admin/fulfilments/{part['id']}/ship"
        keyed = {**self.staff, "idempotency-key": f"key-{random_code(16)}"}
        await self._post(path, {"carrier_code": "sf"}, headers=keyed)
        return order, part["lines"][0]["order_line_id"]

    async def _part(self, order_id: str) -> Any:
        """A part of the order that may leave: rules have let it go."""
        path = f"/api/v1/admin/fulfilments?order_id={order_id}"
        await _until(lambda: self._is_let_go(path), "let go")
        return (await self._get(path, self.staff))["items"][0]

    async def _is_let_go(self, path: str) -> bool:
        parts = (await self._get(path, self.staff))["items"]
        due = (await self._get("/api/v1/admin/order-review-counts", self.staff))["due"]
        return bool(parts) and not due

    async def _has(self, order_id: str, name: str, values: set[str]) -> bool:
        return (await self._read(order_id))[name] in values

    async def _read(self, order_id: str) -> Any:
        return await self._get(f"/api/v1/orders/{order_id}", self._shopper)

    async def _act(self, number: str, verb: str, body: Mapping[str, Any]) -> None:
        errand = await self._versioned(number, verb, body, "")
        await self._post(errand.path, errand.body, headers=errand.headers)

    async def _versioned(self, number: str, verb: str, body: Any, state: str) -> Errand:
        path = f"/api/v1/admin/returns/{number}"
        seen = await self._get(path, self.staff)

        async def is_done() -> bool:
            return bool((await self._get(path, self.staff))["state"] == state)

        headers = {**self.staff, "if-match": f'"{seen["version"]}"'}
        return Errand(f"{path}/{verb}", headers, body, is_done)

    def _keyed(self, path: str, body: Any, *, by: dict[str, str] | None = None) -> Errand:
        headers = {**(by or self._shopper), "idempotency-key": f"key-{random_code(16)}"}
        return Errand(f"/api/v1{path}", headers, body)

    @property
    def _shopper(self) -> dict[str, str]:
        return self.buyer._bearer  # noqa: SLF001

    async def _post(self, path: str, body: Any, *, headers: dict[str, str]) -> Any:
        answer = await self.client.post(path, json=body, headers=headers)
        return _read(answer)

    async def _get(self, path: str, headers: dict[str, str]) -> Any:
        return _read(await self.client.get(path, headers=headers))


ERRANDS: Mapping[str, Callable[[Desk], Awaitable[Errand]]] = {
    "checkout": Desk.checkout,
    "payment notice": Desk.notice,
    "cancel, unpaid": Desk.cancel_unpaid,
    "cancel, paid": Desk.cancel_paid,
    "refund": Desk.refund,
    "ship": Desk.ship,
    "ask for a return": Desk.ask_return,
    "inspect a return": Desk.inspect_return,
    "refund a return": Desk.refund_return,
}


def _read(answer: httpx.Response) -> Any:
    if answer.is_error:
        raise NotPrepared(f"{answer.request.method} {answer.request.url}: {answer.text[:500]}")
    return answer.json()


def _amount(order: Mapping[str, Any]) -> int:
    """What the gateway was asked for."""
    tenders = order["payment"]["tenders"]
    return next(int(each["amount_minor"]) for each in tenders if each["kind"] == "gateway")


async def _until(holds: Callable[[], Awaitable[bool]], what: str) -> None:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not await holds():  # noqa: ASYNC110 - another process does it
                await asyncio.sleep(PAUSE_SECONDS)
    except TimeoutError as error:
        raise NotPrepared(what) from error
