"""Which mutants are tried: a sample that is the same for the same seed and code."""

import random
from collections.abc import Sequence

from tests.mutants.areas import ROOT
from tests.mutants.equivalent import is_equivalent
from tests.mutants.making import Maker, Mutant


def sample(
    paths: Sequence[str], seed: int, size: int | None, at: Sequence[str] = ()
) -> tuple[int, list[Mutant]]:
    """How many mutants there are, and `size` of them, drawn by `seed`; without a size all.

    `at` holds ends of `path:line`: only what starts there is tried.
    """
    makers = [
        Maker(path, (ROOT / path).read_text(encoding="utf-8"))
        for path in paths
        if not at or any(path.endswith(each.rpartition(":")[0]) for each in at)
    ]
    drawn = [
        (maker, number)
        for maker in makers
        for number in range(len(maker))
        if not at or maker.place(number).endswith(tuple(at))
    ]
    random.Random(seed).shuffle(drawn)  # noqa: S311 - a sample, no secret
    chosen: list[Mutant] = []
    for maker, number in drawn:
        if len(chosen) == size:
            break
        try:
            mutant = maker.mutant(number)
        except SyntaxError:
            continue
        if not is_equivalent(mutant):
            chosen.append(mutant)
    return len(drawn), chosen
