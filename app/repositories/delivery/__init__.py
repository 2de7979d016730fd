"""Delivery in the database: what is offered, what staff keep of it, and places in slots."""

from app.repositories.delivery.kept import KeptRepository
from app.repositories.delivery.slots import SlotRepository

__all__ = ["KeptRepository", "SlotRepository"]
