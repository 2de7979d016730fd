"""Generating the SKUs of a product from its options."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.errors import DomainError
from app.core.ids import new_id
from app.models.catalog import Spu
from app.repositories.catalog.bulk import BulkSkuRepository, ChangedSku, NewSku
from app.services.catalog.edits import edit
from app.services.catalog.engine.barcodes import BarcodeRule
from app.services.catalog.engine.matrix import Cell, Matrix, PriceSpec, WeightSpec
from app.services.catalog.engine.options import Axis, extended, read_axes
from app.services.catalog.engine.plan import Existing, Plan, plan
from app.services.catalog.engine.rules import Rules
from app.services.catalog.engine.template import Template
from app.services.catalog.products import locked_for_edit

SHOWN = 50
"""Conflicts named in a refusal."""


class SkuConflicts(DomainError):
    """Nothing was generated; `conflicts` names combinations and reasons."""

    slug, title, title_zh = (
        "sku-conflicts",
        "Some combinations cannot become SKUs",
        "部分规格组合无法生成",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerateSkus:
    """What to generate. Without `axes` the product's own options are used.

    `deactivate_surplus` switches off active SKUs the run does not want; otherwise they stay.
    """

    axes: Sequence[Axis] | None = None
    rules: Rules = field(default_factory=Rules)
    code_template: str | None = None
    name_template: str | None = None
    weight: WeightSpec = field(default_factory=WeightSpec)
    prices: Sequence[PriceSpec] = ()
    barcodes: BarcodeRule | None = None
    deactivate_surplus: bool = False


@dataclass(frozen=True, slots=True)
class Generated:
    """The diff, and what it means for prices: SKU and minor units by price list.

    `sku_ids` are the ids of created SKUs by option key, empty for a dry run.
    """

    spu: Spu
    plan: Plan
    sku_ids: Mapping[str, UUID]
    prices: Mapping[UUID, Sequence[tuple[UUID, int]]]


async def preview_skus(session: AsyncSession, spu_id: UUID, wanted: GenerateSkus) -> Generated:
    """What `generate_skus` would do now; writes nothing."""
    spu = await locked_for_edit(session, spu_id, merchant_id=None, version=None)
    _, found = await _compare(session, spu, wanted)
    return Generated(spu, found, {}, {})


async def generate_skus(
    session: AsyncSession, spu_id: UUID, wanted: GenerateSkus, *, actor: Actor
) -> Generated:
    """Create and change SKUs until the product has what `wanted` describes.

    Repeating it changes nothing. The caller sets the returned prices in the same transaction.
    Raises `SkuConflicts` and then writes nothing, `InvalidOptions`, `InvalidTemplate`.
    """
    spu = await locked_for_edit(session, spu_id, merchant_id=None, version=None)
    axes, found = await _compare(session, spu, wanted)
    if found.conflicts:
        raise SkuConflicts(
            "Change the templates, rules or amounts",
            count=len(found.conflicts),
            conflicts=[
                {
                    "options": dict(each.cell.options),
                    "code": each.cell.code,
                    "reasons": each.reasons,
                }
                for each in found.conflicts[:SHOWN]
            ],
        )
    repository = BulkSkuRepository(session, spu.id, spu.merchant_id)
    made = [(new_id(), each) for each in found.create]
    await repository.insert([_new(sku_id, each.cell, each.barcode) for sku_id, each in made])
    await repository.update(
        [
            ChangedSku(each.sku.id, each.cell.name, each.barcode, each.cell.weight_grams)
            for each in found.update
        ]
    )
    if wanted.deactivate_surplus:
        await repository.deactivate([sku.id for sku in found.surplus])
    await _note(session, spu, axes, found, wanted, actor)
    ids = {each.cell.key: sku_id for sku_id, each in made}
    return Generated(spu, found, ids, _prices(found, ids))


async def _compare(
    session: AsyncSession, spu: Spu, wanted: GenerateSkus
) -> tuple[tuple[Axis, ...], Plan]:
    own = read_axes(spu.options)
    axes = own if wanted.axes is None else tuple(wanted.axes)
    cells = _matrix(spu, axes, wanted).cells()
    repository = BulkSkuRepository(session, spu.id, spu.merchant_id)
    rows = await repository.existing(spec.price_list_id for spec in wanted.prices)
    prefix = wanted.barcodes.prefix if wanted.barcodes else None
    codes, barcodes = await repository.taken((cell.code for cell in cells), prefix)
    found = plan(
        cells,
        [_existing(row) for row in rows],
        taken_codes=codes,
        barcodes=wanted.barcodes,
        taken_barcodes=barcodes,
    )
    return extended(own, axes), found


def _matrix(spu: Spu, axes: Sequence[Axis], wanted: GenerateSkus) -> Matrix:
    codes = [axis.code for axis in axes]
    marks = [f"{{{code}}}" for code in codes]
    code = wanted.code_template or "-".join(["{spu}", *marks])
    name = wanted.name_template or " ".join(["{name}", *marks])
    return Matrix(
        product_code=spu.code,
        product_name=spu.name,
        axes=axes,
        rules=wanted.rules,
        code=Template.parse(code, known=["spu", *codes]),
        name=Template.parse(name, known=["name", *codes]),
        weight=wanted.weight,
        prices=wanted.prices,
    )


def _existing(row: Any) -> Existing:
    return Existing(
        id=row.id,
        key=row.option_key,
        code=row.code,
        name=row.name,
        barcode=row.barcode,
        weight_grams=row.weight_grams,
        is_active=row.is_active,
        prices={UUID(each): minor for each, minor in row.prices.items()},
    )


def _new(sku_id: UUID, cell: Cell, barcode: str | None) -> NewSku:
    return NewSku(
        sku_id, cell.code, barcode, cell.name, dict(cell.options), cell.key, cell.weight_grams
    )


def _prices(found: Plan, ids: Mapping[str, UUID]) -> dict[UUID, list[tuple[UUID, int]]]:
    """Only prices that change, by list."""
    rows: dict[UUID, list[tuple[UUID, int]]] = {}
    for made in found.create:
        for list_id, minor in made.cell.prices.items():
            rows.setdefault(list_id, []).append((ids[made.cell.key], minor))
    for changed in found.update:
        for list_id, minor in changed.cell.prices.items():
            if f"price:{list_id}" in changed.changes:
                rows.setdefault(list_id, []).append((changed.sku.id, minor))
    return rows


async def _note(
    session: AsyncSession,
    spu: Spu,
    axes: Sequence[Axis],
    found: Plan,
    wanted: GenerateSkus,
    actor: Actor,
) -> None:
    """Write the product's options and, if anything changed, one line of the operation log."""
    deactivated = len(found.surplus) if wanted.deactivate_surplus else 0
    counts = {
        "created": len(found.create),
        "updated": len(found.update),
        "deactivated": deactivated,
    }
    also = {"skus": counts} if any(counts.values()) else None
    options = [axis.dump() for axis in axes]
    await edit(session, spu, {"options": options}, actor=actor, verb="generate-skus", also=also)
