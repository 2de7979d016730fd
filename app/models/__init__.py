"""Every table, imported so that alembic and the mapper registry see all of them."""

from app.models import (
    cart,
    catalog,
    coupon_batches,
    exchange,
    imports,
    inventory,
    ledger,
    members,
    merchants,
    orders,
    payments,
    pricing,
    promotion_groups,
    promotion_templates,
    promotions,
    reports,
    system,
)
from app.models.base import Base

__all__ = [
    "Base",
    "cart",
    "catalog",
    "coupon_batches",
    "exchange",
    "imports",
    "inventory",
    "ledger",
    "members",
    "merchants",
    "orders",
    "payments",
    "pricing",
    "promotion_groups",
    "promotion_templates",
    "promotions",
    "reports",
    "system",
]
