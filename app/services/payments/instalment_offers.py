"""Which instalment plans an amount may be paid by, and where."""

from dataclasses import dataclass

from app.core.enums.payments import Scene
from app.services.payments.engine.instalments import InstalmentPlan, suiting
from app.services.payments.engine.routing import Sale, account_of, open_names
from app.services.payments.terms import PaymentTerms


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalmentOffer:
    """A plan behind a channel, and the scenes in which an account that offers it is reached."""

    channel: str
    plan: InstalmentPlan
    scenes: tuple[Scene, ...]


def offers(sale: Sale, amount_minor: int, *, terms: PaymentTerms) -> list[InstalmentOffer]:
    """Every plan `amount_minor` may be paid by, by channel and count. Nothing is read."""
    found: dict[tuple[str, InstalmentPlan], list[Scene]] = {}
    for name in open_names(terms.routing, terms.offered, sale):
        for scene in Scene:
            account = account_of(terms.routing, terms.offered, name, sale, scene)
            for plan in suiting(terms.instalments(account), sale.currency, amount_minor):
                found.setdefault((name, plan), []).append(scene)
    return [
        InstalmentOffer(channel=name, plan=plan, scenes=tuple(scenes))
        for (name, plan), scenes in found.items()
    ]
