"""What a client does in order to pay: told apart by `kind`, which follows from the scene."""

from typing import Annotated, Literal

from pydantic import Field

from app.schemas.base import Output


class RedirectActionOut(Output):
    """Send the browser to `url`."""

    kind: Literal["redirect"]
    url: str


class FormActionOut(Output):
    """Have the browser send `fields` to `url` as a form, by `method`."""

    kind: Literal["form"]
    url: str
    method: Literal["POST", "GET"]
    fields: dict[str, str]


class QrActionOut(Output):
    """Show `content` as a QR code. The payer reads it with the gateway's app."""

    kind: Literal["qr"]
    content: str


class AppActionOut(Output):
    """Hand `params` to the gateway's SDK in your mobile app."""

    kind: Literal["app"]
    params: dict[str, str]


class JsapiActionOut(Output):
    """Hand `params` to the script API of the gateway's own app, e.g. `wx.requestPayment`."""

    kind: Literal["jsapi"]
    params: dict[str, str]


ActionOut = Annotated[
    RedirectActionOut | FormActionOut | QrActionOut | AppActionOut | JsapiActionOut,
    Field(discriminator="kind"),
]
