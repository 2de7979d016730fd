"""One-time codes: what they open, and how often they may be guessed and asked for."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.core import clock
from app.core.contacts import Contact, ContactKind
from app.core.db import build_sessions, unit_of_work
from app.core.enums.members import CodePurpose, MemberStatus
from app.core.security.keyring import Keyring
from app.core.security.passwords import passwords
from app.core.settings import HttpSettings, Settings
from app.models.members import Member, OneTimeCode
from app.services import members, system
from app.services.members.codes import redeem_code
from app.services.system import Gate
from tests.app import Outbox
from tests.factories.members import make_member

AUTH = "/api/v1/auth"
LIN = "lin@example.com"


async def ask(client: httpx.AsyncClient, purpose: str, **contact: str) -> httpx.Response:
    body = {"purpose": purpose} | (contact or {"email": LIN})
    return await client.post(f"{AUTH}/codes", json=body)


async def sent_code(client: httpx.AsyncClient, messages: Outbox, purpose: str) -> str:
    assert (await ask(client, purpose)).status_code == 202
    return messages.last_to(LIN)[:6]


async def enter(client: httpx.AsyncClient, code: str) -> httpx.Response:
    return await client.post(f"{AUTH}/login/code", json={"email": LIN, "code": code})


def other(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


async def test_who_is_new_is_registered_by_a_code(
    client: httpx.AsyncClient, session: AsyncSession, messages: Outbox
) -> None:
    answer = await enter(client, await sent_code(client, messages, "login"))
    assert answer.status_code == 200
    assert await session.scalar(select(Member.email)) == LIN


async def test_who_is_known_is_signed_in_by_a_code(
    client: httpx.AsyncClient, session: AsyncSession, messages: Outbox
) -> None:
    member = await make_member(session, email=LIN)
    tokens = (await enter(client, await sent_code(client, messages, "login"))).json()
    sent = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert (await client.get("/api/v1/me", headers=sent)).json()["id"] == str(member.id)


async def test_a_frozen_member_is_not_let_in_by_a_code(
    client: httpx.AsyncClient, session: AsyncSession, messages: Outbox
) -> None:
    await make_member(session, email=LIN, status=MemberStatus.FROZEN)
    answer = await enter(client, await sent_code(client, messages, "login"))
    assert answer.json()["type"] == "/problems/member-frozen"


async def test_a33_a_code_is_good_once(client: httpx.AsyncClient, messages: Outbox) -> None:
    code = await sent_code(client, messages, "login")
    assert (await enter(client, code)).status_code == 200
    again = await enter(client, code)
    assert (again.status_code, again.json()["type"]) == (422, "/problems/otp-invalid")


@pytest.mark.parametrize("purpose", ["register", "reset_password"])
async def test_a33_a_code_of_another_purpose_is_refused(
    client: httpx.AsyncClient, session: AsyncSession, messages: Outbox, purpose: str
) -> None:
    if purpose == "reset_password":
        await make_member(session, email=LIN)
    assert (await enter(client, await sent_code(client, messages, purpose))).status_code == 422


async def test_a33_a_code_for_another_address_is_refused(
    client: httpx.AsyncClient, messages: Outbox
) -> None:
    code = await sent_code(client, messages, "login")
    body = {"email": "other@example.com", "code": code}
    assert (await client.post(f"{AUTH}/login/code", json=body)).status_code == 422


async def test_a33_a_code_is_too_old_after_five_minutes(
    client: httpx.AsyncClient, session: AsyncSession, messages: Outbox
) -> None:
    code = await sent_code(client, messages, "login")
    life = await session.scalar(select(OneTimeCode.expires_at - OneTimeCode.created_at))
    assert life == timedelta(minutes=5)
    await session.execute(update(OneTimeCode).values(expires_at=clock.now() - timedelta(seconds=1)))
    assert (await enter(client, code)).status_code == 422


async def test_a_new_code_replaces_the_old_one(client: httpx.AsyncClient, messages: Outbox) -> None:
    old = await sent_code(client, messages, "login")
    new = await sent_code(client, messages, "login")
    if old != new:
        assert (await enter(client, old)).status_code == 422
    assert (await enter(client, new)).status_code == 200


async def test_a32_five_wrong_guesses_are_the_end_of_a_code(
    client: httpx.AsyncClient, session: AsyncSession, messages: Outbox
) -> None:
    code = await sent_code(client, messages, "login")
    for _ in range(5):
        assert (await enter(client, other(code))).status_code == 422
    assert (await enter(client, code)).status_code == 422
    assert await session.scalar(select(OneTimeCode.tries)) == 5


async def test_a_code_is_stored_hashed(
    client: httpx.AsyncClient, session: AsyncSession, messages: Outbox
) -> None:
    code = await sent_code(client, messages, "login")
    row = await session.scalar(select(OneTimeCode))
    assert row is not None
    assert code not in row.code_hash
    assert len(row.code_hash) == 64


async def test_a25_a_password_is_reset_by_a_code_and_all_sessions_end(
    client: httpx.AsyncClient, messages: Outbox
) -> None:
    body = {"email": LIN, "password": "correct horse"}
    old = (await client.post(f"{AUTH}/register", json=body)).json()
    code = await sent_code(client, messages, "reset_password")
    reset = {"email": LIN, "code": code, "password": "better horse"}
    weak = await client.post(f"{AUTH}/password/reset", json=reset | {"password": "password"})
    assert weak.json()["type"] == "/problems/password-refused"
    assert (await client.post(f"{AUTH}/password/reset", json=reset)).status_code == 204
    sent = {"Authorization": f"Bearer {old['access_token']}"}
    assert (await client.get("/api/v1/me", headers=sent)).status_code == 401
    refresh = {"refresh_token": old["refresh_token"]}
    assert (await client.post(f"{AUTH}/refresh", json=refresh)).status_code == 401
    login = {"login": LIN, "password": "better horse"}
    assert (await client.post(f"{AUTH}/login", json=login)).status_code == 200


async def test_a30_an_unknown_address_gets_no_code_to_reset_a_password(
    client: httpx.AsyncClient, messages: Outbox
) -> None:
    answer = await ask(client, "reset_password")
    assert (answer.status_code, answer.content, messages.sent) == (202, b"", [])


class TestLimited:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"http": HttpSettings(rate_limits_enabled=True)})

    async def test_a34_one_address_gets_one_code_a_minute(
        self, client: httpx.AsyncClient, messages: Outbox
    ) -> None:
        assert (await ask(client, "login")).status_code == 202
        again = await ask(client, "register")
        assert again.status_code == 429
        assert 0 < int(again.headers["retry-after"]) <= 60
        assert len(messages.sent) == 1

    async def test_a34_one_network_gets_thirty_codes_an_hour(
        self, client: httpx.AsyncClient, messages: Outbox
    ) -> None:
        answers = [
            (await ask(client, "login", email=f"m{each}@example.com")).status_code
            for each in range(32)
        ]
        assert answers == [202] * 30 + [429] * 2
        assert len(messages.sent) == 30

    async def test_a34_premium_numbers_are_refused(
        self, client: httpx.AsyncClient, messages: Outbox
    ) -> None:
        answer = await ask(client, "login", phone="+449098790000")
        assert answer.json()["type"] == "/problems/invalid-contact"
        assert messages.sent == []


def gate_to(engine: AsyncEngine, **limits: Any) -> Gate:
    settings = Settings()
    return Gate(
        build_sessions(engine), Keyring.of(settings), passwords(2), limits.get("is_limited", False)
    )


async def test_a32_a_hundred_parallel_guesses_are_five(fresh_engine: AsyncEngine) -> None:
    gate = gate_to(fresh_engine)
    contact = Contact(ContactKind.EMAIL, LIN)
    message = await members.request_code(gate, contact, CodePurpose.LOGIN)
    assert message is not None
    code = message.text[:6]
    wrong = [f"{(int(code) + 1 + each) % 10**6:06d}" for each in range(100)]
    tried = await asyncio.gather(
        *(redeem_code(gate, contact, CodePurpose.LOGIN, guess) for guess in wrong),
        return_exceptions=True,
    )
    assert all(isinstance(each, members.OtpInvalid) for each in tried)
    async with unit_of_work(gate.sessions) as session:
        assert await session.scalar(select(OneTimeCode.tries)) == 5
    with pytest.raises(members.OtpInvalid):
        await redeem_code(gate, contact, CodePurpose.LOGIN, code)


async def test_a33_a_right_code_opens_once_however_many_send_it(fresh_engine: AsyncEngine) -> None:
    gate = gate_to(fresh_engine)
    contact = Contact(ContactKind.EMAIL, LIN)
    message = await members.request_code(gate, contact, CodePurpose.LOGIN)
    assert message is not None
    tried = await asyncio.gather(
        *(redeem_code(gate, contact, CodePurpose.LOGIN, message.text[:6]) for _ in range(20)),
        return_exceptions=True,
    )
    assert tried.count(None) == 1


async def test_parallel_first_logins_register_one_member(fresh_engine: AsyncEngine) -> None:
    gate = gate_to(fresh_engine)

    async def register(password: str) -> None:
        async with unit_of_work(gate.sessions) as session:
            contact = Contact(ContactKind.EMAIL, LIN)
            await members.register(
                session, gate, contact, password=password, code=None, needs_code=False
            )

    tried = await asyncio.gather(
        *(register(f"correct horse {each}") for each in range(8)), return_exceptions=True
    )
    assert tried.count(None) == 1
    async with unit_of_work(gate.sessions) as session:
        assert await session.scalar(select(func.count()).select_from(Member)) == 1


async def test_a41_twenty_logins_at_once_are_ten(fresh_engine: AsyncEngine) -> None:
    gate = gate_to(fresh_engine, is_limited=True)
    async with unit_of_work(gate.sessions) as session:
        await make_member(session, email=LIN)

    async def login(device: system.Device) -> None:
        await members.check_password(gate, login=LIN, password="wrong horse", device=device)

    places = [system.Device(f"192.0.2.{each}") for each in range(20)]
    tried = await asyncio.gather(*map(login, places), return_exceptions=True)
    refused = [each for each in tried if isinstance(each, system.TooManyRequests)]
    assert len(refused) == 10
    assert refused[0].retry_after_seconds is not None
