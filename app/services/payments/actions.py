"""What a client does in order to pay, by `kind`. Stored and answered as it is."""

from typing import Literal, TypeAlias, TypedDict


class Redirect(TypedDict):
    """Send the browser to `url`."""

    kind: Literal["redirect"]
    url: str


class Form(TypedDict):
    """Have the browser send `fields` to `url` as a form."""

    kind: Literal["form"]
    url: str
    method: Literal["POST", "GET"]
    fields: dict[str, str]


class Qr(TypedDict):
    """Show `content` as a QR code; the payer reads it with the gateway's app."""

    kind: Literal["qr"]
    content: str


class App(TypedDict):
    """Hand `params` to the gateway's SDK in a mobile app."""

    kind: Literal["app"]
    params: dict[str, str]


class Jsapi(TypedDict):
    """Hand `params` to the script API of the gateway's own app: mini-programs and its browser."""

    kind: Literal["jsapi"]
    params: dict[str, str]


Action: TypeAlias = Redirect | Form | Qr | App | Jsapi
