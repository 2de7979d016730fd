"""Who gets the prices of a list, and why goods cost what they do, as staff see it."""

from dataclasses import asdict
from typing import Annotated
from uuid import UUID

from fastapi import Query, Security
from pydantic import AwareDatetime

from app.core.actor import Actor
from app.core.enums.scopes import Scope
from app.core.errors import InvalidReference, NotFound
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, SessionDep
from app.routers.identity import get_staff
from app.routers.pages import page_of
from app.routers.problems import problems
from app.schemas.base import MAX_INT32, Code, Page, WholeNumber
from app.schemas.price_explanations import (
    ListMemberOut,
    ListMembersChangedOut,
    ListMembersIn,
    PriceExplanationOut,
)
from app.services import catalog, pricing

router = Router(tags=["pricing"])

Reader = Annotated[Actor, Security(get_staff, scopes=[Scope.PRICING_READ])]
Writer = Annotated[Actor, Security(get_staff, scopes=[Scope.PRICING_WRITE])]
Pieces = Annotated[WholeNumber, Query(ge=1, le=MAX_INT32, description="Pieces.")]


@router.get("/price-lists/{price_list_id}/members", responses=problems(NotFound))
async def list_price_list_members(
    price_list_id: UUID, actor: Reader, page: PageDep, session: ReaderDep
) -> Page[ListMemberOut]:
    """Members named on a list of kind `b2b`, in order of id."""
    rows = await pricing.list_members(
        session, price_list_id, after=page.after, limit=page.limit + 1
    )
    return page_of(rows, page.limit, ListMemberOut)


@router.put(
    "/price-lists/{price_list_id}/members",
    responses=problems(NotFound, pricing.InvalidPriceList, pricing.UnknownMembers),
)
async def name_price_list_members(
    price_list_id: UUID, body: ListMembersIn, actor: Writer, session: SessionDep
) -> ListMembersChangedOut:
    """Put members on a list of kind `b2b` and take others off, all or none.

    Nobody else gets its prices.
    """
    changed = await pricing.name_list_members(
        session, price_list_id, add=body.add, remove=body.remove, actor=actor
    )
    return ListMembersChangedOut(changed=changed)


@router.get(
    "/price-explanations/{sku_id}", responses=problems(InvalidReference, pricing.NotForSale)
)
async def explain_price(
    sku_id: UUID,
    actor: Reader,
    session: ReaderDep,
    quantity: Pieces = 1,
    channel: Annotated[Code | None, Query(description="Null: the default channel.")] = None,
    member_id: UUID | None = None,
    tier: Annotated[Code | None, Query(description="Instead of the member's.")] = None,
    at: Annotated[AwareDatetime | None, Query(description="Null: now.")] = None,
    *,
    is_group_buy: bool = False,
) -> PriceExplanationOut:
    """Why pieces of a SKU cost somebody what they cost, somewhere, at some time.

    Quotas and limits per member are those of now, whatever the time.
    """
    found = await catalog.channel(session, channel)
    question = pricing.PriceQuestion(
        sku_id=sku_id,
        quantity=quantity,
        channel=found,
        member_id=member_id,
        tier=tier,
        at=at,
        is_group_buy=is_group_buy,
    )
    explained = await pricing.explain_price(session, question)
    return PriceExplanationOut.model_validate(asdict(explained) | {"currency": found.currency})
