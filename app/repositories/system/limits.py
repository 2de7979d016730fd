"""Token buckets. The database's clock refills them, so that every process agrees."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_HELD = """least(:capacity, rate_limits.tokens + :refill * greatest(
    0, extract(epoch FROM clock_timestamp() - rate_limits.updated_at)))"""

_TAKE = text(f"""
    INSERT INTO rate_limits (key, tokens, updated_at)
    VALUES (:key, CAST(:capacity AS double precision) - :cost, clock_timestamp())
    ON CONFLICT (key) DO UPDATE SET tokens = {_HELD} - :cost, updated_at = clock_timestamp()
    WHERE {_HELD} >= :cost
    RETURNING tokens
""")
_READ = text(f"SELECT {_HELD} FROM rate_limits WHERE key = :key")
_SWEEP = text("""
    DELETE FROM rate_limits WHERE key IN (
        SELECT key FROM rate_limits WHERE updated_at < now() - interval '1 day' LIMIT 5000
        FOR UPDATE SKIP LOCKED
    )
""")


class LimitRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def take(self, key: str, capacity: int, refill: float, cost: int) -> float | None:
        """Tokens left after taking `cost`, or None when there are fewer; then nothing is taken."""
        values = {"key": key, "capacity": float(capacity), "refill": refill, "cost": float(cost)}
        row = (await self._session.execute(_TAKE, values)).first()
        return None if row is None else float(row.tokens)

    async def held(self, key: str, capacity: int, refill: float) -> float:
        values = {"key": key, "capacity": float(capacity), "refill": refill}
        return float(await self._session.scalar(_READ, values) or 0)

    async def sweep(self) -> int:
        found = await self._session.execute(_SWEEP)
        return int(getattr(found, "rowcount", 0))
