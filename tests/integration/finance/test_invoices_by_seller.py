"""Two merchants sell an order: each invoices its own goods, and its share of the fee."""

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.core.db import unit_of_work
from app.core.enums.finance import InvoiceForm, TitleKind
from app.core.enums.scopes import Scope
from app.core.ids import random_code
from app.services import finance
from app.services.finance import IssuedDocument, Title
from tests.factories.catalog import make_sku, make_spu
from tests.factories.counters import OrderCounter, shopper
from tests.factories.delivery import make_template
from tests.factories.inventory import make_warehouse, put_stock
from tests.factories.members import bearer as member_bearer
from tests.factories.merchants import bearer as key_bearer
from tests.factories.merchants import make_api_key, make_merchant
from tests.factories.payments import staff
from tests.factories.pricing import put_price
from tests.integration.finance.conftest import Bought

PERSON = Title(kind=TitleKind.PERSONAL, name="Lin")
COMPANY: dict[str, Any] = {
    "kind": "company",
    "name": "晨光茶业",
    "tax_number": "91440300708461136T",
    "address": "深圳市福田区福华路 1 号",
    "phone": "0755-83210000",
    "bank": "中国工商银行福田支行",
    "bank_account": "4000 0212 0920 0123 456",
}
WISH = {"kind": "personal", "title": "Lin", "tax_number": None, "email": "lin@example.com"}
FEES = 601, 399


@pytest.fixture
async def theirs(session, shop):
    """A second merchant, who sells one thing at 10.00."""
    merchant = await make_merchant(session)
    warehouse = await make_warehouse(session, merchant.id)
    spu = await make_spu(session, merchant_id=merchant.id, category_id=shop.category.id)
    sku = await make_sku(session, spu=spu)
    await put_price(session, shop.price_list.id, sku.id, 1_000)
    await put_stock(session, sku.id, warehouse.id, 50)
    for seller, fee in zip((shop.merchant.id, merchant.id), FEES, strict=True):
        await make_template(session, seller, zone={"first_minor": fee, "step_minor": 0})
    await session.commit()
    return merchant, sku


async def buy(sessions, session, shop, theirs, **command) -> Bought:
    """Two pieces at 100.00 of the platform, three at 10.00 of the other, 10.00 of shipping."""
    counter = OrderCounter(sessions)
    lines = [(shop.sku_ids[0], 2), (theirs[1].id, 3)]
    placed = await counter.place(shop.member.id, lines, **command)
    assert await counter.pay(placed) == "paid"
    found = await session.scalars(
        text("SELECT id FROM order_lines WHERE order_id = :id ORDER BY position"),
        {"id": placed.id},
    )
    assert placed.payable_minor == 24_000
    return Bought(sessions, counter, placed.id, list(found), placed.payable_minor)


@pytest.fixture
async def bought(sessions, session, shop, theirs):
    return await buy(sessions, session, shop, theirs)


async def ask(bought, shop, merchant_id=None, title=PERSON):
    async with unit_of_work(bought.sessions) as session:
        return await finance.request_invoice(
            session,
            bought.order_id,
            title,
            actor=shopper(shop.member.id),
            merchant_id=merchant_id,
        )


async def issue(bought, row):
    async with unit_of_work(bought.sessions) as session:
        row = await finance.read_invoice(session, row["id"])
        document = IssuedDocument(random_code(12))
        await finance.issue_invoice(
            session, row["id"], document, version=row["version"], actor=staff()
        )


async def stand(bought, merchant_id):
    """Invoices of one merchant, after every invariant was checked."""
    await bought.books()
    async with unit_of_work(bought.sessions) as session:
        found = await finance.read_invoices(session, bought.order_id)
    return [
        (each["kind"], each["state"], each["amount_minor"])
        for each in found.part(merchant_id).invoices
    ]


async def test_each_merchant_invoices_its_own_part(bought, shop, theirs):
    platform, other = shop.merchant.id, theirs[0].id
    with pytest.raises(finance.SellerNeeded) as needed:
        await ask(bought, shop)
    assert set(needed.value.context["merchant_ids"]) == {str(platform), str(other)}
    mine = await ask(bought, shop, platform)
    assert (mine["merchant_id"], mine["amount_minor"]) == (platform, 20_601)
    assert [line["amount_minor"] for line in mine["lines"]] == [20_000, 601]
    # Only one is left: it need not be named.
    its = await ask(bought, shop)
    assert (its["merchant_id"], its["amount_minor"]) == (other, 3_399)
    with pytest.raises(finance.InvoiceExists):
        await ask(bought, shop)
    with pytest.raises(finance.InvoiceExists):
        await ask(bought, shop, platform)
    with pytest.raises(finance.NothingToInvoice):
        await ask(bought, shop, shop.member.id)


async def test_a_refund_of_one_leaves_the_other_alone(bought, shop, theirs):
    platform, other = shop.merchant.id, theirs[0].id
    await issue(bought, await ask(bought, shop, platform))
    await issue(bought, await ask(bought, shop, other))
    await bought.refund(1, 0, 1_000)
    assert await stand(bought, platform) == [("blue", "issued", 20_601)]
    assert (await stand(bought, other))[1:] == [("red", "requested", 1_000)]
    # The fee is shared: each takes back its part, to the cent.
    await bought.refund(-1, 0, 500, returns=False)
    (_, mine), its = await stand(bought, platform), await stand(bought, other)
    assert mine[:2] == ("red", "requested")
    assert its[-2:] == [("red", "withdrawn", 1_000), ("red", "requested", 1_500 - mine[2])]
    assert mine[2] == 601 - 500 * 601 // 1_000
    # A title is changed for one merchant alone.
    async with unit_of_work(bought.sessions) as session:
        found = await finance.read_invoices(session, bought.order_id)
    red = found.part(platform).invoices[-1]
    await issue(bought, red)
    blue = found.part(platform).invoices[0]
    async with unit_of_work(bought.sessions) as session:
        row = await finance.read_invoice(session, blue["id"])
        red = await finance.retitle_invoice(
            session,
            blue["id"],
            Title(kind=TitleKind.PERSONAL, name="Mei"),
            version=row["version"],
            actor=staff(),
        )
    assert red["amount_minor"] == 20_601 - mine[2]
    await issue(bought, red)
    assert (await stand(bought, platform))[-1] == ("blue", "requested", red["amount_minor"])
    assert await stand(bought, other) == its


async def test_a_new_title_of_one_asks_for_nothing_of_the_other(bought, shop, theirs):
    mine = await ask(bought, shop, shop.merchant.id)
    await issue(bought, mine)
    its = await ask(bought, shop, theirs[0].id)
    async with unit_of_work(bought.sessions) as session:
        await finance.reject_invoice(session, its["id"], "No", version=1, actor=staff())
        title = Title(kind=TitleKind.PERSONAL, name="Mei")
        red = await finance.retitle_invoice(session, mine["id"], title, version=2, actor=staff())
    await issue(bought, red)
    assert (await stand(bought, shop.merchant.id))[-1] == ("blue", "requested", 20_601)
    assert await stand(bought, theirs[0].id) == [("blue", "rejected", 3_399)]


async def test_an_invoice_of_the_whole_order_stays_one(bought, shop, theirs):
    """As invoices were made out before merchants had their own."""
    first = await ask(bought, shop, shop.merchant.id)
    async with unit_of_work(bought.sessions) as session:
        await session.execute(
            text("UPDATE invoices SET merchant_id = NULL, amount_minor = 24000 WHERE id = :id"),
            {"id": first["id"]},
        )
        await session.execute(text("DELETE FROM invoice_lines"))
        found = await finance.read_invoices(session, bought.order_id)
        await session.execute(
            text("""
                INSERT INTO invoice_lines (invoice_id, position, line_id, quantity, amount_minor,
                    tax_minor, tax_rate_bps)
                SELECT :id, row_number() OVER (), * FROM unnest(CAST(:lines AS uuid[]),
                    CAST(:counts AS int[]), CAST(:amounts AS bigint[]), CAST(:taxes AS bigint[]),
                    CAST(:rates AS int[]))
            """),
            {
                "id": first["id"],
                "lines": [each.line_id for each in found.lines],
                "counts": [each.quantity for each in found.lines],
                "amounts": [each.amount_minor for each in found.lines],
                "taxes": [each.tax_minor for each in found.lines],
                "rates": [each.tax_rate_bps for each in found.lines],
            },
        )
        taxes = sum(each.tax_minor for each in found.lines)
        await session.execute(text(f"UPDATE invoices SET tax_minor = {taxes}"))
    for merchant_id in (None, theirs[0].id):
        with pytest.raises(finance.InvoiceExists):
            await ask(bought, shop, merchant_id)
    await bought.refund(1, 0, 1_000)
    assert await stand(bought, None) == [
        ("blue", "withdrawn", 24_000),
        ("blue", "requested", 23_000),
    ]


async def test_the_database_keeps_one_open_invoice_of_a_merchant(bought, shop, theirs):
    await ask(bought, shop, theirs[0].id)
    async with unit_of_work(bought.sessions) as session:
        with pytest.raises(IntegrityError, match="uq_invoices_open"):
            await session.execute(
                text("""
                    INSERT INTO invoices (id, order_id, member_id, merchant_id, kind, title,
                        currency, amount_minor, tax_minor)
                    SELECT gen_random_uuid(), order_id, member_id, merchant_id, kind, title,
                        currency, amount_minor, tax_minor FROM invoices
                """)
            )
        await session.rollback()


async def heard(bought, times=2, **more):
    for _ in range(times):
        async with unit_of_work(bought.sessions) as session:
            await finance.request_as_wished(session, {"order_id": str(bought.order_id), **more})


async def test_a_wish_becomes_a_request_of_each_merchant_once(sessions, session, shop, theirs):
    bought = await buy(sessions, session, shop, theirs, invoice=WISH)
    await heard(bought)
    assert await stand(bought, shop.merchant.id) == [("blue", "requested", 20_601)]
    assert await stand(bought, theirs[0].id) == [("blue", "requested", 3_399)]
    async with unit_of_work(sessions) as other:
        rows = (await finance.read_invoices(other, bought.order_id)).invoices
    assert {(each["title"]["name"], each["title"]["email"]) for each in rows} == {
        ("Lin", "lin@example.com")
    }
    # What staff refused is not asked for again, until it is said anew.
    async with unit_of_work(sessions) as other:
        await finance.reject_invoice(other, rows[0]["id"], "No such name", version=1, actor=staff())
    await heard(bought)
    await heard(bought, fields=["note"])
    assert len(await stand(bought, shop.merchant.id)) == 1
    async with unit_of_work(sessions) as other:
        await other.execute(
            text("""UPDATE orders SET invoice = jsonb_set(invoice, '{title}', '"Mei"')""")
        )
    await heard(bought, fields=["note"])
    assert len(await stand(bought, shop.merchant.id)) == 1
    await heard(bought, fields=["invoice"])
    assert len(await stand(bought, shop.merchant.id)) == 2
    assert len(await stand(bought, theirs[0].id)) == 1


async def test_no_wish_asks_for_nothing(bought, shop, session, sessions):
    await heard(bought)
    assert await stand(bought, shop.merchant.id) == []


async def test_an_unpaid_order_is_asked_for_later(sessions, session, shop, theirs):
    counter = OrderCounter(sessions)
    placed = await counter.place(shop.member.id, [(shop.sku_ids[0], 1)], invoice=WISH)
    bought = Bought(sessions, counter, placed.id, [], placed.payable_minor)
    await heard(bought, fields=["invoice"])
    assert await stand(bought, shop.merchant.id) == []
    assert await counter.pay(placed) == "paid"
    await heard(bought)
    assert len(await stand(bought, shop.merchant.id)) == 1


async def test_a_wish_that_is_no_title_is_left(sessions, session, shop, theirs):
    wrong = WISH | {"kind": "company", "tax_number": "91440300708461137T"}
    bought = await buy(sessions, session, shop, theirs, invoice=wrong)
    await heard(bought, 1)
    assert await stand(bought, shop.merchant.id) == []


async def test_special_invoices_need_all_that_is_registered(bought, shop, theirs, session):
    whole = Title(**COMPANY | {"kind": TitleKind.COMPANY}, form=InvoiceForm.SPECIAL)
    bare = Title(
        kind=TitleKind.COMPANY,
        name=COMPANY["name"],
        tax_number=COMPANY["tax_number"],
        form=InvoiceForm.SPECIAL,
    )
    with pytest.raises(finance.SpecialIncomplete) as refusal:
        await ask(bought, shop, theirs[0].id, bare)
    assert refusal.value.context["missing"] == ["address", "phone", "bank", "bank_account"]
    person = Title(kind=TitleKind.PERSONAL, name="Lin", form=InvoiceForm.SPECIAL)
    with pytest.raises(finance.SpecialIncomplete):
        await ask(bought, shop, theirs[0].id, person)
    made = await ask(bought, shop, theirs[0].id, whole)
    assert (made["title"]["form"], made["title"]["bank"]) == ("special", COMPANY["bank"])
    for column in ("phone", "tax_number", "bank_account"):
        with pytest.raises(IntegrityError, match="special_is_whole"):
            async with session.begin_nested():
                await session.execute(text(f"UPDATE invoices SET title = title - '{column}'"))


async def test_over_http_by_kept_title_and_by_merchant(client, session, bought, shop, theirs):
    lin = await member_bearer(session, shop.member)
    await session.commit()
    kept = (await client.post("/api/v1/me/invoice-titles", json=COMPANY, headers=lin)).json()
    assert {name: kept[name] for name in COMPANY} == COMPANY
    half = {"kind": "personal", "name": "Lin", "phone": "0755-83210000"}
    assert (
        await client.post("/api/v1/me/invoice-titles", json=half, headers=lin)
    ).status_code == 422
    path = f"/api/v1/orders/{bought.order_id}/invoices"
    seen = (await client.get(path, headers=lin)).json()
    assert {(each["merchant_id"], each["amount_minor"]) for each in seen["lines"]} == {
        (str(shop.merchant.id), 20_000),
        (str(shop.merchant.id), 601),
        (str(theirs[0].id), 3_000),
        (str(theirs[0].id), 399),
    }
    wish = {"title_id": kept["id"], "form": "special"}
    key = {"Idempotency-Key": random_code(20)}
    refused = await client.post(path, json=wish, headers=lin | key)
    assert (refused.status_code, refused.json()["type"]) == (
        422,
        "/problems/invoice-seller-needed",
    )
    key = {"Idempotency-Key": random_code(20)}
    named = wish | {"merchant_id": str(theirs[0].id)}
    made = (await client.post(path, json=named, headers=lin | key)).json()
    assert (made["merchant_id"], made["title"]["form"]) == (str(theirs[0].id), "special")


async def seller(client, session, merchant, *scopes):
    key = await make_api_key(session, merchant.id, scopes=list(scopes or [Scope.ORDERS_READ]))
    await session.commit()

    async def get(path, **params):
        return await client.get(
            f"/api/v1/merchant/invoices{path}", headers=key_bearer(key), params=params
        )

    return get


async def test_d27_a_merchants_system_reads_the_invoices_of_what_it_sells(
    client, session, bought, shop, theirs
):
    mine = await ask(bought, shop, shop.merchant.id)
    first = await ask(bought, shop, theirs[0].id)
    await issue(bought, first)
    async with unit_of_work(bought.sessions) as unit:
        row = await finance.read_invoice(unit, first["id"])
        red = await finance.retitle_invoice(
            unit,
            first["id"],
            Title(kind=TitleKind.PERSONAL, name="Mei"),
            version=row["version"],
            actor=staff(),
        )
    get = await seller(client, session, theirs[0])
    everything = (await get("")).json()
    assert [each["id"] for each in everything["items"]] == [str(red["id"]), str(first["id"])]
    told = (await get(f"/{first['id']}")).json()
    assert (told["amount_minor"], told["state"], told["title"]["name"]) == (3_399, "issued", "Lin")
    assert {each["amount_minor"] for each in told["lines"]} == {3_000, 399}
    assert "member_id" not in told
    # Page by page, and by what is asked for.
    page = (await get("", limit=1)).json()
    assert [each["id"] for each in page["items"]] == [str(red["id"])]
    rest = (await get("", limit=1, after=page["next_after"])).json()
    assert ([each["id"] for each in rest["items"]], rest["next_after"]) == (
        [str(first["id"])],
        None,
    )
    issued = (await get("", state="issued", order_id=str(bought.order_id))).json()
    assert [each["id"] for each in issued["items"]] == [str(first["id"])]
    assert (await get("", order_id=str(mine["id"]))).json()["items"] == []
    # Nobody else's, nor without the scope.
    hidden = await get(f"/{mine['id']}")
    assert (hidden.status_code, hidden.json()["type"]) == (404, "/problems/not-found")
    blind = await seller(client, session, theirs[0], Scope.CATALOG_READ)
    for path in ("", f"/{first['id']}"):
        answer = await blind(path)
        assert (answer.status_code, answer.json()["type"]) == (403, "/problems/insufficient-scope")


async def test_an_invoice_of_a_whole_order_is_no_merchants(client, session, bought, shop, theirs):
    row = await ask(bought, shop, shop.merchant.id)
    await session.execute(text("UPDATE invoices SET merchant_id = NULL"))
    await session.commit()
    get = await seller(client, session, shop.merchant)
    assert (await get("")).json()["items"] == []
    assert (await get(f"/{row['id']}")).status_code == 404
