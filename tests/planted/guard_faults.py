"""Guards of the database removed: locks, limits and conditions that only a race shows."""

from tests.planted.fault import Fault

GUARD_FAULTS: tuple[Fault, ...] = ()
