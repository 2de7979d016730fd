"""Members sign in, by password or by a code sent to them."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor, Audience, Unauthenticated
from app.core.contacts import Contact, InvalidContact, login_of
from app.core.db import unit_of_work
from app.core.enums.members import CodePurpose, MemberStatus
from app.core.security.keyring import Keyring
from app.repositories.members import MemberRepository, MemberSecret
from app.services import system
from app.services.members.codes import redeem_code
from app.services.members.errors import MemberFrozen
from app.services.members.register import add_member


async def check_password(
    gate: system.Gate, *, login: str, password: str, device: system.Device
) -> UUID:
    """The id of the member whose password this is.

    An unknown login and a wrong password are the same `LoginRefused` after the same work. Raises
    `TooManyRequests` after ten tries in a row, and `MemberFrozen` only to whoever knows the
    password.
    """
    try:
        contact: Contact | None = login_of(login)
    except InvalidContact:
        contact = None
    async with unit_of_work(gate.sessions) as session:
        known = await MemberRepository(session).secret(contact) if contact else None
        await _count(session, gate, contact.value if contact else login, known, device)
    is_right, newer = await gate.passwords.verify(password, known.password_hash if known else None)
    if known is None or not is_right:
        raise system.LoginRefused("The login or the password is wrong")
    _require_active(known)
    if newer is not None:
        async with unit_of_work(gate.sessions) as session:
            await MemberRepository(session).set_password(known.id, newer)
    return known.id


async def confirm_password(
    gate: system.Gate, actor: Actor, password: str, device: system.Device
) -> None:
    """Check the actor's own password again. Raises `WrongPassword` and `TooManyRequests`."""
    async with unit_of_work(gate.sessions) as session:
        known = await MemberRepository(session).secret_of(actor.id)
        await _count(session, gate, str(actor.id), known, device)
    is_right, _ = await gate.passwords.verify(password, known.password_hash if known else None)
    if not is_right:
        raise system.WrongPassword("Type the password you sign in with")


async def sign_in_by_code(
    session: AsyncSession, gate: system.Gate, contact: Contact, code: str
) -> UUID:
    """The member who owns the address, registered now if there is none.

    Raises `OtpInvalid` and `MemberFrozen`. `session` is not used before the code is redeemed.
    """
    await redeem_code(gate, contact, CodePurpose.LOGIN, code)
    members = MemberRepository(session)
    known = await members.secret(contact)
    if known is None:
        added = await add_member(session, contact, None)
        if added is not None:
            return added
        known = await members.secret(contact)
    if known is None:
        raise Unauthenticated("Ask for a new code")
    _require_active(known)
    return known.id


async def open_member_session(
    session: AsyncSession, keyring: Keyring, member_id: UUID, *, device: system.Device
) -> system.Tokens:
    """Tokens of a new login of a member who has been checked."""
    return await system.open_session(
        session, keyring, audience=Audience.STOREFRONT, subject_id=member_id, device=device
    )


def _require_active(known: MemberSecret) -> None:
    if known.status is not MemberStatus.ACTIVE:
        raise MemberFrozen("Ask customer service")


async def _count(
    session: AsyncSession,
    gate: system.Gate,
    login: str,
    known: MemberSecret | None,
    device: system.Device,
) -> None:
    await system.count_try(
        session,
        gate,
        audience=Audience.STOREFRONT,
        login=login,
        subject_id=known.id if known else None,
        device=device,
    )
