"""What channels allow of discounts: read and changed by staff, kept by every quote."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.clock import now
from app.core.enums.pricing import Objective, ShippingTax, TaxScope
from app.core.errors import NotFound, StaleVersion
from app.core.ids import new_id
from app.models.pricing import PricePolicy
from app.repositories.pricing import PolicyRepository
from app.services import system
from app.services.pricing.engine import DEFAULT_STAGES, WHOLE_BPS, stages_fault
from app.services.pricing.errors import InvalidPricePolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyTerms:
    """What one row says; None leaves it to the default of all channels. Rates in basis points.

    `approval_drop_bps` is the fall of a price from which somebody else must approve it, and
    `joint_discount_bps` what two promotions may take together before the lint remarks on it.
    `shipping_tax_bps` is the rate of shipping fees where `shipping_tax` is fixed.
    """

    max_discount_bps: int | None = None
    min_margin_bps: int | None = None
    objective: Objective | None = None
    stages: tuple[str, ...] | None = None
    tax_scope: TaxScope | None = None
    shipping_tax: ShippingTax | None = None
    shipping_tax_bps: int | None = None
    joint_discount_bps: int | None = None
    approval_drop_bps: int | None = None


NOTHING_SAID: Final = PolicyTerms()

_BUILT_IN: Final = PolicyTerms(
    max_discount_bps=WHOLE_BPS,
    objective=Objective.CUSTOMER_BEST,
    stages=DEFAULT_STAGES,
    tax_scope=TaxScope.LINE,
    shipping_tax=ShippingTax.NONE,
)


@dataclass(frozen=True, slots=True)
class PolicyView:
    """What was set for a channel (None: for all), and what counts there; version 0: nothing set."""

    channel_id: UUID | None
    own: PolicyTerms
    effective: PolicyTerms
    version: int


@dataclass(frozen=True, slots=True)
class ChannelRules:
    """Stages at least one of some channels has, and the strictest of their rates."""

    stages: frozenset[str]
    joint_discount_bps: int | None


async def price_policy(session: AsyncSession, channel_id: UUID | None) -> PolicyView:
    """The policy of a channel, or the one of all; a channel nobody set anything for has one too."""
    return _view(await PolicyRepository(session).of(channel_id), channel_id)


async def edit_price_policy(
    session: AsyncSession,
    channel_id: UUID | None,
    terms: PolicyTerms,
    *,
    version: int,
    actor: Actor,
) -> PolicyView:
    """Replace what is said for a channel; the next quote keeps it.

    Raises `NotFound` for the channel, `StaleVersion`, and `InvalidPricePolicy` for the stages, and
    for a fixed tax of shipping without a rate.
    """
    if terms.stages is not None and (fault := stages_fault(terms.stages)) is not None:
        raise InvalidPricePolicy(fault, field="stages")
    if terms.shipping_tax is ShippingTax.FIXED and terms.shipping_tax_bps is None:
        raise InvalidPricePolicy("A fixed tax needs its rate", field="shipping_tax_bps")
    repository = PolicyRepository(session)
    view = _view(await repository.of(channel_id, lock=True), channel_id)
    if view.version != version:
        raise StaleVersion("Read it again", version=view.version)
    rows = {row.channel_id: row for row in await repository.of(channel_id)}
    row = rows.get(channel_id)
    changes = {
        name: [_plain(getattr(view.own, name)), _plain(value)]
        for name, value in asdict(terms).items()
        if getattr(view.own, name) != value
    }
    if row is None:
        row = PricePolicy(id=new_id(), channel_id=channel_id, version=1)
        repository.add(row)
    elif changes:
        row.version += 1
        row.updated_at = now()
    for name, value in asdict(terms).items():
        setattr(row, name, list(value) if isinstance(value, tuple) else value)
    try:
        await session.flush()
    except IntegrityError as error:
        if "uq_price_policies" in str(error.orig):
            raise StaleVersion("Read it again", version=1) from error
        raise NotFound("No such channel") from error
    if changes:
        await system.record(
            session, actor, "pricing.edit_policy", "price_policy", channel_id or "default", changes
        )
    return _view([*(r for c, r in rows.items() if c != channel_id), row], channel_id)


async def channel_rules(session: AsyncSession, channel_ids: Sequence[UUID]) -> ChannelRules:
    """What a promotion of these channels has to reckon with; of any channel if none is named."""
    rows = await PolicyRepository(session).among(channel_ids)
    wanted: set[UUID | None] = {*channel_ids} or {None, *(row.channel_id for row in rows)}
    found = [_view(rows, each).effective for each in wanted]
    rates = [each.joint_discount_bps for each in found if each.joint_discount_bps is not None]
    return ChannelRules(
        stages=frozenset(stage for each in found for stage in each.stages or ()),
        joint_discount_bps=min(rates, default=None),
    )


def _view(rows: Sequence[PricePolicy], channel_id: UUID | None) -> PolicyView:
    said = {row.channel_id: _terms(row) for row in rows}
    own = said.get(channel_id, NOTHING_SAID)
    effective = {
        name: next(
            (
                value
                for terms in (own, said.get(None, NOTHING_SAID), _BUILT_IN)
                if (value := getattr(terms, name)) is not None
            ),
            None,
        )
        for name in PolicyTerms.__slots__
    }
    version = next((row.version for row in rows if row.channel_id == channel_id), 0)
    return PolicyView(channel_id, own, PolicyTerms(**effective), version)


def _terms(row: PricePolicy) -> PolicyTerms:
    return PolicyTerms(
        max_discount_bps=row.max_discount_bps,
        min_margin_bps=row.min_margin_bps,
        objective=row.objective,
        stages=None if row.stages is None else tuple(row.stages),
        tax_scope=row.tax_scope,
        shipping_tax=row.shipping_tax,
        shipping_tax_bps=row.shipping_tax_bps,
        joint_discount_bps=row.joint_discount_bps,
        approval_drop_bps=row.approval_drop_bps,
    )


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
