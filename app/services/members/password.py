"""Changing a password, or setting it anew with a code."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor, Audience
from app.core.contacts import Contact
from app.core.enums.members import CodePurpose
from app.core.security.passwords import acceptable
from app.repositories.members import MemberRepository
from app.services import system
from app.services.members.codes import redeem_code
from app.services.members.errors import OtpInvalid
from app.services.members.sign_in import confirm_password


async def change_password(
    session: AsyncSession,
    gate: system.Gate,
    actor: Actor,
    *,
    current: str,
    password: str,
    device: system.Device,
) -> None:
    """Every other session of the member ends. `session` is not used before the hash is made.

    Raises `WrongPassword`, `PasswordRefused` and `TooManyRequests`.
    """
    acceptable(password)
    await confirm_password(gate, actor, current, device)
    password_hash = await gate.passwords.hash(password)
    await MemberRepository(session).set_password(actor.id, password_hash)
    await system.revoke_sessions(
        session, Audience.STOREFRONT, actor.id, reason="password changed", keep=actor.session_id
    )


async def reset_password(
    session: AsyncSession, gate: system.Gate, contact: Contact, *, code: str, password: str
) -> None:
    """Set a password for whoever owns the address; all sessions of the member end.

    Raises `OtpInvalid`, also where nobody has the address, and `PasswordRefused`.
    """
    acceptable(password)
    await redeem_code(gate, contact, CodePurpose.RESET_PASSWORD, code)
    password_hash = await gate.passwords.hash(password)
    members = MemberRepository(session)
    known = await members.secret(contact)
    if known is None:
        raise OtpInvalid("Ask for a new code")
    await members.set_password(known.id, password_hash)
    await system.revoke_sessions(session, Audience.STOREFRONT, known.id, reason="password reset")
