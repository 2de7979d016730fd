"""From an approved handout to its orders: one a recipient, each in a transaction of its own."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from app.core.actor import Actor
from app.core.db import Sessions, unit_of_work
from app.core.enums.handouts import HandoutAction
from app.core.enums.orders import OrderSource
from app.core.errors import DomainError
from app.core.settings import CheckoutSettings
from app.models.handouts import Handout
from app.services import inventory, payments
from app.services.orders.engine.handouts import act
from app.services.orders.entry.agreed import Agreed, AgreedLine, take_agreed
from app.services.orders.entry.handouts import HandoutView, read_handout, reference_of
from app.services.orders.errors import ReferenceTaken
from app.services.pricing import AgreedPrice

TRIES = 3
"""How often an order is placed anew when stock moved between warehouses under its hands."""


class NotPlaced(NamedTuple):
    """Why the recipient at a place, from 1 on, has no order."""

    place: int
    problem: DomainError


async def hand_out(
    sessions: Sessions,
    handout_id: UUID,
    *,
    actor: Actor,
    limits: CheckoutSettings,
    terms: payments.PaymentTerms,
) -> tuple[HandoutView, Sequence[NotPlaced]]:
    """Place the orders that are not there yet; what cannot be had now can be tried again.

    Recipients do not wait for each other: stock is held by one order at a time, so that two lists
    of the same goods never wait for one another. Repeating places nothing twice. Raises `NotFound`
    and `IllegalHandoutTransition`.
    """
    async with unit_of_work(sessions) as session:
        view = await read_handout(session, handout_id)
        act(view.row.state, HandoutAction.PLACE)
    refused: list[NotPlaced] = []
    for place, order in enumerate(view.orders, start=1):
        if order is None:
            problem = await _place(sessions, view.row, place, actor, limits, terms)
            if problem is not None:
                refused.append(NotPlaced(place, problem))
    async with unit_of_work(sessions) as session:
        return await read_handout(session, handout_id), refused


async def _place(
    sessions: Sessions,
    row: Handout,
    place: int,
    actor: Actor,
    limits: CheckoutSettings,
    terms: payments.PaymentTerms,
) -> DomainError | None:
    problem: DomainError | None = None
    for _ in range(TRIES):
        try:
            async with unit_of_work(sessions) as session:
                await take_agreed(
                    session, _order(row, place), actor=actor, limits=limits, terms=terms
                )
        except ReferenceTaken:
            return None
        except inventory.StockMoved as error:
            problem = error
        except DomainError as error:
            return error
        else:
            return None
    return problem


def _order(row: Handout, place: int) -> Agreed:
    recipient = row.recipients[place - 1]
    nothing = AgreedPrice(0, row.reason, f"handout:{row.number}", may_undercut=True)
    return Agreed(
        member_id=row.member_id,
        channel_id=row.channel_id,
        lines=tuple(
            AgreedLine(sku_id=UUID(each["sku_id"]), quantity=each["quantity"], agreed=nothing)
            for each in recipient["lines"]
        ),
        address=recipient["address"],
        source=OrderSource.FREE,
        reference=reference_of(row, place),
        kind=row.kind,
        cost_centre=row.cost_centre,
        shipping_minor=0,
        note=recipient["note"],
    )
