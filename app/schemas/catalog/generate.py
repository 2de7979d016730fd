"""Shapes of the SKU generator."""

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field

from app.core.money import MAX_MINOR
from app.schemas.base import Input, Output
from app.schemas.catalog.common import Grams, OptionCode
from app.schemas.catalog.products import Options
from app.services.catalog import (
    BarcodeRule,
    Generated,
    GenerateSkus,
    PriceSpec,
    Rules,
    WeightSpec,
    read_axes,
)

SAMPLE = 20
"""Rows of each kind shown unless all are asked for."""

RuleIn = Annotated[
    dict[OptionCode, Annotated[list[OptionCode], Field(min_length=1, max_length=500)]],
    Field(min_length=1, max_length=8, examples=[{"color": ["red"], "size": ["xs", "s"]}]),
]
Rulings = Annotated[list[RuleIn], Field(max_length=200)]
MinorDelta = Annotated[int, Field(ge=-MAX_MINOR, le=MAX_MINOR)]
GramsDelta = Annotated[int, Field(ge=-1_000_000_000, le=1_000_000_000)]
TemplateText = Annotated[str, Field(min_length=1, max_length=300)]


class PriceRuleIn(Input):
    """The price on a list: a base and what each option value adds to it, in minor units."""

    price_list_id: UUID
    base_minor: Annotated[int, Field(ge=0, le=MAX_MINOR)]
    deltas: Annotated[dict[OptionCode, dict[OptionCode, MinorDelta]], Field(max_length=8)] = Field(
        default_factory=dict, examples=[{"size": {"xl": 500}}]
    )


class WeightRuleIn(Input):
    base_grams: Grams = 0
    deltas: Annotated[dict[OptionCode, dict[OptionCode, GramsDelta]], Field(max_length=8)] = Field(
        default_factory=dict
    )


class BarcodeRuleIn(Input):
    """EAN-13: the prefix, a running number, the check digit."""

    prefix: Annotated[str, Field(pattern=r"^[0-9]{3,11}$")]
    start: Annotated[int, Field(ge=0, le=10**9)] = 1


class GenerateSkusIn(Input):
    axes: Options | None = Field(default=None, description="Null: the product's own options.")
    include: Rulings = Field(
        default_factory=list, description="A combination must match one of them; none: all do."
    )
    exclude: Rulings = Field(default_factory=list, description="What matches one is left out.")
    code_template: Annotated[TemplateText, Field(max_length=200)] | None = Field(
        default=None, examples=["{spu}-{color}-{size}"]
    )
    name_template: TemplateText | None = Field(default=None, examples=["{name} {color} {size}"])
    prices: Annotated[list[PriceRuleIn], Field(max_length=20)] = Field(default_factory=list)
    weight: WeightRuleIn = Field(default_factory=WeightRuleIn)
    barcodes: BarcodeRuleIn | None = None
    deactivate_surplus: bool = Field(
        default=False, description="Switch off active SKUs that are no longer wanted."
    )
    dry_run: bool = Field(default=False, description="Answer the diff and write nothing.")
    all_rows: bool = Field(default=False, description=f"Every row rather than {SAMPLE} of a kind.")

    def command(self) -> GenerateSkus:
        axes = None
        if self.axes is not None:
            axes = read_axes([axis.model_dump() for axis in self.axes])
        return GenerateSkus(
            axes=axes,
            rules=Rules(_rules(self.include), _rules(self.exclude)),
            code_template=self.code_template,
            name_template=self.name_template,
            weight=WeightSpec(self.weight.base_grams, self.weight.deltas),
            prices=[PriceSpec(p.price_list_id, p.base_minor, p.deltas) for p in self.prices],
            barcodes=BarcodeRule(self.barcodes.prefix, self.barcodes.start)
            if self.barcodes
            else None,
            deactivate_surplus=self.deactivate_surplus,
        )


class GenerateCountsOut(Output):
    to_create: int
    to_update: int
    unchanged: int
    to_deactivate: int = Field(description="Active SKUs the run does not want.")
    conflicts: int
    prices_changed: int | None = Field(description="Null for a dry run.")


class SkuRowOut(Output):
    id: UUID | None = Field(description="Null until it is created.")
    code: str
    name: str | None
    options: dict[str, str] | None
    barcode: str | None
    weight_grams: int
    prices_minor: dict[str, int] = Field(description="By price list.")


class SkuChangeOut(Output):
    id: UUID
    code: str
    changes: dict[str, list[Any]] = Field(description="Before and after, by field.")


class SkuConflictOut(Output):
    code: str
    options: dict[str, str]
    reasons: list[str]


class GeneratedOut(Output):
    """Rows are a sample unless `all_rows` was sent; `counts` are of all."""

    is_dry_run: bool
    counts: GenerateCountsOut
    to_create: list[SkuRowOut]
    to_update: list[SkuChangeOut]
    unchanged: list[str] = Field(description="Codes.")
    to_deactivate: list[str] = Field(description="Codes.")
    conflicts: list[SkuConflictOut]

    @classmethod
    def of(cls, made: Generated, asked: GenerateSkusIn, prices_changed: int | None) -> Self:
        plan = made.plan
        limit = None if asked.all_rows else SAMPLE
        return cls(
            is_dry_run=asked.dry_run,
            counts=GenerateCountsOut(
                to_create=len(plan.create),
                to_update=len(plan.update),
                unchanged=len(plan.unchanged),
                to_deactivate=len(plan.surplus),
                conflicts=len(plan.conflicts),
                prices_changed=prices_changed,
            ),
            to_create=[
                SkuRowOut(
                    id=made.sku_ids.get(each.cell.key),
                    code=each.cell.code,
                    name=each.cell.name,
                    options=dict(each.cell.options),
                    barcode=each.barcode,
                    weight_grams=each.cell.weight_grams,
                    prices_minor={str(key): minor for key, minor in each.cell.prices.items()},
                )
                for each in islice(plan.create, limit)
            ],
            to_update=[
                SkuChangeOut(
                    id=each.sku.id,
                    code=each.sku.code,
                    changes={field: list(pair) for field, pair in each.changes.items()},
                )
                for each in islice(plan.update, limit)
            ],
            unchanged=[sku.code for sku in islice(plan.unchanged, limit)],
            to_deactivate=[sku.code for sku in islice(plan.surplus, limit)],
            conflicts=[
                SkuConflictOut(
                    code=each.cell.code,
                    options=dict(each.cell.options),
                    reasons=list(each.reasons),
                )
                for each in islice(plan.conflicts, limit)
            ],
        )


def _rules(rules: Sequence[Mapping[str, list[str]]]) -> list[dict[str, frozenset[str]]]:
    return [{axis: frozenset(values) for axis, values in rule.items()} for rule in rules]
