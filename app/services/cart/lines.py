"""Putting goods into a cart, changing and removing them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor, Unauthenticated
from app.core.errors import InvalidReference, NotFound
from app.core.ids import new_id
from app.core.json import dump
from app.core.settings import CheckoutSettings
from app.repositories.cart import CartRepository, LineRepository
from app.repositories.cart.lines import NewLine
from app.services import pricing
from app.services.cart.engine import line_key
from app.services.cart.errors import AmbiguousSku, QuantityTooLarge, TooManyLines


@dataclass(frozen=True, slots=True, kw_only=True)
class AddLine:
    """A SKU by id or by code; `merchant` is the code of the merchant whose code it is.

    With an `exchange_offer_id` it is to be had for points, by that offer; with a `bargain_id` for
    the price of that bargain.
    """

    sku_id: UUID | None = None
    sku_code: str | None = None
    merchant: str | None = None
    quantity: int = 1
    options: Mapping[str, str] = field(default_factory=dict)
    note: str | None = None
    exchange_offer_id: UUID | None = None
    bargain_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeLine:
    """None leaves quantity and selection as they are; the note changes when `sets_note`."""

    quantity: int | None = None
    is_selected: bool | None = None
    note: str | None = None
    sets_note: bool = False


@dataclass(frozen=True, slots=True)
class ChangedLine:
    """A line after a change, and the cart's version with it."""

    cart_id: UUID
    cart_version: int
    id: UUID
    sku_id: UUID
    quantity: int
    is_selected: bool
    note: str | None


async def add_line(
    session: AsyncSession,
    cart_id: UUID,
    command: AddLine,
    *,
    actor: Actor,
    limits: CheckoutSettings,
) -> ChangedLine:
    """Put a SKU into the cart; the same SKU with the same options and offer adds up.

    Raises `InvalidReference` for an unknown SKU and for an offer of points or a bargain of another
    one, `Unauthenticated` for a guest who asks for one, `AmbiguousSku` when several merchants use
    the code, `TooManyLines` and `QuantityTooLarge` at the limits.
    """
    lines = LineRepository(session)
    sku_id = await _sku(lines, command)
    if command.exchange_offer_id is not None:
        await _check_offer(session, command.exchange_offer_id, sku_id, actor)
    if command.bargain_id is not None:
        await _check_bargain(session, command.bargain_id, sku_id, actor)
    version = await _touch(session, cart_id, actor)
    line = NewLine(
        id=new_id(),
        sku_id=sku_id,
        quantity=command.quantity,
        options=dump(dict(command.options)),
        options_key=line_key(
            command.options,
            exchange_offer_id=command.exchange_offer_id,
            bargain_id=command.bargain_id,
        ),
        note=command.note,
        exchange_offer_id=command.exchange_offer_id,
        bargain_id=command.bargain_id,
    )
    row = await lines.put(
        cart_id,
        actor.shopper_id,
        line,
        max_lines=limits.max_lines,
        max_quantity=limits.max_quantity,
    )
    if row is not None:
        return _changed(cart_id, version, row)
    if await lines.count(cart_id) >= limits.max_lines:
        raise TooManyLines("Remove a line first", max_lines=limits.max_lines)
    raise QuantityTooLarge("All lines of one SKU count", max_quantity=limits.max_quantity)


async def change_line(
    session: AsyncSession,
    cart_id: UUID,
    line_id: UUID,
    command: ChangeLine,
    *,
    actor: Actor,
    limits: CheckoutSettings,
) -> ChangedLine:
    """Change quantity, selection or note of a line; raises `QuantityTooLarge` at the limit."""
    version = await _touch(session, cart_id, actor)
    lines = LineRepository(session)
    row = await lines.change(
        cart_id,
        actor.shopper_id,
        line_id,
        quantity=command.quantity,
        is_selected=command.is_selected,
        note=command.note,
        sets_note=command.sets_note,
        max_quantity=limits.max_quantity,
    )
    if row is not None:
        return _changed(cart_id, version, row)
    if await lines.exists(cart_id, line_id):
        raise QuantityTooLarge("All lines of one SKU count", max_quantity=limits.max_quantity)
    raise NotFound("No such line")


async def remove_line(session: AsyncSession, cart_id: UUID, line_id: UUID, *, actor: Actor) -> None:
    """Take a line out of the cart. Raises `NotFound` when it is not there."""
    await _touch(session, cart_id, actor)
    if not await LineRepository(session).remove(cart_id, actor.shopper_id, line_id):
        raise NotFound("No such line")


async def _check_offer(session: AsyncSession, offer_id: UUID, sku_id: UUID, actor: Actor) -> None:
    """Whether it is open and for whom, the quote says: both may change while it is in the cart."""
    if actor.is_guest:
        raise Unauthenticated("Sign in to pay in points")
    try:
        offer = await pricing.get_exchange_offer(session, offer_id)
    except NotFound:
        offer = None
    if offer is None or offer.sku_id != sku_id:
        raise InvalidReference("No such offer of this SKU", field="exchange_offer_id")


async def _check_bargain(
    session: AsyncSession, bargain_id: UUID, sku_id: UUID, actor: Actor
) -> None:
    """Whether it is finished and still good, the quote says; whose it is never changes."""
    if actor.is_guest:
        raise Unauthenticated("Sign in to have a bargain")
    if await pricing.bargain_of(session, bargain_id, actor.shopper_id) != sku_id:
        raise InvalidReference("You have no such bargain of this SKU", field="bargain_id")


async def _touch(session: AsyncSession, cart_id: UUID, actor: Actor) -> int:
    version = await CartRepository.of(session, actor).touch(cart_id, actor.shopper_id)
    if version is None:
        raise NotFound("No such open cart")
    return version


async def _sku(lines: LineRepository, command: AddLine) -> UUID:
    found = await lines.skus(command.sku_id, command.sku_code, command.merchant)
    if not found:
        raise InvalidReference("No such SKU is for sale", field="sku_id or sku_code")
    if len(found) > 1:
        raise AmbiguousSku("Name the merchant", merchants=[each["merchant"] for each in found])
    return UUID(str(found[0]["id"]))


def _changed(cart_id: UUID, version: int, row: RowMapping) -> ChangedLine:
    return ChangedLine(
        cart_id=cart_id,
        cart_version=version,
        id=row["id"],
        sku_id=row["sku_id"],
        quantity=row["quantity"],
        is_selected=row["is_selected"],
        note=row["note"],
    )
