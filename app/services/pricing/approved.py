"""Setting prices at once, as far as nobody else has to approve them."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.services.pricing.engine import WantedPrice
from app.services.pricing.errors import PricesNeedApproval
from app.services.pricing.lists import locked
from app.services.pricing.plans import PlanPrices, look_at_plan
from app.services.pricing.policies import price_policy
from app.services.pricing.prices import PriceRow, set_prices


async def change_prices(
    session: AsyncSession, list_id: UUID, rows: Sequence[PriceRow], *, actor: Actor
) -> int:
    """As `set_prices`, for somebody whose prices the policy may want somebody else to approve.

    Raises `PricesNeedApproval` naming them, and what `set_prices` does.
    """
    price_list = await locked(session, list_id)
    policy = await price_policy(session, price_list.channel_id)
    limit = policy.effective.approval_drop_bps
    if limit is not None:
        last = {(row.sku_id, row.min_quantity): row for row in rows}
        looked = await look_at_plan(
            session,
            PlanPrices(
                price_list_id=list_id,
                takes_effect_at=None,
                reason="",
                rows=tuple(
                    WantedPrice(n, row.sku_id, None, row.min_quantity, row.price_minor)
                    for n, row in enumerate(last.values(), start=1)
                ),
            ),
        )
        deep = [row for row in looked.plan.rows if row.needs_approval(limit)]
        if deep:
            raise PricesNeedApproval(
                "Plan these prices: somebody else must approve them",
                rows=[
                    {
                        "sku_id": row.sku_id,
                        "min_quantity": row.min_quantity,
                        "drop_bps": row.drop_bps,
                        "warnings": list(row.warnings),
                    }
                    for row in deep
                ],
            )
    return await set_prices(session, list_id, rows, actor=actor)
