"""From what a marketplace sold to an order of ours."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.orders import OrderSource
from app.core.ids import new_id
from app.repositories.orders.history import OrderHistoryRepository, PastGoods
from app.repositories.orders.intake import IntakeRepository
from app.services import members, payments
from app.services.orders.engine.intake import goods_minor, pieces_of, reachable
from app.services.orders.entry import Agreed, AgreedLine
from app.services.orders.intake.errors import IntakeTotalsDiffer, UnknownGoods
from app.services.pricing import AgreedPrice

WAITS_SECONDS = 3 * 86_400
"""How long goods are kept for who has yet to pay at the marketplace."""


async def agreed_of(session: AsyncSession, row: RowMapping) -> Agreed:
    """The order of an intake, at the marketplace's prices.

    Its buyer is a member of our own for each that the marketplace names, nobody who signs in here:
    a phone number on a parcel proves nobody. Raises `IntakeTotalsDiffer` and `UnknownGoods`.
    """
    content = content_of(row)
    ours = goods_minor(content["lines"]) + content["shipping_minor"]
    if ours != content["total_minor"]:
        raise IntakeTotalsDiffer(
            "Send what is owed for each line", ours_minor=ours, theirs_minor=content["total_minor"]
        )
    skus = await _skus(session, row["channel_id"], content)
    is_paid = bool(row["is_paid"])
    return Agreed(
        member_id=await _buyer(session, row),
        channel_id=row["channel_id"],
        lines=_lines(row, content, skus),
        address=reachable(content["address"]),
        source=OrderSource.MARKETPLACE,
        reference=f"{row['channel']}:{row['external_number']}",
        shipping_minor=content["shipping_minor"],
        note=content["note"],
        tenders=(payments.marketplace.tender(row["channel"], is_paid=is_paid),),
        pays_within_seconds=None if is_paid else WAITS_SECONDS,
    )


def content_of(row: RowMapping) -> Mapping[str, Any]:
    """What was sent in, with what staff put right of it."""
    content: Mapping[str, Any] = row["content"]
    mended: Mapping[str, Any] = row["mended"] or {}
    goods = mended.get("goods", {})
    return {
        **content,
        "address": mended.get("address") or content["address"],
        "lines": [line | goods.get(line["sku"], {}) for line in content["lines"]],
    }


def _lines(
    row: RowMapping,
    content: Mapping[str, Any],
    skus: Mapping[tuple[str, str | None], UUID],
) -> tuple[AgreedLine, ...]:
    source = f"marketplace:{row['channel']}:{row['external_number']}"
    found: list[AgreedLine] = []
    for line in content["lines"]:
        borne = line["marketplace_discount_minor"]
        reason = f"Sold at {row['channel']}"
        if borne:
            reason = f"{reason}; it bears {borne} minor units of the discount"
        found += [
            AgreedLine(
                sku_id=skus[line["sku"], line["merchant"]],
                quantity=each.quantity,
                agreed=AgreedPrice(each.price_minor, reason, source, may_undercut=True),
                note=line["note"],
            )
            for each in pieces_of(line["quantity"], line["net_minor"])
        ]
    return tuple(found)


async def _skus(
    session: AsyncSession, channel_id: UUID, content: Mapping[str, Any]
) -> dict[tuple[str, str | None], UUID]:
    """By the marketplace's codes as staff told them, or by our own."""
    every = {(each["sku"], each["merchant"]) for each in content["lines"]}
    told = await IntakeRepository(session).remembered(channel_id, {code for code, _ in every})
    ours = {key: told[key[0]] for key in every if key[0] in told}
    return ours | await known_goods(session, every - set(ours))


async def known_goods(
    session: AsyncSession, wanted: Collection[tuple[str, str | None]]
) -> dict[tuple[str, str | None], UUID]:
    """SKUs by our codes, and whose they are where that is said. Raises `UnknownGoods`."""
    goods = await OrderHistoryRepository(session).goods({code for code, _ in wanted})
    found: dict[tuple[str, str | None], list[PastGoods]] = {
        (code, merchant): [
            each for each in goods if each.code == code and merchant in {None, each.merchant}
        ]
        for code, merchant in wanted
    }
    if unknown := sorted(code for (code, _), those in found.items() if len(those) != 1):
        raise UnknownGoods("Send the code of goods here, and whose they are", skus=unknown)
    return {key: those[0].id for key, those in found.items()}


async def _buyer(session: AsyncSession, row: RowMapping) -> UUID:
    """Who sends the same buyer's orders at once waits for the first."""
    repository = IntakeRepository(session)
    reference = row["content"]["buyer"] or f"order:{row['external_number']}"
    member_id = new_id()
    if await repository.add_buyer(row["channel_id"], reference, member_id):
        await members.add_buyer(session, member_id)
        return member_id
    return await repository.buyer(row["channel_id"], reference)
