"""How long what is known of promotions stays true while nobody changes them."""

from collections.abc import Iterable
from datetime import datetime

from app.services.promotions.engine.conditions import TimedGate
from app.services.promotions.engine.types import Promotion


def next_edge(promotions: Iterable[Promotion], at: datetime) -> datetime | None:
    """Return the first instant after `at` at which one of them may open or close by itself.

    None when time alone changes nothing any more.
    """
    edges = [
        edge
        for promotion in promotions
        for edge in (promotion.starts_at, promotion.ends_at)
        if edge is not None and edge > at
    ]
    edges += [
        gate.next_edge(at)
        for promotion in promotions
        for gate in promotion.rule.gates
        if isinstance(gate, TimedGate)
    ]
    return min(edges, default=None)
