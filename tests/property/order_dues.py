"""What orders at the desk are asked for besides: proposed, asked, paid, given up, given back."""

from typing import Any
from uuid import UUID

from app.core.db import unit_of_work
from app.core.enums.orders import ChargeKind
from app.core.enums.payments import PlanState, RefundReason, RefundState
from app.services import orders, payments
from tests.property.order_hands import Act, Hands

charges, changes = orders.charges, orders.changes
_PAID = "payment_status IN ('paid', 'partly_refunded')"


class Dues(Hands):
    async def due(self, lot: int, state: str) -> Any:
        return await self.one(
            lot, f"SELECT * FROM order_charges ORDER BY (state = '{state}') DESC, id DESC"
        )

    async def charge(self, lot: int) -> Act | None:
        """A clerk asks for something that has no change of the order with it."""
        order = await self.order(lot, _PAID)
        if order is None:
            return None
        asked = charges.NewCharge(
            order_id=order["id"],
            kind=ChargeKind.FREIGHT if lot % 2 else ChargeKind.GOODS,
            amount_minor=lot % 3_000 + 1,
            tax_rate_bps=600,
            reason="farther",
            seconds=3_600 * (lot % 40 + 1),
        )

        async def act() -> None:
            async with unit_of_work(self.desk.sessions) as session:
                await charges.ask_charge(session, asked, actor=self.clerk)

        return act

    async def propose(self, lot: int, what: str) -> Act | None:
        """A change that costs more."""
        order = await self.order(lot, f"{_PAID} AND state = 'open'")
        if order is None:
            return None
        lines = await self.desk.lines_of(order["id"])
        line = lines[lot % len(lines)]
        each = line["net_minor"] // line["quantity"]
        wished: dict[str, Any] = {
            "goods": {"added": (changes.AddedGoods(self.desk.sku(lot % 5), lot // 5 % 2 + 1),)},
            "freight": {"freight_minor": order["shipping_minor"] + lot % 2_000},
            "price": {"price": changes.NewPrice(UUID(str(line["id"])), each + lot % 500)},
        }[what]
        wish = changes.ChangeWish(**wished, reason="asked for", consent="by phone")
        return lambda: self.desk.once(
            lambda session: changes.propose_change(
                session, order["id"], wish, version=order["version"], actor=self.clerk
            )
        )

    async def pay_charge(self, lot: int, mix: set[str]) -> Act | None:
        charge = await self.due(lot, "due")
        if charge is None:
            return None
        person = next(each for each in self.desk.people if each.id == charge["member_id"])
        means = self.desk.means(person, mix | {"gateway"}, None)

        async def act() -> None:
            async with unit_of_work(self.desk.sessions) as session:
                _, plan = await charges.pay_charge(
                    session,
                    charge["id"],
                    means,
                    actor=person.actor,
                    limits=self.desk.settings.checkout,
                    terms=self.desk.terms,
                )
            if plan.state is PlanState.AWAITING:
                await payments.start_attempt(
                    self.desk.sessions,
                    self.desk.gateways,
                    orders.PLAN_OWNER,
                    plan,
                    terms=self.desk.terms,
                )

        return act

    async def close_charge(self, lot: int) -> Act | None:
        """Its shopper declines, or a clerk withdraws it."""
        charge = await self.due(lot, "awaiting" if lot % 3 == 0 else "due")
        if charge is None:
            return None
        actor = self.clerk if lot % 2 else await self.desk.owner_of(charge["order_id"])

        async def act() -> None:
            await charges.close_charge(
                self.desk.sessions,
                self.desk.gateways,
                charge["id"],
                actor=actor,
                terms=self.desk.terms,
            )

        async def first() -> None:
            await act()
            self.desk.done.append(act)

        return first

    async def refund_charge(self, lot: int) -> Act | None:
        charge = await self.due(lot, "paid")
        if charge is None:
            return None
        command = charges.RefundCharge(
            reason_code=RefundReason.OUT_OF_STOCK if lot % 2 else RefundReason.GOODWILL,
            reason="Not so far",
            amount_minor=None if lot % 3 else lot % charge["amount_minor"] + 1,
        )

        async def act() -> None:
            async with unit_of_work(self.desk.sessions) as session:
                view = await charges.refund_charge(
                    session, charge["id"], command, actor=self.clerk, terms=self.desk.terms
                )
            await self.decide(view, lot)

        return act

    async def decide(self, view: payments.RefundView, lot: int) -> None:
        """Another person agrees, or refuses, where one is needed."""
        if view.state is not RefundState.WAITING:
            return
        second = self.desk.clerks[1]
        async with unit_of_work(self.desk.sessions) as session:
            if lot % 4:
                await orders.approve_refund(session, view.id, version=view.version, actor=second)
            else:
                await orders.reject_refund(
                    session, view.id, version=view.version, reason="No", actor=second
                )
