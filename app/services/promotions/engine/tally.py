"""How many units of each atom are taken, as one number: cheap to add up, to compare, to look up."""

from collections.abc import Mapping, Sequence

from app.services.promotions.engine.board import atoms_of


class Tally:
    """Gives each atom a digit that holds up to all of its units."""

    __slots__ = ("_ones", "_width")

    def __init__(self, sizes: Sequence[int]) -> None:
        self._width = max(sizes, default=0).bit_length()
        self._ones = (1 << self._width) - 1

    def of(self, counts: Mapping[int, int]) -> int:
        """Return the number that holds the count of each atom; sums of numbers are of counts."""
        width, tally = self._width, 0
        for atom, count in counts.items():
            tally += count << width * atom
        return tally

    def field(self, mask: int) -> int:
        """Return what to `&` a tally with to see only the counts of the atoms in a mask."""
        width, ones, field = self._width, self._ones, 0
        for atom in atoms_of(mask):
            field |= ones << width * atom
        return field

    def count(self, tally: int, atom: int) -> int:
        """Return how many units of one atom are taken."""
        return tally >> self._width * atom & self._ones
