"""Laying the outcome out per line and unit, with tax."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from app.services.pricing.engine import allocate_runs, considered, line_taxes
from app.services.promotions.engine.board import Board, Run
from app.services.promotions.engine.candidates import Candidate
from app.services.promotions.engine.context import Context
from app.services.promotions.engine.evaluate import applied
from app.services.promotions.engine.quote_types import (
    Applied,
    Gift,
    LineQuote,
    Rejected,
    UnitGroup,
)
from app.services.promotions.engine.reasons import Refusal
from app.services.promotions.engine.state import Given, State
from app.services.promotions.engine.types import Promotion

new = tuple.__new__
"""Makes a record of a plain tuple in half the time its class takes."""


class Laid(NamedTuple):
    """Lines as the quote tells them, and what of each decides money, as plain tuples.

    `by_line` is what each candidate takes off the lines it touches, by its index.
    """

    lines: tuple[LineQuote, ...]
    deciding: list[tuple[str, str, int, list[tuple[Any, ...]]]]
    by_line: dict[int, dict[str, int]]


def lay_out_lines(state: State, candidates: Sequence[Candidate], context: Context) -> Laid:
    """Return the lines with prices, discounts by promotion, nets and taxes of their units."""
    board = state.board
    line_of, names = board.line_of, [line.id for line, _ in board.lines]
    runs_of: list[list[Run]] = [[] for _ in board.lines]
    nets = [0] * len(runs_of)
    by_line: dict[int, dict[str, int]] = {}
    for run in state.runs():
        number = line_of[run.atom]
        runs_of[number].append(run)
        nets[number] += run.net_minor * run.quantity
        for candidate, amount in run.shares:
            amounts = by_line.setdefault(candidate, {})
            line_id = names[number]
            amounts[line_id] = amounts.get(line_id, 0) + amount * run.quantity
    taxes = line_taxes(
        [
            (line.id, net, line.tax_rate_bps)
            for (line, _), net in zip(board.lines, nets, strict=True)
        ],
        context.tax_mode,
        context.tax_scope,
    )
    ids = [candidate.promotion.id for candidate in candidates]
    prices = considered(board.lines, context.prices)
    quotes, deciding = [], []
    for (line, priced), runs, net, tax in zip(board.lines, runs_of, nets, taxes, strict=True):
        units = _units(board, runs, tax, line.list_minor, ids)
        goods = 0
        for each in priced:
            goods += each[0] * each[1]
        quotes.append(
            new(
                LineQuote,
                (
                    line.id,
                    line.sku_id,
                    line.quantity,
                    line.list_minor,
                    goods,
                    goods - net,
                    net,
                    tax,
                    line.tax_rate_bps,
                    tuple([new(UnitGroup, unit) for unit in units]),
                    prices.get(line.id, ()),
                ),
            )
        )
        deciding.append((line.id, line.sku_id, line.tax_rate_bps, units))
    return Laid(tuple(quotes), deciding, by_line)


def lay_out_applied(
    state: State, candidates: Sequence[Candidate], by_line: Mapping[int, Mapping[str, int]]
) -> tuple[Applied, ...]:
    """Return the promotions that took effect, in order of stage and rank."""
    takings = sorted(
        applied(state),
        key=lambda t: (candidates[t.candidate].position, candidates[t.candidate].rank),
    )
    return tuple(
        Applied(
            *_identity(candidates[taking.candidate].promotion),
            taking.amount_minor,
            taking.raw_minor - taking.amount_minor,
            tuple(by_line.get(taking.candidate, {}).items()),
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
        Rejected(*_identity(promotion), refusal.reason.value, refusal.detail)
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
    board: Board, runs: Sequence[Run], tax_minor: int, list_minor: int, ids: Sequence[str]
) -> list[tuple[Any, ...]]:
    """Return the unit groups of a line, split where units differ in tax by one."""
    if len(runs) == 1:
        taxes: Sequence[tuple[int, int]] = (divmod(tax_minor, runs[0][2]),)
    else:
        taxes = allocate_runs(tax_minor, [(run[2], run[4], run[4]) for run in runs])
    groups: list[tuple[Any, ...]] = []
    for (atom, _, quantity, _, net, shares, _), (each, extra) in zip(runs, taxes, strict=True):
        _, price, kind, _, blocks = board.prices[atom]
        taken = tuple([(ids[index], amount) for index, amount in shares]) if shares else ()
        is_blocked = bool(blocks)
        if extra:
            groups.append((extra, list_minor, price, kind, is_blocked, taken, net, each + 1))
            quantity -= extra  # noqa: PLW2901 - those are laid out
        if quantity:
            groups.append((quantity, list_minor, price, kind, is_blocked, taken, net, each))
    return groups
