"""Webhooks to merchants: telling their systems what happens, signed, in order, at least once."""

from app.repositories.webhooks import Claimed, EndpointFilter, ListedDelivery, ListedEvent
from app.services.webhooks.endpoints import (
    MAX_ENDPOINTS,
    DisabledByStaff,
    IllegalEndpointTransition,
    NewEndpoint,
    TooManyEndpoints,
    create_endpoint,
    delete_endpoint,
    disable_endpoint,
    edit_endpoint,
    enable_endpoint,
    get_endpoint,
    list_endpoints,
    pause_endpoint,
    resume_endpoint,
    rotate_secret,
)
from app.services.webhooks.repeat import (
    Replayed,
    UnknownEvent,
    list_deliveries,
    read_events,
    redeliver,
    replay,
    send_test,
)
from app.services.webhooks.send import body_of, claim, deliver
from app.services.webhooks.tell import tell
from app.services.webhooks.upkeep import forget, tell_disabled

__all__ = [
    "MAX_ENDPOINTS",
    "Claimed",
    "DisabledByStaff",
    "EndpointFilter",
    "IllegalEndpointTransition",
    "ListedDelivery",
    "ListedEvent",
    "NewEndpoint",
    "Replayed",
    "TooManyEndpoints",
    "UnknownEvent",
    "body_of",
    "claim",
    "create_endpoint",
    "delete_endpoint",
    "deliver",
    "disable_endpoint",
    "edit_endpoint",
    "enable_endpoint",
    "forget",
    "get_endpoint",
    "list_deliveries",
    "list_endpoints",
    "pause_endpoint",
    "read_events",
    "redeliver",
    "replay",
    "resume_endpoint",
    "rotate_secret",
    "send_test",
    "tell",
    "tell_disabled",
]
