"""Who gets the prices of a list that is for named members."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.repositories.keyset import beyond

UNKNOWN = text("""
SELECT w.id FROM unnest(CAST(:ids AS uuid[])) AS w(id)
 WHERE NOT EXISTS (SELECT FROM members m WHERE m.id = w.id) ORDER BY w.id
""")

NAME = text("""
WITH removed AS (
    DELETE FROM price_list_members
     WHERE price_list_id = :list_id AND member_id = ANY(CAST(:remove AS uuid[]))
    RETURNING member_id),
added AS (
    INSERT INTO price_list_members (price_list_id, member_id)
    SELECT :list_id, w.id FROM unnest(CAST(:add AS uuid[])) AS w(id) ORDER BY w.id
    ON CONFLICT DO NOTHING RETURNING member_id)
SELECT (SELECT coalesce(array_agg(member_id ORDER BY member_id), '{}') FROM added) AS added,
       (SELECT coalesce(array_agg(member_id ORDER BY member_id), '{}') FROM removed) AS removed
""")


class ListMemberRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def unknown(self, member_ids: Sequence[UUID]) -> list[UUID]:
        return list(await self._session.scalars(UNKNOWN, {"ids": list(member_ids)}))

    async def name(self, list_id: UUID, add: Sequence[UUID], remove: Sequence[UUID]) -> Any:
        """Put members on the list and take others off; a row of who was `added` and `removed`."""
        values = {"list_id": list_id, "add": list(add), "remove": list(remove)}
        return (await self._session.execute(NAME, values)).one()

    async def page(self, list_id: UUID, *, after: UUID | None, limit: int) -> Sequence[Any]:
        """Members of the list in order of id."""
        statement = text(f"""
            SELECT w.member_id AS id, m.name, w.added_at
              FROM price_list_members w JOIN members m ON m.id = w.member_id
             WHERE w.price_list_id = :list_id
               AND {beyond("w.member_id")}
             ORDER BY w.member_id LIMIT {int(limit)}
        """)
        return (await self._session.execute(statement, {"list_id": list_id, "after": after})).all()
