"""The settings name who issues invoices."""

from typing import assert_never

from app.adapters.sandbox.invoices import SandboxInvoices
from app.core.settings import Settings
from app.services.finance.ports import InvoiceProvider


def build_invoice_provider(settings: Settings) -> InvoiceProvider | None:
    """None where staff enter what they issued."""
    match settings.finance.invoices.provider:
        case None:
            return None
        case "sandbox":
            return SandboxInvoices(settings)
        case unknown:
            assert_never(unknown)
