"""What of a balance goes when a top-up does. Pure."""

from typing import NamedTuple

from app.services.payments.engine.own_money import Split


class TakenBack(NamedTuple):
    """`paid_minor` and `bonus_minor` leave the balance; `owed_minor` of the payment was spent."""

    paid_minor: int
    bonus_minor: int
    owed_minor: int = 0


def bonus_share(bonus_minor: int, pay_minor: int, *, before_minor: int, amount_minor: int) -> int:
    """The part of a bonus that goes with `amount_minor` after `before_minor` went of the payment.

    All parts of a payment together have all of the bonus.
    """
    after = bonus_minor * (before_minor + amount_minor) // pay_minor
    return after - bonus_minor * before_minor // pay_minor


def is_there(amount_minor: int, bonus_minor: int, found: Split, available_minor: int) -> bool:
    """Whether the payment is there as own money, the bonus as given, and no order holds either."""
    return (
        amount_minor + bonus_minor <= available_minor
        and amount_minor <= found.own_minor
        and bonus_minor <= found.given_minor
    )


def taken_as_far(
    amount_minor: int, bonus_minor: int, found: Split, available_minor: int
) -> TakenBack:
    """What can be had of a payment that is gone, whoever gave it; the rest of it is owed.

    A bonus that is spent stays a cost of ours: it was never the member's money.
    """
    bonus = min(bonus_minor, found.given_minor, available_minor)
    paid = min(amount_minor, available_minor - bonus)
    return TakenBack(paid, bonus, amount_minor - paid)
