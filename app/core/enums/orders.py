"""Order vocabulary: one status per axis, never one enum that mixes them."""

from enum import StrEnum


class OrderState(StrEnum):
    """Whether the purchase stands. Payment and fulfilment have their own axes."""

    OPEN = "open"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"
    COMPLETED = "completed"


class OrderKind(StrEnum):
    """What an order is for. Only a `sale` earns anything; of the others nobody pays a price."""

    SALE = "sale"
    SAMPLE = "sample"
    GIVEAWAY = "giveaway"
    INTERNAL = "internal"


class OrderSource(StrEnum):
    """How an order came to be: from a shopper's cart, or entered without one."""

    CART = "cart"
    PHONE = "phone"
    GROUP = "group"
    MARKETPLACE = "marketplace"
    CHANGE = "change"
    FREE = "free"


class PaymentStatus(StrEnum):
    AWAITING = "awaiting"
    PAID = "paid"
    PARTLY_REFUNDED = "partly_refunded"
    REFUNDED = "refunded"
    CLOSED = "closed"


class FulfilmentStatus(StrEnum):
    """Where the goods are. `picking`: the warehouse works on them, shoppers change nothing more.

    `returned`: all that was sent came back undelivered.
    """

    UNFULFILLED = "unfulfilled"
    PICKING = "picking"
    PARTLY_SHIPPED = "partly_shipped"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    RETURNED = "returned"
    CANCELLED = "cancelled"


class FulfilmentKind(StrEnum):
    """What a fulfilment sends: what was bought, pieces in place of those, or repaired ones.

    Only sales make the order's status and revenue, and count as the order's pieces.
    """

    SALE = "sale"
    REPLACEMENT = "replacement"
    REPAIR = "repair"


class ReturnStatus(StrEnum):
    NONE = "none"
    REQUESTED = "requested"
    PARTLY_RETURNED = "partly_returned"
    RETURNED = "returned"


class ChangeRules(StrEnum):
    """By which prices and freight a change is worked out: those agreed on, or those of now."""

    FROZEN = "frozen"
    CURRENT = "current"


class ChargeKind(StrEnum):
    """What an order is asked for besides: a difference of its freight, or of its goods."""

    FREIGHT = "freight"
    GOODS = "goods"


class ChargeState(StrEnum):
    """`due`: its shopper has not agreed yet. `awaiting`: it is being paid.

    `closed`: declined, withdrawn, or not paid in time.
    """

    DUE = "due"
    AWAITING = "awaiting"
    PAID = "paid"
    CLOSED = "closed"


class CartState(StrEnum):
    """`open_group` and `open_entry` are open as well.

    The one is a cart of a group, at prices for groups, the other what staff enter for a member.
    """

    OPEN = "open"
    OPEN_GROUP = "open_group"
    OPEN_ENTRY = "open_entry"
    MERGED = "merged"
    ORDERED = "ordered"
