"""Sheets of group orders: the template to fill in, and the report of what became of it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Final
from uuid import UUID

from sqlalchemy import RowMapping

from app.core.db import Sessions
from app.core.spreadsheets import Cell, Xlsx, csv_lines
from app.repositories.orders.group_orders import GroupOrderRepository
from app.services.orders.engine.group_rows import COLUMNS

CHUNK: Final = 500
_EXAMPLE: Final = (
    *("王小明", "13800138000", "浙江省", "杭州市", "西湖区", "文三路 9 号", "310012"),
    *("TEE-black-m*2; CAP-red", "周五前送达"),
)
_REPORT: Final = (
    *("行号", "收货人", "手机号", "地址", "商品", "状态", "原因", "订单号", "订单状态"),
    *("支付状态", "发货状态", "金额（分）", "运单号"),
)


def template_csv() -> str:
    return "\ufeff" + csv_lines([list(COLUMNS.values()), list(_EXAMPLE)])


def template_xlsx() -> Iterator[bytes]:
    """The titles with one row as an example; it blocks."""
    with Xlsx(list(COLUMNS.values())) as book:
        book.add([list(_EXAMPLE)])
        yield from book.finish()


async def report_xlsx(readers: Sessions, group_id: UUID) -> AsyncIterator[bytes]:
    """Every row with its order and tracking numbers, or with what is wrong with it."""
    with Xlsx(_REPORT) as book:
        after = 0
        while True:
            async with readers() as session:
                rows = await GroupOrderRepository(session).rows(
                    group_id, state=None, after=after, limit=CHUNK
                )
            await asyncio.to_thread(book.add, [_line(each) for each in rows])
            if len(rows) < CHUNK:
                break
            after = rows[-1]["position"]
        pieces = book.finish()
        while piece := await asyncio.to_thread(next, pieces, b""):
            yield piece


def _line(row: RowMapping) -> list[Cell]:
    content, address = row["content"], row["content"]["address"]
    place = (address[each] or "" for each in ("province", "city", "district", "street"))
    reasons = [f"{each['cell'] or each['column']}: {each['reason']}" for each in row["faults"]]
    if row["problem"] is not None:
        reasons.append(row["problem"]["title_zh"])
    return [
        row["position"],
        address["recipient"],
        address["phone"],
        "".join(place),
        "; ".join(f"{each['sku']}*{each['quantity']}" for each in content["goods"]),
        row["state"],
        "; ".join(reasons),
        row["order_number"],
        row["order_state"],
        row["payment_status"],
        row["fulfilment_status"],
        row["payable_minor"],
        ", ".join(row["tracking_numbers"]),
    ]
