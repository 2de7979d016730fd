"""Queries on price lists, prices and their quotas."""

from app.repositories.pricing.bargain_prices import BargainPriceRepository
from app.repositories.pricing.bargains import BargainRepository
from app.repositories.pricing.exchange import ExchangeRepository
from app.repositories.pricing.explain import ExplainRepository
from app.repositories.pricing.facts import FactRepository, PriceFact, Reading, SkuFacts
from app.repositories.pricing.flash import FlashRepository
from app.repositories.pricing.floors import FloorRepository
from app.repositories.pricing.fold import FoldRepository, PastChange
from app.repositories.pricing.lists import PriceListRepository
from app.repositories.pricing.members import ListMemberRepository
from app.repositories.pricing.policies import PolicyRepository
from app.repositories.pricing.purchase_limits import PurchaseLimitRepository
from app.repositories.pricing.quotas import QuotaRepository
from app.repositories.pricing.schedules import ScheduleRepository
from app.repositories.pricing.spans import SpanRepository

__all__ = [
    "BargainPriceRepository",
    "BargainRepository",
    "ExchangeRepository",
    "ExplainRepository",
    "FactRepository",
    "FlashRepository",
    "FloorRepository",
    "FoldRepository",
    "ListMemberRepository",
    "PastChange",
    "PolicyRepository",
    "PriceFact",
    "PriceListRepository",
    "PurchaseLimitRepository",
    "QuotaRepository",
    "Reading",
    "ScheduleRepository",
    "SkuFacts",
    "SpanRepository",
]
