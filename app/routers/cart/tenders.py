"""Tenders from request bodies."""

from collections.abc import Sequence

from app.adapters.resources import Resources
from app.core.enums.payments import TenderKind
from app.schemas.cart.checkout import TenderIn
from app.services import payments


async def checkout_terms(resources: Resources) -> payments.PaymentTerms:
    """The terms to pay on, with what staff decided about accounts."""
    settings = resources.settings
    routing = await resources.routing.current(
        resources.readers, max_age_seconds=settings.payments.routing_seconds
    )
    return payments.PaymentTerms.of(settings, routing)


def tender_requests(
    tenders: Sequence[TenderIn], client_ip: str | None = None
) -> tuple[payments.TenderRequest, ...]:
    """`client_ip` is where the shopper sits: some gateways want to know."""
    requests = []
    for each in tenders:
        said = each.model_dump() | {"kind": TenderKind(each.kind), "client_ip": client_ip}
        requests.append(payments.TenderRequest(**said))
    return tuple(requests)
