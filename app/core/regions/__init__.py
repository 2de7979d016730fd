"""Administrative divisions of China, and whether an address names ones that exist."""

from app.core.regions.check import CHINA, UnknownRegion, region_of, with_region
from app.core.regions.table import Region, children, find

__all__ = [
    "CHINA",
    "Region",
    "UnknownRegion",
    "children",
    "find",
    "region_of",
    "with_region",
]
