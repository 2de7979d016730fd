"""Stock vocabulary."""

from enum import StrEnum


class MovementKind(StrEnum):
    """Why stock changed. The sign of the quantity follows from the kind of what comes or goes.

    A sale is one of a till, off the shelf. Adjustments, stocktakes and regrading go either way;
    regrading moves pieces from one grade to another, so its two movements add up to nothing.
    """

    RECEIPT = "receipt"
    SHIPMENT = "shipment"
    SALE = "sale"
    RETURN = "return"
    ADJUSTMENT = "adjustment"
    STOCKTAKE = "stocktake"
    TRANSFER_OUT = "transfer_out"
    TRANSFER_IN = "transfer_in"
    REGRADE = "regrade"


class StockGrade(StrEnum):
    """What may be done with pieces that lie in a warehouse; only sellable ones are on hand."""

    SELLABLE = "sellable"
    DAMAGED = "damaged"
    FROZEN = "frozen"


class ReservationState(StrEnum):
    """`held` expires, `committed` (paid) does not; the others are final.

    `freed` was given back piece by piece, while other goods of its owner stayed promised.
    """

    HELD = "held"
    COMMITTED = "committed"
    SHIPPED = "shipped"
    FREED = "freed"
    RELEASED = "released"
    EXPIRED = "expired"


class WaitKind(StrEnum):
    """Why goods are sold that are not there: they come again, or are not out yet."""

    BACKORDER = "backorder"
    PRESALE = "presale"


class StocktakeState(StrEnum):
    """`posted` and `cancelled` are final; a submitted count may have to be done again."""

    COUNTING = "counting"
    SUBMITTED = "submitted"
    POSTED = "posted"
    CANCELLED = "cancelled"


class AdjustmentState(StrEnum):
    """All but `waiting` are final."""

    WAITING = "waiting"
    POSTED = "posted"
    REJECTED = "rejected"
    CANCELLED = "cancelled"


class AdjustmentReason(StrEnum):
    """Why stock is corrected by hand."""

    DAMAGE = "damage"
    LOSS = "loss"
    FOUND = "found"
    EXPIRED = "expired"
    SAMPLE = "sample"
    CORRECTION = "correction"
    OTHER = "other"


class TransferState(StrEnum):
    """`closed` accounts for every piece that left; it and `cancelled` are final."""

    REQUESTED = "requested"
    IN_TRANSIT = "in_transit"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class FindingKind(StrEnum):
    """Counts that should agree.

    `movements`: what lies there with what moved. `reserved`: what is promised with open
    reservations. `history`: movements that were added up once with those that are there now.
    `batches`: what lies there with its batches. `serials`: how many lie there with their serials.
    Sales of tills tell two more at once, which are over when somebody explains them: `short` pieces
    were sold that were not free, `unfit` ones of batches that may not be sold.
    """

    MOVEMENTS = "movements"
    RESERVED = "reserved"
    HISTORY = "history"
    BATCHES = "batches"
    SERIALS = "serials"
    SHORT = "short"
    UNFIT = "unfit"


class FindingState(StrEnum):
    """`explained` by somebody, while the counts still differ; `resolved` since they agree."""

    FOUND = "found"
    EXPLAINED = "explained"
    RESOLVED = "resolved"


class OccupationKind(StrEnum):
    """Why pieces cannot be sold: an order was promised them, or a transfer is bringing them."""

    PROMISE = "promise"
    TRANSFER = "transfer"


class AlertKind(StrEnum):
    """Stock that runs low, lasts too long, does not sell, or expires soon."""

    LOW = "low"
    OVER = "over"
    SLOW = "slow"
    EXPIRY = "expiry"


class AlertState(StrEnum):
    """`over` is stock that is as it should be again."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    OVER = "over"


class BatchState(StrEnum):
    """Only open batches are sold. A recalled one is asked back from who got it, too."""

    OPEN = "open"
    BLOCKED = "blocked"
    RECALLED = "recalled"


class PosSaleState(StrEnum):
    """What a till sold, or took back as if it had not."""

    SOLD = "sold"
    UNDONE = "undone"


class SerialState(StrEnum):
    """Lies in a warehouse, lies there in a parcel or for a transfer, is on its way, or left.

    `sent` is what a buyer has, `gone` what was lost or thrown away.
    """

    IN_STOCK = "in_stock"
    PACKED = "packed"
    IN_TRANSIT = "in_transit"
    SENT = "sent"
    GONE = "gone"
