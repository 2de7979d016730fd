"""Titles of members and the invoices of orders."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.enums.finance import InvoiceKind, InvoiceState, TitleKind
from app.models.base import Base, Code, Currency, Json, Minor, Name, Versioned, not_negative


class InvoiceTitle(Versioned):
    """Whom a member has invoices made out to. A company has a tax number, a person has none.

    A company's registered address and phone, and its bank, are on special VAT invoices.
    """

    __tablename__ = "invoice_titles"
    __table_args__ = (
        CheckConstraint(
            "(kind = 'company') = (tax_number IS NOT NULL)", name="company_has_tax_number"
        ),
        CheckConstraint(
            "kind = 'company' OR coalesce(address, phone, bank, bank_account) IS NULL",
            name="details_of_a_company",
        ),
        CheckConstraint("(bank IS NULL) = (bank_account IS NULL)", name="account_at_a_bank"),
    )

    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"), index=True)
    kind: Mapped[TitleKind]
    name: Mapped[Name]
    tax_number: Mapped[str | None] = mapped_column(String(20))
    email: Mapped[str | None] = mapped_column(String(254))
    address: Mapped[str | None] = mapped_column(String(200))
    phone: Mapped[str | None] = mapped_column(String(32))
    bank: Mapped[str | None] = mapped_column(String(100))
    bank_account: Mapped[str | None] = mapped_column(String(40))


class Invoice(Versioned):
    """A blue invoice of an order, or a red one that takes a blue one back in part or whole.

    It is of what one merchant sells of the order; those of before, without one, are of all of it.
    Amounts are positive in both and have their tax in them. `title` is a copy. One of each kind
    and merchant at most is neither issued nor given up at a time. What is `pending` is with
    `provider` under `request_number`, which is kept until the provider says no; `requests` counts
    the numbers there were, `tries` the questions. A red one with a `next_title` makes place for a
    blue one to it. What was paid for a charge when there was an invoice already has one of its own,
    of that `charge_id`.
    """

    __tablename__ = "invoices"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount_minor_positive"),
        CheckConstraint("tax_minor BETWEEN 0 AND amount_minor", name="tax_within"),
        CheckConstraint(
            "(state = 'issued') = (document_number IS NOT NULL)"
            " AND (state = 'issued') = (issued_at IS NOT NULL)",
            name="number_when_issued",
        ),
        CheckConstraint("(kind = 'red') = (reverses_id IS NOT NULL)", name="red_of_a_blue"),
        CheckConstraint(
            "state <> 'pending' OR (provider IS NOT NULL AND request_number IS NOT NULL"
            " AND next_try_at IS NOT NULL)",
            name="sent_to_somebody",
        ),
        CheckConstraint("next_title IS NULL OR kind = 'red'", name="next_title_of_red"),
        CheckConstraint(
            "coalesce(title->>'form', '') <> 'special' OR (title->>'kind' = 'company'"
            " AND title->>'tax_number' IS NOT NULL AND title->>'address' IS NOT NULL"
            " AND title->>'phone' IS NOT NULL AND title->>'bank' IS NOT NULL"
            " AND title->>'bank_account' IS NOT NULL)",
            name="special_is_whole",
        ),
        *not_negative("requests", "tries"),
        Index("ix_invoices_order_id", "order_id"),
        Index("ix_invoices_member_id", "member_id", "id"),
        Index("ix_invoices_merchant_id", "merchant_id", "id"),
        Index(
            "uq_invoices_open",
            "order_id",
            "kind",
            "merchant_id",
            "charge_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=text("state IN ('requested', 'pending', 'failed')"),
        ),
        Index("uq_invoices_request_number", "request_number", unique=True),
        Index("ix_invoices_due", "next_try_at", postgresql_where=text("state = 'pending'")),
    )

    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"))
    member_id: Mapped[UUID]
    merchant_id: Mapped[UUID | None] = mapped_column(ForeignKey("merchants.id"))
    charge_id: Mapped[UUID | None] = mapped_column(ForeignKey("order_charges.id"))
    kind: Mapped[InvoiceKind]
    state: Mapped[InvoiceState] = mapped_column(server_default="requested")
    reverses_id: Mapped[UUID | None] = mapped_column(ForeignKey("invoices.id"))
    title: Mapped[Json]
    currency: Mapped[Currency]
    amount_minor: Mapped[Minor]
    tax_minor: Mapped[Minor]
    document_number: Mapped[str | None] = mapped_column(String(64), unique=True)
    document_url: Mapped[str | None] = mapped_column(String(500))
    issued_at: Mapped[datetime | None]
    settled_by: Mapped[str | None] = mapped_column(String(128))
    reason: Mapped[str | None] = mapped_column(String(500))
    provider: Mapped[Code | None]
    request_number: Mapped[str | None] = mapped_column(String(64))
    requests: Mapped[int] = mapped_column(server_default="0")
    tries: Mapped[int] = mapped_column(server_default="0")
    next_try_at: Mapped[datetime | None]
    ofd_url: Mapped[str | None] = mapped_column(String(500))
    next_title: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))


class InvoiceLine(Base):
    """What of an order's line, or of its shipping fee, an invoice states."""

    __tablename__ = "invoice_lines"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount_minor_positive"),
        CheckConstraint("tax_minor BETWEEN 0 AND amount_minor", name="tax_within"),
        *not_negative("quantity"),
    )

    invoice_id: Mapped[UUID] = mapped_column(ForeignKey("invoices.id"), primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    line_id: Mapped[UUID | None] = mapped_column(ForeignKey("order_lines.id"))
    quantity: Mapped[int]
    amount_minor: Mapped[Minor]
    tax_minor: Mapped[Minor]
    tax_rate_bps: Mapped[int]
