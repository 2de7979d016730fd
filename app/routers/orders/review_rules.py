"""Rules that review orders before they leave, and the blacklist."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Response, Security

from app.core.actor import Actor
from app.core.contacts import InvalidContact
from app.core.enums.order_reviews import BlacklistKind
from app.core.enums.scopes import Scope
from app.core.errors import AlreadyExists, NotFound, StaleVersion
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, SessionDep
from app.routers.etags import PreconditionRequired, VersionDep, put_etag
from app.routers.identity import get_staff
from app.routers.pages import page_of
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.orders.review_rules import (
    BlacklistEntryIn,
    BlacklistEntryOut,
    OrderReviewRuleIn,
    OrderReviewRuleOut,
    OrderReviewSchemaOut,
)
from app.services import orders

router = Router(tags=["order reviews"])

Reader = Annotated[Actor, Security(get_staff, scopes=[Scope.ORDERS_READ])]
Writer = Annotated[Actor, Security(get_staff, scopes=[Scope.ORDERS_WRITE])]
EDITS = problems(NotFound, StaleVersion, PreconditionRequired)


@router.get("/order-review-schema")
async def get_order_review_schema(actor: Reader) -> OrderReviewSchemaOut:
    """The JSON schema of what rules may ask."""
    return OrderReviewSchemaOut.of(orders.review.review_schema())


@router.get("/order-review-rules")
async def list_order_review_rules(
    actor: Reader, page: PageDep, session: ReaderDep
) -> Page[OrderReviewRuleOut]:
    """Rules, newest first."""
    rows = await orders.review.list_rules(session, after=page.after, limit=page.limit + 1)
    return page_of(rows, page.limit, OrderReviewRuleOut)


@router.post("/order-review-rules", status_code=HTTPStatus.CREATED)
async def create_order_review_rule(
    body: OrderReviewRuleIn, actor: Writer, session: SessionDep, response: Response
) -> OrderReviewRuleOut:
    """Look at every order that is paid, or paid at the door, from now on.

    Without any enabled rule orders leave unreviewed.
    """
    row = await orders.review.create_rule(session, body.terms(), actor=actor)
    put_etag(response, row.version)
    return OrderReviewRuleOut.model_validate(row)


@router.get("/order-review-rules/{order_review_rule_id}", responses=problems(NotFound))
async def get_order_review_rule(
    order_review_rule_id: UUID, actor: Reader, session: ReaderDep, response: Response
) -> OrderReviewRuleOut:
    """One rule."""
    row = await orders.review.get_rule(session, order_review_rule_id)
    put_etag(response, row.version)
    return OrderReviewRuleOut.model_validate(row)


@router.put("/order-review-rules/{order_review_rule_id}", responses=EDITS)
async def edit_order_review_rule(
    order_review_rule_id: UUID,
    body: OrderReviewRuleIn,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> OrderReviewRuleOut:
    """Replace what a rule says. Reviews that were opened by it stay open."""
    row = await orders.review.edit_rule(
        session, order_review_rule_id, body.terms(), version=version, actor=actor
    )
    put_etag(response, row.version)
    return OrderReviewRuleOut.model_validate(row)


@router.delete(
    "/order-review-rules/{order_review_rule_id}",
    status_code=HTTPStatus.NO_CONTENT,
    responses=EDITS,
)
async def delete_order_review_rule(
    order_review_rule_id: UUID, version: VersionDep, actor: Writer, session: SessionDep
) -> None:
    """Delete a rule. Reviews keep its reason."""
    await orders.review.delete_rule(session, order_review_rule_id, version=version, actor=actor)


@router.get("/order-blacklist")
async def list_order_blacklist(
    actor: Reader, page: PageDep, session: ReaderDep, kind: BlacklistKind | None = None
) -> Page[BlacklistEntryOut]:
    """Entries, newest first. Nothing follows from them but by rules with `is_blacklisted`."""
    rows = await orders.review.list_blacklist(
        session, kind=kind, after=page.after, limit=page.limit + 1
    )
    return page_of(rows, page.limit, BlacklistEntryOut)


@router.post(
    "/order-blacklist",
    status_code=HTTPStatus.CREATED,
    responses=problems(AlreadyExists, InvalidContact),
)
async def put_on_order_blacklist(
    body: BlacklistEntryIn, actor: Writer, session: SessionDep
) -> BlacklistEntryOut:
    """Add a member, a phone number, or a part of an address."""
    row = await orders.review.put_on_blacklist(
        session, body.kind, body.kept(), body.reason, actor=actor
    )
    return BlacklistEntryOut.model_validate(row)


@router.delete(
    "/order-blacklist/{entry_id}",
    status_code=HTTPStatus.NO_CONTENT,
    responses=problems(NotFound),
)
async def take_off_order_blacklist(entry_id: UUID, actor: Writer, session: SessionDep) -> None:
    """Take an entry off the list."""
    await orders.review.take_off_blacklist(session, entry_id, actor=actor)
