"""Templates of promotions that staff made; built-in ones are code."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Code, Json, Name, Versioned


class PromotionTemplate(Versioned):
    """Terms with places for parameters, the JSON schema of these, and an example that works."""

    __tablename__ = "promotion_templates"

    code: Mapped[Code] = mapped_column(unique=True)
    name: Mapped[Name]
    description: Mapped[str] = mapped_column(String(2_000))
    terms: Mapped[Json]
    parameters: Mapped[Json]
    example: Mapped[Json]
    is_active: Mapped[bool] = mapped_column(server_default="true")
