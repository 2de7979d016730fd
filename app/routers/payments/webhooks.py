"""Where gateways send their notices."""

from fastapi import Request, Response
from fastapi.responses import PlainTextResponse

from app.core import clock
from app.core.errors import NotFound
from app.routers.declared import Router
from app.routers.deps import ClientIpDep, ResourcesDep
from app.routers.problems import problems
from app.schemas.payments.notices import NoticeOut
from app.services import orders, payments

router = Router(tags=["webhooks"])


@router.post(
    "/{channel}",
    response_model=NoticeOut,
    responses=problems(
        NotFound,
        payments.NoticeFromElsewhere,
        payments.SignatureInvalid,
        payments.GatewayUnreachable,
    ),
)
async def receive_notice(
    channel: str, request: Request, resources: ResourcesDep, client_ip: ClientIpDep
) -> Response:
    """Take a gateway's notice: 200 once it is stored and applied, 401 if its signature is wrong.

    A gateway that wants to read a certain text reads that. 503 asks it to send the notice again.
    """
    networks = resources.settings.payments.notice_networks.get(channel, [])
    payments.require_known_sender(client_ip, [str(each) for each in networks])
    reply = await payments.receive_notice(
        resources.sessions,
        resources.gateways,
        orders.PLAN_OWNER,
        channel,
        request.headers,
        await request.body(),
        at=clock.now(),
        terms=payments.PaymentTerms.of(resources.settings),
    )
    if reply.acknowledgement is not None:
        return PlainTextResponse(reply.acknowledgement)
    said = NoticeOut(outcome=reply.outcome).model_dump_json()
    return Response(said, media_type="application/json")
