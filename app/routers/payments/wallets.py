"""Members' balances, as staff pay them out and freeze them."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Response, Security

from app.core.actor import Actor, SecondPersonNeeded
from app.core.enums.payments import WithdrawalState
from app.core.enums.scopes import Scope
from app.core.errors import NotFound, StaleVersion
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, ResourcesDep, SessionDep
from app.routers.etags import PreconditionRequired, VersionDep, put_etag
from app.routers.identity import get_staff
from app.routers.pages import page_of
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.payments.wallets import (
    AdminWithdrawalOut,
    BalanceFreezeOut,
    FreezeBalanceIn,
    PayWithdrawalIn,
    RejectWithdrawalIn,
    WithdrawalAccountOut,
)
from app.services import payments

router = Router(tags=["payments"])

Reader = Annotated[Actor, Security(get_staff, scopes=[Scope.PAYMENTS_READ])]
Writer = Annotated[Actor, Security(get_staff, scopes=[Scope.PAYMENTS_WRITE])]
MOVED = (NotFound, StaleVersion, PreconditionRequired, payments.IllegalWithdrawalTransition)


@router.get("/withdrawals")
async def list_withdrawals(
    actor: Reader,
    page: PageDep,
    session: ReaderDep,
    state: WithdrawalState | None = None,
    member_id: UUID | None = None,
) -> Page[AdminWithdrawalOut]:
    """Balance that members want to have at a bank, newest first."""
    rows = await payments.withdrawals.list_withdrawals(
        session, after=page.after, limit=page.limit, state=state, member_id=member_id
    )
    return page_of(rows, page.limit, AdminWithdrawalOut)


@router.get("/withdrawals/{withdrawal_id}", responses=problems(NotFound))
async def get_withdrawal(
    withdrawal_id: UUID, actor: Reader, session: ReaderDep, response: Response
) -> AdminWithdrawalOut:
    """One withdrawal."""
    return _answer(response, await payments.withdrawals.get_withdrawal(session, withdrawal_id))


@router.post(
    "/withdrawals/{withdrawal_id}/account", responses=problems(NotFound, payments.NotWithdrawable)
)
async def reveal_account(
    withdrawal_id: UUID,
    actor: Writer,
    session: SessionDep,
    resources: ResourcesDep,
    response: Response,
) -> WithdrawalAccountOut:
    """The whole number of the account, to pay it. It is recorded that you looked."""
    terms = payments.PaymentTerms.of(resources.settings)
    row, account = await payments.withdrawals.reveal_account(
        session, withdrawal_id, actor=actor, terms=terms
    )
    response.headers["cache-control"] = "no-store"
    return WithdrawalAccountOut(payee=row.payee, account=account)


@router.post(
    "/withdrawals/{withdrawal_id}/approve",
    responses=problems(*MOVED, payments.BalanceFrozen, payments.NotWithdrawable),
)
async def approve_withdrawal(
    withdrawal_id: UUID, version: VersionDep, actor: Writer, session: SessionDep, response: Response
) -> AdminWithdrawalOut:
    """Agree that it is paid out."""
    row = await payments.withdrawals.approve_withdrawal(
        session, withdrawal_id, version=version, actor=actor
    )
    return _answer(response, row)


@router.post("/withdrawals/{withdrawal_id}/reject", responses=problems(*MOVED))
async def reject_withdrawal(
    withdrawal_id: UUID,
    body: RejectWithdrawalIn,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> AdminWithdrawalOut:
    """Refuse one that is not paid yet; the member has the money back at once."""
    row = await payments.withdrawals.reject_withdrawal(
        session, withdrawal_id, version=version, reason=body.reason, actor=actor
    )
    return _answer(response, row)


@router.post(
    "/withdrawals/{withdrawal_id}/pay",
    responses=problems(*MOVED, SecondPersonNeeded, payments.BalanceFrozen),
)
async def pay_withdrawal(
    withdrawal_id: UUID,
    body: PayWithdrawalIn,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    resources: ResourcesDep,
    response: Response,
) -> AdminWithdrawalOut:
    """Record that the bank has paid it; above the shop's limit not by who approved it."""
    row = await payments.withdrawals.pay_withdrawal(
        session,
        withdrawal_id,
        version=version,
        reference=body.reference,
        actor=actor,
        terms=payments.PaymentTerms.of(resources.settings),
    )
    return _answer(response, row)


@router.put("/members/{member_id}/balance-freeze", responses=problems(NotFound))
async def freeze_balance(
    member_id: UUID, body: FreezeBalanceIn, actor: Writer, session: SessionDep
) -> BalanceFreezeOut:
    """Keep a balance from paying and from being paid out; refunds still come back to it."""
    row = await payments.freeze_balance(session, member_id, reason=body.reason, actor=actor)
    return BalanceFreezeOut.model_validate(row)


@router.delete(
    "/members/{member_id}/balance-freeze",
    status_code=HTTPStatus.NO_CONTENT,
    responses=problems(NotFound),
)
async def unfreeze_balance(member_id: UUID, actor: Writer, session: SessionDep) -> None:
    """Let a frozen balance pay again."""
    await payments.unfreeze_balance(session, member_id, actor=actor)


def _answer(response: Response, row: payments.Withdrawal) -> AdminWithdrawalOut:
    put_etag(response, row.version)
    return AdminWithdrawalOut.model_validate(row)
