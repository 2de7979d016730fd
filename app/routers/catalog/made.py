"""A kit as staff and merchants see it, with how many there are."""

from fastapi import Response

from app.routers.deps import ReaderDep
from app.routers.etags import put_etag
from app.schemas.kits import KitComponentOut, KitOut, MadeOut
from app.services import catalog, inventory


async def shown(session: ReaderDep, kit: catalog.kits.Kit, response: Response) -> KitOut:
    """The kit, its components, and what could be made of what is free in each warehouse."""
    put_etag(response, kit.sku.version)
    parts = {each.sku_id: each.quantity for each in kit.components}
    made = await inventory.kits.made_of(session, parts) if parts else ()
    return KitOut(
        sku_id=kit.sku.id,
        sku_code=kit.sku.code,
        is_kit=kit.sku.is_kit,
        components=[KitComponentOut.model_validate(each) for each in kit.components],
        warehouses=[MadeOut.model_validate(each) for each in made],
        pieces=sum(each.pieces for each in made),
        version=kit.sku.version,
    )
