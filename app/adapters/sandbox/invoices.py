"""A provider of invoices whose invoices are not real, with books of its own, behind the same port.

It takes a request, says `pending`, and has issued it when it is asked again. What it does instead
is told by whom the invoice is made out to: see `Behaviour`.
"""

import asyncio
import hashlib
from dataclasses import replace
from enum import StrEnum

from sqlalchemy import Executable, RowMapping, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine
from typing_extensions import override

from app.core.db import build_engine
from app.core.settings import Settings
from app.services.finance.ports import (
    InvoiceProvider,
    IssueInvoice,
    IssueRed,
    ProviderInvoice,
    ProviderRefused,
    ProviderState,
    ProviderUnreachable,
)

PATIENCE = 3
"""How often a delayed invoice is asked about in vain."""
_TABLES = (
    "SELECT pg_advisory_xact_lock(hashtextextended('stoa-sandbox', 0))",
    "CREATE SCHEMA IF NOT EXISTS sandbox",
    """
    CREATE TABLE IF NOT EXISTS sandbox.invoices (
        request_number text PRIMARY KEY,
        document_number text NOT NULL, behaviour text NOT NULL, amount_minor bigint NOT NULL,
        currency text NOT NULL, blue_document_number text,
        received integer NOT NULL DEFAULT 1, asked integer NOT NULL DEFAULT 0,
        created_at timestamptz NOT NULL DEFAULT now())
    """,
)
_TAKE = text("""
    INSERT INTO sandbox.invoices AS i
        (request_number, document_number, behaviour, amount_minor, currency, blue_document_number)
    VALUES (:request_number, :document_number, :behaviour, :amount_minor, :currency, :blue)
    ON CONFLICT (request_number) DO UPDATE SET received = i.received + 1
    RETURNING *
""")
_ASK = text("""
    UPDATE sandbox.invoices SET asked = asked + 1 WHERE request_number = :request_number
    RETURNING *
""")


class Behaviour(StrEnum):
    """What happens to an invoice made out to a name that begins so.

    `refuse`: no at once. `fail`: taken, then no. `delay`: `pending` for three questions. `lose`:
    taken, but the answer is lost. `drop`: lost before it arrives, the first time. `duplicate`: the
    document has a number that others have. `misstate`: issued over a cent less.
    """

    REFUSE = "sandbox-refuse"
    FAIL = "sandbox-fail"
    DELAY = "sandbox-delay"
    LOSE = "sandbox-lose"
    DROP = "sandbox-drop"
    DUPLICATE = "sandbox-duplicate"
    MISSTATE = "sandbox-misstate"
    ISSUE = ""

    @classmethod
    def of(cls, name: str) -> "Behaviour":
        return next(each for each in cls if name.startswith(each))


class SandboxInvoices(InvoiceProvider):
    """`engine` is the sandbox's own pool."""

    def __init__(self, settings: Settings, *, engine: AsyncEngine | None = None) -> None:
        self._engine = engine or build_engine(settings.database, pool_size=2)
        self._public_url = settings.http.public_url.rstrip("/")
        self._making = asyncio.Lock()
        self._is_made = False
        self._dropped: set[str] = set()

    @property
    @override
    def code(self) -> str:
        return "sandbox"

    @override
    async def issue(self, request: IssueInvoice) -> ProviderInvoice:
        return await self._take(request, None)

    @override
    async def issue_red(self, request: IssueRed) -> ProviderInvoice:
        return await self._take(request, request.blue_document_number)

    @override
    async def query(self, request_number: str) -> ProviderInvoice:
        row = await self._one(_ASK, request_number=request_number)
        if row is None:
            return ProviderInvoice(request_number=request_number, state=ProviderState.NOT_FOUND)
        pending = ProviderInvoice(request_number=request_number, state=ProviderState.PENDING)
        behaviour = Behaviour(row["behaviour"])
        if behaviour is Behaviour.DELAY and row["asked"] <= PATIENCE:
            return pending
        if behaviour is Behaviour.FAIL:
            return replace(pending, state=ProviderState.FAILED, reason="The sandbox was told to")
        return replace(
            pending,
            state=ProviderState.ISSUED,
            document_number=row["document_number"],
            document_url=f"{self._public_url}/sandbox/invoices/{request_number}.pdf",
            amount_minor=row["amount_minor"] - (behaviour is Behaviour.MISSTATE),
        )

    async def document(self, request_number: str) -> RowMapping | None:
        """What the sandbox has under a number; None if nothing."""
        return await self._one(
            text("SELECT * FROM sandbox.invoices WHERE request_number = :request_number"),
            request_number=request_number,
        )

    @override
    async def aclose(self) -> None:
        await self._engine.dispose()

    async def _take(self, request: IssueInvoice, blue: str | None) -> ProviderInvoice:
        behaviour, number = Behaviour.of(request.buyer.name), request.request_number
        if behaviour is Behaviour.REFUSE:
            raise ProviderRefused("The sandbox was told to", request_number=number)
        if behaviour is Behaviour.DROP and number not in self._dropped:
            self._dropped.add(number)
            raise ProviderUnreachable("The sandbox dropped it", request_number=number)
        named = Behaviour.DUPLICATE if behaviour is Behaviour.DUPLICATE else number
        await self._one(
            _TAKE,
            request_number=number,
            document_number=document_number(named),
            behaviour=behaviour,
            amount_minor=request.amount_minor,
            currency=request.currency,
            blue=blue,
        )
        if behaviour is Behaviour.LOSE:
            raise ProviderUnreachable("The sandbox lost its answer", request_number=number)
        return ProviderInvoice(request_number=number, state=ProviderState.PENDING)

    async def _one(self, statement: Executable, **parameters: object) -> RowMapping | None:
        try:
            await self._make()
            async with self._engine.begin() as connection:
                found = await connection.execute(statement, parameters)
                row: RowMapping | None = found.mappings().first()
                return row
        except (DBAPIError, OSError) as error:
            raise ProviderUnreachable("The sandbox has no books at hand") from error

    async def _make(self) -> None:
        async with self._making:
            if not self._is_made:
                async with self._engine.begin() as connection:
                    for statement in _TABLES:
                        await connection.execute(text(statement))
                self._is_made = True


def document_number(request_number: str) -> str:
    """Twenty digits as real ones have, the same for the same request; they begin with 99."""
    digest = int.from_bytes(hashlib.sha256(request_number.encode()).digest()[:8], "big")
    return f"99{digest % 10**18:018}"
