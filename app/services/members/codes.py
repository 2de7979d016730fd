"""One-time codes sent to an address: six digits, five minutes, five tries, one purpose."""

from app.core.contacts import Contact
from app.core.db import unit_of_work
from app.core.enums.members import CodePurpose
from app.core.security import secrets
from app.repositories.members import CodeRepository, MemberRepository
from app.services import system
from app.services.members.errors import OtpInvalid
from app.services.members.messages import Message

LIFE_SECONDS = 300
TRIES = 5
PER_MINUTE, PER_HOUR = 1, 5

_TEXT = (
    "{code} is your code, valid for 5 minutes. Tell nobody. / "
    "验证码 {code}，5 分钟内有效，请勿泄露。"
)
_TAKEN = (
    "You have an account here already: sign in, or reset your password. / "
    "您已注册过账户，请直接登录或重置密码。"
)


async def request_code(gate: system.Gate, contact: Contact, purpose: CodePurpose) -> Message | None:
    """Replace the live code of this purpose and address; returns what to send there, if anything.

    The client is answered the same whether the address is known, and the same is written; only the
    owner of the address learns the truth: a registered address is told so instead of getting a
    code to register, an unknown one gets no code to reset a password. Raises `TooManyRequests`
    after one a minute or five an hour to one address.
    """
    code = secrets.new_code()
    digest = _digest(gate, contact, purpose, code)
    async with unit_of_work(gate.sessions) as session:
        if gate.is_limited:
            name = secrets.digest(gate.keyring.pepper, "code-limit", contact.value)[:32]
            await system.limits.take(session, f"code-minute:{name}", PER_MINUTE, PER_MINUTE / 60)
            await system.limits.take(session, f"code-hour:{name}", PER_HOUR, PER_HOUR / 3_600)
        await CodeRepository(session).put(purpose, contact.value, digest, seconds=LIFE_SECONDS)
        is_known = await MemberRepository(session).secret(contact) is not None
    if purpose is CodePurpose.REGISTER and is_known:
        return Message(contact.value, "already_registered", _TAKEN)
    if purpose is CodePurpose.RESET_PASSWORD and not is_known:
        return None
    return Message(contact.value, f"code_{purpose}", _TEXT.format(code=code))


async def redeem_code(gate: system.Gate, contact: Contact, purpose: CodePurpose, code: str) -> None:
    """Use up the code. Raises `OtpInvalid`; the guess counts even then."""
    digest = _digest(gate, contact, purpose, code)
    async with unit_of_work(gate.sessions) as session:
        is_right = await CodeRepository(session).try_code(
            purpose, contact.value, digest, tries=TRIES
        )
    if not is_right:
        raise OtpInvalid("Ask for a new code if this one is older than five minutes")


def _digest(gate: system.Gate, contact: Contact, purpose: CodePurpose, code: str) -> str:
    return secrets.digest(gate.keyring.pepper, "code", purpose, contact.value, code)
