"""Staff sign in and change their own password."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor, Audience
from app.core.contacts import InvalidContact, email_of
from app.core.db import unit_of_work
from app.repositories.system.staff import StaffRepository
from app.services.system.gate import Gate, LoginRefused, WrongPassword, count_try
from app.services.system.operations import record
from app.services.system.sessions import Device, Tokens, open_session, revoke_sessions


async def sign_in_staff(gate: Gate, *, email: str, password: str, device: Device) -> Tokens:
    """Tokens for somebody on the staff.

    An unknown address, a wrong password and a disabled person are the same `LoginRefused`.
    Raises `TooManyRequests` after ten tries in a row.
    """
    try:
        login = email_of(email)
    except InvalidContact:
        login = ""
    async with unit_of_work(gate.sessions) as session:
        known = await StaffRepository(session).secret(email=login)
        await count_try(
            session,
            gate,
            audience=Audience.ADMIN,
            login=login,
            subject_id=known.id if known else None,
            device=device,
        )
    is_right, newer = await gate.passwords.verify(password, known.password_hash if known else None)
    if known is None or not is_right:
        raise LoginRefused("The address or the password is wrong")
    async with unit_of_work(gate.sessions) as session:
        if newer is not None:
            await StaffRepository(session).set_password(known.id, newer)
        return await open_session(
            session, gate.keyring, audience=Audience.ADMIN, subject_id=known.id, device=device
        )


async def confirm_staff_password(gate: Gate, actor: Actor, password: str, device: Device) -> None:
    """Check the actor's own password again. Raises `WrongPassword` and `TooManyRequests`."""
    async with unit_of_work(gate.sessions) as session:
        known = await StaffRepository(session).secret_of(actor.id)
        await count_try(
            session,
            gate,
            audience=Audience.ADMIN,
            login=str(actor.id),
            subject_id=actor.id,
            device=device,
        )
    is_right, _ = await gate.passwords.verify(password, known)
    if not is_right:
        raise WrongPassword("Type the password you sign in with")


async def change_staff_password(session: AsyncSession, actor: Actor, *, password_hash: str) -> None:
    """Set the actor's own password; every other session of theirs ends."""
    await StaffRepository(session).set_password(actor.id, password_hash)
    await revoke_sessions(
        session, Audience.ADMIN, actor.id, reason="password changed", keep=actor.session_id
    )
    await record(session, actor, "system.change_own_password", "staff", actor.id)
