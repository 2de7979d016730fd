"""Tenders from request bodies."""

from collections.abc import Sequence

from app.core.enums.payments import TenderKind
from app.schemas.cart.checkout import TenderIn
from app.services import payments


def tender_requests(tenders: Sequence[TenderIn]) -> tuple[payments.TenderRequest, ...]:
    requests = []
    for each in tenders:
        said = each.model_dump()
        requests.append(payments.TenderRequest(**said | {"kind": TenderKind(said["kind"])}))
    return tuple(requests)
