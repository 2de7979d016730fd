"""Why a change of an order is refused."""

from app.core.errors import DomainError


class NothingToChange(DomainError):
    slug, title, title_zh = (
        "nothing-to-change",
        "The order is like that already",
        "订单内容没有变化",
    )


class AddressNotServed(DomainError):
    """`keep` names the fields of the address that must stay."""

    slug, title, title_zh = (
        "address-not-served",
        "The order cannot be sent there",
        "该订单无法改送到此地址",
    )


class AlreadyInvoiced(DomainError):
    slug, title, title_zh = (
        "already-invoiced",
        "An invoice was asked for already",
        "订单已申请或开具发票",
    )


class ChangesApart(DomainError):
    """Pieces taken off, goods added, a price, freight: each has money of its own."""

    slug, title, title_zh = (
        "changes-apart",
        "Each matter of money is a change of its own",
        "涉及金额的修改须逐项进行",
    )


class ChangeCosts(DomainError):
    """The shopper has to be asked for `charge_minor` first."""

    slug, title, title_zh = (
        "change-costs-more",
        "The change costs more",
        "该修改需要补款",
    )


class ChangeCostsNothing(DomainError):
    slug, title, title_zh = (
        "change-costs-nothing",
        "There is nothing to pay for the change",
        "该修改无需补款",
    )


class PriceNotAgreed(DomainError):
    """The order has none of `sku_id`, so no price of it was agreed on."""

    slug, title, title_zh = (
        "price-not-agreed",
        "No price of it was agreed on",
        "订单中没有该商品的成交价",
    )
