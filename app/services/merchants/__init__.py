"""Merchants: who sells, and the API keys of their systems."""

from app.services.merchants.authenticate import authenticate, report_exposed
from app.services.merchants.keys import (
    GRANTABLE,
    CreateApiKey,
    ScopeNotGrantable,
    TooManyApiKeys,
    create_key,
    list_keys,
    revoke_key,
    rotate_key,
)
from app.services.merchants.merchants import (
    EditMerchant,
    PlatformMerchantProtected,
    create_merchant,
    edit_merchant,
    ensure_platform,
    get_merchant,
    list_merchants,
)

__all__ = [
    "GRANTABLE",
    "CreateApiKey",
    "EditMerchant",
    "PlatformMerchantProtected",
    "ScopeNotGrantable",
    "TooManyApiKeys",
    "authenticate",
    "create_key",
    "create_merchant",
    "edit_merchant",
    "ensure_platform",
    "get_merchant",
    "list_keys",
    "list_merchants",
    "report_exposed",
    "revoke_key",
    "rotate_key",
]
