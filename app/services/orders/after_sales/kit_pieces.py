"""Kits come back piece by piece: what each piece is good for, and what it is worth."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.repositories.orders import ReturnLineRepository
from app.services import inventory
from app.services.orders.after_sales.errors import KitPiecesDiffer

GRADES = ("resellable", "damaged", "scrap")


class Grades(NamedTuple):
    """Pieces that can be sold again, that are damaged, that are waste. The rest is refused."""

    resellable: int
    damaged: int
    scrap: int


Pieces: TypeAlias = Mapping[UUID, Mapping[UUID, Grades]]
"""What pieces of kits are good for, by line and SKU."""
NOTHING_SAID: Pieces = {}


async def grade(
    session: AsyncSession,
    row: RowMapping,
    grades: Mapping[UUID, tuple[int, int, int]],
    said: Pieces = NOTHING_SAID,
) -> None:
    """Write down what each line of a return is good for, and each piece of kits.

    Pieces of kits are what was `said` of them, else what the kits are. All pieces of those that
    are accepted must be said, and those of kits that can be sold again can be, too. Raises
    `KitPiecesDiffer`.
    """
    lines = {UUID(each["order_line_id"]): each for each in row["lines"]}
    rows: list[tuple[UUID, UUID, int, int, int]] = []
    wrong = {}
    for line_id in grades.keys() | said.keys():
        kits = Grades(*grades.get(line_id, (0, 0, 0)))
        need = {UUID(p["sku_id"]): p["quantity"] for p in lines[line_id]["components"] or ()}
        whole = {sku_id: Grades(*(n * each for each in kits)) for sku_id, n in need.items()}
        mine = said.get(line_id, whole)
        is_right = mine.keys() == whole.keys() and all(
            sum(mine[sku_id]) == sum(each) and mine[sku_id].resellable >= each.resellable
            for sku_id, each in whole.items()
        )
        if not is_right:
            wrong[str(line_id)] = {str(sku_id): sum(each) for sku_id, each in whole.items()}
        rows += [(line_id, sku_id, *each) for sku_id, each in mine.items()]
    if wrong:
        raise KitPiecesDiffer("Say it of each piece of the kits that are accepted", pieces=wrong)
    repository = ReturnLineRepository(session)
    await repository.grade(row["id"], grades)
    if rows:
        await repository.add_pieces(row["id"], rows)


def graded(row: RowMapping) -> Iterable[tuple[UUID, Mapping[str, Any]]]:
    """SKUs that lie in warehouses, with the grades of a return's pieces of them."""
    for line in row["lines"]:
        for each in line["components"] or [line]:
            yield UUID(each["sku_id"]), each


class Spoilt(NamedTuple):
    """Pieces that cannot be sold again, at what one of them cost to buy."""

    sku_id: UUID
    damaged: int
    scrap: int
    unit_cost_minor: int | None


def spoilt_of(row: RowMapping) -> list[Spoilt]:
    """What of a return is spoilt: of kits piece by piece, at its share of what the kit cost."""
    return [each for line in row["lines"] for each in _spoilt(line) if each.damaged or each.scrap]


def _spoilt(line: Mapping[str, Any]) -> Iterable[Spoilt]:
    cost = line["unit_cost_minor"]
    if not line["components"]:
        yield Spoilt(UUID(line["sku_id"]), line["damaged"], line["scrap"], cost)
        return
    parts = [
        inventory.kits.Part(UUID(each["sku_id"]), each["quantity"], each["worth"])
        for each in line["components"]
    ]
    shares = inventory.kits.worths(cost or 0, parts)
    for each in line["components"]:
        worths = shares[UUID(each["sku_id"])]
        # Of a SKU that is several times in a kit, one piece may be worth a minor unit more.
        for at, minor in enumerate(worths):
            damaged, scrap = (_dealt(each[name], len(worths), at) for name in ("damaged", "scrap"))
            known = None if cost is None else minor
            yield Spoilt(UUID(each["sku_id"]), damaged, scrap, known)


def _dealt(pieces: int, places: int, at: int) -> int:
    """How many of so many pieces come to a place, dealt out in turn."""
    return (pieces + places - 1 - at) // places
