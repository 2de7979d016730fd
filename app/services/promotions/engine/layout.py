"""Laying the outcome out per line and unit, with tax."""

from collections.abc import Mapping, Sequence

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
from app.services.promotions.engine.screen import Key
from app.services.promotions.engine.state import Given, State
from app.services.promotions.engine.types import Promotion


def lay_out_lines(
    state: State, candidates: Sequence[Candidate], context: Context
) -> tuple[LineQuote, ...]:
    """Return the lines with prices, discounts by promotion, nets and taxes of their units."""
    board = state.board
    runs_of: list[list[Run]] = [[] for _ in board.lines]
    for run in state.runs():
        runs_of[board.line_of[run.atom]].append(run)
    nets = [sum([run.net_minor * run.quantity for run in runs]) for runs in runs_of]
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
    quotes = []
    for (line, priced), runs, net, tax in zip(board.lines, runs_of, nets, taxes, strict=True):
        goods = sum([run.price_minor * run.quantity for run in priced])
        quotes.append(
            LineQuote(
                line.id,
                line.sku_id,
                line.quantity,
                line.list_minor,
                goods,
                goods - net,
                net,
                tax,
                line.tax_rate_bps,
                _units(board, runs, tax, line.list_minor, ids),
                prices.get(line.id, ()),
            )
        )
    return tuple(quotes)


def lay_out_applied(state: State, candidates: Sequence[Candidate]) -> tuple[Applied, ...]:
    """Return the promotions that took effect, in order of stage and rank."""
    by_line: dict[int, dict[str, int]] = {}
    for run in state.runs():
        if not run.shares:
            continue
        line_id = state.board.lines[state.board.line_of[run.atom]].line.id
        for candidate, amount in run.shares:
            amounts = by_line.setdefault(candidate, {})
            amounts[line_id] = amounts.get(line_id, 0) + amount * run.quantity
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
    ranked: Sequence[Promotion], refused: Mapping[Key, Refusal]
) -> tuple[Rejected, ...]:
    """Return the promotions that did not take effect, in order of stage and rank."""
    return tuple(
        Rejected(*_identity(promotion), refusal.reason.value, refusal.detail)
        for promotion in ranked
        if (refusal := refused.get(promotion.rank)) is not None
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
) -> tuple[UnitGroup, ...]:
    """Return the unit groups of a line, split where units differ in tax by one."""
    if len(runs) == 1:
        each, extra = divmod(tax_minor, runs[0].quantity)
        taxes: Sequence[tuple[int, int]] = ((each, extra),)
    else:
        parts = [(run.quantity, run.net_minor, run.net_minor) for run in runs]
        taxes = allocate_runs(tax_minor, parts)
    groups: list[UnitGroup] = []
    for (atom, _, quantity, _, net, shares, _), (each, extra) in zip(runs, taxes, strict=True):
        _, price, kind, _, blocks = board.prices[atom]
        taken = tuple([(ids[index], amount) for index, amount in shares]) if shares else ()
        is_blocked = bool(blocks)
        if extra:
            groups.append(
                UnitGroup(extra, list_minor, price, kind, is_blocked, taken, net, each + 1)
            )
            quantity -= extra  # noqa: PLW2901 - those are laid out
        if quantity:
            groups.append(
                UnitGroup(quantity, list_minor, price, kind, is_blocked, taken, net, each)
            )
    return tuple(groups)
