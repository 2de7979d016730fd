"""Why payments refuse."""

from http import HTTPStatus

from app.core.errors import DomainError


class TenderMismatch(DomainError):
    """The tenders do not cover the payable; `uncovered_minor` is what is missing."""

    slug, title, title_zh = (
        "tender-mismatch",
        "The tenders do not cover it",
        "支付方式不足以支付订单",
    )
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class PointsMissing(DomainError):
    """`missing_points` is how many more points it costs than the member has."""

    slug, title, title_zh = "points-missing", "Not enough points", "积分不足"


class DuplicateTender(DomainError):
    slug, title, title_zh = "duplicate-tender", "A tender is named twice", "支付方式重复"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class CurrencyMismatch(DomainError):
    slug, title, title_zh = "currency-mismatch", "The currencies differ", "币种不一致"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class UnknownChannel(DomainError):
    slug, title, title_zh = "unknown-channel", "No such payment channel", "支付渠道不存在"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class InstalmentsNotOffered(DomainError):
    """`plans` are those the amount may be paid by where it was to be paid."""

    slug, title, title_zh = (
        "instalments-not-offered",
        "The account offers no such instalments",
        "收款账户不提供该分期方案",
    )


class InstalmentsUnsupported(DomainError):
    """`counts`, `fee_bearers` and `currencies` are what the gateway can do, if anything."""

    slug, title, title_zh = (
        "instalments-unsupported",
        "The gateway cannot do such instalments",
        "支付渠道不支持该分期方案",
    )
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class SceneUnsupported(DomainError):
    """`scenes` are those the channel can be paid in."""

    slug, title, title_zh = (
        "scene-unsupported",
        "The channel cannot be paid that way",
        "支付渠道不支持该支付场景",
    )
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class PayerMissing(DomainError):
    slug, title, title_zh = "payer-missing", "Say who pays", "缺少支付用户标识"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class GiftCardUnusable(DomainError):
    """One answer for every reason, so that codes cannot be told apart by asking."""

    slug, title, title_zh = "gift-card-unusable", "The gift card cannot be used", "礼品卡不可用"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class AlreadyPaid(DomainError):
    slug, title, title_zh = "already-paid", "The order is paid", "订单已支付"


class NotAwaitingPayment(DomainError):
    slug, title, title_zh = "not-awaiting-payment", "The order takes no payment", "订单不可支付"


class MethodRefused(DomainError):
    """The order may not be paid by `method`; `reasons` say why not."""

    slug, title, title_zh = (
        "payment-method-refused",
        "The order cannot be paid that way",
        "订单不支持该支付方式",
    )


class NotPaidByHand(DomainError):
    slug, title, title_zh = (
        "not-paid-by-hand",
        "The order is paid another way",
        "订单不是货到付款或银行转账",
    )


class CollectionMismatch(DomainError):
    """`expected_minor` is what is due at the door."""

    slug, title, title_zh = "collection-mismatch", "Another amount is due", "代收金额不符"


class IllegalCollectionTransition(DomainError):
    """`state` is where the money is."""

    slug, title, title_zh = (
        "illegal-collection-transition",
        "That cannot be done with the money",
        "收款状态不允许",
    )


class TooManyProofs(DomainError):
    slug, title, title_zh = "too-many-proofs", "There are proofs enough", "转账凭证过多"


class RefundRefused(DomainError):
    """The order is not in a state in which money goes back."""

    slug, title, title_zh = "refund-refused", "Nothing to refund", "当前状态不可退款"


class RefundExceeds(DomainError):
    slug, title, title_zh = "refund-exceeds", "More than what was paid", "退款金额超过实付金额"


class RefundNumberUsed(DomainError):
    """The number names another refund, or one of something else."""

    slug, title, title_zh = (
        "refund-number-used",
        "The number is another refund's",
        "退款单号已被使用",
    )


class IllegalRefundTransition(DomainError):
    """`state` is where the refund, or the part of it, is."""

    slug, title, title_zh = (
        "illegal-refund-transition",
        "The refund cannot do that",
        "退款状态不允许",
    )


class RefundNotFailed(DomainError):
    """The gateway does not say that the refund failed for good: the money may still arrive."""

    slug, title, title_zh = (
        "refund-not-failed",
        "The refund may still arrive",
        "退款可能仍在处理中",
    )


class DisputeOpen(DomainError):
    """The shopper's bank asks for the money back; refunds wait for what becomes of that."""

    slug, title, title_zh = (
        "dispute-open",
        "The payment is disputed",
        "支付存在争议，暂不可退款",
    )


class IllegalDisputeTransition(DomainError):
    slug, title, title_zh = (
        "illegal-dispute-transition",
        "The dispute cannot do that",
        "争议状态不允许",
    )


class IllegalPlanTransition(DomainError):
    slug, title, title_zh = (
        "illegal-plan-transition",
        "The payment cannot do that",
        "支付状态不允许",
    )


class IllegalGiftCardTransition(DomainError):
    slug, title, title_zh = (
        "illegal-gift-card-transition",
        "The gift card cannot do that",
        "礼品卡状态不允许",
    )


class CardBatchNotReady(DomainError):
    """A batch of gift cards is still made, was shown already or was funded otherwise."""

    slug, title, title_zh = (
        "card-batch-not-ready",
        "The batch of gift cards cannot do that now",
        "礼品卡批次当前无法操作",
    )


class GiftCardHeld(DomainError):
    """Some of the card's money is held for an order that is not paid yet."""

    slug, title, title_zh = (
        "gift-card-held",
        "The gift card is paying an order",
        "礼品卡正在支付订单",
    )


class BalanceFrozen(DomainError):
    """The shop keeps the balance from paying and from being paid out for now."""

    slug, title, title_zh = "balance-frozen", "The balance is frozen", "余额已冻结"


class NotWithdrawable(DomainError):
    """`withdrawable_minor` is what could be paid out: money that was given buys goods only."""

    slug, title, title_zh = (
        "not-withdrawable",
        "That much cannot be withdrawn",
        "可提现余额不足",
    )


class IllegalWithdrawalTransition(DomainError):
    """`state` is where the withdrawal is."""

    slug, title, title_zh = (
        "illegal-withdrawal-transition",
        "The withdrawal cannot do that",
        "提现状态不允许",
    )


class PackageUnavailable(DomainError):
    """The recharge package is not on offer, or not any more."""

    slug, title, title_zh = "package-unavailable", "The package is not on offer", "充值套餐不可用"


class PackageLimitReached(DomainError):
    """`per_member` is how often one member may have the package."""

    slug, title, title_zh = (
        "package-limit-reached",
        "The package cannot be had again",
        "已达该套餐购买次数上限",
    )


class TopUpOutOfRange(DomainError):
    """`least_minor` and `most_minor` are what may be paid in at once."""

    slug, title, title_zh = (
        "top-up-out-of-range",
        "The amount is too small or too large",
        "充值金额超出范围",
    )
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class TopUpSpent(DomainError):
    """What was paid in, or its bonus, is not all there any more."""

    slug, title, title_zh = "top-up-spent", "The top-up is spent", "充值金额或赠金已使用"


class IllegalTopUpTransition(DomainError):
    """`state` is where the top-up is."""

    slug, title, title_zh = (
        "illegal-top-up-transition",
        "The top-up cannot do that",
        "充值单状态不允许",
    )


class IllegalReviewTransition(DomainError):
    slug, title, title_zh = (
        "illegal-review-transition",
        "The review cannot do that",
        "复核状态不允许",
    )


class ReviewUnsettled(DomainError):
    """Money a review is about is still under way, so that nobody may say it is done."""

    slug, title, title_zh = (
        "review-unsettled",
        "Something of it is still under way",
        "仍有未了结的款项",
    )
