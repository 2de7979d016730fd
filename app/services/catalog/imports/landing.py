"""Landing rows: each outside id becomes one row, the first time and every time after."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.ids import new_id
from app.repositories.catalog.imports import ImportRepository
from app.services.catalog.imports.tables import Kind


@dataclass(frozen=True, slots=True)
class Landing:
    """Ids by outside id, and what was done to reach them."""

    ids: Mapping[str, UUID]
    created: int
    changed: int

    @property
    def unchanged(self) -> int:
        return len(self.ids) - self.created - self.changed


async def land(
    session: AsyncSession, source: str, kind: Kind, rows: Mapping[str, Mapping[str, Any]]
) -> Landing:
    """Make the rows, by outside id, be in the table. At most five statements.

    A row the source brought before is updated where it differs; one that is there already under
    its natural key (a brand of that name) is adopted. All rows have the same columns.
    """
    if not rows:
        return Landing({}, 0, 0)
    repository = ImportRepository(session, source)
    ids = await repository.known(kind.name, rows)
    if kind.natural is not None:
        keys = {ref: row[kind.natural] for ref, row in rows.items() if ref not in ids}
        adopted = await repository.named(kind.model, kind.natural, list(keys.values()))
        found = {ref: adopted[key] for ref, key in keys.items() if key in adopted}
        await repository.remember(kind.name, found)
        ids |= found
    new = {ref: new_id() for ref in rows if ref not in ids}
    await repository.remember(kind.name, new)
    ids |= new
    values = [{"id": ids[ref], **row} for ref, row in rows.items()]
    created, changed = await repository.land(kind.model, values, once=kind.once)
    return Landing({ref: ids[ref] for ref in rows}, created, changed)
