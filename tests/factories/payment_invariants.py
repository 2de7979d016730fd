"""What must hold for payments at any moment, and at the end of every story."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.payments import PlanState, TenderKind, TenderState
from app.repositories.reports.collection_invariants import COLLECTIONS, PENDING_POINTS
from app.repositories.reports.money_invariants import LEDGER, PAYMENTS, STORED_VALUE
from app.repositories.reports.refund_invariants import REFUNDS
from app.repositories.reports.wallet_invariants import WALLETS
from app.services.payments import PlanView
from tests.factories.payments import funds, system_balances
from tests.fakes.gateway import FakeGateway


async def check_always(session: AsyncSession) -> None:
    """INV-1 to INV-4 and the audit's own invariants, at any commit."""
    connection = await session.connection()
    for invariant in (
        *LEDGER,
        *PAYMENTS,
        *STORED_VALUE,
        *REFUNDS,
        *COLLECTIONS,
        *PENDING_POINTS,
        *WALLETS,
    ):
        rows = (await connection.exec_driver_sql(invariant.sql)).all()
        assert not rows, (invariant.name, rows)


async def check_end(
    session: AsyncSession,
    plan: PlanView,
    opening: dict[str, int],
    gateways: dict[str, FakeGateway],
    *cards: UUID,
) -> None:
    """INV-5, INV-7, INV-11, INV-15, INV-18: one plan alone, with nothing left to do."""
    own = await funds(session, plan.member_id, *cards)
    found = await system_balances(session, plan.order_id)
    clearing = 0
    for channel, gateway in gateways.items():
        each = await system_balances(session, plan.order_id, channel)
        assert each.get("clearing", 0) == gateway.net_taken_minor
        assert "suspense" not in each
        clearing += each.get("clearing", 0)
    match plan.state:
        case PlanState.PAID:
            assert {tender.state for tender in plan.tenders} <= {TenderState.CAPTURED}
            assert not [name for name in own if name.endswith("held")]
            assert found["prepaid"] == plan.payable_minor
            assert _spent(opening, own) + clearing == plan.payable_minor
        case PlanState.CLOSED | PlanState.REFUNDED:
            assert own == opening
            assert clearing == 0
            assert not {"prepaid", "payable"} & found.keys()
        case _:
            raise AssertionError(plan.state)
    gateway_part = [t.amount_minor for t in plan.tenders if t.kind is TenderKind.GATEWAY]
    assert clearing in {0, *gateway_part}


def _spent(opening: dict[str, int], own: dict[str, int]) -> int:
    money = [name for name in opening if not name.startswith("pts")]
    return sum(opening[name] - own.get(name, 0) for name in money)
