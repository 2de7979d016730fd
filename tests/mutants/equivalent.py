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
