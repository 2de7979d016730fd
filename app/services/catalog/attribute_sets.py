"""Attribute sets: which attributes the products of one sort have."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.enums.catalog import AttributeKind
from app.core.errors import DomainError
from app.models.catalog import Attribute, AttributeSet
from app.repositories.catalog.rows import Rows, Slice
from app.services.catalog.edits import created, edit, removed

MAX_ATTRIBUTES = 200


class InvalidAttributes(DomainError):
    """`reasons` lists every value that does not fit the attribute set."""

    slug, title, title_zh = (
        "invalid-attributes",
        "The attributes do not fit the attribute set",
        "商品属性不正确",
    )
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class TooManyAttributes(DomainError):
    slug, title, title_zh = "too-many-attributes", "The set has too many attributes", "属性过多"


async def create_attribute_set(
    session: AsyncSession, values: Mapping[str, Any], *, actor: Actor
) -> AttributeSet:
    rows = Rows(session, AttributeSet)
    await rows.refuse_taken("name", values["name"])
    row = await rows.add(AttributeSet(**values))
    await created(session, row, actor=actor)
    return row


async def edit_attribute_set(
    session: AsyncSession, set_id: UUID, values: Mapping[str, Any], *, version: int, actor: Actor
) -> AttributeSet:
    rows = Rows(session, AttributeSet)
    row = await rows.locked(set_id, version=version)
    await rows.refuse_taken("name", values["name"], but=row.id)
    return await edit(session, row, values, actor=actor)


async def get_attribute_set(session: AsyncSession, set_id: UUID) -> AttributeSet:
    return await Rows(session, AttributeSet).get(set_id)


async def list_attribute_sets(
    session: AsyncSession, *, after: UUID | None, limit: int
) -> Slice[AttributeSet]:
    return await Rows(session, AttributeSet).page(after=after, limit=limit)


async def attributes_of(session: AsyncSession, set_id: UUID) -> Sequence[Attribute]:
    """The attributes of the set in display order."""
    where = Attribute.attribute_set_id == set_id
    order = (Attribute.position, Attribute.code)
    return await Rows(session, Attribute).first(where, order=order, limit=MAX_ATTRIBUTES)


async def add_attribute(
    session: AsyncSession, set_id: UUID, values: Mapping[str, Any], *, actor: Actor
) -> Attribute:
    """Raises `AlreadyExists` for a code the set already has."""
    await Rows(session, AttributeSet).locked(set_id)
    if len(await attributes_of(session, set_id)) >= MAX_ATTRIBUTES:
        raise TooManyAttributes("The set is full", max_attributes=MAX_ATTRIBUTES)
    rows = Rows(session, Attribute)
    await rows.refuse_taken("code", values["code"], Attribute.attribute_set_id == set_id)
    row = await rows.add(Attribute(attribute_set_id=set_id, **values))
    await created(session, row, actor=actor)
    return row


async def edit_attribute(
    session: AsyncSession,
    attribute_id: UUID,
    values: Mapping[str, Any],
    *,
    version: int,
    actor: Actor,
) -> Attribute:
    row = await Rows(session, Attribute).locked(attribute_id, version=version)
    return await edit(session, row, values, actor=actor)


async def delete_attribute(
    session: AsyncSession, attribute_id: UUID, *, version: int, actor: Actor
) -> None:
    """Products keep the values they have; new ones can no longer be given."""
    rows = Rows(session, Attribute)
    row = await rows.locked(attribute_id, version=version)
    await removed(session, row, actor=actor)
    await rows.remove(row)


async def check_attributes(
    session: AsyncSession, set_id: UUID | None, values: Mapping[str, Sequence[str]]
) -> None:
    """Raise `InvalidAttributes` unless every value belongs to a descriptive attribute of the set.

    A product without a set may have any attributes.
    """
    if set_id is None or not values:
        return
    known = {
        each.code: each
        for each in await attributes_of(session, set_id)
        if each.kind is AttributeKind.DESCRIPTIVE
    }
    reasons = [f"attribute {code} is unknown" for code in values if code not in known]
    reasons += [
        f"{value} is no choice of {code}"
        for code, chosen in values.items()
        if code in known and known[code].choices
        for value in chosen
        if value not in known[code].choices
    ]
    if reasons:
        raise InvalidAttributes("Correct the attributes", reasons=reasons)
