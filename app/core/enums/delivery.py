"""Vocabulary of delivery: by what goods travel, and what freight is counted by."""

from enum import StrEnum


class DeliveryMethod(StrEnum):
    """`pickup`: the shopper fetches them; `same_city`: a rider brings them at an agreed time."""

    STANDARD = "standard"
    EXPRESS = "express"
    PICKUP = "pickup"
    SAME_CITY = "same_city"


class FreightBasis(StrEnum):
    """What the steps of a freight are counted in: grams, cm³, pieces or minor units."""

    WEIGHT = "weight"
    VOLUME = "volume"
    PIECES = "pieces"
    AMOUNT = "amount"


class Refusal(StrEnum):
    """Why a method cannot be had."""

    NOT_OFFERED = "not_offered"
    ZONE_NOT_SERVED = "zone_not_served"
    TOO_HEAVY = "too_heavy"
    CATEGORY_REFUSED = "category_refused"
    SEVERAL_MERCHANTS = "several_merchants"
    POINT_NEEDED = "point_needed"
    POINT_CLOSED = "point_closed"
    NO_SLOT = "no_slot"
    SLOT_NEEDED = "slot_needed"
    CUT_OFF_PASSED = "cut_off_passed"
    SLOT_FULL = "slot_full"
