"""Orders as spreadsheets: what is in them, who may take it, and what they cost."""

import csv
import io
import zipfile

import pytest
from sqlalchemy import text

from app.core.enums.scopes import Scope
from app.repositories.orders import OrderFilter
from app.repositories.orders.export_rows import COLUMNS, PERSONAL
from app.services import orders
from tests.factories import staff as staff_factory
from tests.factories.orders import place
from tests.integration.orders.conftest import Shopper
from tests.integration.orders.test_list_plans import ROWS, crowd
from tests.integration.test_growth_pages import rows_read

PATH = "/admin/order-exports/orders.csv"


@pytest.fixture
async def trusted(client, session):
    member = await staff_factory.make_staff(
        session, scopes=[Scope.ORDERS_READ, Scope.MEMBERS_READ, Scope.SYSTEM_READ]
    )
    headers = await staff_factory.bearer(session, member)
    await session.commit()
    return Shopper(client, headers)


def lines(answer):
    assert answer.status_code == 200, answer.text
    return list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))


async def test_an_export_has_the_chosen_columns_of_what_the_filter_finds(clerk, lin, shop):
    one = await lin.order((shop.skus[0].id, 2))
    two = await lin.order((shop.skus[1].id, 1))
    columns = ["number", "pieces", "goods", "payable_minor"]
    found = lines(await clerk.get(PATH, columns=columns))
    assert found == [
        columns,
        [one["number"], "2", f"{shop.skus[0].code} x 2", str(one["payable_minor"])],
        [two["number"], "1", f"{shop.skus[1].code} x 1", str(two["payable_minor"])],
    ]
    found = lines(await clerk.get(PATH, number=two["number"], columns=["number"]))
    assert found == [["number"], [two["number"]]]
    body = {"name": "One", "filter": {"number": one["number"]}}
    view = (await clerk.post("/admin/order-views", body)).json()
    found = lines(await clerk.get(PATH, view_id=view["id"], columns=["number"]))
    assert found == [["number"], [one["number"]]]


async def test_d20_d26_nobody_takes_names_without_the_scope_for_them(clerk, trusted, lin, shop):
    await lin.order((shop.skus[0].id, 1), note="=1+1")
    usual = lines(await clerk.get(PATH))
    assert not set(usual[0]) & set(PERSONAL)
    for column in PERSONAL:
        refused = await clerk.get(PATH, columns=[column])
        assert (refused.status_code, refused.json()["missing_scopes"]) == (403, ["members:read"])
    found = lines(await trusted.get(PATH, columns=["receiver", "phone", "note"]))
    assert found[1] == ["Lin Shopper", "'+8613800138000", "'=1+1"]
    log = (await trusted.get("/admin/operation-log", action="orders.export")).json()["items"]
    assert [each["changes"]["personal"] for each in log] == [["receiver", "phone", "note"], []]


@pytest.mark.parametrize(
    ("params", "problem"),
    [
        ({"columns": ["number", "colour"]}, "unknown-columns"),
        ({"payable_min": 1}, "currency-needed"),
    ],
)
async def test_what_cannot_be_exported_is_refused(clerk, params, problem):
    answer = await clerk.get(PATH, **params)
    assert answer.status_code == 422
    assert answer.json()["type"].endswith(problem)


async def test_a_workbook_holds_the_same(trusted, lin, shop):
    order = await lin.order((shop.skus[0].id, 1))
    answer = await trusted.get("/admin/order-exports/orders.xlsx", columns=list(COLUMNS))
    with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
        texts = book.read("xl/worksheets/sheet1.xml").decode()
    assert order["number"] in texts


async def test_a_long_export_reads_each_order_once(session, sessions, shop, monkeypatch):
    """A few at a time, and nothing again for the next ones."""
    placed = await place(session, shop.member.id, [(shop.skus[0].id, 1)])
    await crowd(session, placed.id)
    await session.execute(text("ANALYZE"))
    monkeypatch.setattr("app.services.orders.centre.exports.CHUNK", 100)
    before, widest = await rows_read(session), 0
    export = orders.centre.OrderExport(OrderFilter(), ("number", "pieces"))

    class Readers:
        def __call__(self):
            return self

        async def __aenter__(self):
            return session

        async def __aexit__(self, *_):
            return None

    count = 0
    async for piece in orders.centre.orders_csv(Readers(), export):
        count += piece.count("\r\n")
        widest = max(widest, piece.count("\r\n"))
    assert (count, widest) == (ROWS + 2, 100)
    assert await rows_read(session) - before <= 4 * ROWS
