"""Channels: where shoppers meet the catalog, in which currency, taxed how."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.enums.catalog import ChannelKind, TaxMode
from app.core.errors import InvalidReference
from app.core.ids import new_id
from app.models.catalog import Channel
from app.repositories.catalog.channels import ChannelRepository
from app.repositories.catalog.rows import Slice
from app.services.catalog.edits import created, edit

DEFAULT_CODE = "web"
DEFAULT_TAX_RATES = {"standard": 1_300, "reduced": 900, "zero": 0}
"""Value added tax in mainland China by class, in basis points."""


@dataclass(frozen=True, slots=True)
class ChannelFacts:
    """What other domains need to know of a channel. `country` is ISO 3166-1 alpha-2."""

    id: UUID
    code: str
    currency: str
    country: str
    tax_mode: TaxMode
    is_active: bool


class NoDefaultChannel(InvalidReference):
    slug, title, title_zh = "no-default-channel", "No channel is the default", "没有默认渠道"


def _facts(row: Any) -> ChannelFacts:
    return ChannelFacts(
        row.id,
        row.code,
        row.currency,
        row.country,
        TaxMode(row.tax_mode),
        is_active=row.is_active,
    )


async def default_channel(session: AsyncSession) -> ChannelFacts:
    """The channel of requests that name none. Raises `NoDefaultChannel` before set-up."""
    row = await ChannelRepository(session).facts(None)
    if row is None:
        raise NoDefaultChannel("Run `shop init` or mark a channel as the default")
    return _facts(row)


async def channel(session: AsyncSession, code_or_id: str | UUID | None) -> ChannelFacts:
    """The active channel so named; None names the default one. Raises `InvalidReference`."""
    if code_or_id is None:
        return await default_channel(session)
    row = await ChannelRepository(session).facts(code_or_id)
    if row is None or not row.is_active:
        raise InvalidReference("No such channel", field="channel")
    return _facts(row)


async def ensure_default_channel(session: AsyncSession) -> ChannelFacts:
    """The default channel, made when there is none: a storefront in CNY, tax included."""
    repository = ChannelRepository(session)
    if (row := await repository.facts(None)) is not None:
        return _facts(row)
    channel_id = new_id()
    await repository.add_default(
        {
            "id": channel_id,
            "code": DEFAULT_CODE,
            "name": "Web shop",
            "kind": ChannelKind.STOREFRONT,
            "currency": "CNY",
            "country": "CN",
            "tax_mode": TaxMode.INCLUSIVE,
            "is_default": True,
        }
    )
    made = await default_channel(session)
    if made.id == channel_id:
        await repository.put_tax_rates(channel_id, DEFAULT_TAX_RATES)
    return made


async def create_channel(
    session: AsyncSession, values: Mapping[str, Any], *, actor: Actor
) -> Channel:
    """Raises `AlreadyExists` and, for an unknown time zone, `InvalidReference`."""
    repository = ChannelRepository(session)
    await repository.refuse_taken("code", values["code"])
    await _check_time_zone(repository, values)
    row = await repository.add(Channel(**values))
    await created(session, row, actor=actor)
    return row


async def get_channel(session: AsyncSession, channel_id: UUID) -> Channel:
    return await ChannelRepository(session).get(channel_id)


async def list_channels(session: AsyncSession, *, after: UUID | None, limit: int) -> Slice[Channel]:
    return await ChannelRepository(session).page(after=after, limit=limit)


async def edit_channel(
    session: AsyncSession,
    channel_id: UUID,
    values: Mapping[str, Any],
    *,
    version: int,
    actor: Actor,
) -> Channel:
    """Change name, kind, country, tax mode, time zone or activity; the currency is fixed.

    Another tax mode is that of what is priced from now on, carts that are open among it: orders
    keep the one they were placed with. Raises `InvalidReference` for a time zone nobody knows.
    """
    repository = ChannelRepository(session)
    row = await repository.locked(channel_id, version=version)
    await _check_time_zone(repository, values)
    return await edit(session, row, values, actor=actor)


async def make_default(
    session: AsyncSession, channel_id: UUID, *, version: int, actor: Actor
) -> Channel:
    """Make it the channel of requests that name none, instead of the one that was."""
    repository = ChannelRepository(session)
    before = await repository.default()
    row = await repository.locked(channel_id, version=version)
    if before is not None and before.id != row.id:
        former = await repository.locked(before.id)
        await edit(session, former, {"is_default": False}, actor=actor)
    return await edit(session, row, {"is_default": True, "is_active": True}, actor=actor)


async def set_tax_rates(
    session: AsyncSession,
    channel_id: UUID,
    rates: Mapping[str, int],
    *,
    version: int,
    actor: Actor,
) -> Channel:
    """Replace the tax rates of the channel, in basis points by tax class."""
    repository = ChannelRepository(session)
    row = await repository.locked(channel_id, version=version)
    before = await repository.tax_rates(channel_id)
    await repository.put_tax_rates(channel_id, rates)
    return await edit(session, row, {}, actor=actor, also={"tax_rates": [before, dict(rates)]})


async def tax_rates(session: AsyncSession, channel_id: UUID) -> dict[str, int]:
    """Basis points by tax class."""
    return await ChannelRepository(session).tax_rates(channel_id)


async def _check_time_zone(repository: ChannelRepository, values: Mapping[str, Any]) -> None:
    name = values.get("time_zone")
    if name is not None and not await repository.is_time_zone(name):
        raise InvalidReference("There is no such time zone", field="time_zone")
