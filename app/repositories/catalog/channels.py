"""Queries on channels and their tax rates."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from typing_extensions import override

from app.core.direct import direct
from app.models.catalog import Channel, TaxRate
from app.repositories.catalog.rows import Rows
from app.repositories.patience import take_time

_FACTS = "SELECT id, code, currency, country, tax_mode, is_active FROM channels WHERE "
_DEFAULT, _BY_CODE, _BY_ID = (
    direct(_FACTS + which) for which in ("is_default", "code = :code", "id = :id")
)


class ChannelRepository(Rows[Channel]):
    def __init__(self, session: AsyncSession) -> None:
        super().__init__(session, Channel)

    @override
    async def add(self, row: Channel) -> Channel:
        """With the prices of all goods on lists of its currency."""
        await take_time(self._session)
        return await super().add(row)

    async def default(self) -> Channel | None:
        found: Channel | None = await self._session.scalar(
            select(Channel).where(Channel.is_default)
        )
        return found

    async def facts(self, code_or_id: str | UUID | None) -> Row[Any] | None:
        """What others need to know of a channel; of the default one if nothing names it."""
        if code_or_id is None:
            found = await self._session.execute(_DEFAULT)
        elif isinstance(code_or_id, UUID):
            found = await self._session.execute(_BY_ID, {"id": code_or_id})
        else:
            found = await self._session.execute(_BY_CODE, {"code": code_or_id})
        return found.first()

    async def is_time_zone(self, name: str) -> bool:
        """Whether the database knows a time zone by this name."""
        return bool(
            await self._session.scalar(
                text("SELECT EXISTS (SELECT FROM pg_timezone_names WHERE name = :name)"),
                {"name": name},
            )
        )

    async def add_default(self, channel: Mapping[str, object]) -> None:
        """Insert the default channel unless another transaction did first."""
        await self._session.execute(insert(Channel).values(channel).on_conflict_do_nothing())

    async def tax_rates(self, channel_id: UUID) -> dict[str, int]:
        rows = await self._session.execute(
            select(TaxRate.tax_class, TaxRate.rate_bps)
            .where(TaxRate.channel_id == channel_id)
            .order_by(TaxRate.tax_class)
        )
        return {row.tax_class: row.rate_bps for row in rows}

    async def put_tax_rates(self, channel_id: UUID, rates: Mapping[str, int]) -> None:
        """Replace the channel's rates by `rates`."""
        await self._session.execute(delete(TaxRate).where(TaxRate.channel_id == channel_id))
        if rates:
            rows = [
                {"channel_id": channel_id, "tax_class": each, "rate_bps": rate}
                for each, rate in rates.items()
            ]
            await self._session.execute(insert(TaxRate).values(rows).on_conflict_do_nothing())
