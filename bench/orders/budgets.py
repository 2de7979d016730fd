"""What a question may cost: rows read, statements, milliseconds."""

from typing import Final, NamedTuple

from bench.orders.plans import Read


class Budget(NamedTuple):
    rows: int
    statements: int
    ms: float

    def misses(self, read: Read) -> list[str]:
        """What a question costs more than it may."""
        return [name for name in self._fields if getattr(read, name) > getattr(self, name)]


PAGE: Final = Budget(rows=800, statements=3, ms=50)
"""Twenty orders, and what each looks up."""
BY_WORDS: Final = {
    # Each of six tabs up to 1 000 orders, and what decides where each belongs.
    "counts": Budget(rows=15_000, statements=1, ms=100),
    # It says more of each order than others do.
    "merchant: ": Budget(rows=1_500, statements=1, ms=50),
    "of a merchant": Budget(rows=1_500, statements=1, ms=50),
    # What is over is added up, so it is what waits.
    "merchant: counts": Budget(rows=15_000, statements=1, ms=100),
    "my ": Budget(rows=500, statements=1, ms=50),
    "numbers": Budget(rows=20_000, statements=4, ms=250),
    "export": Budget(rows=8_000, statements=2, ms=500),
    "hours of 100 orders": Budget(rows=30_000, statements=8, ms=2_000),
}
"""By words in the name of a question; the last that is in it counts."""


def budget_of(read: Read) -> Budget:
    found = [each for words, each in BY_WORDS.items() if words in read.name]
    return found[-1] if found else PAGE
