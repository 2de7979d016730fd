"""The end of a month: closed in order, reopened by right, closed again; nobody posts into it."""

from datetime import datetime, timedelta
from itertools import groupby

from sqlalchemy.exc import IntegrityError

from app.core.enums.ledger import AccountKind
from app.core.errors import DomainError
from app.services import finance, ledger
from app.services.ledger import Account, Journal, TrialLine, transfer
from bench.month.gateways import CHANNELS
from bench.month.story import Month, WrongBooks

ACCRUED_MINOR = 1_234
CORRECTED = {"amount_diff", "missing_gateway", "missing_local", "status_diff"}


async def not_yet(month: Month) -> None:
    """A month that is not over stays open."""
    async with month.session() as session:
        period = await finance.read_period(session, month.name)
    await _refused(month, month.name, period.version, finance.PeriodNotOver)


async def close(month: Month) -> None:
    """Close the month before and this one, reopen it for an accrual, and close it again."""
    before = f"{month.starts - timedelta(days=1):%Y-%m}"
    await _refused(month, month.name, 1, finance.EarlierPeriodOpen)
    for name in (before, month.name):
        await _close(month, name)
    await _no_posting(month)
    async with month.session() as session:
        period = await finance.read_period(session, month.name)
        await finance.reopen_period(
            session,
            month.name,
            version=period.version,
            reason="fees of the gateways' contract",
            actor=month.manager,
        )
    async with month.session() as session:
        await ledger.post(session, [_accrual(month, "accrual")], actor=month.clerk)
    await _close(month, month.name)
    await _no_posting(month)
    async with month.session() as session:
        late = _accrual(month, "late", is_later=True)
        await ledger.post(session, [late], actor=month.clerk)
    await _kept_balances(month)


async def _close(month: Month, name: str) -> None:
    async with month.session() as session:
        period = await finance.read_period(session, name)
    found = await finance.close_period(
        month.resources.sessions, name, version=period.version, actor=month.manager
    )
    if found.state != "closed":
        raise WrongBooks(f"{name} is {found.state}")
    month.tally[f"period {name} closed"] += 1


async def _refused(month: Month, name: str, version: int, reason: type[DomainError]) -> None:
    try:
        await finance.close_period(
            month.resources.sessions, name, version=version, actor=month.manager
        )
    except reason as error:
        month.tally[f"closing refused: {error.slug}"] += 1
    else:
        raise WrongBooks(f"{name} was closed although {reason.slug}")


async def _no_posting(month: Month) -> None:
    """The database takes no journal of a closed month, from anybody."""
    try:
        async with month.session() as session:
            await ledger.post(session, [_accrual(month, "too-late")], actor=month.manager)
    except IntegrityError as error:
        if "accounting period is closed" not in str(error):
            raise
        month.tally["journals refused by a closed period"] += 1
    else:
        raise WrongBooks("a closed month took a journal")


def _accrual(month: Month, name: str, *, is_later: bool = False) -> Journal:
    """Fees by contract; those of a closed month are booked in an open one and name it."""
    return Journal(
        key=f"{name}:{month.name}",
        kind="accrual",
        entries=transfer(
            Account(AccountKind.GATEWAY_FEE), Account(AccountKind.BANK, "contract"), ACCRUED_MINOR
        ),
        reason="fees of the gateways' contract",
        effective_at=None if is_later else month.ends - timedelta(seconds=1),
        concerns=month.name if is_later else None,
    )


async def trial(
    month: Month, until: datetime | None, since: datetime | None = None
) -> list[TrialLine]:
    """The trial balance; debits and credits are even, and so are the balances they left."""
    async with month.session() as session:
        lines = list(await ledger.trial_balance(session, since=since, until=until))
    for currency, found in groupby(
        sorted(lines, key=lambda each: each.currency), key=lambda each: each.currency
    ):
        of_one = list(found)
        moved = sum(each.debit_minor - each.credit_minor for each in of_one)
        left = sum(_signed(each, each.balance_minor) for each in of_one)
        opened = sum(_signed(each, each.opening_minor) for each in of_one)
        if moved or left or opened:
            raise WrongBooks(f"trial balance in {currency} at {until}: {moved}, {left}, {opened}")
    return lines


def _signed(line: TrialLine, minor: int) -> int:
    return minor if line.side == "debit" else -minor


async def _kept_balances(month: Month) -> None:
    """What a closed month was closed with is what its trial balance says."""
    async with month.session() as session:
        kept = await finance.period_balances(session, month.name)
    lines = await trial(month, month.ends, month.starts)
    said = {
        (each.control, each.currency): (
            _signed(each, each.opening_minor),
            each.debit_minor,
            each.credit_minor,
            _signed(each, each.balance_minor),
        )
        for each in lines
    }
    names = ("opening_minor", "debit_minor", "credit_minor", "closing_minor")
    closed = {(row["control"], row["currency"]): tuple(row[name] for name in names) for row in kept}
    if said != closed:
        raise WrongBooks(f"kept {closed}, said {said}")


async def explained(month: Month) -> None:
    """Nothing is left in clearing, and the banks got what the statements said less fees."""
    for channel in CHANNELS:
        async with month.session() as session:
            day = await finance.read_day(session, channel, month.days[-1])
        for each in day["proof"]:
            off = {name: minor for name, minor in each.items() if name != "currency" and minor}
            if off:
                raise WrongBooks(f"{channel} is not explained: {off}")
    await _banks(month)


async def _banks(month: Month) -> None:
    """Worked out from the statements alone: what was paid out, and what is in suspense."""
    for channel in month.gateways:
        lines = {
            each.refund_no or each.transaction_id: each
            for where, _, each in month.told
            if where == channel and each.state != "FAIL"
        }
        paid = sum(-each.minor if each.is_refund else each.minor for each in lines.values())
        fees = sum(each.fee for each in lines.values())
        put_off = sum(
            each.minor
            for (where, _), differences in month.planted.items()
            for each in differences
            if where == channel and each.verdict in CORRECTED and not each.is_ours_later
        )
        said = {f"bank:{channel}": paid - fees, f"suspense:{channel}": put_off}
        async with month.session() as session:
            accounts = {
                f"bank:{channel}": Account(AccountKind.BANK, channel),
                f"suspense:{channel}": Account(AccountKind.SUSPENSE, channel),
            }
            found = await ledger.balances(session, accounts.values())
        booked = {name: found[account] for name, account in accounts.items()}
        if booked != said:
            raise WrongBooks(f"booked {booked}, the statements say {said}")
