"""Members, guests and addresses to test with."""

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor, Audience
from app.core.enums.members import MemberKind
from app.core.ids import new_id, random_code
from app.core.settings import TokenSettings
from app.models.members import Address, Member
from tests.factories.sessions import make_login


async def make_member(session: AsyncSession, **overrides: Any) -> Member:
    """A member who has an e-mail address and no password."""
    values: dict[str, Any] = {
        "id": new_id(),
        "kind": MemberKind.MEMBER,
        "email": f"{random_code(12).lower()}@example.test",
        "name": "Lin Shopper",
    }
    member = Member(**(values | overrides))
    session.add(member)
    await session.flush()
    return member


async def make_guest(session: AsyncSession, **overrides: Any) -> Member:
    return await make_member(
        session, **({"kind": MemberKind.GUEST, "email": None, "name": None} | overrides)
    )


async def make_address(session: AsyncSession, member_id: UUID, **overrides: Any) -> Address:
    values: dict[str, Any] = {
        "id": new_id(),
        "member_id": member_id,
        "recipient": "Lin Shopper",
        "phone": "+8613800138000",
        "country": "CN",
        "province": "上海市",
        "city": "上海市",
        "district": "黄浦区",
        "street": "南京东路 1 号",
        "postal_code": "200001",
        "region_code": "310101",
    }
    address = Address(**(values | overrides))
    session.add(address)
    await session.flush()
    return address


async def bearer(
    session: AsyncSession, member: Member, *, tokens: TokenSettings | None = None
) -> dict[str, str]:
    """Headers with a real access token of a real login, made without hashing a password."""
    login = await make_login(
        session,
        Audience.STOREFRONT,
        member.id,
        is_guest=member.kind is MemberKind.GUEST,
        tokens=tokens,
    )
    return login.headers


def actor_of(member: Member) -> Actor:
    return Actor(Audience.STOREFRONT, member.id, is_guest=member.kind is MemberKind.GUEST)
