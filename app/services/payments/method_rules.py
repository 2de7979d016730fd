"""Rules about ways to pay: kept by staff, asked before anything is held."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.clock import now
from app.core.enums.payments import BY_HAND, MethodEffect, TenderKind
from app.core.errors import NotFound, StaleVersion
from app.core.ids import new_id
from app.models.gateways import PaymentMethodRule
from app.repositories.payments.method_rules import MethodRuleRepository
from app.services import system
from app.services.payments.engine.method_rules import refusals
from app.services.payments.engine.points_limit import PointsLimit, points_limit
from app.services.payments.engine.routing import Sale, open_names
from app.services.payments.errors import MethodRefused
from app.services.payments.instalment_offers import InstalmentOffer, offers
from app.services.payments.requests import NOT_OFFERED, TenderRequest
from app.services.payments.terms import PaymentTerms


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodRuleTerms:
    """What staff say of a rule. `conditions` as `MethodRule` names them; none holds always.

    `limit_bps` goes with the effect `limit`, which only points have.
    """

    name: str
    method: TenderKind
    effect: MethodEffect
    conditions: Mapping[str, Any]
    is_enabled: bool
    limit_bps: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodView:
    """A way to pay, and every reason why an order may not use it.

    `channels` are a gateway's, `instalments` the plans all of it may be paid by there;
    `points_limit` is how much points may pay.
    """

    method: TenderKind
    reasons: Sequence[Mapping[str, Any]]
    channels: Sequence[str] = field(default_factory=list)
    instalments: Sequence[InstalmentOffer] = field(default_factory=list)
    points_limit: PointsLimit | None = None

    @property
    def is_allowed(self) -> bool:
        return not self.reasons


def limit_of_points(sale: Sale, payable_minor: int, *, terms: PaymentTerms) -> PointsLimit:
    """How much of an order points may pay, by rules and settings. Nothing is read."""
    return points_limit(
        terms.routing.rules,
        sale,
        payable_minor,
        point_value_minor=terms.point_value_minor,
        shipping_bps=terms.points_shipping_bps,
        order_bps=terms.points_cap_bps,
    )


def list_methods(sale: Sale, payable_minor: int, *, terms: PaymentTerms) -> list[MethodView]:
    """Every way to pay an order, in tender order. Nothing is read."""
    channels = open_names(terms.routing, terms.offered, sale)
    found: list[MethodView] = []
    for method in (each for each in TenderKind if each is not TenderKind.MARKETPLACE):
        reasons = refusals(terms.routing.rules, method, sale, payable_minor)
        is_closed = method in BY_HAND and method not in terms.patience_seconds
        if is_closed or (method is TenderKind.GATEWAY and not channels):
            reasons = [dict(NOT_OFFERED), *reasons]
        view = MethodView(method=method, reasons=reasons)
        if method is TenderKind.GATEWAY:
            plans = offers(sale, payable_minor, terms=terms)
            view = replace(view, channels=channels, instalments=plans)
        if method is TenderKind.POINTS:
            view = replace(view, points_limit=limit_of_points(sale, payable_minor, terms=terms))
        found.append(view)
    return found


def require_allowed(
    requests: Iterable[TenderRequest], sale: Sale, payable_minor: int, *, terms: PaymentTerms
) -> None:
    """Raise `MethodRefused` for the first way to pay that a rule refuses, with every reason."""
    for method in dict.fromkeys(each.kind for each in requests):
        if reasons := refusals(terms.routing.rules, method, sale, payable_minor):
            raise MethodRefused("Choose another way to pay", method=method, reasons=reasons)


async def list_method_rules(
    session: AsyncSession, *, after: UUID | None, limit: int
) -> Sequence[PaymentMethodRule]:
    """Rules, newest first."""
    return await MethodRuleRepository(session).page(after=after, limit=limit)


async def get_method_rule(session: AsyncSession, rule_id: UUID) -> PaymentMethodRule:
    """Raises `NotFound`."""
    row = await MethodRuleRepository(session).rule(rule_id)
    if row is None:
        raise NotFound("There is no such rule")
    return row


async def create_method_rule(
    session: AsyncSession, terms: MethodRuleTerms, *, actor: Actor
) -> PaymentMethodRule:
    row = PaymentMethodRule(id=new_id(), version=1, **asdict(terms))
    await MethodRuleRepository(session).add(row)
    await system.record(
        session, actor, "payments.create_method_rule", "payment_method_rule", row.id
    )
    return row


async def edit_method_rule(
    session: AsyncSession, rule_id: UUID, terms: MethodRuleTerms, *, version: int, actor: Actor
) -> PaymentMethodRule:
    """Replace what a rule says. Raises `NotFound` and `StaleVersion`."""
    row = await _current(session, rule_id, version)
    said = asdict(terms)
    changed = [name for name, value in said.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, said[name])
    if changed:
        row.version += 1
        row.updated_at = now()
        changes = {"changed": changed}
        await system.record(
            session, actor, "payments.edit_method_rule", "payment_method_rule", rule_id, changes
        )
    return row


async def delete_method_rule(
    session: AsyncSession, rule_id: UUID, *, version: int, actor: Actor
) -> None:
    """Raises `NotFound` and `StaleVersion`."""
    await MethodRuleRepository(session).delete(await _current(session, rule_id, version))
    await system.record(
        session, actor, "payments.delete_method_rule", "payment_method_rule", rule_id
    )


async def _current(session: AsyncSession, rule_id: UUID, version: int) -> PaymentMethodRule:
    row = await MethodRuleRepository(session).rule(rule_id, lock=True)
    if row is None:
        raise NotFound("There is no such rule")
    if row.version != version:
        raise StaleVersion("Read it again", version=row.version)
    return row
