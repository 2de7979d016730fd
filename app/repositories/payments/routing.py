"""Accounts as staff have them, and routes."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import RowMapping, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.gateways import GatewayAccount, PaymentRoute

_CURRENT = text("""
    SELECT coalesce((SELECT jsonb_agg(a.code) FROM gateway_accounts a WHERE NOT a.is_enabled), '[]')
            AS disabled,
        coalesce((SELECT jsonb_object_agg(a.code, a.instalments) FROM gateway_accounts a
            WHERE a.instalments <> '[]'), '{}') AS instalments,
        coalesce((SELECT jsonb_agg(jsonb_build_object(
            'method', r.method, 'account', r.account, 'priority', r.priority,
            'channel_id', r.channel_id, 'scene', r.scene, 'currency', r.currency,
            'merchant_id', r.merchant_id)) FROM payment_routes r WHERE r.is_enabled), '[]')
            AS routes,
        coalesce((SELECT jsonb_agg(jsonb_build_object(
            'id', m.id, 'name', m.name, 'method', m.method, 'effect', m.effect,
            'conditions', m.conditions, 'limit_bps', m.limit_bps) ORDER BY m.id)
            FROM payment_method_rules m WHERE m.is_enabled), '[]') AS rules,
        coalesce((SELECT jsonb_agg(jsonb_build_object(
            'channel_id', f.channel_id, 'policy', f.policy, 'valuation', f.valuation,
            'shortfall', f.shortfall, 'grace_days', f.grace_days, 'shop_pays', f.shop_pays,
            'version', f.version)) FROM refund_policies f), '[]') AS refunds
""").columns(disabled=JSONB, instalments=JSONB, routes=JSONB, rules=JSONB, refunds=JSONB)


class RoutingRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, row: GatewayAccount | PaymentRoute) -> None:
        self._session.add(row)

    async def delete(self, row: PaymentRoute) -> None:
        await self._session.delete(row)
        await self._session.flush()

    async def current(self) -> RowMapping:
        """Everything checkouts need to know."""
        return (await self._session.execute(_CURRENT)).mappings().one()

    async def accounts(self) -> Sequence[GatewayAccount]:
        return (await self._session.scalars(select(GatewayAccount))).all()

    async def account(self, code: str, *, lock: bool = False) -> GatewayAccount | None:
        found = select(GatewayAccount).where(GatewayAccount.code == code)
        if lock:
            found = found.with_for_update(key_share=True)
        return await self._session.scalar(found)

    async def page(self, *, after: UUID | None, limit: int) -> Sequence[PaymentRoute]:
        found = select(PaymentRoute).order_by(PaymentRoute.id.desc()).limit(limit)
        if after is not None:
            found = found.where(PaymentRoute.id < after)
        return (await self._session.scalars(found)).all()

    async def route(self, route_id: UUID, *, lock: bool = False) -> PaymentRoute | None:
        found = select(PaymentRoute).where(PaymentRoute.id == route_id)
        if lock:
            found = found.with_for_update(key_share=True)
        return await self._session.scalar(found)
