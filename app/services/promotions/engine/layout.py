"""Laying the outcome out per line and unit, with tax."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from app.services.pricing.engine import apportion_runs, considered, line_taxes
from app.services.promotions.engine.board import Board, Run
from app.services.promotions.engine.candidates import Candidate
from app.services.promotions.engine.context import Context
from app.services.promotions.engine.effects import Given
from app.services.promotions.engine.evaluate import applied
from app.services.promotions.engine.quote_types import (
    Applied,
    Gift,
    LineQuote,
    Rejected,
    UnitGroup,
)
from app.services.promotions.engine.reasons import Refusal
from app.services.promotions.engine.state import State
from app.services.promotions.engine.types import Promotion

new = tuple.__new__
"""Makes a record of a plain tuple in half the time its class takes."""


class Laid(NamedTuple):
    """Lines as the quote tells them, and what of each decides money, as plain tuples.

    `by_line` is what each promotion takes off the lines it touches, by its id: one that two
    coupons would pay for is applied once.
    """

    lines: tuple[LineQuote, ...]
    deciding: list[tuple[str, str, int, list[tuple[Any, ...]]]]
    by_line: dict[str, dict[str, int]]


def lay_out_lines(state: State, context: Context) -> Laid:
    """Return the lines with prices, discounts by promotion, nets and taxes of their units."""
    board = state.board
    line_of, lines = board.line_of, [line for line, _ in board.lines]
    runs_of: list[list[Run]] = [[] for _ in lines]
    goods, nets = [0] * len(lines), [0] * len(lines)
    for number, amount in zip(line_of, board.goods_by_atom, strict=True):
        goods[number] += amount
    by_line: dict[str, dict[str, int]] = {id_: {} for id_ in board.ids}
    for run in state.runs():
        atom, _, quantity, _, net, shares, _ = run
        number = line_of[atom]
        runs_of[number].append(run)
        nets[number] += net * quantity
        if shares:
            line_id = lines[number].id
            for promotion_id, amount in shares:
                amounts = by_line[promotion_id]
                amounts[line_id] = amounts.get(line_id, 0) + amount * quantity
    taxes = line_taxes(
        [(line.id, net, line.tax_rate_bps) for line, net in zip(lines, nets, strict=True)],
        context.tax_mode,
        context.tax_scope,
    )
    prices = considered(board.lines, context.prices)
    quotes, deciding = [], []
    for line, runs, full, net, tax in zip(lines, runs_of, goods, nets, taxes, strict=True):
        units = _units(board, runs, net, tax, line.list_minor)
        fields = (
            line.id,
            line.sku_id,
            line.quantity,
            line.list_minor,
            full,
            full - net,
            net,
            tax,
            line.tax_rate_bps,
            tuple([new(UnitGroup, unit) for unit in units]),
            prices.get(line.id, ()),
        )
        quotes.append(new(LineQuote, fields))
        deciding.append((line.id, line.sku_id, line.tax_rate_bps, units))
    return Laid(tuple(quotes), deciding, by_line)


def lay_out_applied(
    state: State, candidates: Sequence[Candidate], by_line: Mapping[str, Mapping[str, int]]
) -> tuple[Applied, ...]:
    """Return the promotions that took effect, in order of stage and rank."""
    board = state.board
    takings = sorted(
        applied(state),
        key=lambda t: (candidates[t.candidate].position, candidates[t.candidate].rank),
    )
    return tuple(
        Applied(
            *_identity(candidates[taking.candidate].promotion),
            taking.amount_minor,
            taking.raw_minor - taking.amount_minor,
            tuple(by_line[board.ids[taking.candidate]].items()),
        )
        for taking in takings
    )


def lay_out_gifts(state: State, candidates: Sequence[Candidate]) -> tuple[Gift, ...]:
    """Return what is given for nothing, in order of stage and rank of the promotions."""
    given: list[Given] = []
    at: State | None = state
    while at is not None:
        given.extend(at.gifts)
        at = at.parent
    given.sort(key=lambda g: (candidates[g.candidate].position, candidates[g.candidate].rank))
    return tuple(
        Gift(
            candidates[each.candidate].promotion.id,
            each.present.sku_id,
            each.present.quantity,
            each.list_minor // each.present.quantity,
        )
        for each in given
    )


def lay_out_rejected(
    ranked: Sequence[Promotion], refused: Sequence[Refusal | None]
) -> tuple[Rejected, ...]:
    """Return the promotions that did not take effect, in order of stage and rank."""
    return tuple(
        Rejected(*_identity(promotion), str(refusal.reason), refusal.detail)
        for promotion, refusal in zip(ranked, refused, strict=True)
        if refusal is not None
    )


def _identity(promotion: Promotion) -> tuple[str, str | None, str | None, str, str]:
    """Return what names a candidate in a quote: ids, the shopper's code, name and stage."""
    coupon = promotion.coupon
    return (
        promotion.id,
        coupon.id if coupon else None,
        coupon.code if coupon else None,
        promotion.name,
        promotion.stage,
    )


def _units(
    board: Board, runs: Sequence[Run], net_minor: int, tax_minor: int, list_minor: int
) -> list[tuple[Any, ...]]:
    """Return the unit groups of a line, split where units differ in tax by one."""
    if len(runs) == 1:
        taxes: Sequence[tuple[int, int]] = (divmod(tax_minor, runs[0].quantity),)
    else:
        taxes = apportion_runs(tax_minor, net_minor, [(run[2], run[4], 0) for run in runs])
    groups: list[tuple[Any, ...]] = []
    for (atom, _, quantity, _, net, shares, _), (each, extra) in zip(runs, taxes, strict=True):
        _, price, kind, _, blocks = board.prices[atom]
        is_blocked = bool(blocks)
        if extra:
            groups.append((extra, list_minor, price, kind, is_blocked, shares, net, each + 1))
            quantity -= extra  # noqa: PLW2901 - those are laid out
        if quantity:
            groups.append((quantity, list_minor, price, kind, is_blocked, shares, net, each))
    return groups
