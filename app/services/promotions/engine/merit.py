"""One number that orders sets of promotions (pricing specification 2.5).

Sets are compared by worth, then by fewer coupons, fewer promotions, higher priorities and smaller
ids. Each of these is a sum over the set: a priority counts for more than all lower ones together,
and so does an id. So the whole comparison is that of one sum, `worth * unit + merits`, no two
sets are ever equal, and what bounds the sum bounds the ties as well.
"""

from collections.abc import Sequence

from app.services.promotions.engine.candidates import Candidate


def assign_merits(members: Sequence[Candidate]) -> int:
    """Give each candidate its `merit`, negative; return the unit that outweighs all together."""
    number = len(members)
    digit = number.bit_length() + 1
    priorities = sorted({-member.promotion.priority for member in members}, reverse=True)
    places = {priority: number + digit * i for i, priority in enumerate(priorities)}
    one_more = 1 << number + digit * len(priorities)
    coupon = one_more << digit
    for place, member in enumerate(sorted(members, key=_name, reverse=True)):
        gain = (1 << place) + (1 << places[-member.promotion.priority])
        member.merit = gain - one_more - (coupon if member.is_consumable else 0)
    return coupon << digit + 1


def worth_of(key: int, unit: int) -> int:
    """Return the worth in a sum of worth and merits: merits only ever lower it by less than one."""
    return -(-key // unit)


def _name(member: Candidate) -> tuple[str, str]:
    return member.rank[1:]
