"""How many examples a law is tried on: its own number, multiplied as the profile says."""

from hypothesis import settings

USUAL = 100
"""Examples of a law in the default profile (`wide` has 2 000)."""


def examples(number: int) -> settings:
    """Return settings with `number` examples in the default profile, in proportion in others."""
    return settings(max_examples=number * settings.default.max_examples // USUAL)
