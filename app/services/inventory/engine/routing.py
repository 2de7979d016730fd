"""Which warehouses fill an order, at the least that policy says it costs. Pure and deterministic.

A warehouse that is used costs once (a parcel more, the distance, handling, the first of the
freight) and by the piece. What may be taken of a SKU is bounded by warehouse and SKU alone, so for
given warehouses each SKU is best filled from the cheapest on; what is left is to choose the
warehouses, by branch and bound. It looks at most at `EFFORT` levels; then what it found may be
dearer than the best by `gap_minor` at most.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, TypeAlias
from uuid import UUID

from app.services.inventory.engine.allocation import Allocation, Level, allocate
from app.services.inventory.engine.policy import DEFAULT, Cost, Policy, Site

EFFORT = 300_000

RateOf: TypeAlias = Callable[[UUID, UUID, int, int], tuple[int, int]]
"""(merchant, warehouse, grams, cm³ of a piece) → minor units (once a parcel, by the piece)."""


class Route(NamedTuple):
    """`costs` by warehouse; `gap_minor` is how much cheaper the best could still be."""

    allocations: tuple[Allocation, ...]
    costs: Mapping[UUID, Cost]
    cost_minor: int
    gap_minor: int
    passed_over: tuple[tuple[UUID, int | None], ...]
    """Single warehouses not chosen: what all from there would cost, None where it lacks goods."""


class _Option(NamedTuple):
    minor: int
    site: int
    available: int


_Key: TypeAlias = tuple[int, int, tuple[int, ...]]
_Takes: TypeAlias = dict[tuple[UUID, int], int]
_Best: TypeAlias = tuple[_Key, _Takes]
_Node: TypeAlias = tuple[tuple[int, ...], int]


class _Problem:
    """The sites in the order ties are broken, their costs, and what each SKU may be taken from."""

    def __init__(
        self,
        levels: Iterable[Level],
        need: Mapping[UUID, int],
        sites: Mapping[UUID, Site],
        policy: Policy,
        rate_of: RateOf | None,
    ) -> None:
        self.need = need
        known = [each for each in levels if each.sku_id in need and each.available > 0]
        ranked = sorted(
            {(each.priority, each.code, each.warehouse_id, each.merchant_id) for each in known}
        )
        self.sites = [(warehouse_id, merchant_id) for _, _, warehouse_id, merchant_id in ranked]
        place = {warehouse_id: i for i, (warehouse_id, _) in enumerate(self.sites)}
        self.fixed: list[Cost] = []
        for priority, _, warehouse_id, merchant_id in ranked:
            once = rate_of(merchant_id, warehouse_id, 0, 0)[0] if rate_of else 0
            self.fixed.append(policy.once(sites.get(warehouse_id, Site()), priority, once))
        self.options: dict[UUID, list[_Option]] = {sku_id: [] for sku_id in need}
        for each in known:
            site = sites.get(each.warehouse_id, Site())
            grams, volume = site.goods.get(each.sku_id, (0, 0))
            piece = rate_of(each.merchant_id, each.warehouse_id, grams, volume)[1] if rate_of else 0
            option = _Option(policy.by_piece(piece), place[each.warehouse_id], each.available)
            self.options[each.sku_id].append(option)
        for options in self.options.values():
            options.sort()

    def fill(self, chosen: frozenset[int] | set[int]) -> tuple[int, _Takes] | None:
        """What the pieces cost from these sites, and what is taken; None where they lack some."""
        minor, takes = 0, {}
        for sku_id, needed in self.need.items():
            left = needed
            for option in self.options[sku_id]:
                if option.site in chosen:
                    taken = min(left, option.available)
                    takes[sku_id, option.site] = taken
                    minor += taken * option.minor
                    left -= taken
                    if not left:
                        break
            if left:
                return None
        return minor, takes

    def keyed(self, pieces_minor: int, takes: _Takes) -> _Key:
        used = tuple(sorted({site for _, site in takes}))
        return pieces_minor + sum(self.fixed[each].total_minor for each in used), len(used), used

    def price(self, takes: _Takes) -> int:
        by_site = {
            (sku_id, option.site): option.minor
            for sku_id, options in self.options.items()
            for option in options
        }
        return sum(n * by_site[key] for key, n in takes.items())


def find_route(
    levels: Iterable[Level],
    need: Mapping[UUID, int],
    sites: Mapping[UUID, Site] | None = None,
    policy: Policy = DEFAULT,
    rate_of: RateOf | None = None,
    *,
    effort: int = EFFORT,
) -> Route:
    """The cheapest warehouses for goods of which there are enough.

    Ties go to fewer parcels, then to the lowest priority, code and id, so the order of `levels`
    is of no matter. Never dearer than filling from the top (`allocate`), whatever `effort` allows.
    Raises `ValueError` when something falls short.
    """
    if not need:
        return Route((), {}, 0, 0, ())
    given = list(levels)
    problem = _Problem(given, need, sites or {}, policy, rate_of)
    best, bound = _best(problem, given, effort)
    (cost, _, used), takes = best
    costs = {}
    for each in used:
        pieces = {sku_id: n for (sku_id, site), n in takes.items() if site == each}
        minor = problem.price({(sku_id, each): n for sku_id, n in pieces.items()})
        costs[problem.sites[each][0]] = problem.fixed[each]._replace(pieces_minor=minor)
    allocations = sorted(
        Allocation(sku_id, *problem.sites[site], n) for (sku_id, site), n in takes.items()
    )
    return Route(
        tuple(allocations), costs, cost, max(0, cost - bound), tuple(_single(problem, used))
    )


def _best(problem: _Problem, given: Sequence[Level], effort: int) -> tuple[_Best, int]:
    """The best that was found, and what nothing costs less than."""
    if len(problem.sites) == 1 and (alone := problem.fill({0})) is not None:
        only = problem.keyed(*alone), alone[1]
        return only, only[0][0]
    place = {warehouse_id: i for i, (warehouse_id, _) in enumerate(problem.sites)}
    from_the_top: _Takes = {
        (each.sku_id, place[each.warehouse_id]): each.quantity
        for each in allocate(given, problem.need)
    }
    top = problem.keyed(problem.price(from_the_top), from_the_top), from_the_top
    return _search(problem, top, effort)


def _search(problem: _Problem, best: _Best, effort: int) -> tuple[_Best, int]:
    """The best that was found, and what nothing costs less than.

    A node is the sites it has and the first that is undecided. Sites are tried with before
    without, so that of equals the lowest ranks come first; a node whose least possible key is not
    below the best's is left.
    """
    per_node = 3 * sum(len(options) for options in problem.options.values()) + 1
    stack: list[_Node] = [((), 0)]
    spent, unseen = 0, best[0][0]
    while stack:
        node = have, following = stack.pop()
        alone = problem.fill(set(have))
        if alone is not None:
            best = min(best, (problem.keyed(*alone), alone[1]), key=_key_of)
        least = _least(problem, node)
        if least is None or least >= best[0]:
            continue
        spent += per_node
        if spent > effort:
            floors = [_least(problem, each) for each in stack]
            unseen = min(least[0], *(each[0] for each in floors if each), unseen)
            break
        if following < len(problem.sites):
            stack.append((have, following + 1))
            stack.append(((*have, following), following + 1))
    return best, min(unseen, best[0][0])


def _key_of(found: _Best) -> _Key:
    return found[0]


def _least(problem: _Problem, node: _Node) -> _Key | None:
    """A key that no choice under a node is below; None where no choice has it all.

    Pieces cost at least what they cost from the cheapest of all sites it may have. Of those that
    are undecided it needs as many as the SKU that lacks most does, at the least they cost.
    """
    have, following = node
    rest = range(following, len(problem.sites))
    cheapest = problem.fill({*have, *rest})
    if cheapest is None:
        return None
    base = cheapest[0] + sum(problem.fixed[each].total_minor for each in have)
    more = max(_lacking(problem, sku_id, have, following) for sku_id in problem.need)
    if not more:
        return base, len(have), have
    fixed = sorted(problem.fixed[each].total_minor for each in rest)[:more]
    return base + sum(fixed), len(have) + more, (*have, following)


def _lacking(problem: _Problem, sku_id: UUID, have: tuple[int, ...], following: int) -> int:
    """How many undecided sites it takes at least to have enough of a SKU."""
    options = problem.options[sku_id]
    left = problem.need[sku_id] - sum(each.available for each in options if each.site in have)
    undecided = sorted((each.available for each in options if each.site >= following), reverse=True)
    count = 0
    while left > 0:
        left -= undecided[count]
        count += 1
    return count


def _single(
    problem: _Problem, used: tuple[int, ...], most: int = 5
) -> Iterable[tuple[UUID, int | None]]:
    """The first of the other warehouses, with what sending all from there would cost."""
    for site in [each for each in range(len(problem.sites)) if (each,) != used][:most]:
        whole = problem.fill({site})
        cost = None if whole is None else problem.keyed(*whole)[0]
        yield problem.sites[site][0], cost
