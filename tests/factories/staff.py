"""Staff and roles to test with."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor, Audience
from app.core.enums.scopes import Scope
from app.core.ids import new_id, random_code
from app.core.settings import TokenSettings
from app.models.system import Role, Staff, StaffRole
from tests.factories.sessions import make_login

NO_PASSWORD = "!"


async def make_role(session: AsyncSession, *, scopes: Iterable[Scope], **overrides: Any) -> Role:
    values: dict[str, Any] = {
        "id": new_id(),
        "name": f"Role {random_code(8)}",
        "scopes": sorted(scope.value for scope in scopes),
    }
    role = Role(**(values | overrides))
    session.add(role)
    await session.flush()
    return role


async def make_staff(
    session: AsyncSession, *, scopes: Iterable[Scope] = (), **overrides: Any
) -> Staff:
    """Somebody whose one role grants `scopes`; `is_owner=True` needs none."""
    values: dict[str, Any] = {
        "id": new_id(),
        "email": f"{random_code(12).lower()}@shop.test",
        "name": "Mei Clerk",
        "password_hash": NO_PASSWORD,
    }
    staff = Staff(**(values | overrides))
    session.add(staff)
    await session.flush()
    if wanted := tuple(scopes):
        role = await make_role(session, scopes=wanted)
        session.add(StaffRole(staff_id=staff.id, role_id=role.id))
        await session.flush()
    return staff


async def bearer(
    session: AsyncSession, staff: Staff, *, tokens: TokenSettings | None = None
) -> dict[str, str]:
    """Headers with a real access token of a real login, made without hashing a password."""
    return (await make_login(session, Audience.ADMIN, staff.id, tokens=tokens)).headers


def actor_of(staff: Staff, scopes: Iterable[Scope] = ()) -> Actor:
    held = frozenset(Scope) if staff.is_owner else frozenset(scopes)
    return Actor(Audience.ADMIN, staff.id, scopes=held)
