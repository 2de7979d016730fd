"""Templates: terms with places for parameters, so that activities are set up without code."""

from app.services.promotions.templates.activities import PROMOTIONS
from app.services.promotions.templates.coupon_kinds import COUPONS
from app.services.promotions.templates.instantiate import NewPromotion, instantiate
from app.services.promotions.templates.keep import (
    TemplateTerms,
    create_template,
    edit_template,
    get_template,
    list_templates,
)
from app.services.promotions.templates.pieces import Template

BUILTIN = (*PROMOTIONS, *COUPONS)

__all__ = [
    "BUILTIN",
    "NewPromotion",
    "Template",
    "TemplateTerms",
    "create_template",
    "edit_template",
    "get_template",
    "instantiate",
    "list_templates",
]
