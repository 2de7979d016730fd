"""Reviews of orders: the queue, and moving one along. Callers hold the order's row."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.order_reviews import QUEUED, OrderReviewState
from app.core.ids import new_id
from app.core.json import dump
from app.repositories.orders.review_due import ADDRESS_KEY

_COLUMNS = """
    v.id, v.order_id, o.number AS order_number, o.member_id, o.channel_id, o.currency,
    o.payable_minor, o.payment_status, o.labels, v.priority, v.state, v.reasons, v.risk,
    v.needs_two, v.due_at,
    v.closed_at IS NULL AND coalesce(v.due_at <= now(), false) AS is_overdue,
    v.claimed_by, v.claimed_until, v.first_approved_by, v.closed_by, v.closed_for, v.closed_at,
    v.version, v.created_at, now() AS at
"""
_JOINED = "JOIN orders o ON o.id = v.order_id"
_FROM = f"SELECT {_COLUMNS} FROM order_reviews v {_JOINED}"
_READ = text(f"{_FROM} WHERE v.id = :id").columns(reasons=JSONB, risk=JSONB)
_ORDER_OF = text("SELECT order_id FROM order_reviews WHERE id = :id")
_OF = text("SELECT id, state, is_holding FROM order_reviews WHERE order_id = :order_id")
_DUE = text("SELECT order_id FROM order_reviews WHERE state = 'due' ORDER BY id LIMIT :limit")
# The most urgent first, then the one that waits longest: of each index that knows some of the
# states as many as are shown, then the first of those.
_PAGE = f"""
    SELECT {_COLUMNS} FROM ({{branches}}) v {_JOINED} ORDER BY (- v.priority), v.id LIMIT {{limit}}
"""
_BRANCH = """
    (SELECT v.* FROM order_reviews v
     WHERE {conditions} ORDER BY (- v.priority), v.id LIMIT {limit})
"""
_CONDITIONS = {
    "claimed_by": "v.claimed_by = :claimed_by",
    "order_id": "v.order_id = :order_id",
    "label": """EXISTS (SELECT FROM orders o WHERE o.id = v.order_id
        AND o.labels @> ARRAY[CAST(:label AS varchar)] AND o.labels <> '{}')""",
    "is_overdue": "(coalesce(v.due_at <= now(), false) AND v.closed_at IS NULL) = :is_overdue",
    "after": """(- v.priority, v.id) > ((SELECT - x.priority FROM order_reviews x
        WHERE x.id = :after), CAST(:after AS uuid))""",
}
_COUNTS = text("""
    SELECT count(*) FILTER (WHERE state = 'open') AS open,
        count(*) FILTER (WHERE state = 'claimed') AS claimed,
        count(*) FILTER (WHERE state = 'second') AS second,
        count(*) FILTER (WHERE claimed_by = :actor) AS mine,
        count(*) FILTER (WHERE due_at <= now()) AS overdue,
        (SELECT count(*) FROM order_reviews WHERE state = 'due') AS due
    FROM order_reviews WHERE state IN ('open', 'claimed', 'second')
""")
_MOVE = """
    UPDATE order_reviews v SET {sets} WHERE v.id = :id
"""
_SETS = {
    "state": "state = CAST(:state AS varchar)",
    "claimed_by": "claimed_by = CAST(:claimed_by AS varchar)",
    "claim_seconds": "claimed_until = now() + make_interval(secs => :claim_seconds)",
    "first_approved_by": "first_approved_by = CAST(:first_approved_by AS varchar)",
    "needs_two": "needs_two = :needs_two",
    "is_holding": "is_holding = :is_holding",
    "closed_by": "closed_by = CAST(:closed_by AS varchar), closed_at = now()",
    "closed_for": "closed_for = CAST(:closed_for AS varchar)",
    "reasons": "reasons = CAST(:reasons AS jsonb)",
    "risk": "risk = CAST(:risk AS jsonb)",
    "priority": "priority = :priority",
    "sla_minutes": "due_at = now() + make_interval(mins => CAST(:sla_minutes AS int))",
}
_NOTE = text("""
    INSERT INTO order_review_events (id, review_id, member_id, kind, actor, words, data)
    SELECT CAST(:event_id AS uuid), v.id, v.member_id, :kind, CAST(:actor AS varchar),
        CAST(:words AS varchar), CAST(:data AS jsonb)
    FROM order_reviews v WHERE v.id = :id
""")
_EVENTS = text("""
    SELECT id, kind, actor, words, data, created_at AS at FROM order_review_events
    WHERE review_id = :id ORDER BY id
""").columns(data=JSONB)
_LAPSED = text("""
    SELECT id FROM order_reviews
    WHERE state = 'claimed' AND claimed_until <= now() ORDER BY id LIMIT :limit
""")
_OVERDUE = text("""
    SELECT id FROM order_reviews
    WHERE state IN ('open', 'claimed', 'second') AND due_at <= now() AND overdue_at IS NULL
    ORDER BY id LIMIT :limit
""")
_TOLD = text("""
    UPDATE order_reviews SET overdue_at = now() WHERE id = :id AND overdue_at IS NULL RETURNING id
""")
_CLASSIFY = text("""
    WITH sorted AS (
        UPDATE orders SET labels = CAST(:labels AS varchar[]), priority = :priority
        WHERE id = :order_id RETURNING id)
    UPDATE fulfilments f SET priority = :priority FROM sorted s WHERE f.order_id = s.id
""")
_CORRECT = text(f"""
    WITH corrected AS (
        UPDATE orders SET address = CAST(:address AS jsonb), note = CAST(:note AS varchar)
        WHERE id = :order_id RETURNING id, address)
    UPDATE order_reviews v SET phone = left(c.address->>'phone', 32),
        address_key = {ADDRESS_KEY.format("c.address")}
    FROM corrected c WHERE v.order_id = c.id
""")
_GOES = text("SELECT address, note FROM orders WHERE id = :order_id").columns(address=JSONB)


class OrderReviewRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def read(self, review_id: UUID) -> RowMapping | None:
        return (await self._session.execute(_READ, {"id": review_id})).mappings().first()

    async def order_of(self, review_id: UUID) -> UUID | None:
        found: UUID | None = await self._session.scalar(_ORDER_OF, {"id": review_id})
        return found

    async def of_order(self, order_id: UUID) -> RowMapping | None:
        """Id and state of an order's review."""
        found = await self._session.execute(_OF, {"order_id": order_id})
        return found.mappings().first()

    async def due(self, limit: int) -> Sequence[UUID]:
        """Orders whose rules are still to be asked, oldest first."""
        return (await self._session.execute(_DUE, {"limit": limit})).scalars().all()

    async def lapsed(self, limit: int) -> Sequence[UUID]:
        """Those claimed for longer than they may be."""
        return (await self._session.execute(_LAPSED, {"limit": limit})).scalars().all()

    async def overdue(self, limit: int) -> Sequence[UUID]:
        """Those nobody decided about in time, of which nobody was told."""
        return (await self._session.execute(_OVERDUE, {"limit": limit})).scalars().all()

    async def page(
        self, states: Collection[OrderReviewState], *, limit: int, **wanted: Any
    ) -> Sequence[RowMapping]:
        """Those in some of the states, the most urgent first, of those the oldest."""
        values = {name: value for name, value in wanted.items() if value is not None}
        conditions = [_CONDITIONS[name] for name in values]
        branches = [
            _BRANCH.format(conditions=" AND ".join([some, *conditions]), limit=int(limit))
            for some in _indexed(states)
        ]
        if not branches:
            return []
        statement = _PAGE.format(branches=" UNION ALL ".join(branches), limit=int(limit))
        found = await self._session.execute(
            text(statement).columns(reasons=JSONB, risk=JSONB), values
        )
        return found.mappings().all()

    async def counts(self, actor: str) -> RowMapping:
        return (await self._session.execute(_COUNTS, {"actor": actor})).mappings().one()

    async def move(self, review_id: UUID, **values: Any) -> None:
        """Set what is named. A claim that is given up (`claimed_by=None`) has no time either."""
        sets = ["version = v.version + 1", "updated_at = now()", *(_SETS[name] for name in values)]
        if values.get("claimed_by", "") is None:
            sets.append("claimed_until = NULL")
        for name in ("reasons", "risk"):
            if name in values:
                values[name] = dump(values[name])
        await self._session.execute(
            text(_MOVE.format(sets=", ".join(sets))), {**values, "id": review_id}
        )

    async def told(self, review_id: UUID) -> bool:
        """Somebody is told that it is overdue; False when somebody was before."""
        return (await self._session.execute(_TOLD, {"id": review_id})).first() is not None

    async def note(
        self,
        review_id: UUID,
        kind: str,
        *,
        actor: str | None,
        words: str | None = None,
        data: Any = None,
    ) -> None:
        values = {"id": review_id, "event_id": new_id(), "kind": kind, "actor": actor}
        said = dump(data or {})
        await self._session.execute(_NOTE, {**values, "words": words, "data": said})

    async def events(self, review_id: UUID) -> Sequence[RowMapping]:
        """Oldest first."""
        return (await self._session.execute(_EVENTS, {"id": review_id})).mappings().all()

    async def classify(self, order_id: UUID, labels: Sequence[str], priority: int) -> None:
        """Label an order and say how urgent it and its fulfilments are."""
        values = {"order_id": order_id, "labels": list(labels), "priority": priority}
        await self._session.execute(_CLASSIFY, values)

    async def goes(self, order_id: UUID) -> RowMapping:
        """Where an order goes, and what its shopper noted."""
        return (await self._session.execute(_GOES, {"order_id": order_id})).mappings().one()

    async def correct(self, order_id: UUID, address: Any, note: str | None) -> None:
        values = {"order_id": order_id, "address": dump(address), "note": note}
        await self._session.execute(_CORRECT, values)


def _indexed(states: Collection[OrderReviewState]) -> list[str]:
    """Conditions that the states hold together, each as an index knows it; values written out."""
    queued = ", ".join(f"'{each}'" for each in sorted(QUEUED & set(states)))
    return [
        *([f"v.state IN ({queued})"] if queued else []),
        *(f"v.state = '{each}'" for each in sorted(set(states) - QUEUED)),
    ]
