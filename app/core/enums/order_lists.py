"""How orders are listed."""

from enum import StrEnum


class OrderTab(StrEnum):
    """What an order waits for. `completed`: it arrived; `after_sales` counts beside the others."""

    TO_PAY = "to_pay"
    TO_SHIP = "to_ship"
    TO_RECEIVE = "to_receive"
    COMPLETED = "completed"
    AFTER_SALES = "after_sales"
    CANCELLED = "cancelled"


class OrderSort(StrEnum):
    """`highest` and `lowest` go by what was payable, which needs one currency."""

    NEWEST = "newest"
    OLDEST = "oldest"
    HIGHEST = "highest"
    LOWEST = "lowest"
