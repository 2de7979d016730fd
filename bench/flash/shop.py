"""Goods on a flash price, and shoppers with one of them in their cart."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import asyncpg
import orjson

from app.core.clock import now
from app.core.ids import new_id, random_code
from app.core.settings import TokenSettings
from app.services.cart.engine import agree
from bench.load import Request
from bench.ordering import PATH
from bench.seed import Catalog, Shopper
from bench.seed.members import make_buyers
from bench.seed.rows import put

PRICE_MINOR, QUOTA, PLENTY, SALES = 9_900, 100, 1_000_000, 10


@dataclass(frozen=True, slots=True)
class Flash:
    """Each of `scarce` has a quota of 100; `hot` and all of `others` have plenty."""

    session_id: UUID
    scarce: tuple[UUID, ...]
    hot: UUID
    others: tuple[UUID, ...]


async def make_flash(connection: asyncpg.Connection, catalog: Catalog) -> Flash:
    """A flash session over every SKU of the products that cost the same."""
    skus = [sku_id for product in catalog.ordered for sku_id in product.sku_ids]
    flash = Flash(new_id(), tuple(skus[:SALES]), skus[SALES], tuple(skus[SALES + 1 :]))
    await put(
        connection,
        "price_lists",
        [
            {
                "id": flash.session_id,
                "code": "flash",
                "name": "Ten o'clock",
                "kind": "flash",
                "currency": "CNY",
                "blocks_promotions": True,
                "starts_at": now() - timedelta(minutes=1),
                "ends_at": now() + timedelta(hours=2),
            }
        ],
    )
    await put(
        connection,
        "prices",
        [
            {
                "sku_id": each,
                "price_list_id": flash.session_id,
                "min_quantity": 1,
                "price_minor": PRICE_MINOR,
                "quota": QUOTA if each in flash.scarce else PLENTY,
                "per_member": 1,
            }
            for each in skus
        ],
    )
    return flash


async def make_crowd(
    connection: asyncpg.Connection, catalog: Catalog, sku_ids: Sequence[UUID]
) -> list[Shopper]:
    """One shopper with one piece in the cart for each of `sku_ids`."""
    buyers = [_buyer(each) for each in sku_ids]
    async with connection.transaction():
        await make_buyers(connection, buyers, channel_id=catalog.channel_id)
    return buyers


def _buyer(sku_id: UUID) -> Shopper:
    return Shopper(
        member_id=new_id(),
        session_id=new_id(),
        address_id=new_id(),
        card_id=new_id(),
        lot_id=new_id(),
        cart_id=new_id(),
        line_ids=(new_id(),),
        spu_ids=(),
        sku_ids=(sku_id,),
        sku_codes=(),
    )


def order(shopper: Shopper, settings: TokenSettings, *, session_id: UUID | None = None) -> Request:
    """An order at the flash price and not a fen more, to be paid at the gateway.

    With a `session_id` it names the session and is let in through its turnstile.
    """
    goods = [(str(each), "", 1) for each in shopper.sku_ids]
    body = {
        "cart_id": str(shopper.cart_id),
        "quote_hash": str(agree(goods, (), "0" * 64, "standard", PRICE_MINOR)),
        "address_id": str(shopper.address_id),
        "tenders": [{"kind": "gateway", "channel": "sandbox"}],
        "flash_session_id": str(session_id) if session_id else None,
    }
    return Request(
        PATH,
        "POST",
        {
            "authorization": f"Bearer {shopper.token(settings)}",
            "idempotency-key": f"key-{random_code(16)}",
        },
        orjson.dumps(body).decode(),
    )
