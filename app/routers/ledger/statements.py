"""Pages of an account's statement."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from app.routers.deps import KeysetQuery
from app.routers.pages import Position, unknown_cursor
from app.schemas.ledger import StatementLineOut, StatementOut
from app.services import ledger

SORT = "statement"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def span_of(
    keyset: KeysetQuery, since: datetime | None, until: datetime | None
) -> ledger.StatementSpan:
    """From the cursor, if there is one: it lies in the span that was asked for first."""
    position = keyset.after(SORT)
    if position is None:
        return ledger.StatementSpan(since=since, until=until)
    if not isinstance(position.key, int):
        raise unknown_cursor()
    try:
        at = _EPOCH + position.key * _MICROSECOND
    except OverflowError as error:
        raise unknown_cursor() from error
    return ledger.StatementSpan(since=at, after=position.id, until=until)


def page_of_statement(found: ledger.Statement, limit: int) -> StatementOut:
    """A page from one line more than it holds."""
    lines = [StatementLineOut.model_validate(each) for each in found.lines[:limit]]
    after = None
    if len(found.lines) > limit:
        micros = (lines[-1].effective_at - _EPOCH) // _MICROSECOND
        after = Position(SORT, micros, UUID(str(lines[-1].id))).encode()
    return StatementOut(
        account_id=found.account_id,
        code=found.code,
        currency=found.currency,
        side=found.side,
        opening_minor=found.opening_minor,
        lines=lines,
        next_after=after,
    )
