"""Of what kits consist, as merchants keep their own."""

from uuid import UUID

from fastapi import Response

from app.core.errors import InvalidReference, NotFound, StaleVersion
from app.routers.catalog.callers import MerchantReader, MerchantWriter, tenant
from app.routers.catalog.made import shown
from app.routers.declared import Router
from app.routers.deps import ReaderDep, SessionDep
from app.routers.etags import PreconditionRequired, VersionDep
from app.routers.problems import problems
from app.schemas.kits import KitIn, KitOut
from app.services import catalog

router = Router(prefix="/kits", tags=["catalog"])


@router.get("/{sku_id}", responses=problems(NotFound))
async def get_kit(
    sku_id: UUID, actor: MerchantReader, session: ReaderDep, response: Response
) -> KitOut:
    """Of what one of your SKUs consists, and how many could be made in which warehouse."""
    kit = await catalog.kits.get(session, sku_id, merchant_id=tenant(actor))
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
    actor: MerchantWriter,
    session: SessionDep,
    response: Response,
) -> KitOut:
    """Say of what a SKU of one of your drafts consists, for orders from now on.

    Its stock is that of its components, which are SKUs of yours and no kits. With none it
    is a SKU like others again. Send the SKU's version as `If-Match`.
    """
    kit = await catalog.kits.make(
        session, sku_id, body.parts(), merchant_id=tenant(actor), version=version, actor=actor
    )
    return await shown(session, kit, response)
