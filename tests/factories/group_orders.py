"""Sheets of recipients, as workbooks that programs make and as archives that nobody should."""

import io
import zipfile
from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.group_orders import GroupPayment
from app.core.spreadsheets import Xlsx
from app.repositories.reports.group_invariants import GROUPS
from app.services import orders
from tests.factories.order_invariants import check_orders
from tests.factories.payments import staff
from tests.factories.shop import Shop

TITLES = list(orders.group_orders.COLUMNS.values())


def recipient(goods: str, name: str = "王小明", **more: str) -> list[str]:
    said = {
        "recipient": name,
        "phone": "13800138000",
        "province": "浙江",
        "city": "杭州",
        "district": "西湖区",
        "street": "文三路 9 号",
        "postal_code": "",
        "goods": goods,
        "note": "",
    } | more
    return [said[each] for each in orders.group_orders.COLUMNS]


def workbook(rows: Sequence[Sequence[Any]], titles: Sequence[str] = TITLES) -> bytes:
    with Xlsx(titles) as book:
        book.add(rows)
        return b"".join(book.finish())


def archive(**parts: str) -> bytes:
    """A workbook of these parts, by their names with `__` for a slash."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in parts.items():
            packed.writestr(f"{name.replace('__', '/')}.xml", content)
    return made.getvalue()


async def chunks(content: bytes, size: int = 4_096):  # type: ignore[no-untyped-def]
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def draft(session: AsyncSession, shop: Shop, **more: Any) -> Any:
    values = {
        "member_id": shop.member.id,
        "channel_id": shop.channel.id,
        "title": "Spring gifts",
        "contract": "C-2026-7",
        "reason": "As in the frame contract",
        "payment": GroupPayment.BALANCE,
        "prices": {shop.skus[0].code: 8_000},
    } | more
    command = orders.group_orders.DraftGroup(**values)
    return await orders.group_orders.draft_group(
        session, command, actor=staff(), most_below_bps=3_000
    )


async def check_groups(session: AsyncSession) -> None:
    await check_orders(session)
    connection = await session.connection()
    for invariant in GROUPS:
        rows = (await connection.exec_driver_sql(invariant.sql)).all()
        assert rows == [], invariant.name
