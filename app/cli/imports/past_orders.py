"""`shop import orders`: what another system sold, from a file of one JSON object a line."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import orjson
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from app.cli.imports.running import IMPORTER, Step
from app.core.contacts import InvalidContact, email_of, phone_of
from app.services import members
from app.services.catalog import imports
from app.services.catalog.imports import Notes
from app.services.orders import history

BATCH = 500
MEMBER = "member"

Ref = Annotated[str, Field(min_length=1, max_length=128)]
Text = Annotated[str, Field(min_length=1, max_length=200)]
Amount = Annotated[int, Field(strict=True)]


class _Told(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Customer(_Told):
    """Whoever bought; at least one address, by which members are found."""

    id: Ref
    email: str | None = None
    phone: str | None = None
    name: Text | None = None


class Line(_Told):
    sku: Ref
    quantity: Amount
    net_minor: Amount
    list_minor: Amount | None = None
    tax_minor: Amount = 0
    tax_rate_bps: Amount = 0
    merchant: Ref | None = None


class Order(_Told):
    """`completed_at` or `cancelled_at` is set, not both."""

    id: Ref
    customer: Customer
    placed_at: AwareDatetime
    lines: list[Line]
    completed_at: AwareDatetime | None = None
    cancelled_at: AwareDatetime | None = None
    paid_at: AwareDatetime | None = None
    shipped_at: AwareDatetime | None = None
    received_at: AwareDatetime | None = None
    shipping_minor: Amount = 0
    number: Annotated[str, Field(min_length=1, max_length=32)] | None = None
    payment: Text | None = None
    note: Annotated[str, Field(min_length=1, max_length=500)] | None = None
    address: dict[str, str] | None = None

    def past(self) -> history.PastOrder:
        """Raises ValueError where it does not say how the order ended."""
        ended = self.cancelled_at or self.completed_at
        if ended is None or (self.cancelled_at and self.completed_at):
            raise ValueError("name completed_at or cancelled_at")
        told = self.model_dump(exclude={"id", "customer", "lines", "completed_at", "cancelled_at"})
        return history.PastOrder(
            ref=self.id,
            customer=self.customer.id,
            lines=tuple(history.PastLine(**each.model_dump()) for each in self.lines),
            ended_at=ended,
            is_cancelled=self.cancelled_at is not None,
            **told,
        )

    def buyer(self) -> members.Adopted:
        """Raises `InvalidContact`, and ValueError where there is no address."""
        who = self.customer
        if who.email is None and who.phone is None:
            raise ValueError("name the customer's email or phone")
        return members.Adopted(
            ref=who.id,
            email=email_of(who.email) if who.email is not None else None,
            phone=phone_of(who.phone) if who.phone is not None else None,
            name=who.name,
        )


def past_order_steps(file: Path, source: str, *, channel: str | None) -> Iterator[Step]:
    """The file's orders in batches; a run that was stopped goes on where it was."""
    with file.open("rb") as lines:
        total = -(-sum(1 for _ in lines) // BATCH)
    yield Step("orders", total, _batches(file), PastOrders(source, channel).land)


def _batches(file: Path) -> Iterator[Sequence[tuple[int, bytes]]]:
    with file.open("rb") as lines:
        numbered = enumerate(lines, start=1)
        while batch := list(islice(numbered, BATCH)):
            yield batch


@dataclass(frozen=True, slots=True)
class PastOrders:
    """Lands batches of lines, each in the caller's transaction."""

    source: str
    channel: str | None

    async def land(
        self, session: AsyncSession, batch: Sequence[tuple[int, bytes]], notes: Notes
    ) -> None:
        read = [order for number, line in batch if (order := _read(number, line, notes))]
        pasts, buyers = {}, {}
        for each in read:
            try:
                past, buyer = each.past(), each.buyer()
            except (ValueError, InvalidContact) as error:
                notes.reject("order", each.id, _why(error))
            else:
                if past.ref in pasts:
                    notes.reject("order", past.ref, "is in the file twice")
                else:
                    pasts[past.ref], buyers[buyer.ref] = past, buyer
        await land_past(
            session, self.source, self.channel, list(pasts.values()), list(buyers.values()), notes
        )


async def land_past(
    session: AsyncSession,
    source: str,
    channel: str | None,
    orders: Sequence[history.PastOrder],
    buyers: Iterable[members.Adopted],
    notes: Notes,
) -> None:
    """Land orders with their buyers, who are remembered by the source's ids."""
    named = {each.ref: each for each in buyers}
    found = await imports.known_rows(session, source, MEMBER, named)
    new = [each for ref, each in named.items() if ref not in found]
    if new:
        adopted = await members.adopt(session, new)
        await imports.remember(session, source, MEMBER, adopted)
        found |= adopted
    landed = await history.land(
        session, source, orders, channel=channel, members=found, actor=IMPORTER
    )
    notes.count("orders created", len(landed.made))
    notes.count("orders known", landed.known)
    for ref, why in landed.refused.items():
        notes.reject("order", ref, why)


def _read(number: int, line: bytes, notes: Notes) -> Order | None:
    if not line.strip():
        return None
    told: Any = None
    with suppress(orjson.JSONDecodeError):
        told = orjson.loads(line)
    if not isinstance(told, dict):
        notes.reject("line", number, "is no JSON object")
        return None
    try:
        return Order.model_validate(told)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        notes.reject("order", told.get("id", f"line {number}"), f"{where}: {first['msg']}")
        return None


def _why(error: Exception) -> str:
    return error.detail or error.title if isinstance(error, InvalidContact) else str(error)
