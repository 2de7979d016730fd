"""Refreshing and revoking logins."""

import asyncio
from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.core import clock
from app.core.actor import Audience, Unauthenticated
from app.core.db import Sessions, build_sessions, unit_of_work
from app.core.ids import new_id
from app.core.security import tokens as access_tokens
from app.core.security.keyring import Keyring
from app.core.settings import Settings
from app.core.shared import SharedReadings
from app.models.system import LoginSession, OutboxMessage, RefreshToken
from app.services import system
from app.services.system.standing import standing_of
from tests.app import Outbox
from tests.factories.members import make_member
from tests.statements import Statements

KEYRING = Keyring.of(Settings())
HOUR = timedelta(hours=1)


async def opened(session: AsyncSession, subject_id: UUID | None = None) -> system.Tokens:
    return await system.open_session(
        session,
        KEYRING,
        audience=Audience.STOREFRONT,
        subject_id=subject_id or new_id(),
        device=system.Device("192.0.2.1", "tests"),
    )


async def turned(sessions: Sessions, token: str) -> system.Tokens:
    return await system.refresh(sessions, KEYRING, token, audience=Audience.STOREFRONT)


async def age(session: AsyncSession, by: timedelta) -> None:
    """Move every use into the past."""
    await session.execute(update(RefreshToken).values(used_at=RefreshToken.used_at - by))


async def is_revoked(session: AsyncSession) -> bool:
    return bool(await session.scalar(select(func.bool_and(LoginSession.revoked_at.is_not(None)))))


async def test_a_refresh_token_is_replaced(session: AsyncSession, sessions: Sessions) -> None:
    first = await opened(session)
    second = await turned(sessions, first.refresh_token)
    third = await turned(sessions, second.refresh_token)
    assert len({first.refresh_token, second.refresh_token, third.refresh_token}) == 3
    old, new = (access_tokens.read(KEYRING.tokens, each.access_token) for each in (first, third))
    assert old == new


async def test_only_digests_are_stored(session: AsyncSession, sessions: Sessions) -> None:
    first = await opened(session)
    second = await turned(sessions, first.refresh_token)
    rows = await session.execute(text("SELECT refresh_tokens::text FROM refresh_tokens"))
    for (row,) in rows:
        assert first.refresh_token not in row
        assert second.refresh_token not in row


async def test_a27_two_tabs_get_the_same_successor(
    session: AsyncSession, sessions: Sessions
) -> None:
    first = await opened(session)
    one, two = [await turned(sessions, first.refresh_token) for _ in range(2)]
    assert one.refresh_token == two.refresh_token
    assert not await is_revoked(session)
    await turned(sessions, two.refresh_token)


@pytest.mark.parametrize("after", [timedelta(seconds=11), HOUR])
async def test_a26_a_token_used_again_later_ends_the_session(
    session: AsyncSession, sessions: Sessions, after: timedelta
) -> None:
    first = await opened(session)
    second = await turned(sessions, first.refresh_token)
    await age(session, after)
    with pytest.raises(system.RefreshReuse):
        await turned(sessions, first.refresh_token)
    assert await is_revoked(session)
    with pytest.raises(Unauthenticated):
        await turned(sessions, second.refresh_token)
    event = await session.scalar(select(OutboxMessage))
    assert event is not None
    assert event.name == "system.refresh_reused.v1"
    assert event.payload["audience"] == "storefront"


async def test_a28_a_grandparent_ends_the_session_even_within_ten_seconds(
    session: AsyncSession, sessions: Sessions
) -> None:
    first = await opened(session)
    second = await turned(sessions, first.refresh_token)
    await turned(sessions, second.refresh_token)
    with pytest.raises(system.RefreshReuse):
        await turned(sessions, first.refresh_token)
    assert await is_revoked(session)


async def test_a_session_ends_when_it_is_idle_or_old(
    session: AsyncSession, sessions: Sessions
) -> None:
    first = await opened(session)
    idle = select(RefreshToken.expires_at - RefreshToken.created_at)
    absolute = select(LoginSession.expires_at - LoginSession.created_at)
    assert await session.scalar(idle) == timedelta(days=14)
    assert await session.scalar(absolute) == timedelta(days=30)
    past = clock.now() - timedelta(seconds=1)
    await session.execute(update(RefreshToken).values(expires_at=past))
    with pytest.raises(Unauthenticated):
        await turned(sessions, first.refresh_token)


async def test_a_token_never_outlives_its_session(
    session: AsyncSession, sessions: Sessions
) -> None:
    first = await opened(session)
    soon = clock.now() + HOUR
    await session.execute(update(LoginSession).values(expires_at=soon))
    await turned(sessions, first.refresh_token)
    assert await session.scalar(select(func.min(RefreshToken.expires_at))) == soon
    await session.execute(update(LoginSession).values(expires_at=clock.now() - HOUR))
    with pytest.raises(Unauthenticated):
        await turned(sessions, first.refresh_token)


@pytest.mark.parametrize("token", ["", "x", "x" * 256, "é" * 40])
async def test_an_unknown_token_is_refused(sessions: Sessions, token: str) -> None:
    with pytest.raises(Unauthenticated):
        await turned(sessions, token)


async def test_a19_a_token_of_another_audience_or_kind_is_refused(
    session: AsyncSession, sessions: Sessions, client: httpx.AsyncClient
) -> None:
    first = await opened(session)
    for token, audience in (
        (first.refresh_token, Audience.ADMIN),
        (first.access_token, Audience.STOREFRONT),
    ):
        with pytest.raises(Unauthenticated):
            await system.refresh(sessions, KEYRING, token, audience=audience)
    sent = {"Authorization": f"Bearer {first.refresh_token}"}
    assert (await client.get("/api/v1/me", headers=sent)).status_code == 401


async def test_a26_reuse_is_told_to_the_client_and_to_the_owner(
    session: AsyncSession, client: httpx.AsyncClient, messages: Outbox
) -> None:
    member = await make_member(session, email="lin@example.com")
    first = await opened(session, member.id)
    body = {"refresh_token": first.refresh_token}
    assert (await client.post("/api/v1/auth/refresh", json=body)).status_code == 200
    await age(session, HOUR)
    answer = await client.post("/api/v1/auth/refresh", json=body)
    assert (answer.status_code, answer.json()["type"]) == (401, "/problems/refresh-reuse")
    assert str(member.id) not in answer.text
    assert [(to, kind) for to, kind, _ in messages.sent] == [("lin@example.com", "refresh_reused")]


async def test_a27_many_tabs_at_once_make_one_successor(fresh_engine: AsyncEngine) -> None:
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        first = await opened(session)
    found = await asyncio.gather(*(turned(sessions, first.refresh_token) for _ in range(12)))
    assert len({each.refresh_token for each in found}) == 1
    async with unit_of_work(sessions) as session:
        assert await session.scalar(select(func.count()).select_from(RefreshToken)) == 2
        assert not await is_revoked(session)


async def test_a_read_costs_one_statement_and_then_none(
    session: AsyncSession, sessions: Sessions, engine: AsyncEngine
) -> None:
    first = await opened(session)
    claims = access_tokens.read(KEYRING.tokens, first.access_token)
    for expected in (1, 0, 0):
        with Statements(engine) as statements:
            await standing_of(SharedReadings(), sessions, claims, may_remember=True)
        assert statements.count == expected


async def test_a_read_asks_once_in_five_seconds_and_a_write_always(
    session: AsyncSession, sessions: Sessions
) -> None:
    first = await opened(session)
    claims = access_tokens.read(KEYRING.tokens, first.access_token)
    assert (await standing_of(SharedReadings(), sessions, claims, may_remember=True)).is_live
    # Ended by another process: nothing here is told.
    await session.execute(update(LoginSession).values(revoked_at=clock.now()))
    assert (await standing_of(SharedReadings(), sessions, claims, may_remember=True)).is_live
    assert not (await standing_of(SharedReadings(), sessions, claims, may_remember=False)).is_live
    assert not (await standing_of(SharedReadings(), sessions, claims, may_remember=True)).is_live


async def test_what_is_remembered_is_asked_again_after_five_seconds(
    session: AsyncSession, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await opened(session)
    claims = access_tokens.read(KEYRING.tokens, first.access_token)
    now = 1_000.0
    monkeypatch.setattr("app.services.system.standing.monotonic", lambda: now)
    assert (await standing_of(SharedReadings(), sessions, claims, may_remember=True)).is_live
    await session.execute(update(LoginSession).values(revoked_at=clock.now()))
    now += 4.9
    assert (await standing_of(SharedReadings(), sessions, claims, may_remember=True)).is_live
    now += 0.2
    assert not (await standing_of(SharedReadings(), sessions, claims, may_remember=True)).is_live


async def test_a_token_for_somebody_elses_session_is_refused(
    session: AsyncSession, sessions: Sessions
) -> None:
    first = await opened(session)
    claims = access_tokens.read(KEYRING.tokens, first.access_token)
    forged = access_tokens.AccessClaims(claims.audience, new_id(), claims.session_id)
    assert not (await standing_of(SharedReadings(), sessions, forged, may_remember=False)).is_live


async def test_old_sessions_are_swept_with_their_tokens(session: AsyncSession) -> None:
    await opened(session)
    await opened(session)
    oldest = await session.scalar(select(LoginSession.id).limit(1))
    await session.execute(
        update(LoginSession)
        .where(LoginSession.id == oldest)
        .values(expires_at=clock.now() - timedelta(days=61))
    )
    assert await system.sweep_sessions(session) == 1
    assert await session.scalar(select(func.count()).select_from(RefreshToken)) == 1
