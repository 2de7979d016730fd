"""How often coupon codes may be typed, wherever they are: all places count together."""

from fastapi import Depends, Request

from app.routers.deps import ResourcesDep
from app.routers.identity import SignedInDep
from app.routers.limits import Limited


async def count_try(request: Request, member: SignedInDep, resources: ResourcesDep) -> None:
    """A member may type 20 codes in ten minutes, from wherever."""
    await Limited("coupon-code", 20, 600).take(request, resources, member.principal)


CODE_TRIES = [Depends(Limited("coupon-claim", 20)), Depends(count_try)]
"""Dependencies of an endpoint that takes a code; twenty a minute an address, too."""
