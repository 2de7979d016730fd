"""Mutants that no test can notice, because they do the same; each rule with its reason."""

from dataclasses import dataclass

from tests.mutants.making import Mutant


@dataclass(frozen=True, slots=True)
class Equivalent:
    """Mutants of the module at `path` that turn a line with `was` in it into one with `now`."""

    path: str
    was: str
    now: str
    why: str


KEYS = "app/repositories/system/idempotency.py"
RULES = "app/services/promotions/engine"

EQUIVALENT: tuple[Equivalent, ...] = (
    Equivalent(KEYS, "LIMIT 5000", "LIMIT 5001", "the size of a batch is nobody's promise"),
    Equivalent(
        KEYS,
        'getattr(found, "rowcount", 0)',
        'getattr(found, "rowcount", ',
        "what was executed has a count; the default satisfies the type",
    ),
    Equivalent(
        f"{RULES}/packing.py",
        "surplus, each, sizes = 0,",
        "surplus, each, sizes = 1,",
        "a bound that is one more is a bound",
    ),
    Equivalent(
        f"{RULES}/evaluate.py",
        "if candidate.position == first]",
        "if candidate.position != first]",
        "a short way for the usual case; the long one finds the same",
    ),
    Equivalent(
        f"{RULES}/evaluate.py",
        "self._tables.get(key)",
        "self._tables.get(None)",
        "what was worked out is worked out again",
    ),
    Equivalent(
        f"{RULES}/undecided.py",
        "self._known.get(mask)",
        "known = None",
        "what was worked out is worked out again",
    ),
    Equivalent(
        f"{RULES}/allocate_units.py",
        "if len(set(keys)) < len(keys):",
        "if len(set(keys)) <= len(keys):",
        "classes of one heap each are split as heaps are",
    ),
    Equivalent(
        f"{RULES}/board.py",
        "if floors else 0",
        "if (floors) or True else 0",
        "of nothing the sum is 0",
    ),
)


def is_equivalent(mutant: Mutant) -> bool:
    return any(
        mutant.path == each.path and each.was in mutant.was and each.now in mutant.now
        for each in EQUIVALENT
    )
