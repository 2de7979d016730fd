"""Bringing catalogs in: rows landed in sets, refusals kept, and runs that resume."""

from app.repositories.catalog.imports import Reject
from app.services.catalog.imports.landing import Landing, land
from app.services.catalog.imports.runs import (
    Notes,
    Progress,
    finish_run,
    known_rows,
    open_run,
    rejects_of,
    remember,
    save_progress,
)
from app.services.catalog.imports.tables import (
    ATTRIBUTE,
    ATTRIBUTE_SET,
    BRAND,
    CATEGORY,
    PRODUCT,
    SKU,
    Kind,
)

__all__ = [
    "ATTRIBUTE",
    "ATTRIBUTE_SET",
    "BRAND",
    "CATEGORY",
    "PRODUCT",
    "SKU",
    "Kind",
    "Landing",
    "Notes",
    "Progress",
    "Reject",
    "finish_run",
    "known_rows",
    "land",
    "open_run",
    "rejects_of",
    "remember",
    "save_progress",
]
