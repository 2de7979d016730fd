"""Orders that marketplaces sold and another system sends in."""

from app.services.orders.intake.cancel import cancel_intake, find_intake, list_intakes
from app.services.orders.intake.errors import (
    IllegalIntakeTransition,
    IntakeDiffers,
    IntakeTotalsDiffer,
    NotAMarketplace,
    UnknownGoods,
)
from app.services.orders.intake.mend import Mend, OurGoods, mend_intake
from app.services.orders.intake.place import (
    place_due,
    place_intake,
    problem_of,
    read_intake,
    retry_intake,
)
from app.services.orders.intake.receive import Taken, receive

__all__ = [
    "IllegalIntakeTransition",
    "IntakeDiffers",
    "IntakeTotalsDiffer",
    "Mend",
    "NotAMarketplace",
    "OurGoods",
    "Taken",
    "UnknownGoods",
    "cancel_intake",
    "find_intake",
    "list_intakes",
    "mend_intake",
    "place_due",
    "place_intake",
    "problem_of",
    "read_intake",
    "receive",
    "retry_intake",
]
