"""Statistics of orders over HTTP."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from app.services.reports import statistics

TODAY = datetime.now(UTC).date()
SPAN = {
    "from_on": (TODAY - timedelta(days=2)).isoformat(),
    "to_on": (TODAY + timedelta(days=3)).isoformat(),
}
PATH = "/admin/order-statistics"


@pytest.fixture
async def placed(lin, shop, session):
    order = await lin.order((shop.skus[0].id, 2))
    await statistics.roll_up_orders(session)
    await session.commit()
    return order


async def test_the_dictionary_names_what_can_be_asked_for(clerk, placed, shop):
    metrics = (await clerk.get(f"{PATH}/metrics")).json()["items"]
    assert [each["name"] for each in metrics] == list(statistics.METRICS)
    for metric in metrics:
        for by in metric["by"]:
            answer = await clerk.get(PATH, metrics=[metric["name"]], by=[by], **SPAN)
            assert answer.status_code == 200, answer.text
    answer = await clerk.get(
        PATH, metrics=["orders_placed", "net_minor"], by=["channel", "week"], **SPAN
    )
    (row,) = answer.json()["rows"]
    assert row["values"] == {"orders_placed": 1, "net_minor": placed["payable_minor"]}
    assert (row["channel_id"], row["currency"]) == (str(shop.channel.id), "CNY")
    assert (row["merchant_id"], row["category_id"]) == (None, None)


async def test_rows_as_csv(clerk, placed):
    answer = await clerk.get(f"{PATH}/rows.csv", metrics=["orders_placed", "return_bps"], **SPAN)
    assert answer.status_code == 200
    assert answer.text == "\ufeffcurrency,orders_placed,return_bps\r\nCNY,1,0\r\n"


@pytest.mark.parametrize(
    ("params", "slug"),
    [
        ({"metrics": ["sales"]}, "not-told-apart"),
        ({"metrics": ["refunds"], "by": ["merchant"]}, "not-told-apart"),
        ({"metrics": ["units"], "to_on": SPAN["from_on"]}, "invalid-span"),
        ({"metrics": []}, "invalid-request"),
        ({"metrics": ["units"], "by": ["hour"]}, "invalid-request"),
    ],
)
async def test_what_cannot_be_told(clerk, params, slug):
    answer = await clerk.get(PATH, **SPAN | params)
    assert answer.status_code == 422
    assert slug in answer.json()["type"]


async def test_more_rows_than_anybody_reads(clerk, placed, session, monkeypatch):
    monkeypatch.setattr("app.services.reports.statistics.answer.MOST_ROWS", 1)
    await session.execute(
        text(
            "INSERT INTO order_hours SELECT (jsonb_populate_record(h,"
            ' \'{"currency": "USD"}\')).* FROM order_hours h'
        )
    )
    await session.commit()
    answer = await clerk.get(PATH, metrics=["units"], **SPAN)
    assert answer.json()["type"].endswith("too-many-rows")
