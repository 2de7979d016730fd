"""Proving on a live database that nothing was lost or made from nothing."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from app.core.db import Sessions
from app.repositories.reports.after_sales_invariants import AFTER_SALES
from app.repositories.reports.audit import AuditRepository, Invariant
from app.repositories.reports.backorder_invariants import BACKORDERS
from app.repositories.reports.books_invariants import BOOKS
from app.repositories.reports.card_invariants import CARDS
from app.repositories.reports.change_invariants import CHANGES
from app.repositories.reports.charge_invariants import CHARGES
from app.repositories.reports.collection_invariants import COLLECTIONS, PENDING_POINTS
from app.repositories.reports.coupon_invariants import COUPONS
from app.repositories.reports.delivery_invariants import DELIVERY
from app.repositories.reports.ended_invariants import ENDED
from app.repositories.reports.entry_invariants import ENTRY
from app.repositories.reports.group_invariants import GROUPS
from app.repositories.reports.growth_invariants import (
    BARGAINS,
    CHECK_INS,
    EXCHANGE,
    LOTTERIES,
)
from app.repositories.reports.intake_invariants import INTAKE
from app.repositories.reports.joined_invariants import JOINED
from app.repositories.reports.kit_invariants import KITS
from app.repositories.reports.money_invariants import LEDGER, PAYMENTS, STORED_VALUE
from app.repositories.reports.postage_invariants import POSTAGE
from app.repositories.reports.price_invariants import PRICES
from app.repositories.reports.reconciliation_invariants import RECONCILIATION
from app.repositories.reports.refund_invariants import REFUNDS
from app.repositories.reports.replay_invariants import REPLAYS
from app.repositories.reports.resend_invariants import RESEND
from app.repositories.reports.review_invariants import REVIEWS
from app.repositories.reports.shipping_invariants import SHIPPING
from app.repositories.reports.shop_invariants import ORDERS, PLATFORM, PROMOTIONS, STOCK
from app.repositories.reports.statistics_invariants import STATISTICS
from app.repositories.reports.stock_invariants import STOCK_DOCUMENTS
from app.repositories.reports.use_invariants import USES
from app.repositories.reports.wallet_invariants import WALLETS
from app.repositories.reports.webhook_invariants import WEBHOOKS

INVARIANTS: tuple[Invariant, ...] = (
    *LEDGER,
    *BOOKS,
    *PAYMENTS,
    *STORED_VALUE,
    *CARDS,
    *WALLETS,
    *REFUNDS,
    *COLLECTIONS,
    *RECONCILIATION,
    *PENDING_POINTS,
    *ORDERS,
    *STOCK,
    *SHIPPING,
    *KITS,
    *BACKORDERS,
    *JOINED,
    *STATISTICS,
    *ENDED,
    *STOCK_DOCUMENTS,
    *CHANGES,
    *CHARGES,
    *ENTRY,
    *AFTER_SALES,
    *RESEND,
    *POSTAGE,
    *DELIVERY,
    *REVIEWS,
    *INTAKE,
    *GROUPS,
    *PROMOTIONS,
    *USES,
    *COUPONS,
    *PRICES,
    *REPLAYS,
    *EXCHANGE,
    *BARGAINS,
    *CHECK_INS,
    *LOTTERIES,
    *PLATFORM,
    *WEBHOOKS,
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One invariant and the first rows that break it; none when it holds."""

    name: str
    breaches: tuple[dict[str, Any], ...]

    @property
    def holds(self) -> bool:
        return not self.breaches


async def audit(sessions: Sessions) -> AsyncIterator[Finding]:
    """Check every invariant on one snapshot. Reads only, takes no locks, may run at any time."""
    async with sessions() as session, session.begin():
        repository = AuditRepository(session)
        await repository.take_snapshot()
        for invariant in INVARIANTS:
            yield Finding(invariant.name, tuple(await repository.breaches(invariant)))
