"""Accounts and routes: kept by staff, read by every checkout of a process once in a while."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.clock import now
from app.core.db import PoolTimeout, Sessions
from app.core.enums.payments import MethodEffect, Scene, TenderKind
from app.core.errors import AlreadyExists, InvalidReference, NotFound, StaleVersion
from app.core.ids import new_id
from app.models.gateways import GatewayAccount, PaymentRoute
from app.repositories.payments.routing import RoutingRepository
from app.services import system
from app.services.payments.engine.instalments import (
    InstalmentPlan,
    InstalmentSkills,
    read_plan,
    require_skills,
    told,
)
from app.services.payments.engine.method_rules import MethodRule
from app.services.payments.engine.routing import Route, Routing
from app.services.payments.views import refund_rules


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFacts:
    """What the settings say of an account. `is_offered` lets shoppers pay there.

    `instalments` are those the gateway could do; None: none at all.
    """

    code: str
    kind: str
    merchant_id: str
    scenes: frozenset[Scene]
    is_offered: bool
    instalments: InstalmentSkills | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountView:
    """An account as the settings and staff have it; version 0: staff said nothing."""

    facts: AccountFacts
    name: str
    is_enabled: bool
    version: int
    instalments: tuple[InstalmentPlan, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteTerms:
    """What staff say of a route; None is no condition."""

    method: str
    account: str
    priority: int
    channel_id: UUID | None
    scene: Scene | None
    currency: str | None
    merchant_id: UUID | None
    is_enabled: bool


class RoutingReader:
    """What staff decided, as of a few seconds ago at most. Belongs to one process."""

    def __init__(self) -> None:
        self._reading = asyncio.Lock()
        self._found, self._read_at = Routing(), float("-inf")

    async def current(self, sessions: Sessions, *, max_age_seconds: float) -> Routing:
        """One statement where the last reading is older than that; others wait for it.

        While the pool is crowded what was read before goes on to count.
        """
        if time.monotonic() - self._read_at < max_age_seconds:
            return self._found
        async with self._reading:
            if time.monotonic() - self._read_at >= max_age_seconds:
                try:
                    async with sessions() as session:
                        self._found = await read_routing(session)
                except PoolTimeout:
                    if self._read_at == float("-inf"):
                        raise
                self._read_at = time.monotonic()
            return self._found


async def read_routing(session: AsyncSession) -> Routing:
    """Accounts, enabled routes, rules of ways to pay and of refunds, in one statement."""
    row = await RoutingRepository(session).current()
    return Routing(
        disabled=frozenset(row["disabled"]),
        instalments={
            code: tuple(read_plan(each) for each in plans)
            for code, plans in row["instalments"].items()
        },
        routes=tuple(
            Route(
                method=each["method"],
                account=each["account"],
                priority=each["priority"],
                channel_id=_id(each["channel_id"]),
                scene=Scene(each["scene"]) if each["scene"] else None,
                currency=each["currency"],
                merchant_id=_id(each["merchant_id"]),
            )
            for each in row["routes"]
        ),
        rules=tuple(_rule(each) for each in row["rules"]),
        refunds={UUID(each["channel_id"]): refund_rules(each) for each in row["refunds"]},
    )


async def list_accounts(
    session: AsyncSession, known: Mapping[str, AccountFacts]
) -> list[AccountView]:
    """Every account of the settings, in the order of their codes."""
    rows = {row.code: row for row in await RoutingRepository(session).accounts()}
    return [_view(known[code], rows.get(code)) for code in sorted(known)]


async def get_account(
    session: AsyncSession, code: str, known: Mapping[str, AccountFacts]
) -> AccountView:
    """Raises `NotFound` for an account the settings do not know."""
    if code not in known:
        raise NotFound("The settings know no such account")
    return _view(known[code], await RoutingRepository(session).account(code))


async def edit_account(
    session: AsyncSession,
    code: str,
    *,
    name: str,
    is_enabled: bool,
    instalments: Sequence[InstalmentPlan] = (),
    known: Mapping[str, AccountFacts],
    version: int,
    actor: Actor,
) -> AccountView:
    """Name an account, let it take new payments or not, and say which instalments it offers.

    What it took still goes back, also in parts it does not offer any more. Raises `NotFound`,
    `StaleVersion` and `InstalmentsUnsupported` for what the gateway cannot do.
    """
    if code not in known:
        raise NotFound("The settings know no such account")
    require_skills(instalments, known[code].instalments)
    said = {
        "name": name,
        "is_enabled": is_enabled,
        "instalments": [told(each) for each in instalments],
    }
    repository = RoutingRepository(session)
    row = await repository.account(code, lock=True)
    before = _view(known[code], row)
    if before.version != version:
        raise StaleVersion("Read it again", version=before.version)
    if row is None:
        row = GatewayAccount(id=new_id(), code=code, version=1, **said)
        repository.add(row)
    elif changed := [field for field, value in said.items() if getattr(row, field) != value]:
        for field in changed:
            setattr(row, field, said[field])
        row.version += 1
        row.updated_at = now()
    try:
        await session.flush()
    except IntegrityError as error:
        raise StaleVersion("Somebody was faster: read it again", version=1) from error
    was = {
        "name": before.name,
        "is_enabled": before.is_enabled,
        "instalments": [told(each) for each in before.instalments],
    }
    changes = {field: [was[field], value] for field, value in said.items()}
    await system.record(session, actor, "payments.edit_account", "gateway_account", code, changes)
    return _view(known[code], row)


async def list_routes(
    session: AsyncSession, *, after: UUID | None, limit: int
) -> Sequence[PaymentRoute]:
    """Routes, newest first."""
    return await RoutingRepository(session).page(after=after, limit=limit)


async def get_route(session: AsyncSession, route_id: UUID) -> PaymentRoute:
    """Raises `NotFound`."""
    row = await RoutingRepository(session).route(route_id)
    if row is None:
        raise NotFound("There is no such route")
    return row


async def create_route(
    session: AsyncSession, terms: RouteTerms, *, known: Mapping[str, AccountFacts], actor: Actor
) -> PaymentRoute:
    """Lead payments to an account.

    Raises `InvalidReference` for an account, a channel or a merchant nobody knows, and
    `AlreadyExists` for the same conditions again.
    """
    row = PaymentRoute(id=new_id(), version=1, **asdict(terms))
    RoutingRepository(session).add(row)
    await _flush(session, terms, known)
    await system.record(session, actor, "payments.create_route", "payment_route", row.id)
    await session.refresh(row)
    return row


async def edit_route(
    session: AsyncSession,
    route_id: UUID,
    terms: RouteTerms,
    *,
    known: Mapping[str, AccountFacts],
    version: int,
    actor: Actor,
) -> PaymentRoute:
    """Replace what a route says. Raises what `create_route` does, `NotFound`, `StaleVersion`."""
    row = await _current(session, route_id, version)
    changed = [name for name, value in asdict(terms).items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, getattr(terms, name))
    if changed:
        row.version += 1
        row.updated_at = now()
        await _flush(session, terms, known)
        await system.record(
            session,
            actor,
            "payments.edit_route",
            "payment_route",
            route_id,
            {"changed": changed},
        )
    return row


async def delete_route(
    session: AsyncSession, route_id: UUID, *, version: int, actor: Actor
) -> None:
    """Raises `NotFound` and `StaleVersion`."""
    await RoutingRepository(session).delete(await _current(session, route_id, version))
    await system.record(session, actor, "payments.delete_route", "payment_route", route_id)


async def _current(session: AsyncSession, route_id: UUID, version: int) -> PaymentRoute:
    row = await RoutingRepository(session).route(route_id, lock=True)
    if row is None:
        raise NotFound("There is no such route")
    if row.version != version:
        raise StaleVersion("Read it again", version=row.version)
    return row


async def _flush(
    session: AsyncSession, terms: RouteTerms, known: Mapping[str, AccountFacts]
) -> None:
    if terms.account not in known:
        raise InvalidReference("The settings know no such account", field="account")
    try:
        await session.flush()
    except IntegrityError as error:
        said = str(error.orig)
        if "uq_payment_routes" in said:
            raise AlreadyExists("There is such a route", field="account") from error
        field = "merchant_id" if "merchant" in said else "channel_id"
        raise InvalidReference("The route names an unknown thing", field=field) from error


def _view(facts: AccountFacts, row: GatewayAccount | None) -> AccountView:
    if row is None:
        return AccountView(facts=facts, name=facts.code, is_enabled=True, version=0)
    return AccountView(
        facts=facts,
        name=row.name,
        is_enabled=row.is_enabled,
        version=row.version,
        instalments=tuple(read_plan(each) for each in row.instalments),
    )


def _rule(row: Mapping[str, Any]) -> MethodRule:
    said = row["conditions"]
    return MethodRule(
        id=UUID(row["id"]),
        name=row["name"],
        method=TenderKind(row["method"]),
        effect=MethodEffect(row["effect"]),
        regions=tuple(said.get("regions", ())),
        min_minor=said.get("min_minor"),
        max_minor=said.get("max_minor"),
        currency=said.get("currency"),
        tiers=tuple(said.get("tiers", ())),
        category_ids=frozenset(UUID(each) for each in said.get("category_ids", ())),
        product_ids=frozenset(UUID(each) for each in said.get("product_ids", ())),
        deliveries=tuple(said.get("deliveries", ())),
        channel_ids=frozenset(UUID(each) for each in said.get("channel_ids", ())),
        limit_bps=row["limit_bps"],
    )


def _id(value: str | None) -> UUID | None:
    return UUID(value) if value else None
