"""Paying an order by bank transfer, as the shopper does it."""

from http import HTTPStatus
from uuid import UUID

from app.core.errors import NotFound
from app.core.settings import BankPayee
from app.routers.declared import Router
from app.routers.deps import ReaderDep, ResourcesDep, SessionDep
from app.routers.identity import MemberDep
from app.routers.problems import problems
from app.schemas.payments.collections import BankTransferOut, PayeeOut, ProofIn, ProofOut
from app.services import orders, payments

router = Router(prefix="/orders", tags=["orders"])


@router.get("/{order_id}/bank-transfer", responses=problems(NotFound, payments.NotPaidByHand))
async def get_bank_transfer(
    order_id: UUID, actor: MemberDep, session: ReaderDep, resources: ResourcesDep
) -> BankTransferOut:
    """Whom to pay for your order, how much, and what to write on the transfer."""
    found = await orders.read_bank_transfer(session, order_id, actor=actor)
    return _answer(found, resources.settings.payments.bank_transfer)


@router.post(
    "/{order_id}/bank-transfer/proofs",
    status_code=HTTPStatus.CREATED,
    responses=problems(
        NotFound, payments.NotPaidByHand, payments.NotAwaitingPayment, payments.TooManyProofs
    ),
)
async def prove_bank_transfer(
    order_id: UUID, body: ProofIn, actor: MemberDep, session: SessionDep, resources: ResourcesDep
) -> BankTransferOut:
    """Show the shop that you have paid: a picture of the transfer, by its address."""
    found = await orders.prove_bank_transfer(
        session, order_id, url=body.url, note=body.note, actor=actor
    )
    return _answer(found, resources.settings.payments.bank_transfer)


def _answer(found: orders.BankTransfer, payee: BankPayee | None) -> BankTransferOut:
    transfer = found.transfer
    return BankTransferOut(
        payee=PayeeOut.model_validate(payee) if payee else None,
        reference=found.reference,
        amount_minor=transfer.amount_minor,
        currency=transfer.currency,
        state=transfer.state,
        expires_at=found.expires_at,
        proofs=[ProofOut.model_validate(each) for each in transfer.proofs],
    )
