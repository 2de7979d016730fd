"""What sending goods back costs: given back by the shop, or kept from the refund."""

from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.enums.after_sales import PostageBy, ReturnState
from app.core.enums.payments import RefundKind, RefundReason
from app.core.errors import DomainError
from app.repositories.orders import AfterSalesRepository
from app.services import payments
from app.services.orders.after_sales.follow import locked, require_free, return_row
from app.services.orders.engine import RefundWish
from app.services.orders.refund import request_refund

S = ReturnState
SENT_OFF = frozenset(
    {S.IN_TRANSIT, S.RECEIVED, S.ACCEPTED, S.REFUNDING, S.REFUNDED, S.SENDING, S.SENT}
)
"""States in which goods have been sent back; what was rejected went at the shopper's own cost."""
_HERE = SENT_OFF - {S.IN_TRANSIT, S.REFUNDING}


class PostageNotDue(DomainError):
    """`postage_by` is who pays; `given_minor` was given back already."""

    slug, title, title_zh = (
        "postage-not-due",
        "No postage is given back for it",
        "该售后单不退还寄回运费",
    )


async def declare_outlay(
    session: AsyncSession, return_id: UUID, amount_minor: int, proof: str, *, actor: Actor
) -> RowMapping:
    """The shopper says what sending the goods cost, and shows it; or corrects that.

    `proof` is the address of a picture. Raises `NotFound`, and `PostageNotDue` where he pays for it
    himself, has not sent anything, or was given it back.
    """
    _, row = await locked(session, return_id, actor)
    if row["state"] not in SENT_OFF or _is_settled(row) or row["postage_by"] != PostageBy.SHOP:
        raise _not_due(row)
    await AfterSalesRepository(session).outlay(return_id, amount_minor, proof)
    return await return_row(session, return_id)


async def give_postage(
    session: AsyncSession,
    return_id: UUID,
    *,
    version: int,
    actor: Actor,
    terms: payments.PaymentTerms,
    amount_minor: int | None = None,
) -> RowMapping:
    """Give back what the shopper laid out, by a refund of that alone: `{number}-P`.

    Or less of it. Who gets his money back gets it with that. Raises `NotFound`, `StaleVersion`,
    `ReturnClaimed`, `PostageNotDue`, and as `orders.request_refund`.
    """
    _, row = await locked(session, return_id, actor, version=version)
    require_free(row, actor)
    due = given_of(row, amount_minor)
    if not due or row["state"] not in _HERE:
        raise _not_due(row)
    wish = RefundWish(
        kind=RefundKind.POSTAGE,
        reason_code=RefundReason(row["reason_code"]),
        reason=row["reason"],
        postage_given_minor=due,
    )
    number = f"{row['number']}-P"
    await request_refund(session, row["order_id"], wish, actor=actor, number=number, terms=terms)
    return await return_row(session, return_id)


def given_of(row: RowMapping, most: int | None = None) -> int:
    """What of his outlay a shopper is to be given, up to the cap of the return and to `most`."""
    if row["postage_by"] != PostageBy.SHOP or row["outlay_minor"] is None or _is_settled(row):
        return 0
    due: int = min(row["outlay_minor"], row["postage_cap_minor"])
    return due if most is None else min(due, most)


def kept_of(row: RowMapping, most: int | None = None) -> int:
    """What a shopper owes for a parcel that was paid for when it came, within the same bounds."""
    if row["postage_by"] != PostageBy.SHOPPER or _is_settled(row):
        return 0
    due: int = min(row["collect_minor"] or 0, row["postage_cap_minor"])
    return due if most is None else min(due, most)


def _is_settled(row: RowMapping) -> bool:
    return bool(row["postage_given_minor"] or row["postage_kept_minor"])


def _not_due(row: RowMapping) -> PostageNotDue:
    return PostageNotDue(
        "The shop gives back what was laid out for goods it pays for, once they were sent",
        postage_by=row["postage_by"],
        given_minor=row["postage_given_minor"],
    )
