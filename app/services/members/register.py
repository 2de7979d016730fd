"""Becoming a member, and being a guest before that."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Audience
from app.core.contacts import Contact
from app.core.enums.members import CodePurpose
from app.core.errors import AlreadyExists
from app.core.ids import new_id
from app.core.security.keyring import Keyring
from app.core.security.passwords import acceptable
from app.repositories.members import MemberRepository
from app.services import system
from app.services.members.codes import redeem_code
from app.services.members.errors import CodeRequired
from app.services.members.events import MemberRegistered

_NOWHERE = system.Device()


async def register(
    session: AsyncSession,
    gate: system.Gate,
    contact: Contact,
    *,
    password: str,
    code: str | None,
    needs_code: bool,
) -> UUID:
    """The id of the new member.

    With a code the address is proved, so saying that it is taken tells its owner nothing new.
    Without one the refusal would tell strangers who shops here: where `needs_code` is set, every
    address gets the same `CodeRequired` before anything is looked up. Where it is not (a shop that
    prefers one step, and development) `AlreadyExists` is that oracle, slowed by the rate limit.
    Also raises `OtpInvalid` and `PasswordRefused`. `session` is not used before the hash is made.
    """
    if code is None and needs_code:
        raise CodeRequired("Ask for a code for this address and send it along")
    acceptable(password)
    if code is not None:
        await redeem_code(gate, contact, CodePurpose.REGISTER, code)
    password_hash = await gate.passwords.hash(password)
    member_id = await add_member(session, contact, password_hash)
    if member_id is None:
        raise AlreadyExists("The address is registered; sign in", field=contact.kind.value)
    return member_id


async def add_member(
    session: AsyncSession, contact: Contact, password_hash: str | None
) -> UUID | None:
    """Insert and announce a member; None if the address is taken."""
    member_id = await MemberRepository(session).add(contact, password_hash)
    if member_id is not None:
        await system.publish(session, MemberRegistered(member_id=member_id))
    return member_id


async def add_buyer(session: AsyncSession, member_id: UUID) -> None:
    """Somebody who buys elsewhere and never signs in here: a guest without a session."""
    await MemberRepository(session).add_guest(member_id)


async def open_guest(
    session: AsyncSession, keyring: Keyring, *, device: system.Device = _NOWHERE
) -> tuple[UUID, system.Tokens]:
    """A new guest and the tokens of their one session.

    A guest owns carts and orders like a member; the row stays a guest's for ever, and whoever signs
    in later takes the carts along.
    """
    member_id = new_id()
    await MemberRepository(session).add_guest(member_id)
    tokens = await system.open_session(
        session,
        keyring,
        audience=Audience.STOREFRONT,
        subject_id=member_id,
        device=device,
        is_guest=True,
    )
    return member_id, tokens
