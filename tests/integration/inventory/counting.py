"""What the tables say about stock."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.repositories.reports.stock_invariants import STOCK_DOCUMENTS


async def levels(session: AsyncSession, sku_id: UUID) -> tuple[int, int]:
    """`(on_hand, reserved)` of a SKU over all warehouses."""
    row = (
        await session.execute(
            text(
                "SELECT coalesce(sum(on_hand), 0)::int, coalesce(sum(reserved), 0)::int"
                " FROM stock WHERE sku_id = :sku_id"
            ),
            {"sku_id": sku_id},
        )
    ).one()
    return row[0], row[1]


async def states(session: AsyncSession, owner: str) -> list[str]:
    rows = await session.scalars(
        text("SELECT state FROM reservations WHERE owner = :owner ORDER BY sku_id, warehouse_id"),
        {"owner": owner},
    )
    return list(rows)


async def assert_consistent(session: AsyncSession) -> None:
    """Movements fold to on-hand, and open reservations to reserved."""
    wrong = await session.execute(
        text(
            "SELECT s.* FROM stock s"
            " WHERE on_hand <> (SELECT coalesce(sum(quantity), 0) FROM stock_movements m"
            "   WHERE m.sku_id = s.sku_id AND m.warehouse_id = s.warehouse_id"
            "   AND m.grade = 'sellable')"
            " OR reserved <> (SELECT coalesce(sum(quantity), 0) FROM reservations r"
            "   WHERE r.sku_id = s.sku_id AND r.warehouse_id = s.warehouse_id"
            "   AND r.state IN ('held', 'committed'))"
        )
    )
    assert wrong.all() == []


async def assert_documents(session: AsyncSession) -> None:
    """Everything the audit asks of counts, transfers, batches, tills and serials."""
    connection = await session.connection()
    for each in STOCK_DOCUMENTS:
        found = (await connection.exec_driver_sql(each.sql)).first()
        assert found is None, (each.name, found)
