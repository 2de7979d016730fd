"""Promotions: rules, coupons, quotas, and the quote that explains every price."""

from app.services.promotions.activate import Activated, activate, lint_promotion
from app.services.promotions.activities import Activity, activity
from app.services.promotions.archive import archive, end_over
from app.services.promotions.batches import (
    BatchFilter,
    BatchTerms,
    NewBatch,
    edit_batch,
    freeze_batch,
    get_batch,
    list_batches,
    open_batch,
    void_batch,
)
from app.services.promotions.candidates import Candidates, load_candidates
from app.services.promotions.claims import claim_coupon, claim_offer, list_claimable
from app.services.promotions.codes import MAX_CODES, normalised
from app.services.promotions.coupons import (
    CouponFilter,
    IssueCoupons,
    expire_coupons,
    issue_coupons,
    list_coupons,
    void_coupon,
)
from app.services.promotions.draft import ON_CANCEL, SAME_EXPIRY, PromotionTerms
from app.services.promotions.engine import LineQuote, Objective, Quote
from app.services.promotions.errors import (
    CouponLimitReached,
    CouponNotUsable,
    CouponsGone,
    CouponsNotOpen,
    CouponTaken,
    Exhausted,
    ExportRunning,
    IllegalBatchState,
    IllegalPromotionStatus,
    InvalidPromotion,
    NotForThisMember,
    TooManyCoupons,
    TooManyPromotions,
)
from app.services.promotions.events import CouponsIssued, PromotionStatusChanged
from app.services.promotions.exports import Export, begin_export, finish_export
from app.services.promotions.giving import (
    give_for_payment,
    give_for_registration,
    void_left,
    withdraw_for_cancellation,
    work_on_batches,
)
from app.services.promotions.goods import goods_on_promotion
from app.services.promotions.groups import list_groups, name_group, names_of, rename_group
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
    with_clock,
)
from app.services.promotions.matrix import MATRIX_LIMIT, Matrix, matrix_at, matrix_of
from app.services.promotions.offers import OfferMemory, ProductOffers
from app.services.promotions.prizes import check_prize_batch, give_prize
from app.services.promotions.quote import Imagined, Quoted, QuoteRequest, quote
from app.services.promotions.rule_schemas import rule_schemas
from app.services.promotions.sharing import Relation, Sharing
from app.services.promotions.templates import (
    BUILTIN,
    NewPromotion,
    Template,
    TemplateTerms,
    create_template,
    edit_template,
    get_template,
    instantiate,
    list_templates,
)
from app.services.promotions.touching import lines_of
from app.services.promotions.tried import promotion_of, promotions_of, unsaved_id
from app.services.promotions.uses import consume_uses, release_uses, reserve_uses, return_uses
from app.services.promotions.versions import (
    kept_terms,
    list_versions,
    terms_in_force,
    terms_kept,
)

__all__ = [
    "BUILTIN",
    "MATRIX_LIMIT",
    "MAX_CODES",
    "ON_CANCEL",
    "SAME_EXPIRY",
    "Activated",
    "Activity",
    "BatchFilter",
    "BatchTerms",
    "Candidates",
    "CouponFilter",
    "CouponLimitReached",
    "CouponNotUsable",
    "CouponTaken",
    "CouponsGone",
    "CouponsIssued",
    "CouponsNotOpen",
    "Exhausted",
    "Export",
    "ExportRunning",
    "IllegalBatchState",
    "IllegalPromotionStatus",
    "Imagined",
    "InvalidPromotion",
    "IssueCoupons",
    "LineQuote",
    "Matrix",
    "NewBatch",
    "NewPromotion",
    "NotForThisMember",
    "Objective",
    "OfferMemory",
    "ProductOffers",
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
    "Template",
    "TemplateTerms",
    "TooManyCoupons",
    "TooManyPromotions",
    "activate",
    "activity",
    "approve",
    "archive",
    "begin_export",
    "check_prize_batch",
    "claim_coupon",
    "claim_offer",
    "clone_promotion",
    "consume_uses",
    "create_promotion",
    "create_template",
    "edit_batch",
    "edit_promotion",
    "edit_template",
    "end",
    "end_over",
    "expire_coupons",
    "finish_export",
    "freeze_batch",
    "get_batch",
    "get_promotion",
    "get_template",
    "give_for_payment",
    "give_for_registration",
    "give_prize",
    "goods_on_promotion",
    "instantiate",
    "issue_coupons",
    "kept_terms",
    "lines_of",
    "lint_promotion",
    "list_batches",
    "list_claimable",
    "list_coupons",
    "list_groups",
    "list_promotions",
    "list_templates",
    "list_versions",
    "load_candidates",
    "matrix_at",
    "matrix_of",
    "name_group",
    "names_of",
    "normalised",
    "open_batch",
    "phase_of",
    "promotion_of",
    "promotions_of",
    "quote",
    "reject",
    "release_uses",
    "rename_group",
    "reopen",
    "reserve_uses",
    "return_uses",
    "rule_schemas",
    "stop",
    "submit",
    "terms_in_force",
    "terms_kept",
    "unsaved_id",
    "void_batch",
    "void_coupon",
    "void_left",
    "with_clock",
    "withdraw_for_cancellation",
    "work_on_batches",
]
