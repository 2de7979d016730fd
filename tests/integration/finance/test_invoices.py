"""Invoices: over what was paid without gift cards, taken back in red with what goes back."""

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import Sessions, unit_of_work
from app.core.enums.finance import InvoiceKind, InvoiceState, TitleKind
from app.core.enums.scopes import Scope
from app.core.ids import random_code
from app.services import finance
from app.services.finance import IssuedDocument, Title
from tests.factories.counters import OrderCounter, fill_purse, shopper
from tests.factories.members import bearer as member_bearer
from tests.factories.payments import staff
from tests.factories.shop import Shop
from tests.factories.staff import bearer, make_staff
from tests.integration.finance.conftest import Bought

PERSON = Title(kind=TitleKind.PERSONAL, name="Lin")


async def ask(bought: Bought, shop: Shop) -> finance.InvoiceOverview:
    async with unit_of_work(bought.sessions) as session:
        await finance.request_invoice(
            session, bought.order_id, PERSON, actor=shopper(shop.member.id)
        )
    return await overview(bought)


async def overview(bought: Bought) -> finance.InvoiceOverview:
    await bought.books()
    async with unit_of_work(bought.sessions) as session:
        return await finance.read_invoices(session, bought.order_id)


async def issue(bought: Bought, number: str) -> None:
    found = await overview(bought)
    (row,) = [each for each in found.invoices if each["state"] == InvoiceState.REQUESTED]
    async with unit_of_work(bought.sessions) as session:
        await finance.issue_invoice(
            session, row["id"], IssuedDocument(number), version=row["version"], actor=staff()
        )


def stand(found: finance.InvoiceOverview) -> list[tuple[str, str, int]]:
    return [(each["kind"], each["state"], each["amount_minor"]) for each in found.invoices]


async def test_what_goes_back_is_taken_back_in_red(bought: Bought, shop: Shop) -> None:
    first = await ask(bought, shop)
    assert stand(first) == [("blue", "requested", bought.payable)]
    with pytest.raises(finance.InvoiceExists):
        await ask(bought, shop)
    # Not issued yet: asked for anew over what is left.
    await bought.refund(0, 0, 10_000)
    left = bought.payable - 10_000
    assert stand(await overview(bought)) == [
        ("blue", "withdrawn", bought.payable),
        ("blue", "requested", left),
    ]
    await issue(bought, "25317000001")
    # Issued: a red one over what went back, one over both while it waits.
    await bought.refund(1, 0, 5_000)
    await bought.refund(1, 1, 1_500, returns=False)
    found = await overview(bought)
    assert stand(found)[2:] == [("red", "withdrawn", 5_000), ("red", "requested", 6_500)]
    red = found.invoices[-1]
    assert red["reverses_id"] == found.invoices[1]["id"]
    assert [line["amount_minor"] for line in red["lines"]] == [6_500]
    await issue(bought, "25317000002")
    await bought.refund(1, 1, 3_500)
    await issue(bought, "25317000003")
    await bought.refund(1, 2, 5_000)
    await bought.refund(0, 1, 10_000)
    await issue(bought, "25317000004")
    found = await overview(bought)
    issued = [each for each in found.invoices if each["state"] == InvoiceState.ISSUED]
    red_minor = sum(each["amount_minor"] for each in issued if each["kind"] == InvoiceKind.RED)
    red_tax = sum(each["tax_minor"] for each in issued if each["kind"] == InvoiceKind.RED)
    assert red_minor == left - found.invoiceable_minor
    assert found.invoiceable_minor == bought.payable - 35_000
    assert red_tax == issued[0]["tax_minor"]


async def test_invoices_have_the_tax_that_the_books_have(bought: Bought, shop: Shop) -> None:
    """Amounts that do not divide go back before and after goods leave, and invoices are issued."""
    await bought.refund(1, 0, 1_234, returns=False)
    await ask(bought, shop)
    await issue(bought, "25317000001")
    await bought.ship("S1")
    assert await billed_tax(bought) == (await bought.books())["tax_payable:1300"]
    for number, (line, minor) in enumerate([(0, 3_333), (1, 777), (0, 101)]):
        await bought.refund(line, 1, minor, returns=False)
        await issue(bought, f"2531700001{number}")
        assert await billed_tax(bought) == (await bought.books())["tax_payable:1300"]


async def billed_tax(bought: Bought) -> int:
    found = [x for x in (await overview(bought)).invoices if x["state"] == InvoiceState.ISSUED]
    red = sum(each["tax_minor"] for each in found if each["kind"] == InvoiceKind.RED)
    return sum(each["tax_minor"] for each in found) - 2 * red


async def test_gift_cards_are_no_part_of_it(
    sessions: Sessions, session: AsyncSession, shop: Shop
) -> None:
    """30.00 of the 100.00 came from a card that was invoiced when it was sold."""
    await session.commit()
    tenders = await fill_purse(sessions, shop.member.id)
    counter = OrderCounter(sessions)
    placed = await counter.place(shop.member.id, [(shop.sku_ids[0], 1)], tenders=tenders)
    assert await counter.pay(placed) == "paid"
    async with unit_of_work(sessions) as other:
        found = await finance.read_invoices(other, placed.id)
    assert found.invoiceable_minor == placed.payable_minor - 3_000
    (line,) = found.lines
    assert line.tax_minor == 1_150 - 3_000 * 1_150 // 10_000


async def test_an_unpaid_order_is_not_invoiced(
    sessions: Sessions, session: AsyncSession, shop: Shop
) -> None:
    await session.commit()
    placed = await OrderCounter(sessions).place(shop.member.id, [(shop.sku_ids[0], 1)])
    with pytest.raises(finance.NothingToInvoice):
        async with unit_of_work(sessions) as other:
            await finance.request_invoice(other, placed.id, PERSON, actor=shopper(shop.member.id))


async def test_titles_and_invoices_over_http(
    client: httpx.AsyncClient, session: AsyncSession, bought: Bought, shop: Shop
) -> None:
    lin = await member_bearer(session, shop.member)
    clerk = await bearer(
        session, await make_staff(session, scopes=[Scope.FINANCE_READ, Scope.FINANCE_WRITE])
    )
    company = {"kind": "company", "name": "晨光茶业", "tax_number": "91440300708461136T"}
    titles = "/api/v1/me/invoice-titles"
    wrong = await client.post(
        titles, json=company | {"tax_number": "91440300708461137T"}, headers=lin
    )
    assert (wrong.status_code, wrong.json()["type"]) == (422, "/problems/invalid-tax-number")
    bare = await client.post(titles, json=company | {"tax_number": None}, headers=lin)
    assert bare.status_code == 422
    kept = (await client.post(titles, json=company, headers=lin)).json()
    assert (await client.get(titles, headers=lin)).json() == {"items": [kept]}

    path = f"/api/v1/orders/{bought.order_id}/invoices"
    key = {"Idempotency-Key": random_code(20)}
    made = await client.post(path, json={"title_id": kept["id"]}, headers=lin | key)
    assert made.status_code == 201, made.text
    assert made.json()["title"]["tax_number"] == company["tax_number"]
    seen = (await client.get(path, headers=lin)).json()
    assert seen["invoices"] == [made.json()]
    assert seen["invoiceable_minor"] == bought.payable
    stranger = await member_bearer(session, await make_other(session))
    assert (await client.get(path, headers=stranger)).status_code == 404

    admin = "/api/v1/admin/finance/invoices"
    (listed,) = (await client.get(f"{admin}?state=requested", headers=clerk)).json()["items"]
    one = await client.get(f"{admin}/{listed['id']}", headers=clerk)
    match = {"If-Match": one.headers["etag"]}
    document = {"document_number": "25317000009", "document_url": "https://tax.example/9.pdf"}
    issued = await client.post(
        f"{admin}/{listed['id']}/issue", json=document, headers=clerk | match
    )
    assert issued.json()["state"] == "issued"
    match = {"If-Match": issued.headers["etag"]}
    late = await client.post(
        f"{admin}/{listed['id']}/reject", json={"reason": "No"}, headers=clerk | match
    )
    assert late.json()["type"] == "/problems/invoice-settled"
    assert (await client.delete(f"{titles}/{kept['id']}", headers=lin)).status_code == 204
    assert (await client.delete(f"{titles}/{kept['id']}", headers=lin)).status_code == 404


async def make_other(session: AsyncSession):
    from tests.factories.members import make_member  # noqa: PLC0415 - only here

    return await make_member(session)


async def test_a_refused_request_can_be_made_again(bought: Bought, shop: Shop) -> None:
    found = await ask(bought, shop)
    row = found.invoices[0]
    async with unit_of_work(bought.sessions) as session:
        await finance.reject_invoice(
            session, row["id"], "Wrong name", version=row["version"], actor=staff()
        )
    assert stand(await ask(bought, shop))[-1] == ("blue", "requested", bought.payable)
