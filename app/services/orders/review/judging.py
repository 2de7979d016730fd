"""Asking the rules about orders that are paid, or are paid at the door.

An order that is to be judged is held from the statement on that paid for it or placed it, so it
may be judged whenever there is time; what cannot be judged is left to people. Where rules only
label nothing is held; should one that holds be enabled before the order is judged, it is held
then, unless a warehouse has taken it up: that is passed, with its reasons.
"""

from dataclasses import replace
from uuid import UUID

import structlog
from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import Sessions, unit_of_work
from app.core.enums.order_reviews import OrderReviewState, ReviewEffect
from app.core.enums.orders import FulfilmentStatus, OrderState
from app.core.enums.shipping import HoldKind
from app.repositories.orders import (
    AxesRepository,
    OrderReviewRepository,
    ReviewFactsRepository,
)
from app.services import system
from app.services.orders.engine.review import Verdict, judge
from app.services.orders.engine.review_facts import (
    OrderFacts,
    RiskScorer,
    VelocityScorer,
    problems_of,
    region_of,
)
from app.services.orders.payment_owner import named
from app.services.orders.review.events import OrderReviewOpened
from app.services.orders.review.outcome import fall, let_go
from app.services.orders.review.rules import enabled_rules
from app.services.orders.shipping.holds import BY_ITSELF, HoldOrder, hold

log = structlog.get_logger()

BUILT_IN = VelocityScorer()
NOT_JUDGED = Verdict(
    effect=ReviewEffect.HOLD,
    reasons=(
        {
            "rule_id": None,
            "name": "not judged",
            "effect": str(ReviewEffect.HOLD),
            "reason_zh": "自动审核未能完成",
            "reason_en": "The rules could not be asked",
            "because": [],
        },
    ),
    labels=(),
    order_priority=0,
    sla_minutes=None,
    needs_two=False,
)


async def judge_due(sessions: Sessions, *, limit: int, scorer: RiskScorer = BUILT_IN) -> int:
    """Judge up to `limit` orders, oldest first; return how many were looked at.

    One transaction each; several machines may do so at once.
    """
    async with unit_of_work(sessions) as session:
        due = await OrderReviewRepository(session).due(limit)
    for order_id in due:
        try:
            async with unit_of_work(sessions) as session:
                await judge_order(session, order_id, scorer=scorer)
        except Exception:
            log.exception("order_not_judged", order_id=str(order_id))
            async with unit_of_work(sessions) as session:
                if (order := await _due(session, order_id)) is not None:
                    await _follow(session, order, NOT_JUDGED, {})
    return len(due)


async def judge_order(
    session: AsyncSession, order_id: UUID, *, scorer: RiskScorer = BUILT_IN
) -> None:
    """Ask every enabled rule about an order; judged once. One that does not stand waits."""
    order = await _due(session, order_id)
    if order is None:
        return
    facts = _facts(await ReviewFactsRepository(session).of(order_id))
    risk = scorer.score(facts)
    verdict = judge(await enabled_rules(session), replace(facts, risk_score=risk.score))
    await _follow(session, order, verdict, {"score": risk.score, "parts": dict(risk.parts)})


async def _due(session: AsyncSession, order_id: UUID) -> RowMapping | None:
    order = await AxesRepository(session).locked(order_id)
    review = await OrderReviewRepository(session).of_order(order_id)
    is_due = review is not None and review["state"] == OrderReviewState.DUE
    return order if order is not None and is_due and order["state"] == OrderState.OPEN else None


async def _follow(
    session: AsyncSession, order: RowMapping, verdict: Verdict, risk: dict[str, object]
) -> None:
    repository = OrderReviewRepository(session)
    found = await repository.of_order(order["id"])
    if found is None:
        raise LookupError(order["id"])
    review_id: UUID = found["id"]
    if verdict.effect is not ReviewEffect.PASS and not found["is_holding"]:
        if order["fulfilment_status"] != FulfilmentStatus.UNFULFILLED:
            verdict = replace(verdict, effect=ReviewEffect.PASS, needs_two=False)
        else:
            await _hold(session, order["id"], review_id)
    if verdict.labels or verdict.order_priority:
        await repository.classify(order["id"], verdict.labels, verdict.order_priority)
    outcome = _OUTCOMES[verdict.effect]
    kept = {
        "state": outcome,
        "reasons": verdict.reasons,
        "risk": risk,
        "priority": verdict.order_priority,
        "needs_two": verdict.needs_two,
    }
    if outcome is OrderReviewState.OPEN:
        if verdict.sla_minutes is not None:
            kept["sla_minutes"] = verdict.sla_minutes
        await repository.move(review_id, **kept)
        await repository.note(review_id, "opened", actor=None)
        await _opened(session, order, review_id)
        return
    await repository.move(review_id, **kept, closed_by=BY_ITSELF)
    await repository.note(review_id, outcome, actor=None)
    if outcome is OrderReviewState.PASSED:
        await let_go(session, order, review_id, outcome, actor=None)
    else:
        # A payment that is still open is closed by whoever settles payments.
        await fall(session, order, review_id, actor=None)


async def _hold(session: AsyncSession, order_id: UUID, review_id: UUID) -> None:
    """Keep an order that nothing kept yet: rules only labelled when it was paid."""
    command = HoldOrder(
        order_id=order_id,
        kind=HoldKind.REVIEW,
        reference=str(review_id),
        reason="to be reviewed",
    )
    await hold(session, command, actor=None)
    await OrderReviewRepository(session).move(review_id, is_holding=True)


async def _opened(session: AsyncSession, order: RowMapping, review_id: UUID) -> None:
    await AxesRepository(session).move(order["id"], "held_for_review", is_public=False)
    row = await OrderReviewRepository(session).read(review_id)
    if row is None:
        raise LookupError(review_id)
    await system.publish(
        session,
        OrderReviewOpened(
            **named(order), review_id=review_id, priority=row["priority"], due_at=row["due_at"]
        ),
    )


def _facts(row: RowMapping) -> OrderFacts:
    address, lines, speed = row["address"] or {}, row["lines"] or [], row["speed"]
    region = region_of(address)
    place = [address.get("province"), address.get("city")]
    text = f"{address.get('recipient') or ''} {address.get('street') or ''}"
    minutes = row["duplicate_minutes"]
    return OrderFacts(
        payable_minor=row["payable_minor"],
        currency=row["currency"],
        channel_id=row["channel_id"],
        channel_kind=row["channel_kind"],
        source=row["source"],
        kind=row["kind"],
        region=region,
        region_differs=bool(row["usual"]) and place not in row["usual"],
        address_problems=problems_of(address),
        address_text=text,
        blacklisted=tuple(row["blacklisted"]),
        duplicate_minutes=None if minutes is None else float(minutes),
        member_orders=speed["member"] + 1,
        phone_orders=speed["phone"] + 1,
        address_orders=speed["address"] + 1,
        note=row["note"] or "",
        is_first=row["is_first"],
        methods=frozenset(row["methods"]),
        category_ids=frozenset(UUID(id_) for each in lines for id_ in each["categories"]),
        sku_ids=frozenset(UUID(each["sku_id"]) for each in lines),
        quantity=sum(each["quantity"] for each in lines),
        tier=row["tier"],
    )


_OUTCOMES = {
    ReviewEffect.PASS: OrderReviewState.PASSED,
    ReviewEffect.HOLD: OrderReviewState.OPEN,
    ReviewEffect.REJECT: OrderReviewState.REJECTED,
}
