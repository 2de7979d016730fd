"""Finance vocabulary."""

from enum import StrEnum


class PeriodState(StrEnum):
    """`closing` takes no journals any more; it is closed once those under way have ended."""

    OPEN = "open"
    CLOSING = "closing"
    CLOSED = "closed"


class TitleKind(StrEnum):
    """Whom an invoice is made out to."""

    PERSONAL = "personal"
    COMPANY = "company"


class InvoiceForm(StrEnum):
    """What kind of document is wanted. A `special` one lets a company deduct the VAT in it."""

    ELECTRONIC = "electronic"
    PAPER = "paper"
    SPECIAL = "special"


class InvoiceKind(StrEnum):
    """A red invoice takes back a blue one, in part or whole."""

    BLUE = "blue"
    RED = "red"


class InvoiceState(StrEnum):
    """`requested` waits for staff, or to be sent to a provider of invoices.

    `pending`: a provider has it, and it is not known what became of it. `failed`: the provider said
    no, people have to see to it. `withdrawn`: a refund came before it was issued.
    """

    REQUESTED = "requested"
    PENDING = "pending"
    FAILED = "failed"
    ISSUED = "issued"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class CostKind(StrEnum):
    """What costs: a promotion's discounts, its gifts, points, or what was given away otherwise.

    `after_sales`: goods that were sent again.
    """

    PROMOTION = "promotion"
    GIFT = "gift"
    POINTS = "points"
    GOODWILL = "goodwill"
    AFTER_SALES = "after_sales"


class BudgetLevel(StrEnum):
    """How much of a budget is spent: less than it warns at, from there on, or more than it is."""

    WITHIN = "within"
    WARNED = "warned"
    EXCEEDED = "exceeded"


class ManualKind(StrEnum):
    """What people write journals for: anything, or what a funder paid of its discounts."""

    MANUAL = "manual"
    FUNDER_RECEIPT = "funder_receipt"


class ManualState(StrEnum):
    DRAFTED = "drafted"
    POSTED = "posted"
    REJECTED = "rejected"
