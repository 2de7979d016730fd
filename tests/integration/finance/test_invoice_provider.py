"""Invoices left to a provider: issued once, whatever is lost, late, doubled or refused."""

from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from typing_extensions import override

from app.adapters.sandbox.document import pdf
from app.adapters.sandbox.invoices import PATIENCE, SandboxInvoices
from app.core.db import Sessions, unit_of_work
from app.core.enums.finance import InvoiceState, TitleKind
from app.core.enums.scopes import Scope
from app.core.settings import InvoiceSettings, Settings
from app.services import finance
from app.services.finance import IssuedDocument, Title
from app.services.finance.ports import IssueInvoice, IssueRed, ProviderInvoice
from tests.factories.counters import shopper
from tests.factories.payments import staff
from tests.factories.shop import Shop, make_shop
from tests.factories.staff import bearer, make_staff
from tests.fakes.transactions import in_transaction, watched
from tests.integration.finance.conftest import Bought, buy
from tests.integration.finance.test_invoices import ask, overview, stand

BY_HAND = IssuedDocument("25317000001")
ALL = InvoiceSettings(provider="sandbox")


class Watched(SandboxInvoices):
    """Objects to being called inside a transaction, and keeps what it was asked for."""

    def __init__(self, engine: AsyncEngine) -> None:
        super().__init__(Settings(), engine=engine)
        self.taken: list[IssueInvoice] = []

    @override
    async def issue(self, request: IssueInvoice) -> ProviderInvoice:
        assert not in_transaction()
        self.taken.append(request)
        return await super().issue(request)

    @override
    async def issue_red(self, request: IssueRed) -> ProviderInvoice:
        assert not in_transaction()
        self.taken.append(request)
        return await super().issue_red(request)

    @override
    async def query(self, request_number: str) -> ProviderInvoice:
        assert not in_transaction()
        return await super().query(request_number)


@dataclass
class Desk:
    """An order's invoices, and the worker that pushes them."""

    bought: Bought
    shop: Shop
    sessions: Sessions
    provider: Watched

    async def ask(self, name: str = "Lin") -> None:
        title = Title(kind=TitleKind.PERSONAL, name=name, email="lin@example.com")
        async with unit_of_work(self.sessions) as session:
            actor = shopper(self.shop.member.id)
            await finance.request_invoice(session, self.bought.order_id, title, actor=actor)

    async def push(self, rounds: int = 1, settings: InvoiceSettings = ALL) -> None:
        """Rounds of the worker, each after everything has become due."""
        for _ in range(rounds):
            async with unit_of_work(self.sessions) as session:
                await session.execute(text("UPDATE invoices SET next_try_at = '2026-01-01Z'"))
            await finance.push_invoices(self.sessions, self.provider, settings, limit=10)

    async def rows(self) -> list[Any]:
        return list((await overview(self.bought)).invoices)

    async def stand(self) -> list[tuple[str, str, int]]:
        return stand(await overview(self.bought))

    async def events(self) -> list[Any]:
        async with unit_of_work(self.sessions) as session:
            query = text("SELECT payload FROM outbox WHERE name = 'invoice.issued.v1' ORDER BY seq")
            return list(await session.scalars(query))


@pytest.fixture
async def desk(fresh_engine: AsyncEngine) -> Desk:
    sessions = watched(fresh_engine)
    async with sessions() as session:
        shop = await make_shop(session)
        bought = await buy(sessions, session, shop)
    return Desk(bought, shop, sessions, Watched(fresh_engine))


async def test_a_provider_issues_blue_and_then_red(desk: Desk) -> None:
    payable = desk.bought.payable
    await desk.ask()
    await desk.push()
    (row,) = await desk.rows()
    assert (row["state"], row["provider"]) == ("pending", "sandbox")
    await desk.push()
    (row,) = await desk.rows()
    assert row["state"] == "issued"
    assert row["document_number"].startswith("99")
    assert row["document_url"].endswith(f"/sandbox/invoices/{row['request_number']}.pdf")
    await desk.bought.refund(1, 0, 5_000)
    await desk.push(2)
    blue, red = await desk.rows()
    assert (red["kind"], red["state"], red["amount_minor"]) == ("red", "issued", 5_000)
    (_, taken) = desk.provider.taken
    assert isinstance(taken, IssueRed)
    assert taken.blue_document_number == blue["document_number"]
    assert [(each.quantity, each.amount_minor) for each in taken.items] == [(1, 5_000)]
    told = [(each["kind"], each["amount_minor"], each["email"]) for each in await desk.events()]
    assert told == [("blue", payable, "lin@example.com"), ("red", 5_000, "lin@example.com")]


@pytest.mark.parametrize(
    ("name", "rounds"),
    [("sandbox-lose", 2), ("sandbox-drop", 3), ("sandbox-delay", 2 + PATIENCE)],
)
async def test_silence_changes_nothing_and_ends_in_one_document(
    desk: Desk, name: str, rounds: int
) -> None:
    await desk.ask(name)
    for _ in range(rounds - 1):
        await desk.push()
        assert await desk.stand() == [("blue", "pending", desk.bought.payable)]
    await desk.push()
    (row,) = await desk.rows()
    assert row["state"] == "issued"
    assert {each.request_number for each in desk.provider.taken} == {row["request_number"]}
    document = await desk.provider.document(row["request_number"])
    assert document is not None
    assert document["received"] == 1


@pytest.mark.parametrize("name", ["sandbox-refuse", "sandbox-fail"])
async def test_what_failed_waits_for_people(desk: Desk, name: str) -> None:
    await desk.ask(name)
    await desk.push(2)
    (row,) = await desk.rows()
    assert (row["state"], row["reason"]) == ("failed", "The sandbox was told to")
    with pytest.raises(finance.InvoiceExists):
        await desk.ask()
    async with unit_of_work(desk.sessions) as session:
        sent = await finance.send_invoice(
            session, row["id"], desk.provider, version=row["version"], actor=staff()
        )
    assert sent["state"] == "pending"
    assert sent["request_number"] != row["request_number"]
    await desk.push(2)
    (row,) = await desk.rows()
    # A refund takes its place; nobody had issued it.
    await desk.bought.refund(0, 0, 10_000)
    left = desk.bought.payable - 10_000
    assert await desk.stand() == [
        ("blue", "withdrawn", desk.bought.payable),
        ("blue", "requested", left),
    ]
    row = (await desk.rows())[-1]
    async with unit_of_work(desk.sessions) as session:
        await finance.issue_invoice(
            session,
            row["id"],
            BY_HAND,
            version=row["version"],
            actor=staff(),
        )
    assert (await desk.stand())[-1] == ("blue", "issued", left)


async def test_a_refund_waits_for_what_a_provider_has(desk: Desk) -> None:
    """Nobody knows yet whether it is issued, so it is neither withdrawn nor asked for again."""
    payable = desk.bought.payable
    await desk.ask("sandbox-delay")
    await desk.push()
    await desk.bought.refund(0, 0, 10_000)
    assert await desk.stand() == [("blue", "pending", payable)]
    await desk.push(1 + PATIENCE)
    assert await desk.stand() == [("blue", "issued", payable), ("red", "requested", 10_000)]
    await desk.push()
    await desk.bought.refund(0, 1, 10_000)
    assert (await desk.stand())[1:] == [("red", "pending", 10_000)]
    await desk.push(1 + PATIENCE)
    assert (await desk.stand())[1:] == [("red", "issued", 10_000), ("red", "requested", 10_000)]


async def test_contradictions_leave_it_pending_and_are_told(desk: Desk) -> None:
    await desk.ask("sandbox-misstate")
    await desk.push(3)
    (row,) = await desk.rows()
    assert row["state"] == "pending"
    assert row["reason"].startswith(f"the provider says {row['amount_minor'] - 1}")
    assert await desk.events() == []


async def test_a_number_of_another_invoice_is_no_number(desk: Desk) -> None:
    await desk.ask("sandbox-duplicate")
    await desk.push(2)
    (blue,) = await desk.rows()
    assert blue["state"] == "issued"
    await desk.bought.refund(0, 0, 10_000)
    await desk.push(3)
    last = (await desk.rows())[-1]
    assert last["state"] == "pending"
    assert "another invoice's" in last["reason"]


async def test_settings_say_what_is_sent_by_itself(desk: Desk) -> None:
    by_hand = replace_settings(sends_blue=False, sends_red=False)
    await desk.ask()
    await desk.push(2, by_hand)
    (row,) = await desk.rows()
    assert row["state"] == "requested"
    with pytest.raises(finance.NoInvoiceProvider):
        async with unit_of_work(desk.sessions) as session:
            await finance.send_invoice(session, row["id"], None, version=1, actor=staff())
    async with unit_of_work(desk.sessions) as session:
        await finance.send_invoice(session, row["id"], desk.provider, version=1, actor=staff())
    await desk.push(2, by_hand)
    await desk.bought.refund(0, 0, 10_000)
    await desk.push(2, by_hand)
    assert [each["state"] for each in await desk.rows()] == ["issued", "requested"]
    assert await finance.push_invoices(desk.sessions, None, ALL, limit=1) == finance.Pushed(0, 0)


def replace_settings(**changes: Any) -> InvoiceSettings:
    return ALL.model_copy(update=changes)


async def test_what_a_provider_has_is_not_refused(desk: Desk) -> None:
    await desk.ask()
    await desk.push()
    (row,) = await desk.rows()
    with pytest.raises(finance.InvoiceSettled):
        async with unit_of_work(desk.sessions) as session:
            await finance.reject_invoice(
                session, row["id"], "No", version=row["version"], actor=staff()
            )
    # Who knows better enters it; what the provider says later changes nothing.
    async with unit_of_work(desk.sessions) as session:
        document = IssuedDocument("known")
        await finance.issue_invoice(
            session, row["id"], document, version=row["version"], actor=staff()
        )
    await desk.push(2)
    (row,) = await desk.rows()
    assert row["document_number"] == "known"


async def test_a_new_title_takes_back_before_it_is_made_out(desk: Desk) -> None:
    payable = desk.bought.payable
    await desk.ask()
    company = Title(kind=TitleKind.COMPANY, name="晨光茶业", tax_number="91440300708461136T")
    (row,) = await desk.rows()
    async with unit_of_work(desk.sessions) as session:
        made = await finance.retitle_invoice(session, row["id"], company, version=1, actor=staff())
    assert (made["kind"], made["title"]["name"]) == ("blue", "晨光茶业")
    await desk.push(2)
    row = (await desk.rows())[-1]
    person = replace(company, kind=TitleKind.PERSONAL, name="Lin", tax_number=None)
    async with unit_of_work(desk.sessions) as session:
        await finance.retitle_invoice(
            session, row["id"], person, version=row["version"], actor=staff()
        )
    with pytest.raises(finance.InvoiceExists):
        await desk.ask()  # the red one is not issued yet
    await desk.bought.refund(0, 0, 10_000)
    await desk.push(2)
    assert (await desk.stand())[2:] == [
        ("red", "issued", payable),
        ("blue", "requested", payable - 10_000),
    ]
    await desk.push(2)
    last = (await desk.rows())[-1]
    assert (last["state"], last["title"]["name"]) == (InvoiceState.ISSUED, "Lin")
    await ask_in_vain(desk)


async def ask_in_vain(desk: Desk) -> None:
    with pytest.raises(finance.InvoiceExists):
        await ask(desk.bought, desk.shop)


async def test_sending_and_documents_over_http(
    client: httpx.AsyncClient, session: AsyncSession, bought: Bought, shop: Shop
) -> None:
    clerk = await bearer(
        session, await make_staff(session, scopes=[Scope.FINANCE_READ, Scope.FINANCE_WRITE])
    )
    (row,) = (await ask(bought, shop)).invoices
    path, match = f"/api/v1/admin/finance/invoices/{row['id']}", {"If-Match": '"1"'}
    sent = await client.post(f"{path}/send", headers=clerk | match)
    assert sent.json()["type"] == "/problems/no-invoice-provider"
    title = {"title": {"kind": "personal", "name": "Lin Xiao"}}
    made = await client.post(f"{path}/retitle", json=title, headers=clerk | match)
    assert made.json()["title"]["name"] == "Lin Xiao"
    late = await client.post(f"{path}/retitle", json=title, headers=clerk | match)
    assert late.status_code == 412
    company = {"kind": "company", "name": "X", "tax_number": "91440300708461137T"}
    path = f"/api/v1/admin/finance/invoices/{made.json()['id']}"
    wrong = await client.post(f"{path}/retitle", json={"title": company}, headers=clerk | match)
    assert wrong.json()["type"] == "/problems/invalid-tax-number"
    gone = await client.get(f"/sandbox/invoices/{row['id'].hex}-1.pdf")
    assert gone.status_code == 404


def test_the_document_is_a_pdf() -> None:
    page = pdf(["Number 99 (blue)"])
    assert page.startswith(b"%PDF-1.4\n")
    start = int(page.split(b"startxref\n")[1].split()[0])
    assert page[start:].startswith(b"xref\n0 6\n")
    assert rb"(Number 99 \(blue\)) Tj" in page
