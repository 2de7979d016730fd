"""Goods handed out without money, as staff see to them."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

import orjson
from fastapi import Query, Response, Security

from app.core.actor import Actor, SecondPersonNeeded
from app.core.contacts import InvalidContact
from app.core.db import unit_of_work
from app.core.enums.handouts import HandoutAction, HandoutState
from app.core.enums.scopes import Scope
from app.core.errors import InvalidReference, NotFound, StaleVersion
from app.core.regions import UnknownRegion
from app.routers.cart.tenders import checkout_terms
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, Resources, ResourcesDep, SessionDep
from app.routers.etags import PreconditionRequired, VersionDep, put_etag
from app.routers.idempotency import OnceDep
from app.routers.identity import get_staff
from app.routers.orders.flows import REPLAYED
from app.routers.pages import page_of
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.orders.handouts import (
    DecisionIn,
    HandoutHeadOut,
    HandoutIn,
    HandoutLineOut,
    HandoutOrderOut,
    HandoutOut,
    HandoutProblemOut,
    HandoutRecipientOut,
)
from app.services import orders, pricing

router = Router(prefix="/handouts", tags=["order-entry"])

Clerk = Annotated[Actor, Security(get_staff, scopes=[Scope.ORDERS_ENTRY])]
Supervisor = Annotated[Actor, Security(get_staff, scopes=[Scope.ORDERS_WRITE])]
DECIDED = (NotFound, StaleVersion, PreconditionRequired, orders.entry.IllegalHandoutTransition)


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    response_model=HandoutOut,
    responses=problems(InvalidReference, InvalidContact, UnknownRegion, pricing.NotForSale),
)
async def make_handout(
    body: HandoutIn, actor: Clerk, once: OnceDep, resources: ResourcesDep
) -> Response:
    """Hand goods out for nothing: a list of gifts, samples, what the shop itself uses.

    Each recipient becomes an order that costs nothing and holds its stock. What costs more to buy
    than one person hands out alone waits for another's approval. What there is too little of says
    so at its recipient, and can be placed later.
    """
    async with unit_of_work(resources.sessions) as session:
        stored = await once.claim(session, actor)
        if stored is None:
            row = await orders.entry.make_handout(
                session,
                body.to_command(),
                alone_minor=resources.settings.entry.handout_alone_minor,
                actor=actor,
            )
            handout_id, is_waiting = row.id, row.state is HandoutState.WAITING
            told = orjson.dumps({"id": str(handout_id)})
            await once.store(session, status=201, body=told)
        else:
            handout_id, is_waiting = UUID(orjson.loads(stored.body)["id"]), True
    if is_waiting:
        async with unit_of_work(resources.sessions) as session:
            answer = _answer(await orders.entry.read_handout(session, handout_id))
    else:
        answer = await _handed_out(resources, handout_id, actor)
    response = _told(answer, HTTPStatus.CREATED)
    if stored is not None:
        response.headers.update(REPLAYED)
    return response


@router.get("")
async def list_handouts(
    actor: Clerk,
    page: PageDep,
    session: ReaderDep,
    state: Annotated[HandoutState | None, Query(description="Where it stands.")] = None,
) -> Page[HandoutHeadOut]:
    """What was handed out, newest first."""
    rows = await orders.entry.list_handouts(
        session, state=state, after=page.after, limit=page.limit
    )
    return page_of(rows, page.limit, HandoutHeadOut)


@router.get("/{handout_id}", response_model=HandoutOut, responses=problems(NotFound))
async def get_handout(handout_id: UUID, actor: Clerk, session: ReaderDep) -> Response:
    """A handout with its recipients and their orders. Its ETag is what a decision names."""
    return _told(_answer(await orders.entry.read_handout(session, handout_id)))


@router.post(
    "/{handout_id}/approve",
    response_model=HandoutOut,
    responses=problems(*DECIDED, SecondPersonNeeded),
)
async def approve_handout(
    handout_id: UUID,
    body: DecisionIn,
    actor: Supervisor,
    version: VersionDep,
    resources: ResourcesDep,
) -> Response:
    """Agree to what somebody else wants to hand out, and place its orders."""
    async with unit_of_work(resources.sessions) as session:
        await orders.entry.decide(
            session,
            handout_id,
            HandoutAction.APPROVE,
            version=version,
            reason=body.reason,
            actor=actor,
        )
    return _told(await _handed_out(resources, handout_id, actor))


@router.post(
    "/{handout_id}/reject",
    response_model=HandoutOut,
    responses=problems(*DECIDED, SecondPersonNeeded),
)
async def reject_handout(
    handout_id: UUID, body: DecisionIn, actor: Supervisor, version: VersionDep, session: SessionDep
) -> Response:
    """Have nothing handed out of it."""
    await orders.entry.decide(
        session, handout_id, HandoutAction.REJECT, version=version, reason=body.reason, actor=actor
    )
    return _told(_answer(await orders.entry.read_handout(session, handout_id)))


@router.post("/{handout_id}/withdraw", response_model=HandoutOut, responses=problems(*DECIDED))
async def withdraw_handout(
    handout_id: UUID, body: DecisionIn, actor: Clerk, version: VersionDep, session: SessionDep
) -> Response:
    """Take back what waits for approval."""
    await orders.entry.decide(
        session,
        handout_id,
        HandoutAction.WITHDRAW,
        version=version,
        reason=body.reason,
        actor=actor,
    )
    return _told(_answer(await orders.entry.read_handout(session, handout_id)))


@router.post(
    "/{handout_id}/place",
    response_model=HandoutOut,
    responses=problems(NotFound, orders.entry.IllegalHandoutTransition),
)
async def place_handout(handout_id: UUID, actor: Clerk, resources: ResourcesDep) -> Response:
    """Place the orders that could not be placed before. Again places nothing twice."""
    return _told(await _handed_out(resources, handout_id, actor))


async def _handed_out(resources: Resources, handout_id: UUID, actor: Actor) -> HandoutOut:
    view, refused = await orders.entry.hand_out(
        resources.sessions,
        handout_id,
        actor=actor,
        limits=resources.settings.checkout,
        terms=await checkout_terms(resources),
    )
    return _answer(view, refused)


def _answer(
    view: orders.entry.HandoutView, refused: Sequence[orders.entry.NotPlaced] = ()
) -> HandoutOut:
    why = {each.place: each.problem for each in refused}
    head = HandoutHeadOut.model_validate(view.row).model_dump()
    return HandoutOut(
        **head,
        recipients=[
            HandoutRecipientOut(
                place=place,
                address=each["address"],
                note=each["note"],
                lines=[HandoutLineOut.model_validate(line) for line in each["lines"]],
                order=HandoutOrderOut.model_validate(dict(order)) if order else None,
                problem=HandoutProblemOut(type=f"/problems/{problem.slug}", detail=problem.detail)
                if (problem := why.get(place))
                else None,
            )
            for place, (each, order) in enumerate(
                zip(view.row.recipients, view.orders, strict=True), start=1
            )
        ],
    )


def _told(answer: HandoutOut, status: int = HTTPStatus.OK) -> Response:
    response = Response(answer.model_dump_json(), status, media_type="application/json")
    put_etag(response, answer.version)
    return response
