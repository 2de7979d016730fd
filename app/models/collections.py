"""Money taken by hand: cash at the door and bank transfers, and what shoppers show of them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.enums.payments import CollectionState, TenderKind
from app.models.base import Currency, Entity, Minor, Versioned


class Collection(Versioned):
    """What one member of staff says came in; another settles it.

    `reference` is what the outside knows the money by: the bank's number of a transfer, the
    carrier's receipt; of an order paid from the deposit of a group (`group_id`) the number it has
    there. `reason` says why a transfer pays nothing, or why it was rejected.
    """

    __tablename__ = "collections"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount_minor_positive"),
        CheckConstraint("kind IN ('cash_on_delivery', 'bank_transfer')", name="by_hand"),
        CheckConstraint("(state = 'recorded') = (settled_by IS NULL)", name="settled_by_somebody"),
        CheckConstraint("state = 'rejected' OR settled_by <> recorded_by", name="two_people"),
        CheckConstraint(
            "(state = 'returned') = (returned_by IS NOT NULL AND returned_reference IS NOT NULL)",
            name="returned_by_somebody",
        ),
        CheckConstraint("returned_by <> settled_by", name="two_people_return"),
        CheckConstraint(
            "kind = 'bank_transfer' OR state IN ('recorded', 'confirmed')", name="cash_was_taken"
        ),
        Index(
            "uq_collections_reference",
            "kind",
            "reference",
            unique=True,
            postgresql_where=text("state <> 'rejected'"),
        ),
        Index(
            "uq_collections_tender",
            "tender_id",
            unique=True,
            postgresql_where=text("state = 'confirmed' OR kind = 'cash_on_delivery'"),
        ),
        Index("ix_collections_plan_id", "plan_id"),
        Index("ix_collections_order_id", "order_id"),
        Index("ix_collections_open", "id", postgresql_where=text("state IN ('recorded', 'apart')")),
    )

    order_id: Mapped[UUID]
    plan_id: Mapped[UUID] = mapped_column(ForeignKey("payment_plans.id"))
    tender_id: Mapped[UUID] = mapped_column(ForeignKey("tenders.id"))
    member_id: Mapped[UUID]
    kind: Mapped[TenderKind]
    amount_minor: Mapped[Minor]
    currency: Mapped[Currency]
    reference: Mapped[str] = mapped_column(String(128))
    state: Mapped[CollectionState] = mapped_column(server_default="recorded")
    reason: Mapped[str | None] = mapped_column(String(200))
    recorded_by: Mapped[str] = mapped_column(String(128))
    settled_by: Mapped[str | None] = mapped_column(String(128))
    settled_at: Mapped[datetime | None]
    returned_by: Mapped[str | None] = mapped_column(String(128))
    returned_reference: Mapped[str | None] = mapped_column(String(128))
    returned_at: Mapped[datetime | None]
    group_id: Mapped[UUID | None] = mapped_column(index=True)


class TransferProof(Entity):
    """A picture of a transfer, by URL. The service never fetches it."""

    __tablename__ = "transfer_proofs"
    __table_args__ = (Index("ix_transfer_proofs_plan_id", "plan_id"),)

    plan_id: Mapped[UUID] = mapped_column(ForeignKey("payment_plans.id"))
    member_id: Mapped[UUID]
    url: Mapped[str] = mapped_column(String(2000))
    note: Mapped[str | None] = mapped_column(String(200))
