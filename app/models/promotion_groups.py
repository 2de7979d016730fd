"""What staff call the groups in which promotions exclude each other."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Code, Name, Versioned


class PromotionGroup(Versioned):
    """A name for a group; promotions are in it by naming its code in `stack.groups`."""

    __tablename__ = "promotion_groups"

    code: Mapped[Code] = mapped_column(unique=True)
    name: Mapped[Name]
    description: Mapped[str] = mapped_column(String(2_000), server_default="")
