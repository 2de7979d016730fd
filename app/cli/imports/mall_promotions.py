"""The mall's promotions and coupons, through the door of promotions."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.cli.imports.mall_catalog import SOURCE
from app.cli.imports.mall_data import Row, off_bps
from app.cli.imports.mall_prices import CURRENCY
from app.cli.imports.running import IMPORTER
from app.services import merchants, promotions
from app.services.catalog import imports
from app.services.catalog.imports import Notes

LADDERS = ("quantity_ladder", "spend_and_save")


async def land_ladders(session: AsyncSession, rows: Sequence[Row], notes: Notes) -> None:
    """One promotion for each product whose type is a ladder: by pieces or by amount.

    The source counts the pieces of a product over all its SKUs, so a quantity ladder is a
    promotion on the product, not a quantity break of one SKU. Ladders of different products look
    at different goods and may apply together. What a product carries beside the type that is in
    force is reported and left.
    """
    spus = await imports.known_rows(session, SOURCE, "product", [str(row["id"]) for row in rows])
    for row in rows:
        kind = row["promotion_type"]
        for each in LADDERS:
            if row[each] and each != kind:
                notes.reject(each, row["id"], f"in force is {kind}")
        if kind not in LADDERS:
            continue
        if not row[kind]:
            notes.reject(kind, row["id"], "is the promotion type, but no row says what it takes")
            continue
        if (spu_id := spus.get(str(row["id"]))) is None:
            notes.reject(kind, row["id"], "the product was not taken")
            continue
        try:
            action = _ladder(kind, row[kind])
        except ValueError as error:
            notes.reject(kind, row["id"], str(error))
            continue
        terms = promotions.PromotionTerms(
            name=f"{'满件折' if kind == 'quantity_ladder' else '满减'} {row['name'].strip()}"[:200],
            stage="order",
            currency=CURRENCY,
            action=action,
            scope={"spus": [str(spu_id)]},
            stack={"in_stage": "stack"},
        )
        await _start(session, f"{kind.replace('_', '-')}-{row['id']}", terms, notes)


async def land_coupons(session: AsyncSession, rows: Sequence[Row], notes: Notes) -> None:
    """One coupon promotion each, limited to `count` uses; staff issue the coupons themselves."""
    for row in rows:
        scope = await _scope(session, row, notes)
        if scope is None:
            notes.reject("coupon", row["id"], "nothing it is good for was taken")
            continue
        terms = promotions.PromotionTerms(
            name=row["name"],
            stage="coupon",
            currency=CURRENCY,
            needs_coupon=True,
            action={"type": "amount_off", "amount_minor": row["amount_minor"]},
            condition={"all": [{"type": "min_amount", "amount_minor": row["min_spend_minor"]}]},
            scope=scope,
            total_uses=row["count"],
            uses_per_member=row["per_customer"],
        )
        await _start(session, f"coupon-{row['id']}", terms, notes)


def _ladder(kind: str, tiers: Sequence[Row]) -> dict[str, Any]:
    """Raises `ValueError` for a rate that takes nothing off."""
    if kind == "quantity_ladder":
        steps = [{"min": each["quantity"], "off_bps": off_bps(each["rate"])} for each in tiers]
        return {"type": "ladder", "by": "quantity", "tiers": steps}
    steps = [{"min": each["spend_minor"], "off_minor": each["save_minor"]} for each in tiers]
    return {"type": "ladder", "by": "amount", "tiers": steps}


async def _scope(session: AsyncSession, row: Row, notes: Notes) -> dict[str, list[str]] | None:
    """What the coupon is good for; None when that is nothing we have."""
    if row["scope"] == "all":
        return {}
    kind = row["scope"]
    wanted = [str(each) for each in row[f"{kind}_ids"]]
    known = await imports.known_rows(session, SOURCE, kind, wanted)
    for each in wanted:
        if each not in known:
            notes.reject("coupon", row["id"], f"{kind} {each} was not taken")
    if not known:
        return None
    return {"spus" if kind == "product" else "categories": sorted(map(str, known.values()))}


async def _start(
    session: AsyncSession, name: str, terms: promotions.PromotionTerms, notes: Notes
) -> None:
    """Draft, approve and start a promotion, unless an earlier run did: running ones stay."""
    if await imports.known_rows(session, SOURCE, "promotion", [name]):
        notes.count("promotions unchanged")
        return
    owner: UUID = (await merchants.ensure_platform(session)).id
    try:
        view = await promotions.create_promotion(
            session, terms, code=f"{SOURCE}-{name}", merchant_id=owner, actor=IMPORTER
        )
    except promotions.InvalidPromotion as error:
        notes.reject("promotion", name, f"{error.detail}: {error.context['errors']}")
        return
    row = view.promotion
    await promotions.approve(
        session, row.id, version=row.version, actor=IMPORTER, needs_four_eyes=False
    )
    await promotions.activate(session, row.id, version=row.version, actor=IMPORTER)
    await imports.remember(session, SOURCE, "promotion", {name: row.id})
    notes.count("promotions started")
