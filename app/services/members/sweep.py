"""Forgetting what has run out."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.repositories.members import CodeRepository


async def sweep_codes(session: AsyncSession) -> int:
    """Remove one-time codes that expired a day ago."""
    return await CodeRepository(session).sweep()
