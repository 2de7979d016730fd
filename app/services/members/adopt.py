"""Members another system had: found by their address, or made without a password."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.ids import new_id
from app.repositories.members import MemberRepository


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopted:
    """Somebody the other system knows as `ref`, by one address at least."""

    ref: str
    email: str | None = None
    phone: str | None = None
    name: str | None = None


async def adopt(session: AsyncSession, customers: Sequence[Adopted]) -> dict[str, UUID]:
    """Members by ref, in two statements; nobody is told.

    Who has the e-mail, or the phone where none is named, is that member; others are made, and set
    a password by a code. Who is new and whose phone is somebody else's is missing in the answer.
    """
    rows = [
        {"id": new_id(), "ref": x.ref, "email": x.email, "phone": x.phone, "name": x.name}
        for x in customers
    ]
    return await MemberRepository(session).adopt(rows)
