"""Batches of gift cards: how many were made, shown and given their money."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.enums.payments import CardFunding
from app.models.base import Code, Currency, Minor, Versioned


class GiftCardBatch(Versioned):
    """A series of like cards. `salt` is what codes are derived with until they were shown.

    `made` and `activated` say how far the worker has come. Activation is ordered once, by `funding`
    and whoever ordered it; it is over when `activating` is false again.
    """

    __tablename__ = "gift_card_batches"
    __table_args__ = (
        CheckConstraint("count > 0 AND face_minor > 0", name="something_to_make"),
        CheckConstraint("made BETWEEN 0 AND count", name="made_within_count"),
        CheckConstraint("activated BETWEEN 0 AND made", name="activated_within_made"),
        CheckConstraint("funding IS NOT NULL OR activated = 0", name="activated_with_funding"),
        CheckConstraint("NOT activating OR funding IS NOT NULL", name="activating_with_funding"),
        Index(
            "ix_gift_card_batches_work",
            "id",
            postgresql_where=text("made < count OR activating"),
        ),
    )

    batch: Mapped[Code] = mapped_column(unique=True)
    count: Mapped[int]
    made: Mapped[int] = mapped_column(server_default="0")
    activated: Mapped[int] = mapped_column(server_default="0")
    currency: Mapped[Currency]
    face_minor: Mapped[Minor]
    expires_at: Mapped[datetime | None]
    funding: Mapped[CardFunding | None]
    activating: Mapped[bool] = mapped_column(server_default="false")
    activated_by: Mapped[Code | None]
    salt: Mapped[bytes | None] = mapped_column(LargeBinary)
    exporting_until: Mapped[datetime | None]

    @property
    def is_shown(self) -> bool:
        return self.salt is None
