"""With what kinds of money an order is paid, as a condition (pricing specification 2.2)."""

from dataclasses import dataclass
from typing import ClassVar, Self

from app.services.promotions.engine.context import PAYMENT_KINDS, Context
from app.services.promotions.engine.reading import Node
from app.services.promotions.engine.reasons import Reason, Refusal


@dataclass(frozen=True, slots=True)
class PaymentKind:
    """Paid with these kinds of money alone, or with one of them among others.

    ```json
    {"type": "payment_kind", "kinds": ["balance", "gift_card"], "pays": "all"|"some"}
    ```

    Kinds are `gift_card`, `points`, `balance`, `gateway`, `cash_on_delivery` and `bank_transfer`;
    which gateway is no condition, for a shopper may try another one after ordering. `all` (the
    default): the shopper chose no other kind; `some`: one of them is among those chosen, however
    little it pays. Until the shopper has chosen, it does not hold. In item and order stages it may
    not stand: prices of goods do not wait for a choice made last.
    """

    type: ClassVar[str] = "payment_kind"
    families: ClassVar[frozenset[str]] = frozenset({"coupon", "shipping"})
    kinds: tuple[str, ...]
    pays: str = "all"

    @classmethod
    def read(cls, node: Node) -> Self:
        kinds = node.texts("kinds")
        if not kinds or not set(kinds) <= set(PAYMENT_KINDS):
            raise node.fail("kinds", f"must name some of {', '.join(PAYMENT_KINDS)}")
        return cls(kinds, node.choice("pays", ("all", "some"), "all"))

    def refusal(self, context: Context) -> Refusal | None:
        """Say which kinds are wanted and, once there is a choice, what it was."""
        chosen = context.payment_kinds
        wanted = (("kinds", ",".join(self.kinds)), ("pays", self.pays))
        if chosen is None:
            return Refusal(Reason.PAYMENT_KIND, wanted)
        mine = chosen & set(self.kinds)
        if mine and (self.pays == "some" or mine == chosen):
            return None
        return Refusal(Reason.PAYMENT_KIND, (*wanted, ("chosen", ",".join(sorted(chosen)))))
