"""What clerks and shoppers do with orders at the desk, each chosen by a lot among what there is."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from app.core.db import unit_of_work
from app.core.enums.after_sales import MendOutcome, ReturnKind, ReturnState
from app.core.enums.order_reviews import OrderReviewState
from app.core.enums.payments import RefundKind, RefundReason
from app.services import orders, payments
from tests.factories.orders import ADDRESS
from tests.property.order_docks import Docks
from tests.property.order_dues import Dues
from tests.property.order_hands import Act

NEXT_DOOR = ADDRESS | {"street": "南京东路 2 号"}
FAR_AWAY = ADDRESS | {"province": "浙江省", "city": "杭州市", "region_code": "330106"}
after_sales, review = orders.after_sales, orders.review


class Clerks(Docks, Dues):
    # Money and changes.

    async def refund(self, lot: int) -> Act | None:
        """A clerk gives pieces back; another person agrees or refuses where one is needed."""
        order = await self.order(lot, "payment_status IN ('paid', 'partly_refunded')")
        if order is None:
            return None
        lines = await self.desk.lines_of(order["id"])
        line = lines[lot % len(lines)]
        wish = orders.RefundWish(
            kind=RefundKind.UNITS,
            reason_code=RefundReason.OUT_OF_STOCK,
            reason="There is none",
            lines=((line["id"], lot % line["quantity"] + 1),),
        )

        async def act() -> None:
            async with unit_of_work(self.desk.sessions) as session:
                view = await orders.request_refund(
                    session, order["id"], wish, actor=self.clerk, terms=self.desk.terms
                )
            await self.decide(view, lot)

        return act

    async def change(self, lot: int, what: str) -> Act | None:
        order = await self.order(lot, "state = 'open'")
        if order is None:
            return None
        lines = await self.desk.lines_of(order["id"])
        line = lines[lot % len(lines)]
        is_staff = bool(lot % 2)
        actor = self.clerk if is_staff else await self.desk.owner_of(order["id"])
        said = {"reason": "moved", "consent": "by phone"} if is_staff else {}
        wished: dict[str, Any] = {
            "address": {"fields": {"address": NEXT_DOOR}},
            "far": {"fields": {"address": FAR_AWAY}},
            "note": {"fields": {"note": f"Ring twice {lot}"}},
            "pieces": {"pieces": ((line["id"], lot % line["quantity"] + 1),)},
        }[what]
        wish = orders.changes.ChangeWish(**wished, **said)
        version = order["version"] - (lot % 7 == 0)

        async def act() -> None:
            if lot % 3:  # as the edge does
                await orders.changes.stop_payment(
                    self.desk.sessions,
                    {"alipay": self.desk.gateway},
                    order["id"],
                    wish,
                    version=version,
                    actor=actor,
                    terms=self.desk.terms,
                )
            await self.desk.once(
                lambda session: orders.changes.change_order(
                    session,
                    order["id"],
                    wish,
                    version=version,
                    actor=actor,
                    limits=self.desk.settings.shipping,
                    terms=self.desk.terms,
                )
            )

        return act

    # Review.

    async def judge(self, lot: int, what: str) -> Act | None:
        """Somebody claims what waits, decides, or leaves it."""
        found = await self.one(
            lot,
            "SELECT * FROM order_reviews ORDER BY (state IN ('open', 'claimed', 'second')) DESC,"
            " id",
        )
        if found is None:
            return None
        actor = self.desk.clerks[lot % 2]
        state = OrderReviewState(found["state"])

        async def act() -> None:
            async with unit_of_work(self.desk.sessions) as session:
                if state is OrderReviewState.OPEN:
                    await review.claim(session, found["id"], actor=actor, seconds=600)
                version = (await review.get_review(session, found["id"], actor=actor))["version"]
                said: dict[str, Any] = {"version": version, "actor": actor}
                if what == "approve":
                    await review.approve(
                        session, found["id"], reason="Fine", two_people_minor=90_000, **said
                    )
                elif what == "correct":
                    fix = review.Correction(address=NEXT_DOOR, note="Called", has_note=True)
                    await review.correct_order(session, found["id"], fix, **said)
                elif what == "release":
                    await review.release(session, found["id"], actor=actor)
                else:
                    rejected = await review.reject(session, found["id"], reason="Odd", **said)
            if what == "reject" and rejected.plan_id is not None:
                await payments.finish_close(
                    self.desk.sessions,
                    self.desk.gateways,
                    orders.PAYMENT_OWNER,
                    rejected.plan_id,
                    terms=self.desk.terms,
                )

        return act

    # After sales.

    async def ask_back(self, lot: int, kind: ReturnKind) -> Act | None:
        order = await self.order(
            lot, "fulfilment_status IN ('partly_shipped', 'shipped', 'delivered')"
        )
        if order is None:
            return None
        lines = await self.desk.lines_of(order["id"])
        line = lines[lot % len(lines)]
        asked = after_sales.AskReturn(
            order_id=order["id"],
            kind=kind,
            reason_code=RefundReason.DEFECTIVE,
            reason="It is broken",
            lines=((line["id"], lot % line["quantity"] + 1),),
            **self._other(kind, line, lot),
        )
        owner = await self.desk.owner_of(order["id"])

        async def act() -> None:
            async with unit_of_work(self.desk.sessions) as session:
                await after_sales.ask_return(session, asked, actor=owner, terms=self.desk.terms)

        return act

    def _other(self, kind: ReturnKind, line: Any, lot: int) -> dict[str, Any]:
        """An exchange for something else, as a rule, of what was bought or what came for it."""
        others = [each for each in self.desk.sku_ids[:3] if each != line["sku_id"]]
        if kind is not ReturnKind.EXCHANGE or len(others) == 3 or lot % 4 == 0:
            return {}
        held = {"held": {line["id"]: others[0]}} if lot % 7 == 0 else {}
        return {"instead": {line["id"]: others[lot % 2]}} | held

    async def with_return(self, lot: int, what: str) -> Act | None:
        """The next step of one, or one that is not due."""
        wanted = {
            "approve": (ReturnState.REQUESTED, ReturnState.ESCALATED),
            "reject": (ReturnState.REQUESTED, ReturnState.ESCALATED),
            "escalate": (ReturnState.REQUESTED, ReturnState.REJECTED),
            "cancel": (ReturnState.REQUESTED,),
            "send": (ReturnState.AWAITING_GOODS,),
            "receive": (ReturnState.AWAITING_GOODS, ReturnState.IN_TRANSIT),
            "inspect": (ReturnState.RECEIVED,),
            "mend": (ReturnState.RECEIVED,),
            "charge": (ReturnState.AWAITING_GOODS, ReturnState.ACCEPTED),
            "refund": (ReturnState.ACCEPTED, ReturnState.REFUNDING),
            "replace": (ReturnState.ACCEPTED,),
            "call off": (ReturnState.SENDING,),
            "close": (ReturnState.ACCEPTED, ReturnState.AWAITING_GOODS),
        }[what]
        row = await self.back(lot, *wanted)
        if row is None:
            return None
        owner = await self.desk.owner_of(row["order_id"])
        by = {"version": row["version"], "actor": self.clerk}
        lines = await self.desk.rows(
            "SELECT * FROM order_return_lines WHERE return_id = :id ORDER BY order_line_id",
            id=row["id"],
        )
        grades = {
            each["order_line_id"]: after_sales.Grades(
                *[(each["quantity"], 0, 0), (0, each["quantity"], 0), (0, 0, 1), (1, 0, 0)][lot % 4]
            )
            for each in lines
        }
        outcome = tuple(MendOutcome)[lot % 3]
        limits, terms, id_ = self.desk.settings.after_sales, self.desk.terms, row["id"]
        verbs: dict[str, Callable[[Any], Awaitable[Any]]] = {
            "approve": lambda s: after_sales.approve(s, id_, limits=limits, **by),
            "reject": lambda s: after_sales.reject(s, id_, note="No", **by),
            "escalate": lambda s: after_sales.escalate(s, id_, actor=owner, note="But"),
            "cancel": lambda s: after_sales.cancel(s, id_, actor=owner),
            "send": lambda s: after_sales.send_goods(s, id_, "sf", f"SF{lot}", actor=owner),
            "receive": lambda s: after_sales.receive_goods(s, id_, **by),
            "inspect": lambda s: after_sales.inspect_goods(s, id_, grades, **by),
            "mend": lambda s: after_sales.mend(s, id_, outcome, note="Mended", **by),
            "charge": lambda s: after_sales.charge_difference(s, id_, **by),
            "refund": lambda s: after_sales.refund_return(s, id_, terms=terms, **by),
            "replace": lambda s: after_sales.replace(s, id_, terms=terms, **by),
            "call off": lambda s: after_sales.call_off(s, id_, note="After all", **by),
            "close": lambda s: after_sales.close(s, id_, note="Settled", **by),
        }

        async def act() -> None:
            await self.desk.once(verbs[what])
            if what == "refund":
                await self._second(id_, lot)

        return act

    async def _second(self, return_id: UUID, lot: int) -> None:
        rows = await self.desk.rows(
            "SELECT d.id FROM order_returns r JOIN refunds d ON d.id = r.refund_id"
            " WHERE r.id = :id AND d.state = 'waiting'",
            id=return_id,
        )
        for row in rows:
            async with unit_of_work(self.desk.plain) as session:
                view = await payments.read_refund(session, row["id"])
            await self.decide(view, lot)
