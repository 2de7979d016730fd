"""The sandbox's payment page, for people and for tests. Absent unless the sandbox is configured."""

from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import Depends, Path, Query, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import Field

from app.adapters.sandbox import (
    CSP,
    Choice,
    SandboxGateway,
    Scenario,
    payment_address,
    payment_page,
    picture,
)
from app.core.errors import NotFound
from app.routers.declared import Router
from app.routers.deps import ResourcesDep
from app.schemas.base import Input, Output
from app.services.payments.ports import GatewayState

router = Router(prefix="/sandbox", include_in_schema=False)

Back = Annotated[str | None, Query(pattern=r"^https?://", max_length=2_000)]
OutTradeNo = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


class SandboxPayIn(Input):
    """`action` names the plain scenarios; `delay_seconds` and `times` belong to two others."""

    action: Literal["pay", "decline"] | None = None
    scenario: Scenario = Scenario.SUCCEED
    delay_seconds: Annotated[int, Field(ge=0, le=600)] = 5
    times: Annotated[int, Field(ge=1, le=20)] = 3


class SandboxPaymentOut(Output):
    out_trade_no: str
    state: GatewayState


async def get_sandbox(resources: ResourcesDep) -> SandboxGateway:
    gateway = resources.gateways.get("sandbox")
    if not isinstance(gateway, SandboxGateway):
        raise NotFound("No such page")
    return gateway


SandboxDep = Annotated[SandboxGateway, Depends(get_sandbox)]


@router.get("/pictures/{name}.svg", dependencies=[Depends(get_sandbox)])
async def show_picture(
    name: Annotated[str, Path(pattern=r"^[a-z]{1,16}-[a-z]{1,16}$")],
) -> Response:
    """A picture of the demo shop's goods."""
    drawn = picture(name)
    if drawn is None:
        raise NotFound("No such picture")
    return Response(
        drawn, media_type="image/svg+xml", headers={"cache-control": "public, max-age=86400"}
    )


@router.get("/pay/{out_trade_no}")
async def show_payment(
    out_trade_no: OutTradeNo, sandbox: SandboxDep, back: Back = None
) -> HTMLResponse:
    """The page on which a person pays or declines, and goes `back` to the shop."""
    page = payment_page(await sandbox.payment(out_trade_no), back)
    return HTMLResponse(page, headers={"content-security-policy": CSP})


@router.post("/pay/{out_trade_no}", response_model=None)
async def make_payment(
    out_trade_no: OutTradeNo,
    sandbox: SandboxDep,
    body: SandboxPayIn | None = None,
    scenario: Scenario | None = None,
    back: Back = None,
) -> Response | SandboxPaymentOut:
    """Pay: with JSON `{"scenario": …}`, or from the page, whose buttons name the scenario."""
    chosen = body or SandboxPayIn(scenario=scenario or Scenario.SUCCEED)
    wanted = Scenario.DECLINE if chosen.action == "decline" else chosen.scenario
    choice = Choice(wanted, chosen.delay_seconds, chosen.times)
    state = await sandbox.pay(out_trade_no, choice)
    if body is None:
        return RedirectResponse(payment_address(out_trade_no, back), HTTPStatus.SEE_OTHER)
    return SandboxPaymentOut(out_trade_no=out_trade_no, state=state)
