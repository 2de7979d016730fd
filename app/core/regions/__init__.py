"""Administrative divisions of China, and whether an address names ones that exist."""

from app.core.regions.check import UnknownRegion, region_of, with_region
from app.core.regions.table import Region, children, find

__all__ = ["Region", "UnknownRegion", "children", "find", "region_of", "with_region"]
