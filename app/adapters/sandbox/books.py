"""The sandbox's own books. They survive our crashes, as a remote party's would.

A schema of their own, made by the sandbox itself and unknown to our models and revisions.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.db import build_sessions, single_statement
from app.core.direct import Direct, direct

_TABLES = (
    "SELECT pg_advisory_xact_lock(hashtextextended('stoa-sandbox', 0))",
    "CREATE SCHEMA IF NOT EXISTS sandbox",
    """
    CREATE TABLE IF NOT EXISTS sandbox.payments (
        out_trade_no text PRIMARY KEY,
        amount_minor bigint, currency text, expires_at timestamptz,
        state text NOT NULL, transaction_id text, paid_minor bigint,
        pays_when_closed boolean NOT NULL DEFAULT false,
        created_at timestamptz NOT NULL DEFAULT now())
    """,
    "ALTER TABLE sandbox.payments ADD COLUMN IF NOT EXISTS paid_at timestamptz",
    "ALTER TABLE sandbox.payments ADD COLUMN IF NOT EXISTS instalments integer",
    "ALTER TABLE sandbox.payments ADD COLUMN IF NOT EXISTS fee_bps integer NOT NULL DEFAULT 0",
    """
    CREATE TABLE IF NOT EXISTS sandbox.refunds (
        out_refund_no text PRIMARY KEY,
        out_trade_no text NOT NULL REFERENCES sandbox.payments,
        amount_minor bigint NOT NULL, refund_id text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now())
    """,
)

_READ = direct("""
    SELECT out_trade_no, amount_minor, currency, transaction_id, paid_minor, pays_when_closed,
        instalments,
        CASE WHEN state IN ('pending', 'failed') AND expires_at <= now() THEN 'closed'
            ELSE state END AS state
    FROM sandbox.payments WHERE out_trade_no = :number
""")

_CREATE = direct("""
    INSERT INTO sandbox.payments
        (out_trade_no, amount_minor, currency, expires_at, state, instalments, fee_bps)
    VALUES (:number, :amount_minor, :currency, :expires_at, 'pending', :instalments, :fee_bps)
    ON CONFLICT (out_trade_no) DO UPDATE SET out_trade_no = excluded.out_trade_no
    RETURNING amount_minor
""")

_PAY = direct("""
    UPDATE sandbox.payments
    SET state = 'succeeded', paid_minor = :paid_minor, transaction_id = :transaction_id,
        paid_at = now()
    WHERE out_trade_no = :number AND state <> 'succeeded'
      AND (:even_closed OR state IN ('pending', 'failed') AND expires_at > now())
    RETURNING out_trade_no
""")

_DECLINE = direct("""
    UPDATE sandbox.payments SET state = 'failed' WHERE out_trade_no = :number AND state = 'pending'
""")

_PAY_WHEN_CLOSED = direct("""
    UPDATE sandbox.payments SET pays_when_closed = true WHERE out_trade_no = :number
""")

# A number nobody created is closed too: a creation still under way must not succeed later.
_CLOSE = direct("""
    INSERT INTO sandbox.payments AS p (out_trade_no, state) VALUES (:number, 'closed')
    ON CONFLICT (out_trade_no) DO UPDATE
    SET state = CASE p.state WHEN 'succeeded' THEN 'succeeded' ELSE 'closed' END
    RETURNING state, pays_when_closed
""")

_LOCK = text("SELECT paid_minor FROM sandbox.payments WHERE out_trade_no = :number FOR UPDATE")

_REFUND = text("""
    INSERT INTO sandbox.refunds (out_refund_no, out_trade_no, amount_minor, refund_id)
    SELECT :refund_number, p.out_trade_no, CAST(:amount_minor AS bigint), :refund_id
    FROM sandbox.payments p
    WHERE p.out_trade_no = :number AND p.state = 'succeeded'
      AND CAST(:amount_minor AS bigint) + (SELECT coalesce(sum(r.amount_minor), 0)
          FROM sandbox.refunds r WHERE r.out_trade_no = p.out_trade_no) <= p.paid_minor
    ON CONFLICT (out_refund_no) DO NOTHING
""")

_READ_REFUND = direct("""
    SELECT out_refund_no, out_trade_no, amount_minor, refund_id FROM sandbox.refunds
    WHERE out_refund_no = :refund_number
""")

_OF_DAY = text("""
    SELECT kind, transaction_id, out_trade_no, out_refund_no, refund_id, amount_minor, fee_minor,
        currency, at
    FROM (
        SELECT 'payment' AS kind, transaction_id, out_trade_no, '' AS out_refund_no,
            '' AS refund_id, paid_minor AS amount_minor, paid_minor * fee_bps / 10000 AS fee_minor,
            currency, paid_at AS at
        FROM sandbox.payments WHERE state = 'succeeded'
        UNION ALL
        SELECT 'refund', p.transaction_id, p.out_trade_no, r.out_refund_no, r.refund_id,
            r.amount_minor, 0, p.currency, r.created_at
        FROM sandbox.refunds r JOIN sandbox.payments p USING (out_trade_no)) AS moves
    WHERE (at AT TIME ZONE :zone)::date = :day ORDER BY at, out_trade_no, out_refund_no
""")

_NET = text("""
    SELECT coalesce((SELECT sum(paid_minor) FROM sandbox.payments WHERE state = 'succeeded'), 0)
         - coalesce((SELECT sum(amount_minor) FROM sandbox.refunds), 0)
""")


@dataclass(frozen=True, slots=True)
class Closed:
    state: str
    pays_when_closed: bool


class Books:
    """Each call is a transaction of its own, on connections of its own."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._sessions = build_sessions(engine)
        self._making = asyncio.Lock()
        self._is_made = False

    async def payment(self, number: str) -> RowMapping | None:
        return await self._one(_READ, number=number)

    async def create(
        self,
        number: str,
        amount_minor: int,
        currency: str,
        expires_at: Any,
        instalments: int | None,
        fee_bps: int,
    ) -> int | None:
        """The amount of the payment of that number, new or known; None if it was closed unseen."""
        found = await self._one(
            _CREATE,
            number=number,
            amount_minor=amount_minor,
            currency=currency,
            expires_at=expires_at,
            instalments=instalments,
            fee_bps=fee_bps,
        )
        return None if found is None else found["amount_minor"]

    async def pay(
        self, number: str, paid_minor: int, transaction_id: str, *, even_closed: bool
    ) -> bool:
        """Take the money; False when it was taken before or the payment is closed."""
        found = await self._one(
            _PAY,
            number=number,
            paid_minor=paid_minor,
            transaction_id=transaction_id,
            even_closed=even_closed,
        )
        return found is not None

    async def decline(self, number: str) -> None:
        await self._one(_DECLINE, number=number)

    async def pay_when_closed(self, number: str) -> None:
        await self._one(_PAY_WHEN_CLOSED, number=number)

    async def close(self, number: str) -> Closed:
        found = await self._one(_CLOSE, number=number)
        if found is None:
            raise ValueError(number)
        return Closed(found["state"], found["pays_when_closed"])

    async def refund(
        self, number: str, refund_number: str, amount_minor: int, refund_id: str
    ) -> RowMapping | None:
        """The refund of that number, new or known; None if the payment cannot give it."""
        await self._make()
        async with self._engine.begin() as connection:
            await connection.execute(_LOCK, {"number": number})
            parameters = {
                "number": number,
                "refund_number": refund_number,
                "amount_minor": amount_minor,
                "refund_id": refund_id,
            }
            await connection.execute(_REFUND, parameters)
            found = await connection.execute(_READ_REFUND, {"refund_number": refund_number})
            return found.mappings().first()

    async def refund_of(self, refund_number: str) -> RowMapping | None:
        return await self._one(_READ_REFUND, refund_number=refund_number)

    async def net_taken_minor(self) -> int:
        """Everything taken and not given back, for comparing with our ledger."""
        await self._make()
        async with self._engine.begin() as connection:
            return int((await connection.execute(_NET)).scalar_one())

    async def of_day(self, day: date, zone: str) -> Sequence[RowMapping]:
        """What was paid and given back on a day as it is counted in `zone`."""
        await self._make()
        async with self._engine.begin() as connection:
            found = await connection.execute(_OF_DAY, {"day": day, "zone": zone})
            return found.mappings().all()

    async def close_pool(self) -> None:
        await self._engine.dispose()

    async def _one(self, statement: Direct, **parameters: Any) -> RowMapping | None:
        await self._make()
        async with single_statement(self._sessions) as session:
            return (await session.execute(statement, parameters)).mappings().first()

    async def _make(self) -> None:
        if self._is_made:
            return
        async with self._making:
            if not self._is_made:
                async with self._engine.begin() as connection:
                    for statement in _TABLES:
                        await connection.execute(text(statement))
                self._is_made = True
