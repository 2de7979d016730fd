"""The worked cases of quotas, through the service and the database."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.ids import new_id
from app.services import promotions
from app.services.promotions import Exhausted
from tests.factories.promotions import make_promotion
from tests.factories.shop import make_shop
from tests.integration.promotions.buying import assert_counted, counters, quote_for, reserve

FILE = Path(__file__).parents[4] / "shared" / "cases" / "golden.json"
CASES: list[dict[str, Any]] = json.loads(FILE.read_text())["cases"] if FILE.exists() else []

pytestmark = pytest.mark.skipif(not CASES, reason="the worked cases are not here")


@pytest.mark.parametrize(
    "case", [pytest.param(c, id=c["id"]) for c in CASES if c["kind"] == "quota"]
)
async def test_quota(session: AsyncSession, case: dict[str, Any]) -> None:
    shop = await make_shop(session)
    promotion = await make_promotion(
        session, shop.merchant.id, total_uses=case["input"]["limit"], uses_per_member=1
    )
    quoted = await quote_for(session, shop, (shop.sku_ids[0], 1))
    orders: dict[str, tuple[UUID, UUID]] = {}

    async def state(order_id: UUID) -> str | None:
        query = text("SELECT state FROM promotion_uses WHERE order_id = :id")
        return await session.scalar(query, {"id": order_id})

    async def do(verb: str, name: str) -> str:
        order_id, member_id = orders.setdefault(name, (new_id(), new_id()))
        if verb == "reserve":
            savepoint = await session.begin_nested()
            try:
                await reserve(session, quoted, order_id, member_id)
            except Exhausted:
                await savepoint.rollback()
                return "EXHAUSTED"
        elif verb == "consume":
            await promotions.consume_uses(session, order_id)
        else:
            await promotions.release_uses(session, order_id, was_paid=False)
            if await state(order_id) != "released":
                return "NOT_RESERVED"
        return "OK"

    expected = case["expected"]
    results = [await do(verb, name) for verb, name in case["input"]["ops"]]
    assert results == expected["results"]
    reserved, consumed, _, _ = await counters(session, promotion.id)
    assert (reserved, consumed) == (expected["reserved"], expected["consumed"])
    await assert_counted(session)
