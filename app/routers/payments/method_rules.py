"""Rules about ways to pay, as staff keep them."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Response, Security

from app.core.actor import Actor
from app.core.enums.scopes import Scope
from app.core.errors import NotFound, StaleVersion
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, SessionDep
from app.routers.etags import PreconditionRequired, VersionDep, put_etag
from app.routers.identity import get_staff
from app.routers.pages import page_of
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.payments.method_rules import MethodRuleIn, MethodRuleOut
from app.services import payments

router = Router(prefix="/payment-method-rules", tags=["payments"])

Reader = Annotated[Actor, Security(get_staff, scopes=[Scope.PAYMENTS_READ])]
Writer = Annotated[Actor, Security(get_staff, scopes=[Scope.PAYMENTS_WRITE])]
EDITS = problems(NotFound, StaleVersion, PreconditionRequired)


@router.get("")
async def list_method_rules(
    actor: Reader, page: PageDep, session: ReaderDep
) -> Page[MethodRuleOut]:
    """Rules, newest first."""
    rows = await payments.list_method_rules(session, after=page.after, limit=page.limit + 1)
    return page_of(rows, page.limit, MethodRuleOut)


@router.post("", status_code=HTTPStatus.CREATED)
async def create_method_rule(
    body: MethodRuleIn, actor: Writer, session: SessionDep, response: Response
) -> MethodRuleOut:
    """Refuse a way to pay somewhere, or allow it only there. Checkouts know within seconds."""
    row = await payments.create_method_rule(session, body.terms(), actor=actor)
    put_etag(response, row.version)
    return MethodRuleOut.model_validate(row)


@router.get("/{method_rule_id}", responses=problems(NotFound))
async def get_method_rule(
    method_rule_id: UUID, actor: Reader, session: ReaderDep, response: Response
) -> MethodRuleOut:
    """One rule."""
    row = await payments.get_method_rule(session, method_rule_id)
    put_etag(response, row.version)
    return MethodRuleOut.model_validate(row)


@router.put("/{method_rule_id}", responses=EDITS)
async def edit_method_rule(
    method_rule_id: UUID,
    body: MethodRuleIn,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> MethodRuleOut:
    """Replace what a rule says. Orders that are placed stay as they are."""
    row = await payments.edit_method_rule(
        session, method_rule_id, body.terms(), version=version, actor=actor
    )
    put_etag(response, row.version)
    return MethodRuleOut.model_validate(row)


@router.delete("/{method_rule_id}", status_code=HTTPStatus.NO_CONTENT, responses=EDITS)
async def delete_method_rule(
    method_rule_id: UUID, version: VersionDep, actor: Writer, session: SessionDep
) -> None:
    """Delete a rule."""
    await payments.delete_method_rule(session, method_rule_id, version=version, actor=actor)
