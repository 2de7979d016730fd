"""Requests made likely to get somewhere: ids that exist, times near now, small numbers."""

import re
from datetime import timedelta
from random import Random
from typing import Any

from app.core import clock
from tests.fuzz.known import Known, places

TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt ].*")
DAY = re.compile(r"\d{4}-\d\d-\d\d")
SMALL = (1, 1, 2, 3, 5, 10, 100, 500, 1_000)
NEAR_DAYS = (-400, -31, -7, -1, 0, 0, 1, 2, 7, 30)


class Goodness:
    """Puts what is known of a shop into generated requests."""

    def __init__(self, known: Known, lots: Random) -> None:
        self._known = known
        self._lots = lots

    def put_into(self, case: Any, audience: str, path: str) -> None:
        for name, before in places(path):
            found = self._known.id_at(audience, before, name)
            if found is not None and self._likely(0.92):
                case.path_parameters[name] = found
        if case.query:
            case.query = {
                name: self._better(audience, name, value)
                for name, value in case.query.items()
                if self._likely(0.7)
            }
        if isinstance(case.body, dict | list):
            case.body = self._better(audience, "", case.body)

    def _better(self, audience: str, name: str, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self._better(audience, key, each) for key, each in value.items()}
        if isinstance(value, list):
            return [self._better(audience, name, each) for each in value[:5]]
        if isinstance(value, int) and not isinstance(value, bool):
            return self._lots.choice(SMALL) if abs(value) > 1_000 and self._likely(0.7) else value
        if isinstance(value, str):
            return self._better_text(audience, name, value)
        return value

    def _better_text(self, audience: str, name: str, value: str) -> str:
        if name == "after":
            cursors = self._known.cursors
            return self._lots.choice(cursors) if cursors and self._likely(0.7) else value
        if (is_day := DAY.fullmatch(value) is not None) or TIME.fullmatch(value):
            if not self._likely(0.7):
                return value
            near = clock.now() + timedelta(days=self._lots.choice(NEAR_DAYS))
            return near.date().isoformat() if is_day else near.isoformat()
        found = self._known.value(audience, name)
        is_name = name.endswith(("_id", "_ids", "code", "codes", "number", "currency"))
        return str(found) if found is not None and self._likely(0.85 if is_name else 0.3) else value

    def _likely(self, chance: float) -> bool:
        return self._lots.random() < chance
