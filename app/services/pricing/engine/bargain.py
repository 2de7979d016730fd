"""How a bargain's price falls: amounts drawn from a seed that sum to what is to be cut."""

from hashlib import sha256


def next_cut(seed: int, position: int, remaining_minor: int, cuts_left: int) -> int:
    """Return what the cut at `position`, the first being 1, takes of `remaining_minor`.

    At least 1, at most twice the mean of what is left, and never so much that one of the
    `cuts_left - 1` cuts after it would take nothing; the last takes the rest. So all cuts of a
    bargain sum to the whole of it. It depends on the arguments alone: not on who helps or when.
    Raises `ValueError` where the cuts that are left could not all take something.
    """
    if cuts_left < 1 or remaining_minor < cuts_left:
        raise ValueError(f"{cuts_left} cuts cannot share {remaining_minor}")
    if cuts_left == 1:
        return remaining_minor
    most = min(remaining_minor - cuts_left + 1, 2 * remaining_minor // cuts_left)
    drawn = int.from_bytes(sha256(f"{seed}:{position}".encode()).digest(), "big")
    return 1 + drawn % most
