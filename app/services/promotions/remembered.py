"""Quotes made a moment ago, for whoever asks for the very same again.

A shopper sees a quote, thinks, looks again and orders it. What a quote depends on is all there to
compare: the goods with their prices, the candidates, the context. So nothing has to be told when
something changes; what is not equal to the last is worked out. Time alone changes a quote when a
window opens or closes, which is known beforehand.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, TypeAlias

from app.services.promotions import engine
from app.services.promotions.engine import Cart, Context, Promotion, Quote
from app.services.promotions.engine.edges import next_edge
from app.services.promotions.engine.payment_kinds import PaymentKind

MOST: Final = 256
"""Quotes kept by every process, the last of each set of lines. One of ten lines is some 32 KiB."""

_Key: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Made:
    """A quote and all it was made from; it stands from `context.at` until `until`."""

    cart: Cart
    promotions: tuple[Promotion, ...]
    context: Context
    until: datetime | None
    quote: Quote

    def answers(self, cart: Cart, promotions: tuple[Promotion, ...], context: Context) -> bool:
        began = self.context.at
        return (
            began <= context.at
            and (self.until is None or context.at < self.until)
            and self.cart == cart
            and self.promotions == promotions
            and self.context == replace(context, at=began)
        )


_MADE: Final[dict[_Key, _Made]] = {}


def quote(
    cart: Cart,
    promotions: tuple[Promotion, ...],
    context: Context,
    *,
    is_last: bool = False,
) -> Quote:
    """What `engine.quote` answers, which is asked unless it has just answered the very same.

    Nobody will ask again for these lines after one that `is_last`, so it is not kept.
    """
    if context.payment_kinds is not None and not _ask_how_paid(promotions):
        context = replace(context, payment_kinds=None)
    key = tuple([line.id for line in cart.lines])
    made = _MADE.pop(key, None)
    if made is None or not made.answers(cart, promotions, context):
        if is_last:
            return engine.quote(cart, promotions, context)
        until = _until(cart, promotions, context.at)
        made = _Made(cart, promotions, context, until, engine.quote(cart, promotions, context))
        if len(_MADE) >= MOST:
            del _MADE[next(iter(_MADE))]
    if not is_last:
        _MADE[key] = made  # at the end: the first is the one nobody asked for longest
    return made.quote


def _ask_how_paid(promotions: tuple[Promotion, ...]) -> bool:
    """Whether any is for a way of paying. Nothing else of a quote depends on it."""
    return any(isinstance(gate, PaymentKind) for each in promotions for gate in each.rule.gates)


def _until(cart: Cart, promotions: tuple[Promotion, ...], at: datetime) -> datetime | None:
    """The first instant at which time alone may change the quote; None: never."""
    edges = [edge for edge in _windows(cart, promotions) if edge is not None and edge >= at]
    rules = next_edge(promotions, at)
    return min(edges if rules is None else [*edges, rules], default=None)


def _windows(cart: Cart, promotions: tuple[Promotion, ...]) -> Iterator[datetime | None]:
    for each in promotions:
        if each.coupon is not None:
            yield each.coupon.valid_from
            yield each.coupon.valid_to
    for line in cart.lines:
        for price in line.prices:
            yield price.starts_at
            yield price.ends_at
