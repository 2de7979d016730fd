"""Documents of the sandbox's invoices. Absent unless the sandbox issues them."""

from typing import Annotated

from fastapi import Path, Response

from app.adapters.sandbox.document import pdf
from app.adapters.sandbox.invoices import SandboxInvoices
from app.core.errors import NotFound
from app.routers.declared import Router
from app.routers.deps import ResourcesDep

router = Router(prefix="/sandbox", include_in_schema=False)


@router.get("/invoices/{request_number}.pdf")
async def show_invoice(
    request_number: Annotated[str, Path(pattern=r"^[0-9a-f]{32}-[0-9]{1,4}$")],
    resources: ResourcesDep,
) -> Response:
    """What stands for the PDF of the tax authority."""
    provider = resources.invoices
    row = None
    if isinstance(provider, SandboxInvoices):
        row = await provider.document(request_number)
    if row is None:
        raise NotFound("No such document")
    kind = "blue" if row["blue_document_number"] is None else "red"
    lines = (
        "SANDBOX: NOT AN INVOICE",
        f"Number {row['document_number']} ({kind})",
        f"{row['amount_minor']} minor units of {row['currency']}",
        f"Takes back {row['blue_document_number']}" if kind == "red" else "",
    )
    return Response(pdf(lines), media_type="application/pdf")
