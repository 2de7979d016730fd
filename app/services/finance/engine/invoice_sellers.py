"""Whose part of an order is invoiced: lines by their seller, and shares of the fee. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

from app.services.finance.engine.invoicing import Billed


def by_seller(
    lines: Sequence[Billed], sellers: Mapping[UUID, UUID], fees: Mapping[UUID, int]
) -> dict[UUID, tuple[Billed, ...]]:
    """What each merchant may invoice; together that is `lines`.

    `sellers` are merchants by line, in the order of lines, `fees` what freight came to for each.
    What is left of a shipping fee is shared in proportion to those; where nobody had any it is
    the first seller's.
    """
    found: dict[UUID, list[Billed]] = {each: [] for each in sellers.values()}
    for line in lines:
        if line.line_id is not None:
            found[sellers[line.line_id]].append(line)
            continue
        for merchant, part in _fee_parts(line, list(found), fees):
            found[merchant].append(part)
    return {merchant: tuple(parts) for merchant, parts in found.items() if parts}


def shares(amount: int, weights: Sequence[int]) -> list[int]:
    """`amount` in proportion to weights, one after another: each takes its part of what is left.

    The sum is exact, and no share grows while the amount falls: what was invoiced once is never
    too little afterwards.
    """
    found = []
    left = sum(weights)
    for weight in weights:
        part = amount * weight // left if left else 0
        found.append(part)
        amount, left = amount - part, left - weight
    return found


def _fee_parts(
    fee: Billed, merchants: Sequence[UUID], fees: Mapping[UUID, int]
) -> Iterator[tuple[UUID, Billed]]:
    weights = [fees.get(each, 0) for each in merchants]
    if not any(weights):
        weights[0] = 1
    amounts, taxes = shares(fee.amount_minor, weights), shares(fee.tax_minor, weights)
    for merchant, amount, tax in zip(merchants, amounts, taxes, strict=True):
        if amount:
            yield merchant, fee._replace(amount_minor=amount, tax_minor=tax)
