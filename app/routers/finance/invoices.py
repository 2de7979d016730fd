"""Invoices, as staff issue them."""

from typing import Annotated
from uuid import UUID

from fastapi import Response, Security

from app.core.actor import Actor
from app.core.enums.finance import InvoiceState
from app.core.enums.scopes import Scope
from app.core.errors import AlreadyExists, NotFound, StaleVersion
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, ResourcesDep, SessionDep
from app.routers.etags import PreconditionRequired, VersionDep, put_etag
from app.routers.identity import get_staff
from app.routers.pages import page_of
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.finance.invoices import (
    AdminInvoiceOut,
    IssueInvoiceIn,
    RejectInvoiceIn,
    RetitleInvoiceIn,
)
from app.services import finance

router = Router(prefix="/finance/invoices", tags=["finance"])

Reader = Annotated[Actor, Security(get_staff, scopes=[Scope.FINANCE_READ])]
Writer = Annotated[Actor, Security(get_staff, scopes=[Scope.FINANCE_WRITE])]


@router.get("")
async def list_invoices(
    actor: Reader,
    page: PageDep,
    session: ReaderDep,
    state: InvoiceState | None = None,
    merchant_id: UUID | None = None,
) -> Page[AdminInvoiceOut]:
    """Invoices, blue and red, the newest first."""
    rows = await finance.list_invoices(
        session, state=state, merchant_id=merchant_id, after=page.after, limit=page.limit
    )
    return page_of(rows, page.limit, AdminInvoiceOut)


@router.get("/{invoice_id}", responses=problems(NotFound))
async def get_invoice(
    invoice_id: UUID, actor: Reader, session: ReaderDep, response: Response
) -> AdminInvoiceOut:
    """One invoice with what it states of each line."""
    row = await finance.read_invoice(session, invoice_id)
    put_etag(response, row["version"])
    return AdminInvoiceOut.model_validate(dict(row))


@router.post(
    "/{invoice_id}/issue",
    responses=problems(
        NotFound, StaleVersion, PreconditionRequired, AlreadyExists, finance.InvoiceSettled
    ),
)
async def issue_invoice(
    invoice_id: UUID,
    body: IssueInvoiceIn,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> AdminInvoiceOut:
    """Enter the document that was issued for it, also of one that a provider has."""
    document = finance.IssuedDocument(body.document_number, body.document_url, body.ofd_url)
    row = await finance.issue_invoice(session, invoice_id, document, version=version, actor=actor)
    put_etag(response, row["version"])
    return AdminInvoiceOut.model_validate(dict(row))


@router.post(
    "/{invoice_id}/reject",
    responses=problems(NotFound, StaleVersion, PreconditionRequired, finance.InvoiceSettled),
)
async def reject_invoice(
    invoice_id: UUID,
    body: RejectInvoiceIn,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> AdminInvoiceOut:
    """Refuse a request and say why. A red invoice cannot be refused."""
    row = await finance.reject_invoice(
        session, invoice_id, body.reason, version=version, actor=actor
    )
    put_etag(response, row["version"])
    return AdminInvoiceOut.model_validate(dict(row))


@router.post(
    "/{invoice_id}/send",
    responses=problems(
        NotFound,
        StaleVersion,
        PreconditionRequired,
        finance.InvoiceSettled,
        finance.NoInvoiceProvider,
    ),
)
async def send_invoice(
    invoice_id: UUID,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    resources: ResourcesDep,
    response: Response,
) -> AdminInvoiceOut:
    """Leave it to the provider, also once more after the provider said no."""
    row = await finance.send_invoice(
        session, invoice_id, resources.invoices, version=version, actor=actor
    )
    put_etag(response, row["version"])
    return AdminInvoiceOut.model_validate(dict(row))


@router.post(
    "/{invoice_id}/retitle",
    responses=problems(
        NotFound,
        StaleVersion,
        PreconditionRequired,
        finance.InvoiceSettled,
        finance.InvalidTaxNumber,
        finance.SpecialIncomplete,
    ),
)
async def retitle_invoice(
    invoice_id: UUID,
    body: RetitleInvoiceIn,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> AdminInvoiceOut:
    """Have it made out to somebody else; the answer is what is asked for instead.

    After it was issued that is a red invoice over what is left of it. The blue one to the new title
    is asked for when the red one is issued.
    """
    row = await finance.retitle_invoice(
        session, invoice_id, body.title.title(body.form), version=version, actor=actor
    )
    put_etag(response, row["version"])
    return AdminInvoiceOut.model_validate(dict(row))
