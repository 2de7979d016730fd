"""What review rules know of an order, and what may be wrong with an address."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from app.core.enums.catalog import ChannelKind
from app.core.enums.orders import OrderKind, OrderSource

_NEEDED = ("recipient", "phone", "province", "city", "street")
_CHINESE_MOBILE = re.compile(r"\+86(1[3-9]\d{9}|[2-9]\d{8,11}|10\d{8})")
_REPEATED = re.compile(r"(.)\1{4,}")
_SHORTEST_STREET = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFacts:
    """An order as rules see it.

    `region` is the path from the country down; `*_orders` count those of the last hour that were
    paid for or are paid at the door, with this one; `duplicate_minutes` is how far away the
    nearest order of the same goods is, for the same member, phone or address. `risk_score` is
    0 to 100.
    """

    payable_minor: int
    currency: str
    channel_id: UUID
    channel_kind: str = ChannelKind.STOREFRONT
    source: str = OrderSource.CART
    kind: str = OrderKind.SALE
    region: tuple[str, ...] = ()
    region_differs: bool = False
    address_problems: tuple[str, ...] = ()
    address_text: str = ""
    blacklisted: tuple[Mapping[str, str], ...] = ()
    duplicate_minutes: float | None = None
    member_orders: int = 1
    phone_orders: int = 1
    address_orders: int = 1
    note: str = ""
    is_first: bool = False
    methods: frozenset[str] = frozenset()
    category_ids: frozenset[UUID] = frozenset()
    sku_ids: frozenset[UUID] = frozenset()
    quantity: int = 1
    tier: str | None = None
    risk_score: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Risk:
    """A score between 0 and 100, and what it is made of."""

    score: int
    parts: Mapping[str, int]


class RiskScorer(Protocol):
    """Says how risky an order is; asked within the transaction that judges, so without network."""

    def score(self, facts: OrderFacts) -> Risk:
        """The facts do not have a score yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VelocityScorer:
    """Points for orders that follow each other, up to 100. Each further one of an hour counts."""

    member_points: int = 15
    phone_points: int = 20
    address_points: int = 15
    differs_points: int = 20
    odd_points: int = 15
    first_points: int = 10
    duplicate_points: int = 15
    blacklist_points: int = 60

    def score(self, facts: OrderFacts) -> Risk:
        parts = {
            "member_orders": (facts.member_orders - 1) * self.member_points,
            "phone_orders": (facts.phone_orders - 1) * self.phone_points,
            "address_orders": (facts.address_orders - 1) * self.address_points,
            "region_differs": facts.region_differs * self.differs_points,
            "address_odd": bool(facts.address_problems) * self.odd_points,
            "first_order": facts.is_first * self.first_points,
            "duplicate": (facts.duplicate_minutes is not None) * self.duplicate_points,
            "blacklisted": bool(facts.blacklisted) * self.blacklist_points,
        }
        counted = {name: points for name, points in parts.items() if points}
        return Risk(score=min(100, sum(counted.values())), parts=counted)


def region_of(address: Mapping[str, Any]) -> tuple[str, ...]:
    """The path of an address from its country down."""
    return tuple(address.get(name) or "" for name in ("country", "province", "city", "district"))


def problems_of(address: Mapping[str, Any]) -> tuple[str, ...]:
    """What is missing of an address, or cannot be one; a code each."""
    found = [f"missing_{name}" for name in _NEEDED if not str(address.get(name) or "").strip()]
    street = str(address.get("street") or "").strip()
    recipient = str(address.get("recipient") or "").strip()
    phone = str(address.get("phone") or "")
    if any(_is_odd(each) for each in street + recipient):
        found.append("odd_characters")
    if _REPEATED.search(street) or _REPEATED.search(recipient):
        found.append("repeated_characters")
    if street and (len(street) < _SHORTEST_STREET or street.isdigit()):
        found.append("street_too_short")
    if recipient.isdigit():
        found.append("recipient_is_a_number")
    if phone and address.get("country") == "CN" and not _CHINESE_MOBILE.fullmatch(phone):
        found.append("odd_phone")
    return tuple(found)


def key_of(said: str) -> str:
    """A part of an address without blanks and punctuation, in small letters."""
    return re.sub(r"[\s,.，。、#-]+", "", said.lower())


def _is_odd(character: str) -> bool:
    """Control characters, symbols and pictures; letters, digits and punctuation are fine."""
    category = unicodedata.category(character)
    return category in {"Cc", "Cf", "Co", "Cn", "So", "Sk"}
