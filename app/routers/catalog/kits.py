"""Of what kits consist, as staff keep it."""

from uuid import UUID

from fastapi import Response

from app.core.errors import InvalidReference, NotFound, StaleVersion
from app.routers.catalog.callers import Reader, Writer
from app.routers.catalog.made import shown
from app.routers.declared import Router
from app.routers.deps import ReaderDep, SessionDep
from app.routers.etags import PreconditionRequired, VersionDep
from app.routers.problems import problems
from app.schemas.kits import KitIn, KitOut
from app.services import catalog

router = Router(prefix="/kits", tags=["catalog"])


@router.get("/{sku_id}", responses=problems(NotFound))
async def get_kit(sku_id: UUID, actor: Reader, session: ReaderDep, response: Response) -> KitOut:
    """Of what a SKU consists, and how many could be made in which warehouse."""
    kit = await catalog.kits.get(session, sku_id, merchant_id=None)
    return await shown(session, kit, response)


@router.put(
    "/{sku_id}",
    responses=problems(
        NotFound,
        StaleVersion,
        PreconditionRequired,
        InvalidReference,
        catalog.ProductLocked,
        catalog.kits.NoKit,
    ),
)
async def make_kit(
    sku_id: UUID,
    body: KitIn,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> KitOut:
    """Say of what a SKU consists, for orders from now on.

    Its stock is that of its components, which are SKUs of the same merchant and no kits. With none
    it is a SKU like others again. Send the SKU's version as `If-Match`.
    """
    kit = await catalog.kits.make(
        session, sku_id, body.parts(), merchant_id=None, version=version, actor=actor
    )
    return await shown(session, kit, response)
