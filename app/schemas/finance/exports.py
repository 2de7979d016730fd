"""Shapes of exports of journals."""

from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import AwareDatetime, Field, model_validator

from app.schemas.base import Code, Input, Output


class ExportIn(Input):
    """Journals that count from `since_at` to before `until_at`."""

    since_at: AwareDatetime
    until_at: AwareDatetime
    target: Code | None = Field(
        default=None,
        description="What the journals are handed to. Each journal is handed to a target once,"
        " whenever it is posted. Null: everything of the span.",
    )

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.until_at <= self.since_at:
            raise ValueError("until_at must be after since_at")
        return self


class ExportOut(Output):
    """What was handed over. Its files can be made again and are the same."""

    id: UUID
    since_at: datetime
    until_at: datetime
    journals: int
    entries: int
    debits: dict[str, int] = Field(description="Sum of debits by currency, equal to credits.")
    actor: str
    created_at: datetime
    target: str | None
    number: int | None = Field(description="Counts the exports to one target.")
