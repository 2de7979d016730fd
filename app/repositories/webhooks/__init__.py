"""Webhooks in the database: feeds of events, endpoints, deliveries."""

from app.repositories.webhooks.attempts import AttemptRepository, Claimed
from app.repositories.webhooks.deliveries import DeliveryRepository, ListedDelivery, ListedEvent
from app.repositories.webhooks.endpoints import EndpointFilter, EndpointRepository
from app.repositories.webhooks.feeds import FeedRepository, NewEvent

__all__ = [
    "AttemptRepository",
    "Claimed",
    "DeliveryRepository",
    "EndpointFilter",
    "EndpointRepository",
    "FeedRepository",
    "ListedDelivery",
    "ListedEvent",
    "NewEvent",
]
