"""Promotions: rules, coupons, quotas, and the quote that explains every price."""

from app.services.promotions.activate import Activated, activate, lint_promotion
from app.services.promotions.candidates import Candidates, load_candidates
from app.services.promotions.codes import MAX_CODES, normalised
from app.services.promotions.coupons import (
    CouponFilter,
    IssueCoupons,
    claim_coupon,
    expire_coupons,
    issue_coupons,
    list_coupons,
    void_coupon,
)
from app.services.promotions.draft import PromotionTerms
from app.services.promotions.engine import LineQuote, Objective, Quote
from app.services.promotions.errors import (
    CouponTaken,
    Exhausted,
    FourEyes,
    IllegalPromotionStatus,
    InvalidPromotion,
    TooManyCoupons,
    TooManyPromotions,
)
from app.services.promotions.events import CouponsIssued, PromotionStatusChanged
from app.services.promotions.lifecycle import (
    approve,
    end,
    phase_of,
    reject,
    reopen,
    stop,
    submit,
)
from app.services.promotions.lint import Remark, Severity
from app.services.promotions.manage import (
    PromotionView,
    clone_promotion,
    create_promotion,
    edit_promotion,
    get_promotion,
    list_promotions,
)
from app.services.promotions.matrix import MATRIX_LIMIT, Matrix, matrix_at, matrix_of
from app.services.promotions.quote import Imagined, Quoted, QuoteRequest, quote
from app.services.promotions.sharing import Relation, Sharing
from app.services.promotions.touching import Touching, touching
from app.services.promotions.tried import promotions_of
from app.services.promotions.uses import consume_uses, release_uses, reserve_uses
from app.services.promotions.versions import list_versions

__all__ = [
    "MATRIX_LIMIT",
    "MAX_CODES",
    "Activated",
    "Candidates",
    "CouponFilter",
    "CouponTaken",
    "CouponsIssued",
    "Exhausted",
    "FourEyes",
    "IllegalPromotionStatus",
    "Imagined",
    "InvalidPromotion",
    "IssueCoupons",
    "LineQuote",
    "Matrix",
    "Objective",
    "PromotionStatusChanged",
    "PromotionTerms",
    "PromotionView",
    "Quote",
    "QuoteRequest",
    "Quoted",
    "Relation",
    "Remark",
    "Severity",
    "Sharing",
    "TooManyCoupons",
    "TooManyPromotions",
    "Touching",
    "activate",
    "approve",
    "claim_coupon",
    "clone_promotion",
    "consume_uses",
    "create_promotion",
    "edit_promotion",
    "end",
    "expire_coupons",
    "get_promotion",
    "issue_coupons",
    "lint_promotion",
    "list_coupons",
    "list_promotions",
    "list_versions",
    "load_candidates",
    "matrix_at",
    "matrix_of",
    "normalised",
    "phase_of",
    "promotions_of",
    "quote",
    "reject",
    "release_uses",
    "reopen",
    "reserve_uses",
    "stop",
    "submit",
    "touching",
    "void_coupon",
]
