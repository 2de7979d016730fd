"""A shopper's balance on its way to a bank."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from app.core.errors import NotFound
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, ResourcesDep, SessionDep
from app.routers.idempotency import IdempotencyKeyMissing, OnceDep
from app.routers.identity import SignedInDep
from app.routers.pages import page_of
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.payments.wallets import WithdrawableOut, WithdrawalIn, WithdrawalOut
from app.services import payments
from app.services.system import IdempotencyInProgress, IdempotencyKeyReused

router = Router(prefix="/me", tags=["me"])
ONCE = (IdempotencyKeyMissing, IdempotencyInProgress, IdempotencyKeyReused)


@router.get("/balance/withdrawable")
async def read_withdrawable(
    actor: SignedInDep,
    session: ReaderDep,
    currency: Annotated[str, Query(pattern=r"^[A-Z]{3}$")] = "CNY",
) -> WithdrawableOut:
    """How much of your balance can be paid out to a bank."""
    return WithdrawableOut.model_validate(
        await payments.read_withdrawable(session, actor.id, currency)
    )


@router.post(
    "/withdrawals",
    status_code=HTTPStatus.CREATED,
    response_model=WithdrawalOut,
    responses=problems(*ONCE, payments.NotWithdrawable, payments.BalanceFrozen),
)
async def ask_withdrawal(
    body: WithdrawalIn,
    actor: SignedInDep,
    session: SessionDep,
    once: OnceDep,
    resources: ResourcesDep,
) -> Response:
    """Ask for balance to be paid to a bank account. It is held until then.

    What was given to you (a bonus, goodwill) buys goods and is not paid out.
    """
    command = payments.withdrawals.AskWithdrawal(
        currency=body.currency,
        amount_minor=body.amount_minor,
        payee=body.payee,
        account=body.account,
    )
    terms = payments.PaymentTerms.of(resources.settings)

    async def work() -> tuple[int, WithdrawalOut]:
        row = await payments.withdrawals.ask_withdrawal(session, actor.id, command, terms=terms)
        return HTTPStatus.CREATED, WithdrawalOut.model_validate(row)

    return await once(session, actor, work)


@router.get("/withdrawals")
async def list_my_withdrawals(
    actor: SignedInDep, page: PageDep, session: ReaderDep
) -> Page[WithdrawalOut]:
    """What you asked for, newest first."""
    rows = await payments.withdrawals.list_withdrawals(
        session, after=page.after, limit=page.limit, member_id=actor.id
    )
    return page_of(rows, page.limit, WithdrawalOut)


@router.post(
    "/withdrawals/{withdrawal_id}/cancel",
    responses=problems(NotFound, payments.IllegalWithdrawalTransition),
)
async def cancel_withdrawal(
    withdrawal_id: UUID, actor: SignedInDep, session: SessionDep
) -> WithdrawalOut:
    """Think better of it, before it is approved; the money is yours to spend again."""
    row = await payments.withdrawals.cancel_withdrawal(session, withdrawal_id, actor.id)
    return WithdrawalOut.model_validate(row)
