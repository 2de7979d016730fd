"""Signing up, in and out as a shopper."""

from typing import Any

import httpx
import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Audience
from app.core.enums.members import MemberStatus
from app.core.settings import Environment, Settings
from app.models.members import Member
from app.models.system import LoginSession, OutboxMessage
from tests.app import Outbox
from tests.factories.members import bearer, make_guest, make_member

AUTH = "/api/v1/auth"
PASSWORD = "correct horse"
NEW = {"email": "Lin@Example.com", "password": PASSWORD}


def headers(tokens: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens['access_token']}"}


async def registered(client: httpx.AsyncClient, **body: str) -> dict[str, Any]:
    answer = await client.post(f"{AUTH}/register", json=NEW | body)
    assert answer.status_code == 201, answer.text
    tokens: dict[str, Any] = answer.json()
    return tokens


async def test_a_shopper_registers_and_is_signed_in(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    tokens = await registered(client)
    assert set(tokens) == {"access_token", "refresh_token", "expires_in_seconds"}
    assert tokens["expires_in_seconds"] == 600
    me = (await client.get("/api/v1/me", headers=headers(tokens))).json()
    assert (me["email"], me["phone"], me["kind"]) == ("lin@example.com", None, "member")
    events = list(await session.scalars(select(OutboxMessage.name)))
    assert events == ["members.registered.v1"]


async def test_a_phone_number_will_do(client: httpx.AsyncClient) -> None:
    body = {"phone": "138 0013 8000", "password": PASSWORD}
    assert (await client.post(f"{AUTH}/register", json=body)).status_code == 201
    login = {"login": "+8613800138000", "password": PASSWORD}
    assert (await client.post(f"{AUTH}/login", json=login)).status_code == 200


@pytest.mark.parametrize("login", ["lin@example.com", "LIN@EXAMPLE.COM", "ｌｉｎ@example.com"])
async def test_a_member_signs_in(client: httpx.AsyncClient, login: str) -> None:
    await registered(client)
    answer = await client.post(f"{AUTH}/login", json={"login": login, "password": PASSWORD})
    assert answer.status_code == 200
    assert (await client.get("/api/v1/me", headers=headers(answer.json()))).status_code == 200


async def test_a_wrong_password_and_an_unknown_login_are_answered_alike(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    await registered(client)
    await make_member(session, email="code-only@example.com")
    bodies = []
    for login, password in (
        ("lin@example.com", "wrong horse"),
        ("lin@example.com", "x"),
        ("nobody@example.com", PASSWORD),
        ("code-only@example.com", PASSWORD),
        ("no contact at all", PASSWORD),
    ):
        answer = await client.post(f"{AUTH}/login", json={"login": login, "password": password})
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        assert answer.json()["type"] == "/problems/login-refused"
        bodies.append({k: v for k, v in answer.json().items() if k != "request_id"})
    assert all(body == bodies[0] for body in bodies)


@pytest.mark.parametrize(
    ("body", "slug"),
    [
        ({"password": "short"}, "password-refused"),
        ({"password": "password1"}, "password-refused"),
        ({"email": "nobody"}, "invalid-contact"),
        ({"phone": "13800138000"}, "invalid-contact"),
        ({"email": None}, "invalid-contact"),
        ({"is_owner": True}, "invalid-request"),
        ({"kind": "member", "tier": "gold"}, "invalid-request"),
        ({"code": "12345"}, "invalid-request"),
        ({"code": "１２３４５６"}, "invalid-request"),
        ({"password": "correct\x00horse"}, "invalid-request"),
    ],
)
async def test_a_bad_registration_is_refused(
    client: httpx.AsyncClient, session: AsyncSession, body: dict[str, Any], slug: str
) -> None:
    answer = await client.post(f"{AUTH}/register", json=NEW | body)
    assert answer.status_code == 422
    assert answer.json()["type"] == f"/problems/{slug}"
    assert "password1" not in answer.text
    assert await session.scalar(select(func.count()).select_from(Member)) == 0


async def test_a_taken_address_is_refused_where_no_proof_is_asked(
    client: httpx.AsyncClient,
) -> None:
    await registered(client)
    answer = await client.post(f"{AUTH}/register", json=NEW | {"email": "LIN@example.com"})
    assert answer.status_code == 409
    assert answer.json()["type"] == "/problems/already-exists"


class TestProduction:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"environment": Environment.PRODUCTION})

    async def test_a30_nobody_learns_who_is_registered(
        self, client: httpx.AsyncClient, session: AsyncSession, messages: Outbox
    ) -> None:
        await make_member(session, email="taken@example.com")
        answers: dict[str, list[httpx.Response]] = {}
        for email in ("taken@example.com", "free@example.com"):
            code = {"email": email, "purpose": "register"}
            body = {"email": email, "password": PASSWORD}
            answers[email] = [
                await client.post(f"{AUTH}/register", json=body),
                await client.post(f"{AUTH}/codes", json=code),
                await client.post(f"{AUTH}/register", json=body | {"code": "000000"}),
                await client.post(f"{AUTH}/codes", json=code | {"purpose": "reset_password"}),
            ]
        taken, free = answers.values()
        assert (
            [a.status_code for a in taken] == [a.status_code for a in free] == [422, 202, 422, 202]
        )
        for one, other in zip(taken, free, strict=True):
            assert _same(one) == _same(other)
        kinds = {(to, kind) for to, kind, _ in messages.sent}
        assert kinds == {
            ("taken@example.com", "already_registered"),
            ("taken@example.com", "code_reset_password"),
            ("free@example.com", "code_register"),
        }

    async def test_the_owner_of_an_address_proves_it_and_registers(
        self, client: httpx.AsyncClient, messages: Outbox
    ) -> None:
        wanted = {"email": NEW["email"], "purpose": "register"}
        assert (await client.post(f"{AUTH}/codes", json=wanted)).status_code == 202
        code = messages.last_to("lin@example.com")[:6]
        await registered(client, code=code)
        again = await client.post(f"{AUTH}/register", json=NEW | {"code": code})
        assert again.json()["type"] == "/problems/otp-invalid"


def _same(answer: httpx.Response) -> dict[str, Any]:
    if not answer.content:
        return {}
    return {k: v for k, v in answer.json().items() if k != "request_id"}


async def test_a24_nothing_works_after_signing_out(client: httpx.AsyncClient) -> None:
    tokens = await registered(client)
    assert (await client.get("/api/v1/me", headers=headers(tokens))).status_code == 200
    answer = await client.post(f"{AUTH}/logout", headers=headers(tokens))
    assert answer.status_code == 204
    assert (await client.get("/api/v1/me", headers=headers(tokens))).status_code == 401
    assert (await client.post(f"{AUTH}/logout", headers=headers(tokens))).status_code == 401
    body = {"refresh_token": tokens["refresh_token"]}
    assert (await client.post(f"{AUTH}/refresh", json=body)).status_code == 401


async def test_a23_the_scheme_may_be_spelled_as_it_likes(client: httpx.AsyncClient) -> None:
    tokens = await registered(client)
    token = tokens["access_token"]
    for scheme in ("Bearer", "bearer", "BEARER"):
        answer = await client.get("/api/v1/me", headers={"Authorization": f"{scheme} {token}"})
        assert answer.status_code == 200
    await client.post(f"{AUTH}/logout", headers=headers(tokens))
    for scheme in ("Bearer", "bearer", "BEARER"):
        answer = await client.get("/api/v1/me", headers={"Authorization": f"{scheme} {token}"})
        assert answer.status_code == 401


@pytest.mark.parametrize(
    "sent", [{}, {"Authorization": "Bearer x"}, {"Authorization": "Basic eA=="}]
)
async def test_without_a_token_the_answer_is_always_the_same(
    client: httpx.AsyncClient, sent: dict[str, str]
) -> None:
    answer = await client.get("/api/v1/me", headers=sent)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["detail"] == "Send a valid bearer token"


async def test_a6_a_token_of_another_audience_is_refused_first(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    member = await make_member(session)
    sent = await bearer(session, member)
    for path in ("/api/v1/admin/staff", "/api/v1/merchant/me"):
        answer = await client.get(path, headers=sent)
        assert answer.status_code == 403
        assert answer.json()["type"] == "/problems/wrong-audience"


async def test_a37_headers_that_claim_an_identity_are_ignored(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    member = await make_member(session)
    sent = {"X-User-Id": str(member.id), "X-Member-Id": str(member.id)}
    assert (await client.get("/api/v1/me", headers=sent)).status_code == 401


async def test_a_frozen_member_is_kept_out_and_told_only_with_the_right_password(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    await registered(client)
    member = await session.scalar(select(Member))
    assert member is not None
    member.status = MemberStatus.FROZEN
    await session.flush()
    body = {"login": "lin@example.com", "password": PASSWORD}
    assert (await client.post(f"{AUTH}/login", json=body)).status_code == 403
    wrong = body | {"password": "wrong horse"}
    assert (await client.post(f"{AUTH}/login", json=wrong)).status_code == 401


async def test_a25_a_new_password_ends_all_other_sessions(client: httpx.AsyncClient) -> None:
    here = await registered(client)
    body = {"login": "lin@example.com", "password": PASSWORD}
    there = (await client.post(f"{AUTH}/login", json=body)).json()
    assert (await client.get("/api/v1/me", headers=headers(there))).status_code == 200
    change = {"current_password": PASSWORD, "password": "better horse"}
    answer = await client.post(f"{AUTH}/password", json=change, headers=headers(here))
    assert answer.status_code == 204
    assert (await client.get("/api/v1/me", headers=headers(there))).status_code == 401
    refresh = {"refresh_token": there["refresh_token"]}
    assert (await client.post(f"{AUTH}/refresh", json=refresh)).status_code == 401
    assert (await client.get("/api/v1/me", headers=headers(here))).status_code == 200
    assert (await client.post(f"{AUTH}/login", json=body)).status_code == 401
    body["password"] = "better horse"
    assert (await client.post(f"{AUTH}/login", json=body)).status_code == 200


async def test_the_current_password_is_needed_for_a_new_one(client: httpx.AsyncClient) -> None:
    tokens = await registered(client)
    change = {"current_password": "wrong horse", "password": "better horse"}
    answer = await client.post(f"{AUTH}/password", json=change, headers=headers(tokens))
    assert answer.status_code == 422
    assert answer.json()["type"] == "/problems/wrong-password"


async def test_a_guest_is_a_caller_but_not_signed_in(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    sent = await bearer(session, await make_guest(session))
    me = await client.get("/api/v1/me", headers=sent)
    assert (me.status_code, me.json()["kind"]) == (200, "guest")
    assert (await client.get("/api/v1/me/addresses", headers=sent)).status_code == 401


async def test_a_guest_who_signs_in_leaves_the_guest_behind(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    await registered(client)
    guest = await make_guest(session)
    sent = await bearer(session, guest)
    body = {"login": "lin@example.com", "password": PASSWORD}
    answer = await client.post(f"{AUTH}/login", json=body, headers=sent)
    assert answer.status_code == 200
    assert (await client.get("/api/v1/me", headers=sent)).status_code == 401
    me = (await client.get("/api/v1/me", headers=headers(answer.json()))).json()
    assert me["id"] != str(guest.id)


async def test_a_stale_guest_token_does_not_keep_anybody_from_signing_in(
    client: httpx.AsyncClient,
) -> None:
    await registered(client)
    body = {"login": "lin@example.com", "password": PASSWORD}
    answer = await client.post(f"{AUTH}/login", json=body, headers={"Authorization": "Bearer old"})
    assert answer.status_code == 200


async def test_a_login_is_recorded_without_more_than_is_needed(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    await registered(client)
    row = await session.scalar(select(LoginSession))
    assert row is not None
    assert (row.audience, row.ip, row.is_guest) == (Audience.STOREFRONT, "127.0.0.1", False)
