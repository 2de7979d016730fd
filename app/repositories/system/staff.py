"""Staff and their roles."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.system import Role, Staff, StaffRole


@dataclass(frozen=True, slots=True)
class StaffSecret:
    """What a sign-in compares."""

    id: UUID
    password_hash: str


class StaffRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, row: Staff) -> Staff:
        self._session.add(row)
        return row

    async def get(self, staff_id: UUID, *, lock: bool = False) -> Staff | None:
        statement = select(Staff).where(Staff.id == staff_id)
        if lock:
            statement = statement.with_for_update().execution_options(populate_existing=True)
        return await self._session.scalar(statement)

    async def secret(self, *, email: str) -> StaffSecret | None:
        """The password hash of somebody who may sign in."""
        statement = select(Staff.id, Staff.password_hash).where(
            Staff.email == email, Staff.is_active
        )
        row = (await self._session.execute(statement)).one_or_none()
        return None if row is None else StaffSecret(row.id, row.password_hash)

    async def secret_of(self, staff_id: UUID) -> str | None:
        return await self._session.scalar(
            select(Staff.password_hash).where(Staff.id == staff_id, Staff.is_active)
        )

    async def set_password(self, staff_id: UUID, password_hash: str) -> None:
        await self._session.execute(
            update(Staff).where(Staff.id == staff_id).values(password_hash=password_hash)
        )

    async def has_email(self, email: str) -> bool:
        statement = select(Staff.id).where(Staff.email == email)
        return await self._session.scalar(statement) is not None

    async def page(self, *, after: UUID | None, limit: int) -> list[Staff]:
        """Newest first; one row more than `limit` tells that there is another page."""
        statement = select(Staff).order_by(Staff.id.desc()).limit(limit + 1)
        if after is not None:
            statement = statement.where(Staff.id < after)
        return list(await self._session.scalars(statement))

    async def roles_of(self, staff_ids: Iterable[UUID]) -> dict[UUID, list[Role]]:
        statement = (
            select(StaffRole.staff_id, Role)
            .join(Role, Role.id == StaffRole.role_id)
            .where(StaffRole.staff_id.in_(list(staff_ids)))
            .order_by(Role.name)
        )
        found: dict[UUID, list[Role]] = {}
        for staff_id, role in await self._session.execute(statement):
            found.setdefault(staff_id, []).append(role)
        return found

    async def set_roles(self, staff_id: UUID, role_ids: Sequence[UUID]) -> None:
        await self._session.execute(delete(StaffRole).where(StaffRole.staff_id == staff_id))
        if role_ids:
            rows = [{"staff_id": staff_id, "role_id": role_id} for role_id in role_ids]
            await self._session.execute(insert(StaffRole), rows)


class RoleRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, row: Role) -> Role:
        self._session.add(row)
        return row

    async def get(self, role_id: UUID, *, lock: bool = False) -> Role | None:
        statement = select(Role).where(Role.id == role_id)
        if lock:
            statement = statement.with_for_update().execution_options(populate_existing=True)
        return await self._session.scalar(statement)

    async def named(self, role_ids: Iterable[UUID]) -> list[Role]:
        """The roles with these ids, locked against edits until the commit."""
        statement = (
            select(Role)
            .where(Role.id.in_(list(role_ids)))
            .order_by(Role.id)
            .with_for_update(read=True)
            .execution_options(populate_existing=True)
        )
        return list(await self._session.scalars(statement))

    async def has_name(self, name: str, *, but: UUID | None = None) -> bool:
        statement = select(Role.id).where(Role.name == name)
        if but is not None:
            statement = statement.where(Role.id != but)
        return await self._session.scalar(statement) is not None

    async def is_held(self, role_id: UUID) -> bool:
        statement = select(StaffRole.staff_id).where(StaffRole.role_id == role_id).limit(1)
        return await self._session.scalar(statement) is not None

    async def remove(self, role: Role) -> None:
        await self._session.delete(role)

    async def page(self, *, after: UUID | None, limit: int) -> list[Role]:
        """Newest first; one row more than `limit` tells that there is another page."""
        statement = select(Role).order_by(Role.id.desc()).limit(limit + 1)
        if after is not None:
            statement = statement.where(Role.id < after)
        return list(await self._session.scalars(statement))
