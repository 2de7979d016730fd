"""Why a return is refused."""

from app.core.errors import DomainError


class NotReturnable(DomainError):
    """`lines` names each line, why its pieces cannot be asked back, and how many are left."""

    slug, title, title_zh = (
        "not-returnable",
        "That cannot be asked back",
        "商品不支持申请售后",
    )


class SeveralMerchants(DomainError):
    """Each merchant decides about its own goods."""

    slug, title, title_zh = (
        "several-merchants",
        "Ask each merchant by itself",
        "请按商家分别申请售后",
    )


class ReturnClaimed(DomainError):
    slug, title, title_zh = (
        "return-claimed",
        "Somebody else is working on it",
        "售后单正由他人处理",
    )


class PlatformDecides(DomainError):
    """Shopper and merchant disagree, or it is not the merchant's to end."""

    slug, title, title_zh = (
        "platform-decides",
        "The platform decides about it",
        "须由平台裁决",
    )


class InspectionExceeds(DomainError):
    """`lines` names those of which more was looked at than was asked back, or nothing was said."""

    slug, title, title_zh = (
        "inspection-exceeds",
        "The counts do not fit what was asked back",
        "验收数量与申请数量不符",
    )


class KitPiecesDiffer(DomainError):
    """`pieces` says how many of each SKU the accepted kits of a line are made of.

    Each of them has one grade, and of kits that can be sold again all pieces can be.
    """

    slug, title, title_zh = (
        "kit-pieces-differ",
        "The pieces do not make up the kits",
        "套装组件数量与套装不符",
    )


class ReplacementOutOfStock(DomainError):
    """`refund_minor` is what giving the money back instead would bring; `available` by SKU."""

    slug, title, title_zh = (
        "replacement-out-of-stock",
        "There is nothing to send instead",
        "暂无可补发的商品，可改为退款",
    )


class ReplacementLeft(DomainError):
    """`sent` are the fulfilments of the return, and how far each is."""

    slug, title, title_zh = (
        "replacement-left",
        "What is sent instead is packed or has left",
        "补发商品已打包或已发出",
    )


class NothingRefused(DomainError):
    slug, title, title_zh = (
        "nothing-refused",
        "All of it was accepted",
        "商品已全部验收通过",
    )
