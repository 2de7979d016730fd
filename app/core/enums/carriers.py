"""Vocabulary of carriers: what their systems can do, and what became of labels."""

from enum import StrEnum


class CarrierKind(StrEnum):
    """Whether people see to a carrier's parcels, or a system is asked."""

    MANUAL = "manual"
    ADAPTER = "adapter"


class CarrierSkill(StrEnum):
    """What a carrier's system, or one that stands for several carriers, can be asked for.

    `push` tells by itself where parcels are, once it was asked to.
    """

    RATE = "rate"
    LABEL = "label"
    TRACK = "track"
    PUSH = "push"
    INTERCEPT = "intercept"


class LabelState(StrEnum):
    """`asked` may have been made there or not; `kept` was made and is not taken back."""

    ASKED = "asked"
    MADE = "made"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    KEPT = "kept"


class ParcelTrouble(StrEnum):
    """Why people have to look at a parcel. `delayed`: nothing is heard of it."""

    DELAYED = "delayed"
    LOST = "lost"
    REFUSED = "refused"
    RETURNING = "returning"


class InterceptState(StrEnum):
    """`asked` may have arrived or not; `accepted` parcels turn back as tracking tells."""

    ASKED = "asked"
    ACCEPTED = "accepted"
    REFUSED = "refused"


class PickupCodeState(StrEnum):
    """Of the code that counts for a parcel; one that was replaced counts no more."""

    NONE = "none"
    GOOD = "good"
    EXPIRED = "expired"
    USED = "used"
