"""The sandbox gateway, for development, demonstrations and tests; never for production."""

from app.adapters.sandbox.gateway import SandboxGateway
from app.adapters.sandbox.page import CSP, payment_address, payment_page
from app.adapters.sandbox.pictures import picture
from app.adapters.sandbox.scenarios import Choice, Scenario

__all__ = [
    "CSP",
    "Choice",
    "SandboxGateway",
    "Scenario",
    "payment_address",
    "payment_page",
    "picture",
]
