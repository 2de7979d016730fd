"""Every list and page with parameters nobody offers: dates, orders, wildcards, other owners."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Audience
from tests.contract.everything import Everybody, Operation, everybody, operations
from tests.factories.members import make_address, make_member
from tests.factories.merchants import make_merchant
from tests.factories.orders import place
from tests.factories.shop import make_shop

INJECTED = ("price;DROP TABLE orders", "password_hash", "1) OR 1=1--", "'", "-name,(SELECT 1)")
BAD_DATES = (
    "0000-00-00",
    "2026-02-30",
    "2026-02-30T10:00:00Z",
    "2026-01-01T00:00:00+99:00",
    "1e18",
)
ENDS_OF_TIME = ("0001-01-01", "9999-12-31")
WILD = ("%", "_", "\\", "100%_\\'", "a & !b | (c", "*:*", "^(a+)+$", "\u202e\u200b", "﹪")


@pytest.fixture
async def all_of_them(client: httpx.AsyncClient, session: AsyncSession) -> Everybody:
    return await everybody(client, session)


def reads(app: FastAPI) -> Iterator[Operation]:
    return (each for each in operations(app) if each.verb == "get")


def errors_of(answer: httpx.Response) -> set[str]:
    return {each["pointer"].split("/")[2] for each in answer.json()["errors"]}


async def test_d11_only_known_orders_and_kinds_are_taken(
    all_of_them: Everybody, app: FastAPI
) -> None:
    """Whatever is chosen from a list is refused in each place by name, not put into SQL."""
    seen = 0
    for each in reads(app):
        chosen = {
            name
            for name, schema in each.parameters("query").items()
            if "enum" in schema or "$ref" in schema
        }
        for value in INJECTED[: 5 if "sort" in chosen else 1] if chosen else ():
            answer = await all_of_them.ask(each, **dict.fromkeys(chosen, value))
            assert answer.status_code == 422, f"{each.path}: {answer.status_code}"
            assert errors_of(answer) >= chosen, each.path
            seen += 1
    assert seen > 50


async def test_d30_only_dates_are_dates(all_of_them: Everybody, app: FastAPI) -> None:
    """Days and instants that do not exist are refused; the ends of time find nothing or are."""
    seen = 0
    for each in reads(app):
        dates = {
            name: schema["format"]
            for name, schema in each.parameters("query").items()
            if schema.get("format") in {"date", "date-time"}
        }
        if not dates:
            continue
        for value in BAD_DATES:
            answer = await all_of_them.ask(each, **dict.fromkeys(dates, value))
            assert answer.status_code == 422, f"{each.path}: {value} {answer.status_code}"
            assert errors_of(answer) >= set(dates), f"{each.path}: {value}"
        for value in ENDS_OF_TIME:
            whole = {
                name: value if kind == "date" else f"{value}T00:00:00Z"
                for name, kind in dates.items()
            }
            answer = await all_of_them.ask(each, **whole)
            assert answer.status_code < 500, f"{each.path}: {whole} {answer.text}"
        seen += 1
    assert seen > 10


async def test_d12_texts_are_looked_for_as_they_are(all_of_them: Everybody, app: FastAPI) -> None:
    """Wildcards and operators are letters; a very long text is refused."""
    seen = 0
    for each in reads(app):
        texts = {
            name
            for name, schema in each.parameters("query").items()
            if schema.get("type") == "string" and not {"enum", "format", "pattern"} & set(schema)
        }
        if not texts:
            continue
        wild = WILD if texts & {"q", "query", "search"} else WILD[3:4]
        for value in wild:
            answer = await all_of_them.ask(each, **dict.fromkeys(texts, value))
            assert answer.status_code < 500, f"{each.path}: {value!r} {answer.text}"
        answer = await all_of_them.ask(each, **dict.fromkeys(texts, "x" * 9_000))
        assert answer.status_code == 422, each.path
        answer = await all_of_them.ask(each, **{min(texts): "x" * 5_000})
        assert answer.status_code in {404, 422}, f"{each.path}: {answer.status_code}"
        seen += 1
    assert seen > 5


async def test_a3_no_parameter_shows_somebody_elses(
    all_of_them: Everybody, app: FastAPI, session: AsyncSession
) -> None:
    """A member and a merchant see their own; who names an owner is told that nobody can."""
    other = await make_shop(session)
    merchant = await make_merchant(session)
    await make_address(session, other.member.id)
    await place(session, other.member.id, [(other.skus[0].id, 1)])
    stranger = await make_member(session)
    await session.commit()
    owners: dict[str, Any] = {
        **dict.fromkeys(("member_id", "customer_id", "owner_id", "user_id"), other.member.id),
        **dict.fromkeys(("merchant_id", "merchant", "seller_id"), merchant.id),
        **dict.fromkeys(("filter[member_id]", "include", "expand", "fields"), stranger.id),
    }
    secret = {str(other.member.id), str(other.member.email), str(merchant.id)}
    for each in reads(app):
        is_private = (
            each.audience is Audience.MERCHANT or "/me" in each.path or "/orders" in each.path
        )
        if each.audience is Audience.ADMIN or not is_private or "{" in each.path:
            continue
        plain = await all_of_them.ask(each)
        unknown = {
            name: value for name, value in owners.items() if name not in each.parameters("query")
        }
        named = await all_of_them.ask(each, **{name: str(value) for name, value in unknown.items()})
        if plain.is_success:
            assert named.status_code == 422, each.path
            told = {wrong["pointer"] for wrong in named.json()["errors"]}
            assert told == {f"/query/{name}" for name in unknown}, each.path
        assert named.status_code < 500, each.path
        for answer in (plain, named):
            assert not [word for word in secret if word in answer.text], each.path
