"""Request and response shapes of approving promotions and looking at them twice."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field

from app.core.enums.promotions import PromotionPhase
from app.schemas.base import Code, Input, Output, SafeStr
from app.schemas.promotions import PromotionOut
from app.services.promotions import Matrix, Relation, Severity, phase_of

Reason = Annotated[SafeStr, Field(min_length=1, max_length=500)]


class ReasonIn(Input):
    reason: Reason


class ClonePromotionIn(Input):
    code: Code


class PromotionVersionOut(Output):
    """Terms as they were approved; `terms` reads as the promotion did then."""

    number: int
    terms: dict[str, Any]
    approved_by: str
    approved_at: datetime


class PromotionVersionsOut(Output):
    items: list[PromotionVersionOut]


class RemarkOut(Output):
    """Something that cannot work, or works but may not be meant."""

    code: str = Field(examples=["EXCLUSIVE_WITHOUT_THRESHOLD"])
    message: str
    severity: Severity = Field(description="Errors keep it from starting, warnings do not.")
    pointer: str | None = Field(description="What is wrong in the terms; null: nothing by itself.")
    others: list[UUID] = Field(description="Promotions it has to do with.")


class LintOut(Output):
    remarks: list[RemarkOut]


class ActivatedPromotionOut(Output):
    promotion: PromotionOut
    remarks: list[RemarkOut]


class MatrixRowOut(Output):
    id: UUID
    code: str
    name: str
    stage: str
    priority: int
    phase: PromotionPhase
    starts_at: datetime | None
    ends_at: datetime | None


class PairOut(Output):
    """Two promotions, once; what holds for one holds for the other."""

    a: UUID
    b: UUID
    relation: Relation
    rule: int = Field(
        description="What keeps them apart: 1 exclusive for the order, 2 a common group, 3 named in"
        " `not_with`, 4 no consent in the stage, 5 none across stages; 0 nothing."
    )
    because: str = Field(description="Whose setting it is.")


class MatrixGroupOut(Output):
    """A group some of them are in: no two of it share an order."""

    code: str
    name: str | None = Field(description="Null: nobody has named it.")
    description: str | None
    promotions: list[UUID]


class MatrixOut(Output):
    promotions: list[MatrixRowOut]
    pairs: list[PairOut]
    groups: list[MatrixGroupOut]

    @classmethod
    def of(cls, matrix: Matrix, at: datetime) -> Self:
        rows = matrix.rows
        return cls(
            promotions=[
                MatrixRowOut(
                    id=row.id,
                    code=row.code,
                    name=row.name,
                    stage=row.stage,
                    priority=row.priority,
                    phase=phase_of(row, at),
                    starts_at=row.starts_at,
                    ends_at=row.ends_at,
                )
                for row in rows
            ],
            pairs=[
                PairOut(
                    a=rows[i].id,
                    b=rows[j].id,
                    relation=pair.relation,
                    rule=pair.rule,
                    because=pair.because,
                )
                for i, j, pair in matrix.pairs
            ],
            groups=[
                MatrixGroupOut(
                    code=code,
                    name=name,
                    description=description,
                    promotions=[rows[position].id for position in members],
                )
                for code, (name, description, members) in matrix.groups.items()
            ],
        )
