"""Pricing: price lists, what goods cost before promotions, and quota prices."""

from app.repositories.pricing import SkuFacts
from app.services.pricing.errors import (
    BelowSold,
    InvalidPriceList,
    InvalidPricePolicy,
    NotForSale,
    QuotaExhausted,
    UnknownMembers,
    UnknownSkus,
)
from app.services.pricing.events import PricesChanged
from app.services.pricing.explain import (
    ExplainedPrice,
    PriceExplanation,
    PriceQuestion,
    explain_price,
)
from app.services.pricing.facts import (
    LineFacts,
    ListedGood,
    WantedLine,
    line_facts,
    listed_goods,
)
from app.services.pricing.floors import FloorRow, list_floors, set_floors
from app.services.pricing.lists import (
    PriceListTerms,
    close_price_list,
    create_price_list,
    edit_price_list,
    get_price_list,
    list_price_lists,
)
from app.services.pricing.members import list_members, name_list_members
from app.services.pricing.policies import (
    ChannelRules,
    PolicyTerms,
    PolicyView,
    channel_rules,
    edit_price_policy,
    price_policy,
)
from app.services.pricing.prices import (
    Lowest,
    PriceRow,
    list_prices,
    lowest_prices,
    price_history,
    set_prices,
)
from app.services.pricing.quotas import QuotaUse, quota_uses, release_quota, use_quota
from app.services.pricing.shelves import Good, Offer, Shelf, offer_of, offers, shelves, used_up
from app.services.pricing.timeline import PresentPrice, present_price, price_timeline

__all__ = [
    "BelowSold",
    "ChannelRules",
    "ExplainedPrice",
    "FloorRow",
    "Good",
    "InvalidPriceList",
    "InvalidPricePolicy",
    "LineFacts",
    "ListedGood",
    "Lowest",
    "NotForSale",
    "Offer",
    "PolicyTerms",
    "PolicyView",
    "PresentPrice",
    "PriceExplanation",
    "PriceListTerms",
    "PriceQuestion",
    "PriceRow",
    "PricesChanged",
    "QuotaExhausted",
    "QuotaUse",
    "Shelf",
    "SkuFacts",
    "UnknownMembers",
    "UnknownSkus",
    "WantedLine",
    "channel_rules",
    "close_price_list",
    "create_price_list",
    "edit_price_list",
    "edit_price_policy",
    "explain_price",
    "get_price_list",
    "line_facts",
    "list_floors",
    "list_members",
    "list_price_lists",
    "list_prices",
    "listed_goods",
    "lowest_prices",
    "name_list_members",
    "offer_of",
    "offers",
    "present_price",
    "price_history",
    "price_policy",
    "price_timeline",
    "quota_uses",
    "release_quota",
    "set_floors",
    "set_prices",
    "shelves",
    "use_quota",
    "used_up",
]
