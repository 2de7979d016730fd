"""EAN-13 barcodes from a company prefix and a running number."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

DIGITS = 12
"""Digits of an EAN-13 before the check digit."""


def check_digit(digits: str) -> str:
    """The thirteenth digit: weights 1 and 3 in turn, up to the next ten."""
    total = sum(int(digit) * (3 if at % 2 else 1) for at, digit in enumerate(digits))
    return str(-total % 10)


@dataclass(frozen=True, slots=True)
class BarcodeRule:
    """Numbers `start`, `start + 1`, … after `prefix`, padded to twelve digits and checked."""

    prefix: str
    start: int = 1

    def unused(self, taken: Collection[str]) -> Iterator[str]:
        """Barcodes in order, without those taken; ends when the prefix has no number left."""
        width = DIGITS - len(self.prefix)
        for number in range(self.start, 10**width):
            digits = f"{self.prefix}{number:0{width}d}"
            barcode = digits + check_digit(digits)
            if barcode not in taken:
                yield barcode
