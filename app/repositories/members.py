"""Members, their addresses and one-time codes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.contacts import Contact, ContactKind
from app.core.enums.members import CodePurpose, MemberKind, MemberStatus
from app.core.ids import new_id
from app.core.json import dump
from app.models.members import Address, Member

_PUT_CODE = text("""
INSERT INTO one_time_codes (id, purpose, destination, code_hash, expires_at)
VALUES (:id, :purpose, :destination, :code_hash, now() + make_interval(secs => :seconds))
ON CONFLICT (purpose, destination) WHERE used_at IS NULL DO UPDATE
SET code_hash = excluded.code_hash, expires_at = excluded.expires_at, tries = 0,
    created_at = now()
""")

# Counting and comparing are one statement, so parallel guesses take turns and five is the end.
_TRY_CODE = text("""
UPDATE one_time_codes
SET tries = tries + 1, used_at = CASE WHEN code_hash = :code_hash THEN now() END
WHERE purpose = :purpose AND destination = :destination
  AND used_at IS NULL AND tries < :tries AND expires_at > now()
RETURNING used_at IS NOT NULL AS is_right
""")

_SWEEP_CODES = text("""
DELETE FROM one_time_codes WHERE id IN (
    SELECT id FROM one_time_codes WHERE expires_at < now() - interval '1 day'
    ORDER BY id LIMIT 1000 FOR UPDATE SKIP LOCKED
)
RETURNING id
""")

_MAKE = text("""
INSERT INTO members (id, kind, email, phone, name)
SELECT x.id, 'member', x.email, x.phone, x.name
FROM jsonb_to_recordset(CAST(:rows AS jsonb))
    AS x(id uuid, email varchar, phone varchar, name varchar)
WHERE NOT EXISTS (SELECT FROM members m WHERE m.email = x.email)
  AND (x.email IS NOT NULL OR NOT EXISTS (SELECT FROM members m WHERE m.phone = x.phone))
ON CONFLICT DO NOTHING
""")

_FOUND = text("""
SELECT x.ref, m.id
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS x(ref varchar, email varchar, phone varchar)
JOIN members m ON m.email = x.email OR (x.email IS NULL AND m.phone = x.phone)
WHERE m.kind = 'member'
""")


@dataclass(frozen=True, slots=True)
class MemberSecret:
    """What a sign-in compares."""

    id: UUID
    password_hash: str | None
    status: MemberStatus


class MemberRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add_guest(self, member_id: UUID) -> None:
        await self._session.execute(
            insert(Member).values(id=member_id, kind=MemberKind.GUEST, status=MemberStatus.ACTIVE)
        )

    async def add(self, contact: Contact, password_hash: str | None) -> UUID | None:
        """The id of the new member; None if somebody has that address."""
        values: dict[str, Any] = {
            "id": new_id(),
            "kind": MemberKind.MEMBER,
            "password_hash": password_hash,
            contact.kind.value: contact.value,
        }
        statement = insert(Member).values(values).on_conflict_do_nothing().returning(Member.id)
        return await self._session.scalar(statement)

    async def adopt(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, UUID]:
        """Members by `ref` of `id`, `ref`, `email`, `phone`, `name`; made where there is none.

        An e-mail decides, a phone only where there is none.
        """
        values = {"rows": dump(rows)}
        await self._session.execute(_MAKE, values)
        return {row.ref: row.id for row in await self._session.execute(_FOUND, values)}

    async def secret(self, contact: Contact) -> MemberSecret | None:
        column = Member.email if contact.kind is ContactKind.EMAIL else Member.phone
        statement = select(Member.id, Member.password_hash, Member.status).where(
            column == contact.value, Member.kind == MemberKind.MEMBER
        )
        return await self._one_secret(statement)

    async def secret_of(self, member_id: UUID) -> MemberSecret | None:
        return await self._one_secret(
            select(Member.id, Member.password_hash, Member.status).where(Member.id == member_id)
        )

    async def set_password(self, member_id: UUID, password_hash: str) -> None:
        await self._session.execute(
            update(Member).where(Member.id == member_id).values(password_hash=password_hash)
        )

    async def get(self, member_id: UUID, *, lock: bool = False) -> Member | None:
        statement = select(Member).where(Member.id == member_id)
        if lock:
            statement = statement.with_for_update().execution_options(populate_existing=True)
        return await self._session.scalar(statement)

    async def page(
        self, *, contact: Contact | None, after: UUID | None, limit: int
    ) -> list[Member]:
        """Members without guests, newest first; one row more than `limit` tells of another page."""
        statement = (
            select(Member)
            .where(Member.kind == MemberKind.MEMBER)
            .order_by(Member.id.desc())
            .limit(limit + 1)
        )
        if contact is not None:
            column = Member.email if contact.kind is ContactKind.EMAIL else Member.phone
            statement = statement.where(column == contact.value)
        if after is not None:
            statement = statement.where(Member.id < after)
        return list(await self._session.scalars(statement))

    async def _one_secret(self, statement: Any) -> MemberSecret | None:
        row = (await self._session.execute(statement)).one_or_none()
        return None if row is None else MemberSecret(row.id, row.password_hash, row.status)


class AddressRepository:
    """Every look-up is by member, so nobody reaches the address of another."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, row: Address) -> Address:
        self._session.add(row)
        return row

    async def of(self, member_id: UUID) -> list[Address]:
        """The default first, then the newest."""
        statement = (
            select(Address)
            .where(Address.member_id == member_id)
            .order_by(Address.is_default.desc(), Address.id.desc())
        )
        return list(await self._session.scalars(statement))

    async def get(self, member_id: UUID, address_id: UUID) -> Address | None:
        return await self._session.scalar(
            select(Address)
            .where(Address.id == address_id, Address.member_id == member_id)
            .execution_options(populate_existing=True)
        )

    async def count(self, member_id: UUID) -> int:
        statement = select(func.count()).where(Address.member_id == member_id)
        return await self._session.scalar(statement) or 0

    async def clear_default(self, member_id: UUID) -> None:
        await self._session.execute(
            update(Address)
            .where(Address.member_id == member_id, Address.is_default)
            .values(is_default=False, version=Address.version + 1)
        )

    async def remove(self, row: Address) -> None:
        await self._session.delete(row)
        await self._session.flush()


class CodeRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def put(
        self, purpose: CodePurpose, destination: str, code_hash: str, *, seconds: int
    ) -> None:
        """Make this the one live code of its purpose and destination."""
        values = {
            "id": new_id(),
            "purpose": purpose.value,
            "destination": destination,
            "code_hash": code_hash,
            "seconds": seconds,
        }
        await self._session.execute(_PUT_CODE, values)

    async def try_code(
        self, purpose: CodePurpose, destination: str, code_hash: str, *, tries: int
    ) -> bool:
        """Count one guess; whether it was right. No live code left is wrong, too."""
        values = {
            "purpose": purpose.value,
            "destination": destination,
            "code_hash": code_hash,
            "tries": tries,
        }
        return bool(await self._session.scalar(_TRY_CODE, values))

    async def sweep(self) -> int:
        return len((await self._session.scalars(_SWEEP_CODES)).all())
