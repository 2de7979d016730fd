"""A carrier that carries nothing, with books of its own, behind the same port.

It makes labels, and moves a parcel one step whenever it is asked about it. What else happens is
told by how the receiver is called: see `parcels.Behaviour`.
"""

import asyncio
import hashlib
from datetime import timedelta

from sqlalchemy import Executable, RowMapping, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine
from typing_extensions import override

from app.adapters.sandbox.document import pdf
from app.adapters.sandbox.parcels import Behaviour, told
from app.core import clock
from app.core.db import build_engine
from app.core.enums.carriers import CarrierSkill
from app.core.enums.shipping import ShipmentState
from app.core.settings import Settings
from app.services.orders.carriers.ports import (
    CarrierPort,
    CarrierRefused,
    CarrierUnreachable,
    Label,
    LabelRequest,
    Parcel,
    Rate,
    RateQuery,
    Scan,
)

FIRST_KILOGRAM, NEXT_KILOGRAM = 800, 200
"""Minor units; the fast service costs twice as much."""
SERVICES = {"standard": (1, 3), "express": (2, 1)}
"""Times of the cost, and days."""
_TABLES = (
    "SELECT pg_advisory_xact_lock(hashtextextended('stoa-sandbox', 0))",
    "CREATE SCHEMA IF NOT EXISTS sandbox",
    """
    CREATE TABLE IF NOT EXISTS sandbox.parcels (
        request_number text PRIMARY KEY,
        tracking_number text NOT NULL UNIQUE, behaviour text NOT NULL,
        cost_minor bigint NOT NULL, currency text NOT NULL, days integer NOT NULL,
        asked integer NOT NULL DEFAULT 0, stopped integer,
        received integer NOT NULL DEFAULT 1, cancelled_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now())
    """,
)
_TAKE = text("""
    INSERT INTO sandbox.parcels AS p
        (request_number, tracking_number, behaviour, cost_minor, currency, days)
    VALUES (:request_number, :tracking_number, :behaviour, :cost_minor, :currency, :days)
    ON CONFLICT (request_number) DO UPDATE SET received = p.received + 1
    RETURNING *
""")
_FIND = text("SELECT * FROM sandbox.parcels WHERE request_number = :request_number")
_CANCEL = text("""
    UPDATE sandbox.parcels SET cancelled_at = coalesce(cancelled_at, now())
    WHERE request_number = :request_number AND asked = 0 RETURNING *
""")
_ASK = text("""
    UPDATE sandbox.parcels SET asked = asked + 1
    WHERE tracking_number = :tracking_number AND cancelled_at IS NULL RETURNING *
""")
_STOP = text("""
    UPDATE sandbox.parcels SET stopped = coalesce(stopped, asked)
    WHERE tracking_number = :tracking_number AND cancelled_at IS NULL RETURNING *
""")


class SandboxCarrier(CarrierPort):
    """`engine` is the sandbox's own pool."""

    def __init__(self, settings: Settings, *, engine: AsyncEngine | None = None) -> None:
        self._engine = engine or build_engine(settings.database, pool_size=2)
        self._making = asyncio.Lock()
        self._is_made = False
        self._dropped: set[str] = set()

    @property
    @override
    def code(self) -> str:
        return "sandbox"

    @property
    @override
    def skills(self) -> frozenset[CarrierSkill]:
        return frozenset(CarrierSkill) - {CarrierSkill.PUSH}

    @override
    async def rate(self, query: RateQuery) -> tuple[Rate, ...]:
        return tuple(
            Rate(
                service=service,
                cost_minor=times * cost(query.weight_grams),
                currency=query.currency,
                estimated_at=clock.now() + timedelta(days=days),
            )
            for service, (times, days) in SERVICES.items()
        )

    @override
    async def label(self, request: LabelRequest) -> Label:
        number = request.request_number
        behaviour = Behaviour.of(str(request.recipient.get("recipient", "")))
        if behaviour is Behaviour.REFUSE:
            raise CarrierRefused("The sandbox was told to", request_number=number)
        if behaviour is Behaviour.DROP and number not in self._dropped:
            self._dropped.add(number)
            raise CarrierUnreachable("The sandbox dropped it", request_number=number)
        times, days = SERVICES.get(request.service or "standard", SERVICES["standard"])
        row = await self._one(
            _TAKE,
            request_number=number,
            tracking_number=tracking_number(number),
            behaviour=behaviour,
            cost_minor=times * cost(request.weight_grams or 1),
            currency=request.currency,
            days=days,
        )
        if behaviour is Behaviour.LOSE and row is not None and row["received"] == 1:
            raise CarrierUnreachable("The sandbox lost its answer", request_number=number)
        found = _label(row)
        if found is None:
            raise CarrierRefused("It was taken back", request_number=number)
        return found

    @override
    async def find_label(self, request_number: str) -> Label | None:
        return _label(await self._one(_FIND, request_number=request_number))

    @override
    async def cancel_label(self, request_number: str) -> None:
        if await self._one(_CANCEL, request_number=request_number) is None:
            raise CarrierRefused("It is on its way, or was never made")

    @override
    async def track(self, parcel: Parcel) -> tuple[Scan, ...]:
        row = await self._one(_ASK, tracking_number=parcel.tracking_number)
        return () if row is None else _scans(row)

    @override
    async def intercept(self, request_number: str, parcel: Parcel) -> None:
        row = await self._one(_STOP, tracking_number=parcel.tracking_number)
        if row is None or any(each.state is ShipmentState.DELIVERED for each in _scans(row)):
            raise CarrierRefused("It is not on its way", request_number=request_number)

    @override
    async def aclose(self) -> None:
        await self._engine.dispose()

    async def _one(self, statement: Executable, **parameters: object) -> RowMapping | None:
        try:
            await self._make()
            async with self._engine.begin() as connection:
                found = await connection.execute(statement, parameters)
                row: RowMapping | None = found.mappings().first()
                return row
        except (DBAPIError, OSError) as error:
            raise CarrierUnreachable("The sandbox has no books at hand") from error

    async def _make(self) -> None:
        async with self._making:
            if not self._is_made:
                async with self._engine.begin() as connection:
                    for statement in _TABLES:
                        await connection.execute(text(statement))
                self._is_made = True


def cost(weight_grams: int) -> int:
    """Minor units of the slow service: the first kilogram, and every one that is begun after it."""
    return FIRST_KILOGRAM + (max(1, weight_grams) - 1) // 1_000 * NEXT_KILOGRAM


def tracking_number(request_number: str) -> str:
    """`SBX` and twelve digits, the same for the same request."""
    digest = int.from_bytes(hashlib.sha256(request_number.encode()).digest()[:8], "big")
    return f"SBX{digest % 10**12:012}"


def _label(row: RowMapping | None) -> Label | None:
    if row is None or row["cancelled_at"] is not None:
        return None
    lines = ("SANDBOX: CARRIES NOTHING", row["tracking_number"], row["request_number"])
    return Label(
        request_number=row["request_number"],
        tracking_number=row["tracking_number"],
        content=pdf(lines),
        media_type="application/pdf",
        cost_minor=row["cost_minor"],
        currency=row["currency"],
        estimated_at=row["created_at"] + timedelta(days=row["days"]),
    )


def _scans(row: RowMapping) -> tuple[Scan, ...]:
    number = row["tracking_number"]
    return tuple(
        Scan(
            id=f"{number}-{place}",
            at=row["created_at"] + timedelta(seconds=place),
            state=state,
            location="Sandbox",
            description=words,
        )
        for place, state, words in told(Behaviour(row["behaviour"]), row["asked"], row["stopped"])
    )
