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


class GoodsHeld(DomainError):
    """They are held until `held_until`."""

    slug, title, title_zh = (
        "group-order-goods-held",
        "Goods of the group order are held",
        "团购单已锁定库存",
    )


class NothingToHold(DomainError):
    slug, title, title_zh = (
        "group-order-nothing-to-hold",
        "No row wants goods",
        "没有可锁定库存的行",
    )


class RowsTooCheap(DomainError):
    """Rows may go no more than `most_bps` below the contract."""

    slug, title, title_zh = (
        "group-order-rows-too-cheap",
        "Rows may not go so far below the contract",
        "行价格下浮超出限制",
    )


class GroupPaidOtherwise(DomainError):
    slug, title, title_zh = (
        "group-order-paid-otherwise",
        "Orders of the group are paid another way",
        "团购单不是银行转账支付",
    )


class TransferSettled(DomainError):
    """`state` is what became of it."""

    slug, title, title_zh = (
        "group-transfer-settled",
        "Somebody saw to the transfer",
        "该笔转账已处理",
    )


class DepositExceeded(DomainError):
    """`deposit_minor` is what no order is paid from yet."""

    slug, title, title_zh = (
        "group-deposit-exceeded",
        "There is not so much left of what the company sent",
        "超出团购单预存款余额",
    )
