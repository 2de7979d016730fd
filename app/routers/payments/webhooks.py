"""Where gateways send their notices."""

from fastapi import Request

from app.core import clock
from app.core.errors import NotFound
from app.routers.declared import Router
from app.routers.deps import ResourcesDep
from app.routers.problems import problems
from app.schemas.payments.notices import NoticeOut
from app.services import orders, payments

router = Router(tags=["webhooks"])


@router.post(
    "/{channel}",
    responses=problems(NotFound, payments.SignatureInvalid, payments.GatewayUnreachable),
)
async def receive_notice(channel: str, request: Request, resources: ResourcesDep) -> NoticeOut:
    """Take a gateway's notice: 200 once it is stored and applied, 401 if its signature is wrong.

    503 asks the gateway to send it again.
    """
    reply = await payments.receive_notice(
        resources.sessions,
        resources.gateways,
        orders.PAYMENT_OWNER,
        channel,
        request.headers,
        await request.body(),
        at=clock.now(),
        terms=payments.PaymentTerms.of(resources.settings),
    )
    return NoticeOut(outcome=reply.outcome)
