"""Regions of China, for the form an address is written in."""

from typing import Annotated

from fastapi import Query, Response

from app.core.errors import InvalidReference
from app.routers.declared import Router
from app.routers.problems import problems
from app.schemas.delivery.regions import RegionOut, RegionsOut
from app.services import delivery

router = Router(prefix="/regions", tags=["delivery"])

Parent = Annotated[
    str | None, Query(pattern=r"^[0-9]{6}$", description="GB/T 2260 code.", examples=["440000"])
]


@router.get("", responses=problems(InvalidReference))
async def list_regions(response: Response, parent: Parent = None) -> RegionsOut:
    """Provinces, or what lies right below `parent`: cities, then districts."""
    response.headers["cache-control"] = "public, max-age=86400"
    return RegionsOut(items=[RegionOut(**each._asdict()) for each in delivery.list_regions(parent)])
