"""Queries on promotions, their quotas and uses, and coupons."""

from app.repositories.promotions.batches import BatchRepository
from app.repositories.promotions.candidates import CandidateRepository
from app.repositories.promotions.coupons import CouponRepository
from app.repositories.promotions.groups import GroupRepository
from app.repositories.promotions.offers import OfferRepository
from app.repositories.promotions.promotions import PromotionRepository
from app.repositories.promotions.running import RunningRepository
from app.repositories.promotions.samples import SampleRepository
from app.repositories.promotions.templates import TemplateRepository
from app.repositories.promotions.uses import UseRepository

__all__ = [
    "BatchRepository",
    "CandidateRepository",
    "CouponRepository",
    "GroupRepository",
    "OfferRepository",
    "PromotionRepository",
    "RunningRepository",
    "SampleRepository",
    "TemplateRepository",
    "UseRepository",
]
