"""Letting merchants' systems in by API key.

A key that was just let in is remembered for five seconds in the memory of one process, for reads
only: a revoked key may read that long elsewhere. A write always asks.
"""

from time import monotonic

from app.core.actor import Actor, Audience, Unauthenticated
from app.core.db import Sessions, unit_of_work
from app.core.enums.scopes import Scope
from app.core.security import secrets
from app.core.security.keyring import Keyring
from app.core.security.networks import is_within, network_of
from app.repositories.merchants import ApiKeyRepository, KeyFacts
from app.services import system
from app.services.merchants.events import ApiKeyExposed

DIGEST = "api-key"
LIFE_SECONDS = 5.0
CAPACITY = 5_000
BAD_KEYS_PER_MINUTE = 20
_NOBODY = "0" * 64
_remembered: dict[str, tuple[float, KeyFacts]] = {}


async def authenticate(
    sessions: Sessions, keyring: Keyring, key: str, *, ip: str | None, may_remember: bool
) -> Actor:
    """The caller an API key stands for.

    Raises `Unauthenticated` for every key that does not open the door, whatever the reason, and
    `TooManyRequests` after twenty of them a minute from one network. When the key was last used is
    written once a minute at most.
    """
    digest = secrets.digest(keyring.pepper, DIGEST, key)
    until, facts = _remembered.get(digest, (0.0, None))
    if not may_remember or until <= monotonic():
        facts = await _ask(sessions, key, digest)
    if facts is None or (facts.ip_allow and not is_within(ip, facts.ip_allow)):
        await _refuse(sessions, ip)
        raise Unauthenticated("Send a valid API key")
    return Actor(
        Audience.MERCHANT,
        facts.id,
        scopes=frozenset(Scope(each) for each in facts.scopes if each in frozenset(Scope)),
        merchant_id=facts.merchant_id,
    )


async def report_exposed(sessions: Sessions, text: str) -> None:
    """Tell the owner of a key that it was sent in an address; unknown keys are nobody's."""
    key_id = secrets.api_key_id(text)
    if key_id is None:
        return
    async with unit_of_work(sessions) as session:
        owner = await ApiKeyRepository(session).owner_of(key_id)
        if owner is not None:
            event = ApiKeyExposed(api_key_id=owner[0], merchant_id=owner[1])
            await system.publish(session, event)


def forget_keys() -> None:
    """Ask again about every key; called when one of them is ended."""
    _remembered.clear()


async def _ask(sessions: Sessions, key: str, digest: str) -> KeyFacts | None:
    key_id = secrets.api_key_id(key)
    if key_id is None:
        return None
    async with unit_of_work(sessions) as session:
        keys = ApiKeyRepository(session)
        facts = await keys.presented(key_id)
        # An unknown id is compared as well, so that the time tells nothing about which ids exist.
        is_right = secrets.same(facts.key_hash if facts else _NOBODY, digest)
        if facts is None or not is_right:
            return None
        if facts.is_use_unrecorded:
            await keys.record_use(facts.id)
    if len(_remembered) >= CAPACITY:
        _remembered.clear()
    _remembered[digest] = (monotonic() + LIFE_SECONDS, facts)
    return facts


async def _refuse(sessions: Sessions, ip: str | None) -> None:
    async with unit_of_work(sessions) as session:
        await system.limits.take(
            session, f"bad-key:{network_of(ip)}", BAD_KEYS_PER_MINUTE, BAD_KEYS_PER_MINUTE / 60
        )
