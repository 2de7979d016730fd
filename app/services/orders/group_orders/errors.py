"""Why something is not done with a group order."""

from app.core.errors import DomainError


class GroupBeingPlaced(DomainError):
    """`queued` rows are still to be placed; wait, or give up the rest."""

    slug, title, title_zh = (
        "group-order-being-placed",
        "The group order is being placed",
        "团购单正在下单",
    )


class RowSettled(DomainError):
    slug, title, title_zh = (
        "group-order-row-settled",
        "The row is placed, or about to be, or there is none",
        "该行已下单、正在下单或不存在",
    )


class GroupShortOfStock(DomainError):
    """`goods` are codes with the pieces `wanted` and `available`."""

    slug, title, title_zh = (
        "group-order-short-of-stock",
        "There is too little for all rows",
        "库存不足以满足全部行",
    )
