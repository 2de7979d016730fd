"""Invoices, as the systems of merchants see them: those of what they sell."""

from typing import Annotated
from uuid import UUID

from fastapi import Security

from app.core.actor import Actor, WrongAudience
from app.core.enums.finance import InvoiceState
from app.core.enums.scopes import Scope
from app.core.errors import NotFound
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep
from app.routers.identity import get_merchant
from app.routers.pages import page_of
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.finance.invoices import InvoiceOut
from app.services import finance

router = Router(prefix="/invoices", tags=["invoices"])

Reader = Annotated[Actor, Security(get_merchant, scopes=[Scope.ORDERS_READ])]


@router.get("")
async def list_invoices(
    actor: Reader,
    page: PageDep,
    session: ReaderDep,
    state: InvoiceState | None = None,
    order_id: UUID | None = None,
) -> Page[InvoiceOut]:
    """Invoices of what you sell, blue and red, the newest first.

    They are over your own lines and your share of the shipping fee. Those that were made out over
    whole orders, before each merchant invoiced its part, are the platform's.
    """
    rows = await finance.list_invoices(
        session,
        state=state,
        merchant_id=_merchant(actor),
        order_id=order_id,
        after=page.after,
        limit=page.limit,
    )
    return page_of(rows, page.limit, InvoiceOut)


@router.get("/{invoice_id}", responses=problems(NotFound))
async def get_invoice(invoice_id: UUID, actor: Reader, session: ReaderDep) -> InvoiceOut:
    """One invoice of yours with what it states of each line."""
    row = await finance.read_invoice(session, invoice_id, merchant_id=_merchant(actor))
    return InvoiceOut.model_validate(dict(row))


def _merchant(actor: Actor) -> UUID:
    if actor.merchant_id is None:
        raise WrongAudience("The caller is no merchant")
    return actor.merchant_id
