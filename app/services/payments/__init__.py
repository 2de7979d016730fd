"""Payments: plans of tenders, gateways, refunds, gift cards, points and balance."""

from app.services.payments.actions import Action
from app.services.payments.attempts import new_attempt, start_attempt
from app.services.payments.close import begin_close, finish_close
from app.services.payments.disputes import (
    OpenDispute,
    close_dispute,
    list_disputes,
    open_dispute,
)
from app.services.payments.earning import EarnPoints, earn_points, read_points_debts
from app.services.payments.engine.attribution import SHIPPING, PaidRow, Span
from app.services.payments.engine.refunding import Take
from app.services.payments.engine.types import Attempt, PayWith, Tender
from app.services.payments.errors import (
    AlreadyPaid,
    CurrencyMismatch,
    DisputeOpen,
    DuplicateTender,
    GiftCardUnusable,
    IllegalDisputeTransition,
    IllegalGiftCardTransition,
    IllegalPlanTransition,
    IllegalRefundTransition,
    NotAwaitingPayment,
    PayerMissing,
    PointsMissing,
    RefundExceeds,
    RefundNotFailed,
    RefundNumberUsed,
    RefundRefused,
    SceneUnsupported,
    SecondPersonNeeded,
    TenderMismatch,
    UnknownChannel,
)
from app.services.payments.events import (
    MoneyKeptApart,
    PaymentCaptured,
    PaymentReviewNeeded,
    RefundSucceeded,
)
from app.services.payments.gift_cards import (
    Funding,
    IssuedCard,
    IssueGiftCards,
    activate_gift_cards,
    bind_gift_card,
    freeze_gift_card,
    issue_gift_cards,
    list_gift_cards,
    throttle_codes,
)
from app.services.payments.janitor import Swept, janitor
from app.services.payments.notices import NoticeReply, receive_notice
from app.services.payments.open import PlanPreview, PreviewTender, open_plan, preview
from app.services.payments.ports import (
    GatewayPort,
    GatewayRefused,
    GatewayUnreachable,
    PlanOwner,
    SignatureInvalid,
)
from app.services.payments.push import Pushed, push_refunds
from app.services.payments.read import read_plan, read_plans
from app.services.payments.refund import (
    NewRefund,
    everything,
    known_refund,
    list_refunds_of,
    not_returned,
    read_refund,
    record_refund,
    refund_all,
)
from app.services.payments.refund_preview import PartPreview, RefundPreview, preview_refund
from app.services.payments.refund_rescue import FallBack, fall_back, retry_part
from app.services.payments.refund_settle import approve_refund, reject_refund
from app.services.payments.refund_standing import (
    OrderStanding,
    locked_standing,
    read_standing,
)
from app.services.payments.refund_views import RefundPart, RefundView
from app.services.payments.requests import TenderRequest
from app.services.payments.spending import SpendPoints, spend_points
from app.services.payments.staff import (
    PlanDetail,
    PlanFilter,
    RefundFilter,
    list_plans,
    list_refunds,
    read_detail,
)
from app.services.payments.stored_value import (
    AdjustBalance,
    Adjustment,
    GrantPoints,
    PointsView,
    adjust_balance,
    grant_points,
    read_balances,
    read_points,
)
from app.services.payments.terms import PaymentTerms
from app.services.payments.views import PlanView

__all__ = [
    "SHIPPING",
    "Action",
    "AdjustBalance",
    "Adjustment",
    "AlreadyPaid",
    "Attempt",
    "CurrencyMismatch",
    "DisputeOpen",
    "DuplicateTender",
    "EarnPoints",
    "FallBack",
    "Funding",
    "GatewayPort",
    "GatewayRefused",
    "GatewayUnreachable",
    "GiftCardUnusable",
    "GrantPoints",
    "IllegalDisputeTransition",
    "IllegalGiftCardTransition",
    "IllegalPlanTransition",
    "IllegalRefundTransition",
    "IssueGiftCards",
    "IssuedCard",
    "MoneyKeptApart",
    "NewRefund",
    "NotAwaitingPayment",
    "NoticeReply",
    "OpenDispute",
    "OrderStanding",
    "PaidRow",
    "PartPreview",
    "PayWith",
    "PayerMissing",
    "PaymentCaptured",
    "PaymentReviewNeeded",
    "PaymentTerms",
    "PlanDetail",
    "PlanFilter",
    "PlanOwner",
    "PlanPreview",
    "PlanView",
    "PointsMissing",
    "PointsView",
    "PreviewTender",
    "Pushed",
    "RefundExceeds",
    "RefundFilter",
    "RefundNotFailed",
    "RefundNumberUsed",
    "RefundPart",
    "RefundPreview",
    "RefundRefused",
    "RefundSucceeded",
    "RefundView",
    "SceneUnsupported",
    "SecondPersonNeeded",
    "SignatureInvalid",
    "Span",
    "SpendPoints",
    "Swept",
    "Take",
    "Tender",
    "TenderMismatch",
    "TenderRequest",
    "UnknownChannel",
    "activate_gift_cards",
    "adjust_balance",
    "approve_refund",
    "begin_close",
    "bind_gift_card",
    "close_dispute",
    "earn_points",
    "everything",
    "fall_back",
    "finish_close",
    "freeze_gift_card",
    "grant_points",
    "issue_gift_cards",
    "janitor",
    "known_refund",
    "list_disputes",
    "list_gift_cards",
    "list_plans",
    "list_refunds",
    "list_refunds_of",
    "locked_standing",
    "new_attempt",
    "not_returned",
    "open_dispute",
    "open_plan",
    "preview",
    "preview_refund",
    "push_refunds",
    "read_balances",
    "read_detail",
    "read_plan",
    "read_plans",
    "read_points",
    "read_points_debts",
    "read_refund",
    "read_standing",
    "receive_notice",
    "record_refund",
    "refund_all",
    "reject_refund",
    "retry_part",
    "spend_points",
    "start_attempt",
    "throttle_codes",
]
