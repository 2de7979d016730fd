"""What may become of a charge: a difference that an order is asked for. Pure."""

from collections.abc import Mapping

from app.core.enums.orders import ChargeState
from app.core.errors import DomainError

CHARGE: Mapping[ChargeState, frozenset[ChargeState]] = {
    # Paid at once where it comes from what is the shopper's here.
    ChargeState.DUE: frozenset({ChargeState.AWAITING, ChargeState.PAID, ChargeState.CLOSED}),
    ChargeState.AWAITING: frozenset({ChargeState.PAID, ChargeState.CLOSED}),
    ChargeState.PAID: frozenset(),
    ChargeState.CLOSED: frozenset(),
}
OPEN = frozenset({ChargeState.DUE, ChargeState.AWAITING})


class IllegalChargeTransition(DomainError):
    slug, title, title_zh = (
        "illegal-charge-transition",
        "The charge cannot change to that state",
        "补款单状态不允许此操作",
    )


def move_charge(current: ChargeState, target: ChargeState) -> ChargeState:
    """Return `target` when the table allows it, else raise `IllegalChargeTransition`."""
    if target not in CHARGE[current]:
        raise IllegalChargeTransition(
            f"{current} cannot become {target}", current=current, target=target
        )
    return target
