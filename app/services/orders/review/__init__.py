"""Review: rules pass, hold or reject orders before they leave; people decide about those held."""

from app.services.orders.engine.review import problem_of
from app.services.orders.engine.review_facts import key_of
from app.services.orders.engine.review_states import (
    IllegalOrderReviewTransition,
    OrderReviewClaimed,
)
from app.services.orders.review.correct import Correction, PlaceDiffers, correct_order
from app.services.orders.review.decide import Rejected, approve, reject
from app.services.orders.review.judging import judge_due, judge_order
from app.services.orders.review.queue import (
    OrderReviewFilter,
    claim,
    count_reviews,
    get_review,
    list_reviews,
    note,
    release,
)
from app.services.orders.review.rules import (
    RuleTerms,
    create_rule,
    delete_rule,
    edit_rule,
    get_rule,
    list_blacklist,
    list_rules,
    put_on_blacklist,
    review_schema,
    take_off_blacklist,
)
from app.services.orders.review.timers import keep_time

__all__ = [
    "Correction",
    "IllegalOrderReviewTransition",
    "OrderReviewClaimed",
    "OrderReviewFilter",
    "PlaceDiffers",
    "Rejected",
    "RuleTerms",
    "approve",
    "claim",
    "correct_order",
    "count_reviews",
    "create_rule",
    "delete_rule",
    "edit_rule",
    "get_review",
    "get_rule",
    "judge_due",
    "judge_order",
    "keep_time",
    "key_of",
    "list_blacklist",
    "list_reviews",
    "list_rules",
    "note",
    "problem_of",
    "put_on_blacklist",
    "reject",
    "release",
    "review_schema",
    "take_off_blacklist",
]
