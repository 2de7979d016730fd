"""How orders are marked."""

from enum import StrEnum


class OrderFlag(StrEnum):
    """Colours staff flag orders with; what each means is the shop's own agreement."""

    RED = "red"
    ORANGE = "orange"
    YELLOW = "yellow"
    GREEN = "green"
    BLUE = "blue"
    PURPLE = "purple"
    GREY = "grey"
