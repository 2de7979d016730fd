"""Balance that goes to a member's bank account: asked for, approved, paid out or given up."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.enums.payments import WithdrawalState
from app.core.errors import NotFound, StaleVersion
from app.core.ids import new_id
from app.core.security.sealing import seal, unseal
from app.models.wallets import Withdrawal
from app.repositories.payments.withdrawals import WithdrawalRepository
from app.services import ledger, system
from app.services.payments.engine import journals_wallet as journals
from app.services.payments.errors import IllegalWithdrawalTransition, NotWithdrawable
from app.services.payments.terms import DEVELOPMENT_TERMS, PaymentTerms
from app.services.payments.wallets import locked_split, read_owed, require_thawed

_PURPOSE = "withdrawal-account"
_S = WithdrawalState


@dataclass(frozen=True, slots=True, kw_only=True)
class AskWithdrawal:
    """`account` is where the money goes, a bank account's number; `payee` whose it is."""

    currency: str
    amount_minor: int
    payee: str
    account: str


async def ask_withdrawal(
    session: AsyncSession,
    member_id: UUID,
    command: AskWithdrawal,
    *,
    terms: PaymentTerms = DEVELOPMENT_TERMS,
) -> Withdrawal:
    """Hold balance to be paid out. Money that was given is not: see `engine.own_money`.

    Raises `NotWithdrawable` with what could be had, and `BalanceFrozen`.
    """
    found, available = await locked_split(session, member_id, command.currency)
    await require_thawed(session, member_id)
    owed = await read_owed(session, member_id, command.currency)
    most = found.withdrawable(available, owed)
    if command.amount_minor > most:
        raise NotWithdrawable("That much cannot be paid out", withdrawable_minor=most)
    withdrawal_id = new_id()
    account = "".join(command.account.split())
    row = Withdrawal(
        id=withdrawal_id,
        member_id=member_id,
        currency=command.currency,
        amount_minor=command.amount_minor,
        payee=command.payee,
        account_sealed=seal(terms.pepper, _PURPOSE, str(withdrawal_id), account),
        account_tail=account[-4:],
        state=_S.REQUESTED,
    )
    await WithdrawalRepository(session).add(row)
    asked = journals.withdrawal_asked(
        withdrawal_id, member_id, command.amount_minor, command.currency
    )
    await ledger.post(session, [asked])
    return row


async def cancel_withdrawal(
    session: AsyncSession, withdrawal_id: UUID, member_id: UUID
) -> Withdrawal:
    """The member has thought better of it, before anybody approved; again changes nothing.

    Raises `NotFound` and `IllegalWithdrawalTransition`.
    """
    row = await _locked(session, withdrawal_id)
    if row.member_id != member_id:
        raise NotFound("No such withdrawal")
    if row.state == _S.CANCELLED:
        return row
    _require(row, _S.REQUESTED)
    await _give_up(session, row, _S.CANCELLED, None, None)
    return row


async def approve_withdrawal(
    session: AsyncSession, withdrawal_id: UUID, *, version: int, actor: Actor
) -> Withdrawal:
    """Agree that it is paid out.

    Raises `NotFound`, `StaleVersion`, `IllegalWithdrawalTransition`, `BalanceFrozen`, and
    `NotWithdrawable` when a debt of the member has come up that nothing else is left for.
    """
    row = await _current(session, withdrawal_id, version)
    _require(row, _S.REQUESTED)
    await require_thawed(session, row.member_id)
    await _require_not_owed(session, row)
    await WithdrawalRepository(session).move(row, _S.APPROVED, approved_by=actor.principal)
    await _record(session, actor, "payments.approve_withdrawal", row)
    return row


async def reject_withdrawal(
    session: AsyncSession, withdrawal_id: UUID, *, version: int, reason: str, actor: Actor
) -> Withdrawal:
    """Refuse one that is not paid yet; the money is the member's to spend again.

    Raises `NotFound`, `StaleVersion` and `IllegalWithdrawalTransition`.
    """
    row = await _current(session, withdrawal_id, version)
    _require(row, _S.REQUESTED, _S.APPROVED)
    await _give_up(session, row, _S.REJECTED, reason, actor)
    await _record(session, actor, "payments.reject_withdrawal", row)
    return row


async def pay_withdrawal(
    session: AsyncSession,
    withdrawal_id: UUID,
    *,
    version: int,
    reference: str,
    actor: Actor,
    terms: PaymentTerms = DEVELOPMENT_TERMS,
) -> Withdrawal:
    """Record that the bank has paid it, under the bank's `reference`.

    Above the limit of the settings by somebody else than who approved it. Raises `NotFound`,
    `StaleVersion`, `IllegalWithdrawalTransition`, `SecondPersonNeeded` and `BalanceFrozen`.
    """
    row = await _current(session, withdrawal_id, version)
    _require(row, _S.APPROVED)
    if row.amount_minor > terms.withdrawal_alone_minor:
        actor.require_other_than(row.approved_by)
    await require_thawed(session, row.member_id)
    facts = {"paid_by": actor.principal, "reference": reference}
    await WithdrawalRepository(session).move(row, _S.PAID, **facts)
    await _record(session, actor, "payments.pay_withdrawal", row)
    paid = journals.withdrawal_paid(row.id, row.member_id, row.amount_minor, row.currency)
    await ledger.post(session, [paid], actor=actor)
    return row


async def get_withdrawal(session: AsyncSession, withdrawal_id: UUID) -> Withdrawal:
    """Raises `NotFound`."""
    row = await WithdrawalRepository(session).get(withdrawal_id)
    if row is None:
        raise NotFound("No such withdrawal")
    return row


async def list_withdrawals(
    session: AsyncSession,
    *,
    after: UUID | None,
    limit: int,
    member_id: UUID | None = None,
    state: WithdrawalState | None = None,
) -> Sequence[Withdrawal]:
    """One more than `limit`, newest first."""
    return await WithdrawalRepository(session).page(
        after=after, limit=limit + 1, member_id=member_id, state=state
    )


async def reveal_account(
    session: AsyncSession,
    withdrawal_id: UUID,
    *,
    actor: Actor,
    terms: PaymentTerms = DEVELOPMENT_TERMS,
) -> tuple[Withdrawal, str]:
    """The account's whole number, for who pays; it is recorded who looked.

    Raises `NotFound`, and `NotWithdrawable` as `approve_withdrawal` while it is not paid: who has
    the number sends the money, and what a bank has sent is recorded whatever is owed by then.
    """
    row = await get_withdrawal(session, withdrawal_id)
    if row.state in {_S.REQUESTED, _S.APPROVED}:
        await _require_not_owed(session, row)
    await _record(session, actor, "payments.reveal_account", row)
    return row, unseal(terms.pepper, _PURPOSE, str(row.id), row.account_sealed)


async def _give_up(
    session: AsyncSession,
    row: Withdrawal,
    state: WithdrawalState,
    reason: str | None,
    actor: Actor | None,
) -> None:
    await WithdrawalRepository(session).move(row, state, reason=reason)
    given_up = journals.withdrawal_given_up(row.id, row.member_id, row.amount_minor, row.currency)
    await ledger.post(session, [given_up], actor=actor)


async def _locked(session: AsyncSession, withdrawal_id: UUID) -> Withdrawal:
    row = await WithdrawalRepository(session).get(withdrawal_id, lock=True)
    if row is None:
        raise NotFound("No such withdrawal")
    return row


async def _current(session: AsyncSession, withdrawal_id: UUID, version: int) -> Withdrawal:
    row = await _locked(session, withdrawal_id)
    if row.version != version:
        raise StaleVersion("Read it again", version=row.version)
    return row


def _require(row: Withdrawal, *states: WithdrawalState) -> None:
    if row.state not in states:
        raise IllegalWithdrawalTransition("It is not in that state", state=row.state)


async def _require_not_owed(session: AsyncSession, row: Withdrawal) -> None:
    """What a bank took back meanwhile of top-ups is owed first, from what is not asked for."""
    found, available = await locked_split(session, row.member_id, row.currency)
    owed = await read_owed(session, row.member_id, row.currency)
    if lacking := max(0, owed - found.withdrawable(available)):
        raise NotWithdrawable(
            "The member owes more than what is left",
            withdrawable_minor=max(0, row.amount_minor - lacking),
        )


async def _record(session: AsyncSession, actor: Actor, what: str, row: Withdrawal) -> None:
    changes = {"amount_minor": row.amount_minor, "currency": row.currency}
    await system.record(session, actor, what, "withdrawal", row.id, changes)
