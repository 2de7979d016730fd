"""Money taken by hand, proofs of transfers, and what recording them moves."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.ids import new_id
from app.repositories.keyset import before

_RECORD = text("""
    INSERT INTO collections (id, order_id, plan_id, tender_id, member_id, kind, amount_minor,
        currency, reference, recorded_by)
    SELECT :id, :order_id, :plan_id, :tender_id, :member_id, :kind, :amount_minor, :currency,
        :reference, :recorded_by
    WHERE NOT EXISTS (SELECT FROM group_transfers
                      WHERE reference = CAST(:reference AS varchar) AND state <> 'rejected')
    ON CONFLICT (kind, reference) WHERE state <> 'rejected' DO NOTHING
    RETURNING *
""")
_FROM_DEPOSIT = text("""
    INSERT INTO collections (id, order_id, plan_id, tender_id, member_id, kind, amount_minor,
        currency, reference, recorded_by, state, settled_by, settled_at, group_id)
    VALUES (:id, :order_id, :plan_id, :tender_id, :member_id, :kind, :amount_minor, :currency,
        :reference, :recorded_by, 'confirmed', :settled_by, now(), :group_id)
""")
# Transfers for groups have a table of their own, so no constraint sees both.
_CLAIM = text("SELECT pg_advisory_xact_lock(hashtextextended('bank-number:' || :reference, 0))")
_KNOWN = text("""
    SELECT * FROM collections WHERE kind = :kind AND reference = :reference AND state <> 'rejected'
""")
_GET = text("SELECT * FROM collections WHERE id = :id")

_SETTLE = text("""
    UPDATE collections SET state = :state, reason = :reason, settled_by = :actor,
        settled_at = now(), version = version + 1, updated_at = now()
    WHERE id = :id AND state = 'recorded' RETURNING *
""")
_RETURN = text("""
    UPDATE collections SET state = 'returned', returned_by = :actor,
        returned_reference = :reference, returned_at = now(), version = version + 1,
        updated_at = now()
    WHERE id = :id AND state = 'apart' RETURNING *
""")

_CAPTURE = text("""
    WITH captured AS (
        UPDATE tenders SET state = 'captured' WHERE plan_id = CAST(:plan_id AS uuid))
    UPDATE payment_plans SET state = 'paid', version = version + 1, updated_at = now()
    WHERE id = CAST(:plan_id AS uuid) AND state IN ('awaiting', 'closing')
""")

_LIST = f"""
    SELECT * FROM collections
    WHERE {before("id")}
      AND (CAST(:state AS text) IS NULL OR state = CAST(:state AS text))
      AND (CAST(:order_id AS uuid) IS NULL OR order_id = CAST(:order_id AS uuid))
    ORDER BY id DESC LIMIT :limit
"""

_PROVE = text("""
    INSERT INTO transfer_proofs (id, plan_id, member_id, url, note)
    SELECT :id, CAST(:plan_id AS uuid), :member_id, :url, :note
    WHERE (SELECT count(*) FROM transfer_proofs
           WHERE plan_id = CAST(:plan_id AS uuid)) < CAST(:most AS integer)
    RETURNING *
""")
_PROOFS = text("SELECT * FROM transfer_proofs WHERE plan_id = :plan_id ORDER BY id")


class CollectionRepository:
    """Rows change under the lock of their plan."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def record(self, values: Mapping[str, Any]) -> Row[Any] | None:
        """None when the reference is known."""
        return (await self._session.execute(_RECORD, {"id": new_id(), **values})).first()

    async def from_deposit(self, values: Mapping[str, Any]) -> None:
        """What an order takes of money that two people saw come in for a group."""
        await self._session.execute(_FROM_DEPOSIT, {"id": new_id(), **values})

    async def claim(self, reference: str) -> None:
        """Nobody else records money under this number of a bank until commit.

        Ask for it before looking whether the number is known: what a statement sees is from before
        it waited.
        """
        await self._session.execute(_CLAIM, {"reference": reference})

    async def known(self, kind: str, reference: str) -> Row[Any] | None:
        found = await self._session.execute(_KNOWN, {"kind": kind, "reference": reference})
        return found.first()

    async def get(self, collection_id: UUID) -> Row[Any] | None:
        return (await self._session.execute(_GET, {"id": collection_id})).first()

    async def settle(
        self, collection_id: UUID, state: str, *, actor: str, reason: str | None = None
    ) -> Row[Any]:
        values = {"id": collection_id, "state": state, "actor": actor, "reason": reason}
        return (await self._session.execute(_SETTLE, values)).one()

    async def give_back(self, collection_id: UUID, reference: str, *, actor: str) -> Row[Any]:
        values = {"id": collection_id, "reference": reference, "actor": actor}
        return (await self._session.execute(_RETURN, values)).one()

    async def capture(self, plan_id: UUID) -> None:
        """A plan that waits, or is closing, is paid with every tender."""
        await self._session.execute(_CAPTURE, {"plan_id": plan_id})

    async def counts(self, plan_id: UUID) -> tuple[int, int]:
        """How many there are of a plan, and how many of them nobody has confirmed yet."""
        found = await self._session.execute(
            text(
                "SELECT count(*), count(*) FILTER (WHERE state = 'recorded') FROM collections"
                " WHERE plan_id = :plan_id"
            ),
            {"plan_id": plan_id},
        )
        every, recorded = found.one()
        return every, recorded

    async def page(self, *, after: UUID | None, limit: int, **filters: Any) -> Sequence[Row[Any]]:
        values = {"after": after, "limit": limit, **filters}
        return (await self._session.execute(text(_LIST), values)).all()

    async def prove(self, values: Mapping[str, Any], *, most: int) -> Row[Any] | None:
        """None when there are `most` already. The plan is locked, so nobody adds one meanwhile."""
        found = await self._session.execute(_PROVE, {"id": new_id(), "most": most, **values})
        return found.first()

    async def proofs(self, plan_id: UUID) -> Sequence[Row[Any]]:
        return (await self._session.execute(_PROOFS, {"plan_id": plan_id})).all()
