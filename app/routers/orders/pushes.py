"""Where those who follow parcels tell where they are."""

from fastapi import Request

from app.core.errors import NotFound
from app.routers.declared import Router
from app.routers.deps import ResourcesDep
from app.routers.problems import problems
from app.schemas.orders.carriers import Kuaidi100Out
from app.services import orders, payments

router = Router(tags=["webhooks"])


@router.post(
    "/kuaidi100",
    responses=problems(NotFound, payments.SignatureInvalid, orders.carriers.PushUnreadable),
)
async def receive_kuaidi100(request: Request, resources: ResourcesDep) -> Kuaidi100Out:
    """Take what Kuaidi100 tells of a parcel; 401 if it is not signed with our salt.

    A parcel nobody knows is taken too: nothing else would end the repetitions.
    """
    await orders.carriers.receive_push(
        resources.sessions,
        resources.carriers,
        "kuaidi100",
        request.headers,
        await request.body(),
        limits=resources.settings.shipping,
    )
    return Kuaidi100Out(result=True, returnCode="200", message="成功")
