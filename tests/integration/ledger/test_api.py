"""What finance reads of the ledger."""

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.ledger import AccountKind
from app.core.enums.scopes import Scope
from app.core.ids import new_id
from app.services import ledger
from app.services.ledger import AVAILABLE, HELD, Account, Journal, transfer
from tests.factories.staff import bearer, make_staff

ADMIN = "/api/v1/admin/ledger"


@pytest.fixture
async def finance(session: AsyncSession) -> dict[str, str]:
    return await bearer(session, await make_staff(session, scopes=[Scope.LEDGER_READ]))


async def test_the_chart_names_every_kind_twice(
    client: httpx.AsyncClient, finance: dict[str, str]
) -> None:
    kinds = (await client.get(f"{ADMIN}/chart", headers=finance)).json()["kinds"]
    assert {each["kind"] for each in kinds} == set(AccountKind)
    assert len(kinds) == len(AccountKind)
    for each in kinds:
        assert each["name"].isascii()
        assert not each["name_zh"].isascii()
        assert each["side"] == Account(AccountKind(each["kind"])).side
        grows = "debit" if each["account_class"] in {"asset", "expense"} else "credit"
        assert each["side"] == grows or each["kind"] in {"sales_returns", "goods_clearing"}


async def test_a_statement_is_read_page_by_page(
    client: httpx.AsyncClient, session: AsyncSession, finance: dict[str, str]
) -> None:
    bank = Account(AccountKind.BANK, "b1")
    own = Account(AccountKind.BALANCE, new_id(), AVAILABLE)
    for number in range(5):
        entries = transfer(bank, own, 10)
        await ledger.post(session, [Journal(key=f"j:{number}", kind="top_up", entries=entries)])
    path = f"{ADMIN}/accounts/{own.id}/statement?limit=2"
    keys, openings, after = [], [], ""
    while after is not None:
        page = (await client.get(path + after, headers=finance)).json()
        openings.append(page["opening_minor"])
        keys += [(each["key"], each["balance_minor"]) for each in page["lines"]]
        after = page["next_after"] and f"&after={page['next_after']}"
    assert [minor for _, minor in keys] == [10, 20, 30, 40, 50]
    assert openings == [0, 20, 40]
    assert (await client.get(f"{ADMIN}/accounts/{new_id()}/statement", headers=finance)).is_error
    wrong = await client.get(f"{path}&after=nonsense", headers=finance)
    assert wrong.status_code == 422


async def test_balances_before_an_instant(
    client: httpx.AsyncClient, session: AsyncSession, finance: dict[str, str]
) -> None:
    bank = Account(AccountKind.BANK, "b1")
    own = Account(AccountKind.BALANCE, new_id(), AVAILABLE)
    await ledger.post(session, [Journal(key="j", kind="t", entries=transfer(bank, own, 10))])
    path = f"{ADMIN}/accounts?owner_id={own.owner}"
    for at, minor in (("2020-01-01T00:00:00Z", 0), ("2199-01-01T00:00:00Z", 10)):
        (found,) = (await client.get(f"{path}&at={at}", headers=finance)).json()["items"]
        assert found["balance_minor"] == minor
    (found,) = (await client.get(f"{ADMIN}/accounts?code=bank:b1", headers=finance)).json()["items"]
    assert (found["code"], found["balance_minor"]) == ("bank:b1", 10)
    trial = (
        await client.get(f"{ADMIN}/trial-balance?since=2020-01-01T00:00:00Z", headers=finance)
    ).json()["lines"]
    assert [
        (each["control"], each["opening_minor"], each["debit_minor"], each["credit_minor"])
        for each in trial
    ] == [("balance:*:available", 0, 0, 10), ("bank:b1", 0, 10, 0)]


async def test_accounts_are_found_by_what_they_are(
    client: httpx.AsyncClient, session: AsyncSession, finance: dict[str, str]
) -> None:
    owner = new_id()
    own = [Account(AccountKind.BALANCE, owner, each) for each in (AVAILABLE, HELD)]
    bank, foreign = Account(AccountKind.BANK, "b1"), Account(AccountKind.BANK, "b1", currency="USD")
    fee = Account(AccountKind.GATEWAY_FEE, currency="USD")
    for number, (debit, credit) in enumerate([(bank, own[0]), (bank, own[1]), (fee, foreign)]):
        entries = transfer(debit, credit, 10)
        await ledger.post(session, [Journal(key=f"j:{number}", kind="t", entries=entries)])

    async def found(query: str) -> set[str]:
        page = (await client.get(f"{ADMIN}/accounts?{query}", headers=finance)).json()
        return {each["id"] for each in page["items"]}

    for query, accounts in {
        "limit=50": [*own, bank, foreign, fee],
        "kind=bank": [bank, foreign],
        "currency=USD": [foreign, fee],
        f"owner_id={owner}": own,
        "code=bank:b1": [bank, foreign],
        "code=bank:b1&currency=USD": [foreign],
        "kind=bank&code=gateway_fee": [],
    }.items():
        assert await found(query) == {str(each.id) for each in accounts}, query
