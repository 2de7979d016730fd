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
