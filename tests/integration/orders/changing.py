"""Changing orders over HTTP, in few words."""

from app.schemas.orders.changes import ChangePreviewOut
from tests.factories.orders import ADDRESS
from tests.integration.orders.refunding import ok

NEXT_DOOR = ADDRESS | {"street": "南京东路 2 号"}
COMPANY = {"kind": "company", "title": "Lin Ltd", "tax_number": "91440300708461136T"}
AGREED = {"reason": "moved house", "consent": "by phone, 14:05"}
BY_SHOP = "/admin"


async def version_of(client, order, wish, audience=""):
    """The version of the order that a preview says."""
    answer = await client.post(f"{audience}/orders/{order['id']}/changes/preview", wish)
    found = await ok(answer)
    assert answer.headers["etag"] == f'"{found["order_version"]}"'
    return found["order_version"]


async def change(client, order, wish, audience="", *, version=None, key=None):
    """The answer to a change of the version that is named, or of the one there is."""
    if version is None:
        version = await version_of(client, order, wish, audience)
    headers = client.headers | {"If-Match": f'"{version}"'}
    client = type(client)(client.client, headers)
    return await client.post(f"{audience}/orders/{order['id']}/changes", wish, key=key)


async def propose(client, order, wish, audience="", *, version=None):
    version = version or await version_of(client, order, wish, audience)
    headers = client.headers | {"If-Match": f'"{version}"'}
    path = f"{audience}/orders/{order['id']}/changes/propose"
    return await type(client)(client.client, headers).post(path, wish)


async def preview(client, order, wish, audience=""):
    found = await ok(await client.post(f"{audience}/orders/{order['id']}/changes/preview", wish))
    ChangePreviewOut.model_validate(found)
    return found


async def history(client, order, audience=""):
    return (await ok(await client.get(f"{audience}/orders/{order['id']}/changes")))["items"]
