"""`python -m bench.engine`: CPU time of a quote, by number of promotions, lines and pieces."""

import cProfile
import pstats
import sys
from random import Random
from time import thread_time

from app.services.promotions.engine import Cart, Promotion, quote
from bench.engine.carts import CONTEXT, cart, mixed

Case = tuple[Cart, list[Promotion]]
CASES, ROUNDS = 40, 3
GRID = ((5, 30, 4), (10, 30, 4), (50, 30, 4), (50, 30, 10_000), (200, 30, 4), (50, 100, 4))
"""Lines, promotions, and pieces of a line at most."""


def cases(number: int, *, lines: int, promotions: int, pieces: int = 4) -> list[Case]:
    made = []
    for seed in range(number):
        lots = Random(seed)
        goods = cart(lots, lines, pieces=pieces)
        subtotal = sum(line.list_minor * line.quantity for line in goods.lines)
        made.append((goods, mixed(lots, promotions, subtotal)))
    return made


def measure(made: list[Case], rounds: int) -> tuple[list[float], int, list[int]]:
    """Milliseconds of each quote in order, how many were exact, and their evaluations."""
    times: list[float] = []
    answers = [quote(*case, CONTEXT) for case in made]
    for _ in range(rounds):
        for case in made:
            start = thread_time()
            quote(*case, CONTEXT)
            times.append((thread_time() - start) * 1e3)
    exact = sum(each.optimality == "exact" for each in answers)
    return sorted(times), exact, sorted(each.evaluations for each in answers)


def main() -> None:
    for lines, promotions, pieces in GRID:
        made = cases(CASES, lines=lines, promotions=promotions, pieces=pieces)
        times, exact, evaluations = measure(made, ROUNDS)
        print(
            f"{lines} lines of up to {pieces} pieces, {promotions} promotions: "
            f"p50 {times[len(times) // 2]:.2f} ms, p99 {times[int(len(times) * 0.99)]:.2f} ms, "
            f"exact {exact}/{CASES}, "
            f"evaluations p50 {evaluations[CASES // 2]}, most {evaluations[-1]}",
            flush=True,
        )
    if "--profile" in sys.argv:
        made = cases(40, lines=50, promotions=30)
        profile = cProfile.Profile()
        profile.enable()
        measure(made, 2)
        profile.disable()
        pstats.Stats(profile).sort_stats("tottime").print_stats(35)


if __name__ == "__main__":
    main()
