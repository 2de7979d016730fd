"""The category tree as shoppers read it: made once, kept in process for a stated life."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.catalog.categories import CategoryNode, category_tree
from app.services.catalog.storefront import tag_of

LIFE_SECONDS = 30
"""How long a process may answer from a tree it has read."""


@dataclass(frozen=True, slots=True)
class TreeView:
    """`body` is the JSON of the endpoint, `tag` its ETag; `branches` name ids by id and slug."""

    body: bytes
    tag: str
    branches: Mapping[UUID | str, tuple[UUID, ...]]

    def branch(self, named: UUID | str) -> tuple[UUID, ...] | None:
        """Ids of the category and all below it, None when there is no such active category."""
        return self.branches.get(named)


async def load_tree(session: AsyncSession) -> TreeView:
    roots = await category_tree(session, active_only=True)
    branches: dict[UUID | str, tuple[UUID, ...]] = {}
    body = orjson.dumps({"items": [_plain(node) for node in roots]})
    for node in roots:
        _note(node, branches)
    return TreeView(body, tag_of(body), branches)


def _plain(node: CategoryNode) -> dict[str, Any]:
    row = node.category
    return {
        "id": str(row.id),
        "name": row.name,
        "slug": row.slug,
        "children": [_plain(child) for child in node.children],
    }


def _note(node: CategoryNode, branches: dict[UUID | str, tuple[UUID, ...]]) -> Sequence[UUID]:
    row = node.category
    below = [each for child in node.children for each in _note(child, branches)]
    branches[row.id] = branches[row.slug] = (row.id, *below)
    return branches[row.id]
