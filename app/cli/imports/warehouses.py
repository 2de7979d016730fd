"""Where imported stock is received."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.cli.imports.running import IMPORTER
from app.services import catalog, inventory, merchants


async def main_warehouse(session: AsyncSession) -> UUID:
    """The platform's first warehouse, opened when it has none."""
    owner = await merchants.ensure_platform(session)
    found = await inventory.list_warehouses(session, merchant_id=owner.id, after=None, limit=1)
    if found:
        return found[0].warehouse.id
    channel = await catalog.ensure_default_channel(session)
    change = inventory.WarehouseChange(name="Main", country=channel.country)
    view = await inventory.create_warehouse(
        session, change, code="main", merchant_id=owner.id, actor=IMPORTER
    )
    return view.warehouse.id
