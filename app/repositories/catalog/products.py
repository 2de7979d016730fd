"""Queries on products (SPUs), SKUs and what hangs on them, for staff and merchants."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.catalog import ProductStatus, SkuStatus
from app.core.errors import NotFound
from app.models.catalog import Media, Sku, Spu, SpuTag
from app.repositories.catalog.rows import Rows, Slice


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductFilter:
    """What a staff list narrows by; None narrows nothing. `text` is part of a name or code."""

    merchant_id: UUID | None = None
    status: ProductStatus | None = None
    category_id: UUID | None = None
    brand_id: UUID | None = None
    text: str | None = None

    def clauses(self) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = []
        if self.merchant_id is not None:
            found.append(Spu.merchant_id == self.merchant_id)
        if self.status is not None:
            found.append(Spu.status == self.status)
        if self.category_id is not None:
            found.append(Spu.category_id == self.category_id)
        if self.brand_id is not None:
            found.append(Spu.brand_id == self.brand_id)
        if self.text is not None:
            found.append(
                or_(
                    Spu.name.icontains(self.text, autoescape=True),
                    Spu.code.startswith(self.text, autoescape=True),
                )
            )
        return found


def _owned(merchant_id: UUID | None) -> list[ColumnElement[bool]]:
    """The tenant filter; None is staff, who see every merchant's products."""
    return [] if merchant_id is None else [Spu.merchant_id == merchant_id]


class ProductRepository(Rows[Spu]):
    def __init__(self, session: AsyncSession) -> None:
        super().__init__(session, Spu)

    async def of_merchant(self, spu_id: UUID, merchant_id: UUID | None) -> Spu:
        return await self.get(spu_id, *_owned(merchant_id))

    async def locked_of_merchant(
        self, spu_id: UUID, merchant_id: UUID | None, *, version: int | None = None
    ) -> Spu:
        return await self.locked(spu_id, *_owned(merchant_id), version=version)

    async def filtered(
        self, wanted: ProductFilter, *, after: UUID | None, limit: int
    ) -> Slice[Spu]:
        return await self.page(*wanted.clauses(), after=after, limit=limit)

    async def has_active_sku(self, spu_id: UUID) -> bool:
        statement = select(Sku.id).where(Sku.spu_id == spu_id, Sku.status == SkuStatus.ACTIVE)
        return await self._session.scalar(statement.limit(1)) is not None

    async def carries(self, brand_id: UUID) -> bool:
        """Whether any product carries the brand."""
        statement = select(Spu.id).where(Spu.brand_id == brand_id).limit(1)
        return await self._session.scalar(statement) is not None

    async def media(self, spu_id: UUID) -> Sequence[Media]:
        statement = select(Media).where(Media.spu_id == spu_id)
        return (await self._session.scalars(statement.order_by(Media.position, Media.id))).all()

    async def media_count(self, spu_id: UUID) -> int:
        statement = select(func.count()).select_from(Media).where(Media.spu_id == spu_id)
        return await self._session.scalar(statement) or 0

    async def add_media(self, row: Media) -> Media:
        self._session.add(row)
        await self._session.flush()
        return row

    async def one_media(self, spu_id: UUID, media_id: UUID) -> Media:
        statement = select(Media).where(Media.id == media_id, Media.spu_id == spu_id)
        row: Media | None = await self._session.scalar(statement)
        if row is None:
            raise NotFound("No such media")
        return row

    async def move_media(self, path: str, to: str) -> None:
        """What is called anything after `path`, on whatever host, is at `to` from now on."""
        name = func.substring(Media.url, "[^/]+$")
        statement = update(Media).where(
            Media.url.regexp_match(f"^https?://[^/]+{re.escape(path)}/[^/]+$"),
            Media.url != to + "/" + name,
        )
        await self._session.execute(statement.values(url=to + "/" + name))

    async def remove_media(self, row: Media) -> None:
        await self._session.delete(row)
        await self._session.flush()

    async def tags(self, spu_id: UUID) -> dict[UUID, datetime | None]:
        """What staff hung on the product, until when."""
        rows = await self._session.execute(
            select(SpuTag.tag_id, SpuTag.expires_at).where(
                SpuTag.spu_id == spu_id, SpuTag.is_by_rule.is_(False)
            )
        )
        return {row.tag_id: row.expires_at for row in rows}

    async def put_tags(self, spu_id: UUID, tags: Mapping[UUID, datetime | None]) -> None:
        """Let exactly `tags` be what staff hung; what rules hung stays, unless it is among them."""
        await self._session.execute(
            delete(SpuTag).where(
                SpuTag.spu_id == spu_id,
                SpuTag.is_by_rule.is_(False),
                SpuTag.tag_id.not_in(tags),
            )
        )
        if not tags:
            return
        # In order, so that two rules at work are waited for in one order. A rule may be hanging
        # one of the tags this moment: then its row becomes that of staff.
        rows = [
            {"spu_id": spu_id, "tag_id": tag, "expires_at": tags[tag], "is_by_rule": False}
            for tag in sorted(tags)
        ]
        hang = insert(SpuTag).values(rows)
        await self._session.execute(
            hang.on_conflict_do_update(
                index_elements=["spu_id", "tag_id"],
                set_={"expires_at": hang.excluded.expires_at, "is_by_rule": False},
            )
        )


class SkuRepository(Rows[Sku]):
    def __init__(self, session: AsyncSession) -> None:
        super().__init__(session, Sku)

    async def of_merchant(self, sku_id: UUID, merchant_id: UUID | None) -> Sku:
        where = [] if merchant_id is None else [Sku.merchant_id == merchant_id]
        return await self.get(sku_id, *where)

    async def of_product(self, spu_id: UUID, *, after: UUID | None, limit: int) -> Slice[Sku]:
        return await self.page(Sku.spu_id == spu_id, after=after, limit=limit)

    async def add_new(self, row: Sku) -> Sku:
        """Raises `AlreadyExists` for a code of the merchant or a choice of the product."""
        await self.refuse_taken("code", row.code, Sku.merchant_id == row.merchant_id)
        await self.refuse_taken("option_key", row.option_key, Sku.spu_id == row.spu_id)
        return await self.add(row)
