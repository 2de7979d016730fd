"""Splitting candidates into parts that cannot influence one another (specification 2.5)."""

from collections.abc import Iterable, Sequence

from app.services.promotions.engine.candidates import Candidate


def components(
    candidates: Iterable[Candidate], conflicts: Sequence[int]
) -> list[tuple[Candidate, ...]]:
    """Return the candidates in groups that share no unit, fee, threshold scope or conflict.

    The best set of the whole is the union of the best sets of the groups.
    """
    parts: list[tuple[int, int, tuple[Candidate, ...]]] = []
    for candidate in candidates:
        reach, bits = candidate.reach, candidate.bit
        members: tuple[Candidate, ...] = (candidate,)
        apart = []
        for part in parts:
            if part[0] & candidate.reach or part[1] & conflicts[candidate.index]:
                reach, bits, members = reach | part[0], bits | part[1], part[2] + members
            else:
                apart.append(part)
        parts = [*apart, (reach, bits, members)]
    return [members for _, _, members in parts]


def assign_cliques(members: Iterable[Candidate], conflicts: Sequence[int]) -> None:
    """Give each candidate the bit of a clique: candidates no two of which may meet in a cart.

    At most one of a clique is ever applied, so the most a set can save counts the best of each.
    """
    cliques: list[int] = []
    for candidate in members:
        for number, clique in enumerate(cliques):
            if clique & ~conflicts[candidate.index] == 0:
                cliques[number] |= candidate.bit
                candidate.clique = 1 << number
                break
        else:
            candidate.clique = 1 << len(cliques)
            cliques.append(candidate.bit)
