"""A few real endpoints behind the real edge, so that its rules are tested on their own."""

from http import HTTPStatus
from types import ModuleType
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, FastAPI, Query, Request, Response
from sqlalchemy import text

from app.core.actor import Actor, Audience
from app.core.errors import NotFound, StaleVersion
from app.main import Resources, create_app
from app.routers.audiences import Section
from app.routers.contract import documents
from app.routers.declared import Router
from app.routers.deps import KeysetDep, PageDep, Position, ReaderDep, SessionDep
from app.routers.etags import UNCHANGED, VersionDep, not_modified, put_etag
from app.routers.idempotency import OnceDep
from app.routers.limits import Limited
from app.routers.problems import problems
from app.schemas.base import Input, Output, Page, Quantity, SafeStr
from tests.contract.documented import documented

SHOPPER = Actor(Audience.STOREFRONT, UUID("0198c5f0-0000-7000-8000-000000000001"))
OTHER = Actor(Audience.STOREFRONT, UUID("0198c5f0-0000-7000-8000-000000000002"))

router = Router(prefix="/things", tags=["things"])
webhooks = Router(prefix="/sandbox", tags=["things"])


class ThingIn(Input):
    name: SafeStr
    quantity: Quantity = 1
    anything: dict[str, Any] = {}


class ThingOut(Output):
    name: str
    quantity: int


@router.post("", status_code=HTTPStatus.CREATED)
async def make_thing(body: ThingIn, session: SessionDep) -> ThingOut:
    """Make a thing; its name is the key of a limit, for want of a table of things."""
    await session.execute(
        text("INSERT INTO rate_limits (key, tokens) VALUES (:key, 1)"), {"key": body.name}
    )
    return ThingOut(name=body.name, quantity=body.quantity)


@router.get("")
async def list_things(
    page: PageDep, tag: Annotated[list[str] | None, Query()] = None, status: str | None = None
) -> Page[ThingOut]:
    """List things."""
    return Page(items=[], next_after=str(page.after) if page.after else None)


@router.get("/sorted")
async def list_sorted(page: KeysetDep) -> Page[ThingOut]:
    """List things by price."""
    after = page.after("price")
    again = Position("price", 1_00, SHOPPER.id) if after is None else after
    return Page(items=[], next_after=again.encode())


@router.post(
    "/once",
    status_code=HTTPStatus.CREATED,
    response_model=ThingOut,
    responses=problems(NotFound),
)
async def make_once(
    body: ThingIn, once: OnceDep, session: SessionDep, request: Request
) -> Response:
    """Make a thing once per key; `refused` at first, and `impossible` ever after, is refused."""
    actor = OTHER if request.headers.get("x-actor") == "other" else SHOPPER

    async def work() -> tuple[int, ThingOut]:
        runs: list[str] = request.app.state.runs
        runs.append(body.name)
        if body.name == "refused" and len(runs) == 1:
            raise NotFound("No such thing")
        if body.name == "impossible" and len(runs) > 1:
            await session.execute(text("SELECT 1 / 0"))
        return HTTPStatus.CREATED, ThingOut(name=body.name, quantity=len(runs))

    return await once(session, actor, work)


@router.post("/{thing_id}/once", status_code=HTTPStatus.CREATED, response_model=ThingOut)
async def touch_once(thing_id: UUID, once: OnceDep, session: SessionDep) -> Response:
    """Touch a thing once per key."""

    async def work() -> tuple[int, dict[str, Any]]:
        return HTTPStatus.CREATED, {"name": str(thing_id), "quantity": 1}

    return await once(session, SHOPPER, work)


@router.get("/{thing_id}", responses={**UNCHANGED, **problems(NotFound)})
async def get_thing(thing_id: UUID, request: Request, response: Response) -> Any:
    """Return a thing unless the caller holds it."""
    if (known := not_modified(request, "7")) is not None:
        return known
    put_etag(response, 7)
    return {"name": "thing", "quantity": 7}


@router.put("/{thing_id}", responses=problems(StaleVersion))
async def edit_thing(thing_id: UUID, version: VersionDep) -> ThingOut:
    """Change version 7 of a thing."""
    if version != 7:
        raise StaleVersion("Somebody else was faster")
    return ThingOut(name="thing", quantity=8)


@router.post("/sql/{statement}", status_code=204)
async def run_statement(statement: str, session: SessionDep, request: Request) -> None:
    """Run one of the statements the test prepared."""
    await session.execute(text(request.app.state.statements[statement]))


@router.get("/sql-read/{statement}")
async def read_statement(statement: str, session: ReaderDep, request: Request) -> None:
    """Run one of the statements the test prepared in a session that only reads."""
    await session.execute(text(request.app.state.statements[statement]))


@router.get("/boom/{kind}")
async def explode(kind: str, request: Request) -> None:
    """Fail as the test asks."""
    raise request.app.state.errors[kind]


@router.post("/limited", dependencies=[Depends(Limited("tiny", 2, 60))], status_code=204)
async def limited(body: ThingIn) -> None:
    """Answer twice a minute."""


@webhooks.post("/notices")
async def receive_notice(request: Request) -> dict[str, int]:
    """Take raw bytes of any type."""
    return {"size": len(await request.body())}


def _module(name: str, its: Router) -> ModuleType:
    made = ModuleType(name)
    made.router = its  # type: ignore[attr-defined]
    return made


SECTIONS = (
    Section(
        "/api/v1/webhooks", (_module("app.routers.things.webhooks", webhooks),), None, refusals=()
    ),
    Section(
        "/api/v1",
        (_module("app.routers.things.storefront", router),),
        Audience.STOREFRONT,
        refusals=(),
    ),
)


def tiny_app(resources: Resources) -> FastAPI:
    app = create_app(resources, SECTIONS)
    app.state.documented = documented(app, documents(app).values())
    return app
