"""Tickets, and what was said about them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.tickets import TicketKind, TicketState
from app.core.ids import new_id

_COLUMNS: Final = (
    "t.id, t.number, t.kind, t.state, t.order_id, t.member_id, t.shipment_id, t.return_id,"
    " t.subject, t.opened_by, t.assignee_id, t.due_at, t.resolved_at, t.closed_at, t.rating,"
    " t.created_at, t.updated_at, t.version"
)
_HELD: Final = (
    "EXISTS (SELECT FROM order_holds h WHERE h.order_id = t.order_id AND h.kind = 'exception'"
    " AND h.reference = t.id::text AND h.lifted_at IS NULL)"
)
_LIVE: Final = "t.state IN ('open', 'in_progress', 'waiting')"
# Of an order, its member: a ticket is of one person whoever opens it.
_ADD = text("""
    INSERT INTO order_tickets (id, number, kind, state, order_id, member_id, shipment_id,
        return_id, cause, subject, opened_by, due_at)
    SELECT CAST(:id AS uuid), :number, :kind, 'open', o.id,
        coalesce(o.member_id, CAST(:member_id AS uuid)), CAST(:shipment_id AS uuid),
        CAST(:return_id AS uuid), CAST(:cause AS varchar), :subject, :opened_by,
        now() + make_interval(secs => :seconds)
    FROM (SELECT 1) x LEFT JOIN orders o ON o.id = CAST(:order_id AS uuid)
    WHERE (CAST(:order_id AS uuid) IS NULL OR o.id IS NOT NULL)
      AND (CAST(:owner_id AS uuid) IS NULL OR o.id IS NULL OR o.member_id = :owner_id)
      AND (CAST(:shipment_id AS uuid) IS NULL OR EXISTS (
          SELECT FROM shipments s WHERE s.id = :shipment_id AND s.order_id = o.id))
    ON CONFLICT (cause) DO NOTHING
    RETURNING id
""")
_SAY = text("""
    INSERT INTO ticket_entries (id, ticket_id, member_id, kind, is_public, actor, text)
    SELECT :id, t.id, t.member_id, :kind, :is_public, :actor, CAST(:text AS varchar)
    FROM order_tickets t WHERE t.id = :ticket_id
""")
_MOVE = text("""
    UPDATE order_tickets SET state = CAST(:state AS varchar),
        assignee_id = coalesce(CAST(:assignee_id AS uuid), assignee_id),
        resolved_at = CASE WHEN :state IN ('resolved', 'closed')
                           THEN coalesce(resolved_at, now()) END,
        closed_at = CASE WHEN :state = 'closed' THEN coalesce(closed_at, now()) END,
        version = version + 1, updated_at = now()
    WHERE id = :ticket_id
""")
_RATE = text("""
    UPDATE order_tickets SET rating = :rating, rated_at = now(), version = version + 1,
        updated_at = now()
    WHERE id = :ticket_id
""")
_ENTRIES = """
    SELECT id, kind, is_public, actor, text, created_at FROM ticket_entries
    WHERE ticket_id = :ticket_id {seen} ORDER BY id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketFilter:
    """What staff look for; None does not filter. Overdue ones are live and past their time."""

    kind: TicketKind | None = None
    state: TicketState | None = None
    order_id: UUID | None = None
    member_id: UUID | None = None
    assignee_id: UUID | None = None
    is_overdue: bool | None = None


class TicketRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, values: Mapping[str, Any]) -> UUID | None:
        """A new ticket; None where its order or parcel is none, or its cause opened one before.

        With `owner_id` only of that member's orders.
        """
        found: UUID | None = await self._session.scalar(_ADD, values)
        return found

    async def say(
        self, ticket_id: UUID, kind: str, *, actor: str, is_public: bool, words: str | None = None
    ) -> None:
        values = {"kind": kind, "actor": actor, "is_public": is_public, "text": words}
        await self._session.execute(_SAY, values | {"id": new_id(), "ticket_id": ticket_id})

    async def move(self, ticket_id: UUID, state: str, *, assignee_id: UUID | None = None) -> None:
        values = {"ticket_id": ticket_id, "state": state, "assignee_id": assignee_id}
        await self._session.execute(_MOVE, values)

    async def rate(self, ticket_id: UUID, rating: int) -> None:
        await self._session.execute(_RATE, {"ticket_id": ticket_id, "rating": rating})

    async def locked(self, ticket_id: UUID, *, member_id: UUID | None = None) -> RowMapping | None:
        """A ticket, locked until commit; with `member_id`, only if it is that member's."""
        scope = "AND t.member_id = :member_id" if member_id else ""
        values = {"id": ticket_id} | ({"member_id": member_id} if member_id else {})
        statement = f"SELECT {_COLUMNS} FROM order_tickets t WHERE t.id = :id {scope} FOR UPDATE"
        return (await self._session.execute(text(statement), values)).mappings().first()

    async def find(self, ticket_id: UUID, *, member_id: UUID | None = None) -> RowMapping | None:
        """A ticket and whether it holds its order."""
        scope = "AND t.member_id = :member_id" if member_id else ""
        values = {"id": ticket_id} | ({"member_id": member_id} if member_id else {})
        statement = (
            f"SELECT {_COLUMNS}, {_HELD} AS is_holding FROM order_tickets t"
            f" WHERE t.id = :id {scope}"
        )
        return (await self._session.execute(text(statement), values)).mappings().first()

    async def entries(self, ticket_id: UUID, *, is_staff: bool) -> Sequence[RowMapping]:
        """What was said and done, oldest first; shoppers see what is public."""
        statement = _ENTRIES.format(seen="" if is_staff else "AND is_public")
        found = await self._session.execute(text(statement), {"ticket_id": ticket_id})
        return found.mappings().all()

    async def live_of(self, member_id: UUID) -> int:
        """How many tickets of a member are not resolved."""
        statement = f"SELECT count(*) FROM order_tickets t WHERE t.member_id = :id AND {_LIVE}"
        return int(await self._session.scalar(text(statement), {"id": member_id}) or 0)

    async def page(
        self, wanted: TicketFilter, *, after: UUID | None, limit: int
    ) -> Sequence[RowMapping]:
        """Tickets, newest first."""
        names = ("order_id", "member_id", "assignee_id")
        values = {n: getattr(wanted, n) for n in names if getattr(wanted, n) is not None}
        conditions = [f"t.{name} = :{name}" for name in values]
        if wanted.kind is not None:
            conditions.append(f"t.kind = '{wanted.kind}'")
        if wanted.state is not None:
            conditions.append(f"t.state = '{wanted.state}'")
        if wanted.is_overdue is not None:
            late = f"({_LIVE} AND t.due_at < now())"
            conditions.append(late if wanted.is_overdue else f"NOT {late}")
        if after is not None:
            conditions.append("t.id < :after")
            values["after"] = after
        where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
        found = await self._session.execute(
            text(
                f"SELECT {_COLUMNS}, {_HELD} AS is_holding FROM order_tickets t {where}"
                f" ORDER BY t.id DESC LIMIT {int(limit)}"
            ),
            values,
        )
        return found.mappings().all()
