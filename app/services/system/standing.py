"""Whether a session still lives and what it may do: asked on writes, remembered on reads.

An answer is remembered for five seconds in the memory of one process, so a read may still succeed
that long after the session was ended elsewhere. A write always asks.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from time import monotonic
from uuid import UUID

from app.core.actor import Audience
from app.core.db import Sessions
from app.core.enums.scopes import Scope
from app.core.security.tokens import AccessClaims
from app.core.shared import SharedReadings
from app.repositories.system.sessions import SessionRepository

LIFE_SECONDS = 5.0
CAPACITY = 20_000
KNOWN_SCOPES = frozenset(Scope)


@dataclass(frozen=True, slots=True)
class Standing:
    """`scopes` of staff come from their roles; an owner has them all."""

    is_live: bool
    scopes: frozenset[Scope] = frozenset()


ENDED = Standing(is_live=False)
LIVE = Standing(is_live=True)
_remembered: dict[UUID, tuple[float, Standing]] = {}


async def standing_of(
    shared: SharedReadings, sessions: Sessions, claims: AccessClaims, *, may_remember: bool
) -> Standing:
    """The standing of a session; from memory if `may_remember` and it was asked just now.

    Else it is read, together with those of other shoppers who ask in the same moment.
    """
    if may_remember:
        until, known = _remembered.get(claims.session_id, (0.0, ENDED))
        if until > monotonic():
            return known
    found = await _ask(shared, sessions, claims)
    _remember(claims.session_id, found)
    return found


def forget(session_ids: Iterable[UUID]) -> None:
    """Take these sessions for ended.

    Called before the transaction that ends them commits, so the memory says "ended" rather than
    nothing: a read in between must not bring the old answer back.
    """
    for session_id in session_ids:
        _remember(session_id, ENDED)


async def _live(
    sessions: Sessions, logins: Sequence[tuple[UUID, str, UUID]]
) -> dict[tuple[UUID, str, UUID], bool]:
    session = sessions()
    try:
        return dict.fromkeys(await SessionRepository(session).live(logins), True)
    finally:
        await session.close()  # `async with` would do it in a task, for a ROLLBACK nobody sends


async def _ask(shared: SharedReadings, sessions: Sessions, claims: AccessClaims) -> Standing:
    if claims.audience is not Audience.ADMIN:
        login = (claims.session_id, claims.audience.value, claims.subject_id)
        return LIVE if await shared.ask(_live, sessions, login) else ENDED
    async with sessions() as session:
        found = await SessionRepository(session).staff_scopes(claims.session_id, claims.subject_id)
    if found is None:
        return ENDED
    is_owner, scopes = found
    # A role may name a scope that a later release no longer has.
    held = (
        KNOWN_SCOPES
        if is_owner
        else frozenset(Scope(each) for each in scopes if each in KNOWN_SCOPES)
    )
    return Standing(is_live=True, scopes=held)


def _remember(session_id: UUID, found: Standing) -> None:
    if len(_remembered) >= CAPACITY:
        now = monotonic()
        for old in [key for key, (until, _) in _remembered.items() if until <= now]:
            del _remembered[old]
        if len(_remembered) >= CAPACITY:
            _remembered.clear()
    _remembered[session_id] = (monotonic() + LIFE_SECONDS, found)
