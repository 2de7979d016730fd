"""Payments: plans of tenders, gateways, refunds, gift cards, points and balance."""

from app.services.payments.actions import Action
from app.services.payments.attempts import new_attempt, start_attempt
from app.services.payments.close import begin_close, finish_close
from app.services.payments.engine.types import Attempt, PayWith, Tender
from app.services.payments.errors import (
    AlreadyPaid,
    CurrencyMismatch,
    DuplicateTender,
    GiftCardUnusable,
    IllegalGiftCardTransition,
    IllegalPlanTransition,
    NotAwaitingPayment,
    PayerMissing,
    PointsMissing,
    RefundExceeds,
    RefundRefused,
    SceneUnsupported,
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
from app.services.payments.refund import list_refunds_of, refund_all
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
from app.services.payments.views import PlanView, RefundPart, RefundView

__all__ = [
    "Action",
    "AdjustBalance",
    "Adjustment",
    "AlreadyPaid",
    "Attempt",
    "CurrencyMismatch",
    "DuplicateTender",
    "Funding",
    "GatewayPort",
    "GatewayRefused",
    "GatewayUnreachable",
    "GiftCardUnusable",
    "GrantPoints",
    "IllegalGiftCardTransition",
    "IllegalPlanTransition",
    "IssueGiftCards",
    "IssuedCard",
    "MoneyKeptApart",
    "NotAwaitingPayment",
    "NoticeReply",
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
    "RefundPart",
    "RefundRefused",
    "RefundSucceeded",
    "RefundView",
    "SceneUnsupported",
    "SignatureInvalid",
    "SpendPoints",
    "Swept",
    "Tender",
    "TenderMismatch",
    "TenderRequest",
    "UnknownChannel",
    "activate_gift_cards",
    "adjust_balance",
    "begin_close",
    "bind_gift_card",
    "finish_close",
    "freeze_gift_card",
    "grant_points",
    "issue_gift_cards",
    "janitor",
    "list_gift_cards",
    "list_plans",
    "list_refunds",
    "list_refunds_of",
    "new_attempt",
    "open_plan",
    "preview",
    "push_refunds",
    "read_balances",
    "read_detail",
    "read_plan",
    "read_plans",
    "read_points",
    "receive_notice",
    "refund_all",
    "spend_points",
    "start_attempt",
    "throttle_codes",
]
