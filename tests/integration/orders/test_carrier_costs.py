"""What carriers charge: bills against quotes, and costs against what shoppers paid."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.core.enums.scopes import Scope
from app.schemas.orders.carrier_costs import BillLinesOut, FreightReportOut
from app.services import orders
from tests.factories import staff as staff_factory
from tests.factories.payments import give_balance
from tests.integration.orders.conftest import Shopper
from tests.integration.orders.refunding import BY_BALANCE, ok, refused
from tests.integration.orders.sending import CLERK, LIMITS, line_ids, part_of

SPAN = {"since": "2020-01-01T00:00:00Z", "until": "2021-01-01T00:00:00Z"}


@pytest.fixture
async def books(client, session):
    made = await staff_factory.make_staff(session, scopes=[Scope.FINANCE_READ, Scope.FINANCE_WRITE])
    headers = await staff_factory.bearer(session, made)
    await session.commit()
    return Shopper(client, headers)


@pytest.fixture
async def sent(session, lin, shop):
    """Three parcels of an order: quoted 12.00, quoted 8.00, not quoted."""
    await give_balance(session, shop.member.id, 1_000_000)
    await session.commit()
    order = await lin.order((shop.skus[0].id, 3), tenders=BY_BALANCE)
    (line,) = await line_ids(session, order["id"])
    for number, cost in (("SF1001", 1_200), ("SF1002", 800), ("SF1003", None)):
        parcel = orders.shipping.PackParcel(
            fulfilment_id=(await part_of(session, order["id"]))["id"],
            waybill=orders.shipping.Waybill(
                carrier_code="sf", tracking_number=number, cost_minor=cost
            ),
            pieces={line: 1},
        )
        await orders.shipping.ship(session, parcel, actor=CLERK, limits=LIMITS)
    await session.commit()
    return order


def bill(number, *lines):
    return {
        "carrier_code": "sf",
        "number": number,
        "currency": "CNY",
        "lines": [{"tracking_number": each, "charged_minor": n} for each, n in lines],
    }


async def test_a_bill_is_held_against_what_was_quoted(books, sent):
    lines = (("SF1001", 1_200), ("SF1002", 950), ("SF1003", 700), ("SF9999", 500), ("SF1001", 90))
    made = await ok(await books.post("/admin/carrier-bills", bill("2026-11", *lines)), 201)
    assert (made["lines"], made["charged_minor"], made["quoted_minor"]) == (5, 3_440, 2_000)
    assert made["differing"] == 4
    path = f"/admin/carrier-bills/{made['id']}"
    found = await ok(await books.get(f"{path}/lines"))
    BillLinesOut.model_validate(found)
    assert [(each["verdict"], each["difference"]) for each in found["items"]] == [
        ("equal", 0),
        ("more", 150),
        ("unquoted", None),
        ("unknown", None),
        ("repeated", -1_110),
    ]
    page = await ok(await books.get(f"{path}/lines", is_differing=True, limit=2))
    assert [each["position"] for each in page["items"]] == [2, 3]
    rest = await ok(
        await books.get(f"{path}/lines", is_differing=True, limit=2, after=page["next_after"])
    )
    assert ([each["position"] for each in rest["items"]], rest["next_after"]) == ([4, 5], None)
    again = await books.post("/admin/carrier-bills", bill("2026-11", ("SF1002", 800)))
    assert await refused(again) == (409, "already-exists")
    later = await ok(
        await books.post("/admin/carrier-bills", bill("2026-12", ("SF1002", 800))), 201
    )
    (second,) = (await ok(await books.get(f"/admin/carrier-bills/{later['id']}/lines")))["items"]
    assert second["verdict"] == "repeated"
    listed = (await ok(await books.get("/admin/carrier-bills")))["items"]
    assert [each["number"] for each in listed] == ["2026-12", "2026-11"]
    assert await ok(await books.get(path)) == listed[1]


async def test_an_unknown_carrier_sends_no_bill(books):
    body = bill("1", ("SF1001", 1)) | {"carrier_code": "nobody"}
    assert await refused(await books.post("/admin/carrier-bills", body)) == (
        422,
        "invalid-reference",
    )
    missing = "/admin/carrier-bills/0193d3f0-0000-7000-8000-000000000000"
    assert (await books.get(missing)).status_code == 404


async def test_costs_stand_beside_what_shoppers_paid(session, books, sent, shop):
    """A freight of 16.00 less 6.00 for three parcels is 3.34 and twice 3.33."""
    await session.execute(
        text("UPDATE orders SET shipping_minor = 1000, shipping_discount_minor = 600")
    )
    await session.execute(
        text(
            "UPDATE shipments SET shipped_at = CASE tracking_number WHEN 'SF1001'"
            " THEN timestamptz '2020-05-01Z' ELSE timestamptz '2021-05-01Z' END"
        )
    )
    await session.commit()
    await ok(await books.post("/admin/carrier-bills", bill("1", ("SF1001", 1_290))), 201)
    found = await ok(await books.get("/admin/freight-report", **SPAN))
    FreightReportOut.model_validate(found)
    (row,) = found["items"]
    assert row == {
        "carrier_code": "sf",
        "merchant_id": str(shop.merchant.id),
        "currency": "CNY",
        "parcels": 1,
        "quoted_minor": 1_200,
        "unquoted": 0,
        "charged_minor": 1_290,
        "billed": 1,
        "freight_minor": 334,
    }
    rest = {"since": SPAN["until"], "until": "2022-01-01T00:00:00Z"}
    (row,) = (await ok(await books.get("/admin/freight-report", **rest)))["items"]
    assert (row["parcels"], row["unquoted"], row["billed"], row["freight_minor"]) == (2, 1, 0, 666)
    long = SPAN | {"until": "2026-01-01T00:00:00Z"}
    assert await refused(await books.get("/admin/freight-report", **long)) == (
        422,
        "span-too-long",
    )


async def test_what_a_bill_said_stays(session, books, sent):
    await ok(await books.post("/admin/carrier-bills", bill("1", ("SF1001", 1_290))), 201)
    with pytest.raises(DBAPIError, match="append-only"):
        await session.execute(text("UPDATE carrier_bill_lines SET charged_minor = 0"))
