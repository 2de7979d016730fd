"""What a caller may do: `<domain>:<read|write>`, finer only where a role needs it."""

from enum import StrEnum


class Scope(StrEnum):
    CATALOG_READ = "catalog:read"
    CATALOG_WRITE = "catalog:write"
    PRICING_READ = "pricing:read"
    PRICING_WRITE = "pricing:write"
    PROMOTIONS_READ = "promotions:read"
    PROMOTIONS_WRITE = "promotions:write"
    ORDERS_READ = "orders:read"
    ORDERS_WRITE = "orders:write"
    PAYMENTS_READ = "payments:read"
    PAYMENTS_WRITE = "payments:write"
    LEDGER_READ = "ledger:read"
    LEDGER_WRITE = "ledger:write"
    FINANCE_READ = "finance:read"
    FINANCE_WRITE = "finance:write"
    FINANCE_CLOSE = "finance:close"
    MEMBERS_READ = "members:read"
    MEMBERS_WRITE = "members:write"
    INVENTORY_READ = "inventory:read"
    INVENTORY_WRITE = "inventory:write"
    MERCHANTS_READ = "merchants:read"
    MERCHANTS_WRITE = "merchants:write"
    SYSTEM_READ = "system:read"
    SYSTEM_WRITE = "system:write"
