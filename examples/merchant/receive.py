"""A merchant's webhook receiver: verifies what is posted, ships what was paid, asks for the rest.

    python receive.py --carrier sf --port 9000 --url http://127.0.0.1:9000/stoa

Registers a webhook under its own name, or takes up the one it has, and listens. What came while it
was away is read by cursor: the id of the last event it dealt with is kept in a file.
"""

import argparse
import base64
import hmac
import json
import os
import sys
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

from merchant import ship
from stoa_client.merchant import Merchant
from typing_extensions import override

NAME = "receive.py"
TYPES = ["order.paid", "order.reviewed", "order.cancelled", "product.moved"]
TOLERANCE_SECONDS = 300
BODY_LIMIT = 64 * 1_024


def verified(secret: str, headers: Mapping[str, str], body: bytes) -> bool:
    """Whether the body is the shop's and fresh, after Standard Webhooks."""
    event_id, at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not at.isdecimal() or abs(time.time() - int(at)) > TOLERANCE_SECONDS:
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{event_id}.{at}.".encode() + body
    right = b"v1," + base64.b64encode(hmac.digest(key, signed, "sha256"))
    told = headers.get("webhook-signature", "").encode().split(b" ")
    return any(hmac.compare_digest(right, each) for each in told)


class Books:
    """What is remembered: the secret, and which event was dealt with last."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.kept: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}

    def keep(self, **what: Any) -> None:
        self.kept |= what
        self._path.write_text(json.dumps(self.kept))


class Receiver:
    def __init__(self, shop: Merchant, carrier: str, books: Books) -> None:
        self._shop, self._carrier, self.books = shop, carrier, books

    def register(self, url: str) -> None:
        """Have a webhook at `url`, with a secret that is known here."""
        if "secret" in self.books.kept:
            self._shop.webhooks_resume_webhook(self.books.kept["webhook_id"])
            return
        body: Any = {"name": NAME, "url": url, "event_types": TYPES}
        made = self._shop.webhooks_create_webhook(body).data
        self.books.keep(webhook_id=made["id"], secret=made["secret"])

    def catch_up(self) -> None:
        """Deal with everything after the last event that was dealt with, in its order.

        A posted event is no more than a reason to ask: so one that comes twice, late or not at all
        does no harm.
        """
        while True:
            after = self.books.kept.get("last_event_id")
            page = self._shop.webhooks_list_webhook_events(
                limit=100, **({} if after is None else {"after": after})
            ).data
            if not page["items"]:
                return
            for event in page["items"]:
                print(f"{event['type']} {event['ordering_key']}", flush=True)
            if any(each["type"] in {"order.paid", "order.reviewed"} for each in page["items"]):
                print(f"{ship(self._shop, self._carrier)} parcels", flush=True)
            self.books.keep(last_event_id=page["items"][-1]["id"])


def handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("content-length", 0))
            body = self.rfile.read(length) if length <= BODY_LIMIT else b""
            sent = {name.lower(): value for name, value in self.headers.items()}
            is_ours = verified(receiver.books.kept["secret"], sent, body)
            self.send_response(204 if is_ours else 401)
            self.end_headers()
            if is_ours:
                receiver.catch_up()

        @override
        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """Nothing: what happened is printed by who deals with it."""

    return Hook


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--carrier", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--url", required=True, help="where the shop reaches this port")
    parser.add_argument("--books", type=Path, default=Path("receive.json"))
    asked = parser.parse_args(arguments)
    with Merchant(os.environ["STOA_URL"], os.environ["STOA_API_KEY"]) as shop:
        receiver = Receiver(shop, asked.carrier, Books(asked.books))
        listening = HTTPServer(("127.0.0.1", asked.port), handler(receiver))
        receiver.register(asked.url)
        receiver.catch_up()
        print("listening", flush=True)
        listening.serve_forever()


if __name__ == "__main__":
    main(sys.argv[1:])
