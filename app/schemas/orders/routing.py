"""Where fulfilments are sent from, and why."""

from collections.abc import Mapping
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field

from app.schemas.base import Input, Output
from app.schemas.orders.shipping import PiecesIn, Reason, pieces_of
from app.services import orders


class RerouteIn(Input):
    leave: bool = Field(
        default=False,
        description="Nothing of it can come from its warehouse: it lacks the goods, or is closed.",
    )


class ReportShortIn(Input):
    """What cannot be found of a fulfilment's open pieces."""

    lines: Annotated[list[PiecesIn], Field(min_length=1, max_length=200)]
    reason: Reason = Field(description="What is known of it.")

    def pieces(self) -> dict[UUID, int]:
        return pieces_of(self.lines) or {}


class RoutedPiecesOut(Output):
    order_line_id: UUID
    quantity: int


class MovedOut(Output):
    """Pieces for another warehouse. `fulfilment_id` is null as long as nothing was moved."""

    warehouse_id: UUID
    fulfilment_id: UUID | None
    lines: list[RoutedPiecesOut]
    reason: dict[str, Any] = Field(description="What the warehouse counts for, in minor units.")


class RoutePlanOut(Output):
    """`route` is why the fulfilment is sent from its warehouse; null where people said so."""

    fulfilment_id: UUID
    warehouse_id: UUID
    route: dict[str, Any] | None
    moves: list[MovedOut]
    stays: list[RoutedPiecesOut]

    @classmethod
    def of(cls, plan: orders.routing.RoutePlan) -> Self:
        return cls(
            fulfilment_id=plan.fulfilment_id,
            warehouse_id=plan.warehouse_id,
            route=None if plan.kept is None else dict(plan.kept),
            moves=[
                MovedOut(
                    warehouse_id=each.warehouse_id,
                    fulfilment_id=each.fulfilment_id,
                    lines=_lines(each.pieces),
                    reason=dict(each.reason),
                )
                for each in plan.moves
            ],
            stays=_lines(plan.stays),
        )


def _lines(pieces: Mapping[UUID, int]) -> list[RoutedPiecesOut]:
    return [RoutedPiecesOut(order_line_id=line_id, quantity=n) for line_id, n in pieces.items()]
