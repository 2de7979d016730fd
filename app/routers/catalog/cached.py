"""What this process remembers of the catalog: the tree for a stated life, offers while true."""

import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Annotated, Generic, TypeVar
from uuid import UUID

from fastapi import Depends, Request

from app.routers.deps import ReaderDep, ResourcesDep
from app.services import catalog, promotions

MOST = 2_000

V = TypeVar("V")


class Aged(Generic[V]):
    """The newest `MOST` values, each for `seconds`."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._values: OrderedDict[object, tuple[float, V]] = OrderedDict()

    def get(self, key: object) -> V | None:
        found = self._values.get(key)
        if found is None or found[0] < time.monotonic():
            return None
        return found[1]

    def put(self, key: object, value: V) -> V:
        self._values[key] = (time.monotonic() + self._seconds, value)
        self._values.move_to_end(key)
        if len(self._values) > MOST:
            self._values.popitem(last=False)
        return value

    def clear(self) -> None:
        self._values.clear()


@dataclass
class CatalogMemory:
    """Belongs to one set of resources: another database starts afresh."""

    owner: object
    trees: Aged[catalog.TreeView] = field(default_factory=lambda: Aged(catalog.LIFE_SECONDS))
    offers: promotions.OfferMemory = field(default_factory=promotions.OfferMemory)

    async def tree(self, session: ReaderDep) -> catalog.TreeView:
        return self.trees.get("tree") or self.trees.put("tree", await catalog.load_tree(session))

    async def branch(self, session: ReaderDep, named: UUID | str) -> tuple[UUID, ...]:
        """Ids of a category and all below it; a name nobody knows is looked up anew, once."""
        known = (await self.tree(session)).branch(named)
        if known is None:
            self.trees.clear()
            known = (await self.tree(session)).branch(named)
        return known or ()


async def get_memory(request: Request, resources: ResourcesDep) -> CatalogMemory:
    memory: CatalogMemory | None = getattr(request.app.state, "catalog_memory", None)
    if memory is None or memory.owner is not resources:
        memory = request.app.state.catalog_memory = CatalogMemory(resources)
    return memory


MemoryDep = Annotated[CatalogMemory, Depends(get_memory)]
