"""Shoppers with money to spend: a login, an address, a gift card, points, a balance, a cart."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from random import Random
from uuid import UUID

import asyncpg

from app.core.actor import Audience
from app.core.clock import now
from app.core.db import Sessions, unit_of_work
from app.core.enums.ledger import AccountKind
from app.core.ids import new_id
from app.core.security.tokens import AccessClaims, sign
from app.core.settings import TokenSettings
from app.services import ledger
from bench.seed.catalog import Catalog
from bench.seed.rows import put

CARD_MINOR, BALANCE_MINOR, POINTS = 2_000_000, 2_000_000, 1_000_000
BATCH = 50
ORDER_LINES, LONG_LINES = 2, 10
_HOME = {
    "recipient": "Lin Shopper",
    "phone": "+8613800000000",
    "country": "CN",
    "province": "Zhejiang",
    "city": "Hangzhou",
    "district": "Xihu",
    "street": "1 Lakeside Road",
    "is_default": True,
}
_ANALYZED_AFTER = frozenset({0, 10})


@dataclass(frozen=True, slots=True)
class Shopper:
    """A member with an open cart of `sku_ids`, all ids made beforehand."""

    member_id: UUID
    session_id: UUID
    address_id: UUID
    card_id: UUID
    lot_id: UUID
    cart_id: UUID
    line_ids: tuple[UUID, ...]
    spu_ids: tuple[UUID, ...]
    sku_ids: tuple[UUID, ...]
    sku_codes: tuple[str, ...]

    def token(self, settings: TokenSettings) -> str:
        return sign(settings, AccessClaims(Audience.STOREFRONT, self.member_id, self.session_id))

    def roles(self) -> dict[str, str]:
        """Everything an order of this cart is about, by name."""
        named = {
            "member": self.member_id,
            "session": self.session_id,
            "address": self.address_id,
            "card": self.card_id,
            "lot": self.lot_id,
            "cart": self.cart_id,
        }
        for kind, ids in (("line", self.line_ids), ("spu", self.spu_ids), ("sku", self.sku_ids)):
            named |= {f"{kind}{i}": each for i, each in enumerate(ids)}
        codes = {f"code{i}": each for i, each in enumerate(self.sku_codes)}
        return {name: str(each) for name, each in named.items()} | codes


def draw_shoppers(catalog: Catalog, lots: Random, count: int, *, lines: int) -> list[Shopper]:
    """Shoppers whose carts hold different products: of the ordered ones, or of all for many."""
    pool = catalog.ordered if lines == ORDER_LINES else catalog.products
    drawn = []
    for _ in range(count):
        products = lots.sample(pool, lines)
        chosen = sorted((each.sku_ids[1], each.spu_id, each.sku_code(1)) for each in products)
        drawn.append(
            Shopper(
                member_id=new_id(),
                session_id=new_id(),
                address_id=new_id(),
                card_id=new_id(),
                lot_id=new_id(),
                cart_id=new_id(),
                line_ids=tuple(new_id() for _ in range(lines)),
                spu_ids=tuple(spu for _, spu, _ in chosen),
                sku_ids=tuple(sku for sku, _, _ in chosen),
                sku_codes=tuple(code for _, _, code in chosen),
            )
        )
    return drawn


async def make_shoppers(
    connection: asyncpg.Connection,
    sessions: Sessions,
    shoppers: Sequence[Shopper],
    *,
    channel_id: UUID,
) -> None:
    async with connection.transaction():
        await make_buyers(connection, shoppers, channel_id=channel_id)
        await _values(connection, shoppers)
    for number, batch in enumerate(_batches(shoppers)):
        async with unit_of_work(sessions) as session:
            await ledger.post(session, [made for each in batch for made in _opening(each)])
        if number in _ANALYZED_AFTER:  # plans made for empty tables would be kept
            await connection.execute("ANALYZE ledger_accounts, ledger_journals, ledger_entries")


async def make_buyers(
    connection: asyncpg.Connection, shoppers: Sequence[Shopper], *, channel_id: UUID
) -> None:
    """Shoppers with a login, an address and a cart, and nothing to pay with."""
    await _people(connection, shoppers)
    await _carts(connection, shoppers, channel_id)


async def _people(connection: asyncpg.Connection, shoppers: Sequence[Shopper]) -> None:
    until = now() + timedelta(days=1)
    await put(
        connection,
        "members",
        [
            {
                "id": each.member_id,
                "kind": "member",
                "email": f"{each.member_id}@example.test",
                "name": "Lin Shopper",
            }
            for each in shoppers
        ],
    )
    await put(
        connection,
        "login_sessions",
        [
            {
                "id": each.session_id,
                "audience": "storefront",
                "subject_id": each.member_id,
                "expires_at": until,
            }
            for each in shoppers
        ],
    )
    rows = [{"id": each.address_id, "member_id": each.member_id, **_HOME} for each in shoppers]
    await put(connection, "addresses", rows)


async def _values(connection: asyncpg.Connection, shoppers: Sequence[Shopper]) -> None:
    await put(
        connection,
        "gift_cards",
        [
            {
                "id": each.card_id,
                "code_hash": each.card_id.hex * 2,
                "code_tail": "0000",
                "batch": "opening",
                "currency": "CNY",
                "face_minor": CARD_MINOR,
                "state": "active",
                "member_id": each.member_id,
            }
            for each in shoppers
        ],
    )
    until = now() + timedelta(days=300)
    await put(
        connection,
        "points_lots",
        [
            {
                "id": each.lot_id,
                "member_id": each.member_id,
                "currency": "CNY",
                "source": f"opening:{each.member_id}",
                "quantity": POINTS,
                "remaining": POINTS,
                "expires_at": until,
            }
            for each in shoppers
        ],
    )


async def _carts(
    connection: asyncpg.Connection, shoppers: Sequence[Shopper], channel_id: UUID
) -> None:
    await put(
        connection,
        "carts",
        [
            {
                "id": each.cart_id,
                "member_id": each.member_id,
                "channel_id": channel_id,
                "currency": "CNY",
            }
            for each in shoppers
        ],
    )
    await put(
        connection,
        "cart_lines",
        [
            {
                "id": line_id,
                "cart_id": each.cart_id,
                "member_id": each.member_id,
                "sku_id": sku_id,
                "quantity": 1,
            }
            for each in shoppers
            for line_id, sku_id in zip(each.line_ids, each.sku_ids, strict=True)
        ],
    )


def _opening(shopper: Shopper) -> tuple[ledger.Journal, ledger.Journal]:
    """What the shopper was given before the run, against the bank and the cost of points.

    The money of the card comes by its own number, as that of every card does.
    """
    bank = ledger.Account(AccountKind.BANK, "opening")
    cost = ledger.Account(AccountKind.POINTS_AWARD_COST)
    outstanding = ledger.Account(AccountKind.POINTS_AWARD_COST, currency=ledger.POINTS)
    card = ledger.Account(AccountKind.GIFT_CARD, shopper.card_id, ledger.AVAILABLE)
    balance = ledger.Account(AccountKind.BALANCE, shopper.member_id, ledger.AVAILABLE)
    value = ledger.Account(AccountKind.POINTS_LIABILITY, shopper.member_id, ledger.AVAILABLE)
    quantity = ledger.Account(
        AccountKind.POINTS_LIABILITY, shopper.member_id, ledger.AVAILABLE, ledger.POINTS
    )
    funded = ledger.Journal(
        key=f"gift_card:{shopper.card_id}",
        kind="opening",
        member_id=shopper.member_id,
        entries=ledger.transfer(bank, card, CARD_MINOR),
    )
    given = ledger.Journal(
        key=f"opening:{shopper.member_id}",
        kind="opening",
        member_id=shopper.member_id,
        entries=(
            *ledger.transfer(bank, balance, BALANCE_MINOR),
            *ledger.transfer(cost, value, POINTS),
            *ledger.transfer(outstanding, quantity, POINTS),
        ),
    )
    return funded, given


def _batches(shoppers: Sequence[Shopper]) -> Iterator[list[Shopper]]:
    remaining = iter(shoppers)
    while batch := list(islice(remaining, BATCH)):
        yield batch
