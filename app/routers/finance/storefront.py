"""Invoices, as shoppers ask for them."""

from http import HTTPStatus
from uuid import UUID

from fastapi import Response

from app.core.errors import NotFound
from app.routers.declared import Router
from app.routers.deps import ReaderDep, ResourcesDep, SessionDep
from app.routers.idempotency import IdempotencyKeyMissing, OnceDep
from app.routers.identity import MemberDep
from app.routers.problems import problems
from app.schemas.finance.invoices import (
    InvoiceOut,
    InvoiceRequestIn,
    InvoicesOut,
    SellerBilledOut,
    TitleIn,
    TitleOut,
    TitlesOut,
)
from app.services import finance, orders
from app.services.system import IdempotencyInProgress, IdempotencyKeyReused

router = Router(tags=["invoices"])


@router.get("/me/invoice-titles")
async def list_titles(actor: MemberDep, session: ReaderDep) -> TitlesOut:
    """Whom you have invoices made out to, the newest first."""
    rows = await finance.list_titles(session, actor.id)
    return TitlesOut(items=[TitleOut.model_validate(dict(row)) for row in rows])


@router.post(
    "/me/invoice-titles",
    status_code=HTTPStatus.CREATED,
    responses=problems(finance.InvalidTaxNumber, finance.TooManyTitles),
)
async def add_title(body: TitleIn, actor: MemberDep, session: SessionDep) -> TitleOut:
    """Keep a title for later invoices."""
    row = await finance.add_title(session, actor.id, body.title())
    return TitleOut.model_validate(dict(row))


@router.delete(
    "/me/invoice-titles/{title_id}",
    status_code=HTTPStatus.NO_CONTENT,
    responses=problems(NotFound),
)
async def delete_title(title_id: UUID, actor: MemberDep, session: SessionDep) -> None:
    """Forget a title. Invoices that name it stay as they are."""
    await finance.delete_title(session, actor.id, title_id)


@router.get("/orders/{order_id}/invoices", responses=problems(NotFound))
async def read_invoices(order_id: UUID, actor: MemberDep, session: ReaderDep) -> InvoicesOut:
    """What may be invoiced of an order of yours, by line, and the invoices there are."""
    await orders.require_own(session, order_id, actor=actor)
    found = await finance.read_invoices(session, order_id)
    return InvoicesOut(
        invoiceable_minor=found.invoiceable_minor,
        currency=found.currency,
        lines=[
            SellerBilledOut.model_validate({**each._asdict(), "merchant_id": merchant_id})
            for merchant_id, lines in found.sellers.items()
            for each in lines
        ],
        invoices=[InvoiceOut.model_validate(dict(row)) for row in found.invoices],
    )


@router.post(
    "/orders/{order_id}/invoices",
    status_code=HTTPStatus.CREATED,
    response_model=InvoiceOut,
    responses=problems(
        NotFound,
        finance.InvalidTaxNumber,
        finance.SpecialIncomplete,
        finance.SellerNeeded,
        finance.NothingToInvoice,
        finance.InvoiceExists,
        IdempotencyKeyMissing,
        IdempotencyKeyReused,
        IdempotencyInProgress,
    ),
)
async def request_invoice(
    order_id: UUID,
    body: InvoiceRequestIn,
    actor: MemberDep,
    session: SessionDep,
    resources: ResourcesDep,
    once: OnceDep,
) -> Response:
    """Ask for the invoice of an order that is paid, over all that may be invoiced.

    Each merchant invoices what it sells, and its share of the shipping fee: where several are left
    to be asked for, name one. What was wished for when ordering is asked for by itself.

    Gift cards were invoiced when they were sold. What is given back later is taken back in red.
    """
    await orders.require_own(session, order_id, actor=actor)

    async def work() -> tuple[int, InvoiceOut]:
        if body.title is not None:
            title = body.title.title(body.form)
        else:
            title = await finance.kept_title(session, actor.id, body.title_id, body.form)
        row = await finance.request_invoice(
            session, order_id, title, actor=actor, merchant_id=body.merchant_id
        )
        return HTTPStatus.CREATED, InvoiceOut.model_validate(dict(row))

    return await once(session, actor, work)
