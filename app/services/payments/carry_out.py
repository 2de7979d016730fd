"""A refund that is decided: ours goes back at once, a gateway's part is due to be ordered.

What was paid by hand goes back by hand: its part waits for people. What a marketplace took it
gives back itself, and owes us less.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.enums.payments import OWN_KINDS, PlanState, RefundState, TenderKind
from app.repositories.payments.refunds import RefundRepository
from app.services import ledger, system
from app.services.payments.engine import journals_refund as journals
from app.services.payments.engine.attribution import Cells
from app.services.payments.engine.earned import earned_part
from app.services.payments.engine.journals_refund import GoesBack
from app.services.payments.engine.marketplace import owed_less
from app.services.payments.engine.order_standing import OrderStanding
from app.services.payments.engine.types import Plan, Tender
from app.services.payments.engine.withholding import NOTHING, Withheld
from app.services.payments.events import RefundSucceeded
from app.services.payments.ports import GivingBack, PlanOwner
from app.services.payments.refund_cards import amounts_by_card, ready_cards
from app.services.payments.refund_points import Clawed, give_points_back, points_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A refund of a locked plan, already counted on its tenders.

    `parts` are what each tender gives back, less what is `withheld` for points that are spent, and
    for postage where `postage_kept_minor` of it is to be kept.
    Money of a chargeback `is_gone` from the gateway already. `others_open` says that other refunds
    of the plan wait or are under way.
    """

    refund_id: UUID
    number: str
    amount_minor: int
    reason: str
    parts: Sequence[tuple[Tender, int]]
    cells: Sequence[Cells]
    settled_by: str | None = None
    is_gone: bool = False
    others_open: bool = False
    left_minor: int = 0
    withheld: Withheld = NOTHING
    postage_given_minor: int = 0
    postage_kept_minor: int = 0

    @property
    def leaves(self) -> list[tuple[Tender, int]]:
        """What leaves us, by tender; parts that are all withheld are left out."""
        less = [
            (tender, amount - self.withheld.off(place))
            for place, (tender, amount) in enumerate(self.parts)
        ]
        return [each for each in less if each[1]]

    @property
    def outside(self) -> tuple[Tender, int] | None:
        return next((each for each in self.leaves if each[0].kind not in OWN_KINDS), None)

    @property
    def is_settled_outside(self) -> bool:
        """Nobody has to send what goes back outside: a marketplace owes us less instead."""
        return self.is_gone or (
            self.outside is not None and self.outside[0].kind is TenderKind.MARKETPLACE
        )

    @property
    def state(self) -> RefundState:
        is_pending = self.outside is not None and not self.is_settled_outside
        return RefundState.PENDING if is_pending else RefundState.SUCCEEDED

    @property
    def internal(self) -> list[tuple[Tender, int]]:
        return [each for each in self.leaves if each[0].kind in OWN_KINDS]


async def carry_out(
    session: AsyncSession,
    found: OrderStanding,
    decision: Decision,
    *,
    owner: PlanOwner,
    actor: Actor | None,
) -> None:
    """Decide a waiting refund and give back what is ours to give.

    Points lots and gift cards of the shopper come before the ledger's accounts, as everybody locks
    them. The owner gives first what the plan had become; `owner.refunded` is called when money
    went back or the plan's state moves.
    """
    plan = found.plan
    await owner.gives_back(session, plan.order_id, _giving_back(found, decision, actor))
    restored = {tender.id: points_of(found, tender, amount) for tender, amount in decision.internal}
    clawed = await give_points_back(
        session,
        found,
        decision.number,
        sum(restored.values()),
        decision.cells,
        [] if decision.is_gone else decision.parts,
    )
    money = [(tender.kind, amount) for tender, amount in decision.parts]
    withheld = clawed.withheld.with_postage(decision.postage_kept_minor, money)
    decision = replace(decision, withheld=withheld)
    cards = await ready_cards(
        session,
        plan.member_id,
        amounts_by_card([(tender.gift_card_id, amount) for tender, amount in decision.leaves]),
        plan.grace,
    )
    await _decide(session, plan, decision, restored, cards, clawed)
    is_done = decision.state is RefundState.SUCCEEDED
    if _state_after(plan, decision) is not plan.state or (is_done and decision.amount_minor):
        gone = gone_back(plan, decision.number, decision.amount_minor, decision.state)
        await owner.refunded(session, plan.order_id, gone)
    if is_done:
        await system.publish(session, succeeded(plan, decision.number, decision.amount_minor))
    back = [
        GoesBack(tender, amount, restored[tender.id], _card_of(tender, cards))
        for tender, amount in decision.internal
    ]
    await ledger.post(session, _journals(found, decision, back, clawed), actor=actor)


def _giving_back(found: OrderStanding, decision: Decision, actor: Actor | None) -> GivingBack:
    before = found.decided_before(decision.refund_id)
    return GivingBack(
        plan=found.plan,
        number=decision.number,
        amount_minor=decision.amount_minor,
        before_minor=sum(sum(each.minor) * each.span.quantity for each in before),
        reason=decision.reason,
        is_gone=decision.is_gone,
        actor=actor,
    )


def gone_back(plan: Plan, number: str, amount_minor: int, state: RefundState) -> dict[str, Any]:
    """A refund of which money went back, as the owner of its plan is told."""
    return {
        "refund_number": number,
        "amount_minor": amount_minor,
        "currency": plan.currency,
        "state": state,
    }


def succeeded(plan: Plan, number: str, amount_minor: int) -> RefundSucceeded:
    return RefundSucceeded(
        order_id=plan.order_id,
        plan_id=plan.id,
        number=number,
        currency=plan.currency,
        amount_minor=amount_minor,
    )


async def _decide(
    session: AsyncSession,
    plan: Plan,
    decision: Decision,
    restored: dict[UUID, int],
    cards: dict[UUID, UUID],
    clawed: Clawed,
) -> None:
    await RefundRepository(session).decide(
        {
            "id": decision.refund_id,
            "plan_id": plan.id,
            "state": decision.state,
            "plan_state": _state_after(plan, decision),
            "settled_by": decision.settled_by,
            "points_clawed": clawed.total,
            "points_owed": clawed.owed,
            "points_withheld": clawed.withheld.points,
            "postage_kept_minor": decision.withheld.postage_minor,
        },
        [
            (
                tender.id,
                restored.get(tender.id) if tender.points else None,
                _card_of(tender, cards),
                decision.withheld.off(place),
            )
            for place, (tender, _) in enumerate(decision.parts)
        ],
    )


def _card_of(tender: Tender, cards: dict[UUID, UUID]) -> UUID | None:
    return None if tender.gift_card_id is None else cards.get(tender.gift_card_id)


def _state_after(plan: Plan, decision: Decision) -> PlanState:
    is_all = not decision.left_minor and not decision.others_open
    if not decision.amount_minor:
        is_last = is_all and plan.state is PlanState.PARTLY_REFUNDED
        return PlanState.REFUNDED if is_last else plan.state
    if decision.state is RefundState.SUCCEEDED:
        return PlanState.REFUNDED if is_all else PlanState.PARTLY_REFUNDED
    return PlanState.PARTLY_REFUNDED if decision.internal else plan.state


def _journals(
    found: OrderStanding, decision: Decision, back: Sequence[GoesBack], clawed: Clawed
) -> list[ledger.Journal]:
    plan, number = found.plan, decision.number
    posted: list[ledger.Journal] = []
    if decision.amount_minor:
        before = found.decided_before(decision.refund_id)
        earned = earned_part(found.rows, before, decision.cells)
        posted.append(
            journals.refund_decided(plan, number, decision.amount_minor, decision.reason, earned)
        )
    if returned := journals.refund_internal(plan, number, back):
        posted.append(returned)
    if decision.outside is not None and decision.outside[0].kind is TenderKind.MARKETPLACE:
        tender, amount = decision.outside
        posted.append(owed_less(plan, tender, number, amount))
    elif decision.is_gone and decision.outside is not None:
        tender, amount = decision.outside
        posted.append(
            journals.refund_gateway(plan, tender.channel or "", f"chargeback:{number}", amount)
        )
    if kept := decision.withheld.postage_minor:
        posted.append(journals.postage_kept(plan, number, kept))
    if decision.postage_given_minor:
        posted.append(journals.postage_given(plan, number, decision.postage_given_minor))
    if clawed.taken or clawed.owed or clawed.withheld.points:
        posted.append(
            journals.points_clawed_back(
                plan,
                number,
                taken=clawed.taken,
                owed=clawed.owed,
                withheld=clawed.withheld.points,
                point_value_minor=clawed.point_value_minor,
            )
        )
    return posted
