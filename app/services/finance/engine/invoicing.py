"""What of an order an invoice may be made out for, and whom to. Pure."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple
from uuid import UUID

from app.core.enums.payments import RefundPolicy, TenderKind
from app.services.payments.engine.attribution import Cells, PaidRow, Row, cut, less, matrix

_USCC_LETTERS: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC: Final = re.compile(rf"[{_USCC_LETTERS}]{{18}}")
_OLDER: Final = re.compile(r"[0-9A-Z]{15}|[0-9A-Z]{17}|[0-9A-Z]{20}")
_MODULUS: Final = 31


class Billed(NamedTuple):
    """A line of an invoice: tax of `tax_rate_bps` is in the amount. Shipping has no line."""

    line_id: UUID | None
    quantity: int
    amount_minor: int
    tax_minor: int
    tax_rate_bps: int

    @property
    def key(self) -> tuple[UUID | None, int]:
        """What makes it the same line: freight that was charged later may be taxed otherwise."""
        return self.line_id, self.tax_rate_bps

    def plus(self, other: "Billed") -> "Billed":
        """With what else is billed of it; it is no more pieces for that."""
        return self._replace(
            amount_minor=self.amount_minor + other.amount_minor,
            tax_minor=self.tax_minor + other.tax_minor,
        )


def invoiceable(
    policy: RefundPolicy,
    rows: Sequence[PaidRow],
    tenders: Sequence[tuple[TenderKind, int]],
    decided: Sequence[Cells],
) -> tuple[Billed, ...]:
    """What was paid for each line by anything but gift cards, and is not given back.

    A gift card was invoiced when it was sold. Lines with nothing to invoice are left out.
    """
    kinds = [kind for kind, _ in tenders]
    points_at = kinds.index(TenderKind.POINTS) if TenderKind.POINTS in kinds else None
    plain = [Row(each.span, each.amount_minor, each.points_minor) for each in rows]
    cells = matrix(plain, [amount for _, amount in tenders], points_at)
    is_card = [kind is TenderKind.GIFT_CARD for kind in kinds]

    def counted(minor: Sequence[int]) -> int:
        return sum(each for each, card in zip(minor, is_card, strict=True) if not card)

    if policy is RefundPolicy.ATTRIBUTED:
        units = [Cells(each.span, (counted(each.minor),)) for each in less(cells, decided)]
    else:
        sums = [Cells(each.span, (sum(each.minor),)) for each in decided]
        left = less([Cells(each.span, (sum(each.minor),)) for each in cells], sums)
        most = cut(
            [Cells(each.span, (counted(each.minor),)) for each in cells],
            [each.span for each in left],
        )
        units = [
            Cells(has.span, (min(has.minor[0], may.minor[0]),))
            for has, may in zip(left, most, strict=True)
        ]
    return tuple(_by_line(rows, units))


def _by_line(rows: Sequence[PaidRow], units: Sequence[Cells]) -> Iterator[Billed]:
    """Units of one line together.

    The tax of what is not invoiced of a unit is rounded down, as refunds take it back: so invoices
    have the tax that the books have, to the cent.
    """
    found: dict[UUID | None, Billed] = {}
    for row in rows:
        line_id, first, quantity = row.span
        for each in units:
            inside = first <= each.span.first < first + quantity
            if each.span.line_id != line_id or not inside or not each.minor[0]:
                continue
            count, amount = each.span.quantity, each.minor[0]
            gone = row.amount_minor - amount
            tax = row.tax_minor - gone * row.tax_minor // row.amount_minor
            before = found.get(line_id, Billed(line_id, 0, 0, 0, row.tax_rate_bps))
            found[line_id] = before._replace(
                quantity=before.quantity + count,
                amount_minor=before.amount_minor + amount * count,
                tax_minor=before.tax_minor + tax * count,
            )
    yield from found.values()


def together(parts: Iterable[Billed]) -> tuple[Billed, ...]:
    """Lines of an order and of what it was charged besides, those alike as one."""
    found: dict[tuple[UUID | None, int], Billed] = {}
    for each in parts:
        before = found.get(each.key)
        found[each.key] = each if before is None else before.plus(each)
    return tuple(found.values())


def taken_back(before: Sequence[Billed], now: Sequence[Billed]) -> tuple[Billed, ...]:
    """What a red invoice takes back: what was invoiced and may no longer be."""
    left = {each.key: each for each in now}
    found = []
    for each in before:
        kept = left.get(each.key, Billed(each.line_id, 0, 0, 0, each.tax_rate_bps))
        amount = each.amount_minor - kept.amount_minor
        if amount > 0:
            found.append(
                Billed(
                    each.line_id,
                    max(each.quantity - kept.quantity, 0),
                    amount,
                    max(each.tax_minor - kept.tax_minor, 0),
                    each.tax_rate_bps,
                )
            )
    return tuple(found)


def less_billed(before: Sequence[Billed], gone: Sequence[Billed]) -> tuple[Billed, ...]:
    """What is left of an invoice after a red one."""
    taken = {each.key: each for each in gone}
    found = []
    for each in before:
        part = taken.get(each.key)
        if part is None:
            found.append(each)
        elif each.amount_minor > part.amount_minor:
            found.append(
                each._replace(
                    quantity=each.quantity - part.quantity,
                    amount_minor=each.amount_minor - part.amount_minor,
                    tax_minor=each.tax_minor - part.tax_minor,
                )
            )
    return tuple(found)


def is_tax_number(text: str) -> bool:
    """Whether `text` can be a Chinese taxpayer's number.

    A unified social credit code has 18 characters, the last of which checks the others
    (GB 32100-2015); older numbers have 15, 17 or 20 and no check.
    """
    if not _USCC.fullmatch(text):
        return bool(_OLDER.fullmatch(text))
    total = 0
    for place, letter in enumerate(text[:-1]):
        weight = pow(3, place, _MODULUS)
        total += _USCC_LETTERS.index(letter) * weight
    return _USCC_LETTERS[-total % _MODULUS] == text[-1]
