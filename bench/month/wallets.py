"""What members own: cards they bought, points, balances; paid in, paid out, run out."""

from datetime import timedelta
from functools import partial
from uuid import UUID

from app.core.enums.payments import CardFunding, TenderKind
from app.core.ids import new_id
from app.services import orders, payments
from app.services.payments import TenderRequest
from app.services.payments.recharge_packages import PackageTerms
from app.services.payments.top_ups import BeginTopUp
from app.services.payments.withdrawals import AskWithdrawal
from bench.month.gateways import CHANNELS, WRITERS
from bench.month.shopping import pay, plant_unknown
from bench.month.story import Month, Shopper
from tests.factories.members import make_member

CURRENCY = "CNY"
PACKAGE = PackageTerms(name="充50送5", currency=CURRENCY, pay_minor=5_000, bonus_minor=500)
CARDS_OF_BATCH = 20
LOTS = (600, 1_400)
"""Points of a member at the beginning; the first lot runs out within the month."""


async def open_wallets(month: Month, members: int) -> None:
    """Before the month begins: cards are sold, points given, balances paid into."""
    for place in range(members):
        member_id = new_id()
        runs_out = month.starts + timedelta(days=month.lots.randrange(5, 25))
        async with month.session() as session:
            await make_member(session, id=member_id)
            (card,) = await payments.issue_gift_cards(
                session,
                payments.IssueGiftCards(
                    batch=f"shop-{place}",
                    count=1,
                    currency=CURRENCY,
                    face_minor=month.lots.randrange(3_000, 12_000),
                    expires_at=runs_out if month.chance(20) else None,
                ),
                actor=month.clerk,
                terms=month.terms,
            )
            await payments.activate_gift_cards(
                session, funding=CardFunding.SOLD, actor=month.clerk, ids=[card.id]
            )
            for lot, quantity in enumerate(LOTS):
                granted = payments.GrantPoints(
                    member_id=member_id,
                    quantity=quantity,
                    source=f"welcome-{lot}:{member_id}",
                    currency=CURRENCY,
                    expires_at=runs_out if lot == 0 else None,
                )
                await payments.grant_points(session, granted, terms=month.terms)
            for kind, minor in (
                (payments.Adjustment.TOP_UP, 4_000),
                (payments.Adjustment.GOODWILL, 500),
            ):
                adjusted = payments.AdjustBalance(
                    member_id=member_id,
                    currency=CURRENCY,
                    amount_minor=minor,
                    kind=kind,
                    reason="before the month",
                )
                await payments.adjust_balance(session, adjusted, actor=month.clerk)
        await payments.bind_gift_card(
            month.resources.sessions, member_id, card.code, terms=month.terms
        )
        month.shoppers.append(Shopper(member_id, card.id))


async def sell_batch(month: Month, number: int) -> None:
    """A company buys cards; the worker makes and activates them."""
    async with month.session() as session:
        batch = await payments.open_card_batch(
            session,
            payments.NewCardBatch(
                batch=f"company-{number}",
                count=CARDS_OF_BATCH,
                currency=CURRENCY,
                face_minor=10_000,
            ),
            actor=month.clerk,
        )
    await month.swept()
    async with month.session() as session:
        await payments.activate_card_batch(
            session, batch.id, funding=CardFunding.SOLD, actor=month.clerk
        )
    month.tally["cards sold to companies"] += CARDS_OF_BATCH


async def offer_package(month: Month) -> UUID:
    async with month.session() as session:
        row = await payments.recharge_packages.create_package(session, PACKAGE, actor=month.clerk)
        return row.id


async def top_up(month: Month, package_id: UUID, *, fate: str | None = None) -> None:
    """Paid by a gateway; some are given up, some refunded, some paid when it was too late."""
    member = month.lots.choice(month.shoppers)
    fate = (
        fate
        or month.lots.choices(
            ("paid", "refunded", "given up", "late", "late and untold"), (70, 10, 8, 6, 6)
        )[0]
    )
    channel = month.lots.choice(tuple(WRITERS) if fate == "late and untold" else CHANNELS)
    is_free = month.chance(50)
    command = BeginTopUp(
        gateway=TenderRequest(kind=TenderKind.GATEWAY, channel=channel),
        package_id=None if is_free else package_id,
        amount_minor=month.lots.randrange(1_000, 9_000) if is_free else None,
    )
    async with month.session() as session:
        row, plan = await payments.top_ups.begin_top_up(
            session, member.id, command, terms=month.terms
        )
        top_up_id = row.id
    sessions, gateways = month.resources.sessions, month.resources.gateways
    plan = await payments.start_attempt(
        sessions, gateways, orders.PLAN_OWNER, plan, terms=month.terms
    )
    month.tally[f"top-up {fate}"] += 1
    if fate in {"paid", "refunded"}:
        await pay(month, plan)
        if fate == "refunded":
            month.later(partial(_refund, month, top_up_id), hours=2)
        return
    await payments.top_ups.cancel_top_up(
        sessions, gateways, top_up_id, member_id=member.id, reason="no", terms=month.terms
    )
    if fate != "given up":
        await pay(month, plan, told=fate == "late", late=True)
    if fate == "late and untold":
        plant_unknown(month, plan)


async def _refund(month: Month, top_up_id: UUID) -> None:
    async with month.session() as session:
        try:
            await payments.top_ups.refund_top_up(
                session, top_up_id, reason="by mistake", actor=month.clerk
            )
        except payments.TopUpSpent:
            month.tally["top-up spent, not refunded"] += 1


async def withdraw(month: Month) -> None:
    """A member wants own money back; two people see to it, or one refuses."""
    member = month.lots.choice(month.shoppers)
    command = AskWithdrawal(
        currency=CURRENCY,
        amount_minor=month.lots.randrange(100, 1_500),
        payee="Lin Shopper",
        account="6222 0000 1111 2222",
    )
    async with month.session() as session:
        try:
            row = await payments.withdrawals.ask_withdrawal(
                session, member.id, command, terms=month.terms
            )
        except payments.NotWithdrawable:
            month.tally["withdrawal not to be had"] += 1
            return
    month.later(partial(_pay_out, month, row.id, row.version), hours=3)


async def _pay_out(month: Month, withdrawal_id: UUID, version: int) -> None:
    async with month.session() as session:
        if month.chance(20):
            await payments.withdrawals.reject_withdrawal(
                session, withdrawal_id, version=version, reason="no", actor=month.manager
            )
            month.tally["withdrawal refused"] += 1
            return
        row = await payments.withdrawals.approve_withdrawal(
            session, withdrawal_id, version=version, actor=month.clerk
        )
        await payments.withdrawals.pay_withdrawal(
            session,
            withdrawal_id,
            version=row.version,
            reference=f"wd-{withdrawal_id}",
            actor=month.manager,
            terms=month.terms,
        )
        month.tally["withdrawal paid"] += 1
