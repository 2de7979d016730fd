"""`python -m bench.engine`: CPU time of a quote against its goals, and how it grows.

Options: `--completejourney` prices baskets of that package besides (`stoa[volume]`), `--profile`
shows where the time of 50 lines with 30 promotions goes.
"""

import cProfile
import gc
import pstats
import sys
from collections.abc import Sequence
from random import Random
from time import thread_time
from typing import NamedTuple

from app.services.promotions.engine import Cart, Promotion, quote
from bench.engine.adversary import adversarial
from bench.engine.carts import CONTEXT, Market, cart, mixed

Case = tuple[Cart, list[Promotion]]
CASES, ROUNDS, HARD = 100, 3, 20
LINES = (10, 25, 50, 100, 200, 400)
PIECES = (10, 100, 1_000, 10_000)


class Measured(NamedTuple):
    """Milliseconds of all quotes in order, and what was said of the choice."""

    times: list[float]
    exact: int
    evaluations: list[int]
    gap_minor: int

    def at(self, share: float) -> float:
        return self.times[min(len(self.times) - 1, int(len(self.times) * share))]


def cases(number: int, *, lines: int, promotions: int, pieces: int = 4) -> list[Case]:
    made = []
    for seed in range(number):
        lots = Random(seed)
        goods = cart(lots, lines, pieces=pieces)
        subtotal = sum(line.list_minor * line.quantity for line in goods.lines)
        made.append((goods, mixed(lots, promotions, Market(subtotal))))
    return made


def measure(made: Sequence[Case], rounds: int = ROUNDS) -> Measured:
    """Quote every case some times; what is kept here is no garbage of the engine's."""
    answers = [quote(*case, CONTEXT) for case in made]
    gc.collect()
    gc.freeze()
    times: list[float] = []
    for _ in range(rounds):
        for case in made:
            start = thread_time()
            quote(*case, CONTEXT)
            times.append((thread_time() - start) * 1e3)
    gc.unfreeze()
    return Measured(
        sorted(times),
        sum(each.optimality == "exact" for each in answers),
        sorted(each.evaluations for each in answers),
        max(each.gap_minor for each in answers),
    )


def show(title: str, made: Sequence[Case], goal: str = "") -> None:
    found = measure(made)
    print(
        f"| {title} | {found.at(0.5):.2f} | {found.at(0.99):.2f} | {found.times[-1]:.2f} | "
        f"{found.exact}/{len(made)} | {found.evaluations[len(made) // 2]}, "
        f"{found.evaluations[-1]} | {found.gap_minor} | {goal} |",
        flush=True,
    )


def goals() -> None:
    print("| cart | p50 ms | p99 ms | most ms | exact | sets p50, most | widest gap | goal |")
    print("|---|---|---|---|---|---|---|---|")
    few = cases(CASES, lines=50, promotions=30)
    show("50 lines, 30 promotions", few, "p50 < 1, p99 < 5")
    many = cases(CASES, lines=50, promotions=100)
    show("50 lines, 100 promotions", many, "p99 < 10, exact >= 99")
    show("16 at odds", [adversarial(seed, 16) for seed in range(HARD)], "exact, < 50")
    show("24 at odds", [adversarial(seed, 24) for seed in range(HARD)], "< 50")
    if "--completejourney" in sys.argv:
        from bench.engine.baskets import basket_cases  # noqa: PLC0415 - its packages are optional

        show("grocer's baskets, 100 promotions", basket_cases(CASES, 100))


def growth() -> None:
    """Print what a quote costs as carts grow, as a whole and for each line."""
    print(
        "\n| lines, up to 4 pieces, 30 promotions | p50 ms | microseconds a line |\n|---|---|---|"
    )
    for lines in LINES:
        middle = measure(cases(HARD, lines=lines, promotions=30)).at(0.5)
        print(f"| {lines} | {middle:.2f} | {middle / lines * 1e3:.0f} |", flush=True)
    print("\n| pieces of a line at most, 50 lines, 30 promotions | p50 ms |\n|---|---|")
    for pieces in PIECES:
        middle = measure(cases(HARD, lines=50, promotions=30, pieces=pieces)).at(0.5)
        print(f"| {pieces} | {middle:.2f} |", flush=True)


def main() -> None:
    if "--profile" in sys.argv:
        made = cases(40, lines=50, promotions=30)
        profile = cProfile.Profile()
        profile.enable()
        measure(made, 2)
        profile.disable()
        pstats.Stats(profile).sort_stats("tottime").print_stats(35)
        return
    goals()
    growth()


if __name__ == "__main__":
    main()
