"""How far below the list price people may go alone."""

WHOLE_BPS = 10_000


def off_bps(list_minor: int, price_minor: int) -> int:
    """What is taken off the list price, in basis points, rounded up; 0 for a price above it."""
    if price_minor >= list_minor:
        return 0
    return -(-(list_minor - price_minor) * WHOLE_BPS // list_minor)


def needs_second(list_minor: int, price_minor: int, alone_bps: int) -> bool:
    """Whether somebody who may take off `alone_bps` needs another's approval of the price."""
    return off_bps(list_minor, price_minor) > alone_bps
