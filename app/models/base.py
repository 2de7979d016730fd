"""Declarative base: naming convention, column types, id and timestamps every table shares."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, DateTime, Enum, MetaData, String, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from app.core.ids import new_id

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

# Column types by annotation. `Minor` is an amount in minor units of the row's currency.
Minor = Annotated[int, mapped_column(BigInteger)]
Currency = Annotated[str, mapped_column(String(3))]
Code = Annotated[str, mapped_column(String(64))]
Name = Annotated[str, mapped_column(String(200))]
Json = Annotated[dict[str, Any], mapped_column(JSONB)]
JsonList = Annotated[list[Any], mapped_column(JSONB)]


def _values(enum: type[StrEnum]) -> list[str]:
    return [member.value for member in enum]


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {
        datetime: DateTime(timezone=True),
        # A varchar holding the value: adding a member needs no ALTER TYPE.
        StrEnum: Enum(StrEnum, native_enum=False, length=32, values_callable=_values),
    }


class Entity(Base):
    """A row with a time-ordered UUIDv7 id, so index inserts stay local and ids sort by age."""

    __abstract__ = True

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Versioned(Entity):
    """An entity people edit: `version` is its ETag, moved by every update."""

    __abstract__ = True

    version: Mapped[int] = mapped_column(default=1, server_default="1")
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


def not_negative(*columns: str) -> list[CheckConstraint]:
    """`CHECK (column >= 0)` for each column, named `<column>_not_negative`."""
    return [CheckConstraint(f"{each} >= 0", name=f"{each}_not_negative") for each in columns]
