"""What a shop's answers have named so far, ids and codes that good requests are made of."""

import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from random import Random
from typing import Any

MOST = 60
"""Values kept of a name; what comes later takes the place of any."""

PARAMETER = re.compile(r"\{(\w+)\}")


class Known:
    """Values by name (`sku_id`) and ids by the place they were met at (`orders`), per audience."""

    def __init__(self, lots: Random) -> None:
        self._lots = lots
        self._values: defaultdict[tuple[str, str], list[Any]] = defaultdict(list)
        self._ids: defaultdict[tuple[str, str], list[Any]] = defaultdict(list)
        self.cursors: list[str] = []

    def learn(self, audience: str, path: str, answer: Any) -> None:
        """Take in the body of a good answer to a request at `path`, which has names in braces."""
        self._take(audience, place_of(path), answer)

    def add(self, audience: str, place: str, name: str, value: Any) -> None:
        """Keep a value of `name`; of the name `id`, as the id of what lies at `place`."""
        pool = self._ids[audience, place] if name == "id" else self._values[audience, name]
        if value in pool:
            return
        if len(pool) < MOST:
            pool.append(value)
        else:
            pool[self._lots.randrange(MOST)] = value

    def id_at(self, audience: str, place: str, name: str) -> Any:
        """An id or name for the parameter `name` that follows `place` in a path, or None."""
        is_id = name.endswith("id")
        pools = (
            (self._ids[audience, place], self._values[audience, name])
            if is_id
            else (self._values[audience, name], self._ids[audience, place])
        )
        shared = (self._ids["", place], self._values["", name])
        return self._one(*(pools if self._lots.random() < 0.8 else ()), *shared, *pools)

    def value(self, audience: str, name: str) -> Any:
        """A value that was met under this name, or None."""
        name = name.removesuffix("s") if name.endswith(("_ids", "codes")) else name
        return self._one(self._values[audience, name], self._values["", name])

    def of_another_kind(self) -> Any:
        """The id of anything at all."""
        held = [pool for pool in self._ids.values() if pool]
        return self._lots.choice(self._lots.choice(held)) if held else None

    def _one(self, *pools: list[Any]) -> Any:
        return next((self._lots.choice(pool) for pool in pools if pool), None)

    def _take(self, audience: str, place: str, value: Any) -> None:
        if isinstance(value, list):
            for each in value[:20]:
                self._take(audience, place, each)
        if not isinstance(value, dict):
            return
        for name, held in value.items():
            if isinstance(held, dict | list):
                self._take(audience, place if name == "items" else name, held)
            elif isinstance(held, str | int) and not isinstance(held, bool) and held != "":
                self._add(audience, place, name, held)

    def _add(self, audience: str, place: str, name: str, held: str | int) -> None:
        if name == "next_after":
            self.cursors.append(str(held))
            del self.cursors[:-MOST]
        elif name == "id":
            self.add(audience, place, name, held)
            self.add(audience, f"{place}s", name, held)
        elif isinstance(held, str) and not name.endswith("_at"):
            self.add(audience, place, name, held)


def place_of(path: str) -> str:
    """The last part of a path that is no parameter."""
    return next(part for part in reversed(path.split("/")) if not part.startswith("{"))


def places(path: str) -> Iterator[tuple[str, str]]:
    """Every parameter of a path with the part before it."""
    parts = path.split("/")
    for before, part in pairwise(parts):
        if found := PARAMETER.fullmatch(part):
            yield found[1], before
