"""Good requests of an operation, and what is done to them before they go out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from urllib.parse import quote

import schemathesis
from schemathesis.schemas import APIOperation

from app.core.ids import new_id
from tests.fuzz.good import Goodness
from tests.fuzz.known import PARAMETER, Known
from tests.fuzz.nasty import a_nasty_value, with_one_nasty
from tests.fuzz.odd import Sent, make_odd, tampered
from tests.fuzz.serving import Headers

SHARES: Mapping[str, int] = {"good": 30, "nasty": 30, "odd": 17, "forbidden": 15, "cursor": 8}
"""Of 100 requests, how many are of each kind."""

KEPT = ("if-match", "idempotency-key")
"""Headers the schema knows nothing about but that they are texts."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A request to be: what the schema made, and what is to be done to it.

    `is_readable` says whether the same path can be read, and so its version be known.
    """

    audience: str
    kind: str
    operation: APIOperation
    case: schemathesis.Case
    is_readable: bool

    @property
    def label(self) -> str:
        return f"{self.audience} {self.operation.label}"


class Maker:
    """`read` returns the headers of what is at a path, for one who sends such headers."""

    def __init__(
        self,
        url: str,
        known: Known,
        lots: Random,
        read: Callable[[str, Headers], Mapping[str, str] | None],
    ) -> None:
        self._url = url
        self._known = known
        self._lots = lots
        self._read = read
        self._good = Goodness(known, lots)

    def request(self, planned: Planned, credentials: Headers) -> Sent | None:
        """The request, or nothing where no client can even write it down."""
        case = _copy(planned)
        self._good.put_into(case, planned.audience, planned.operation.path)
        if planned.kind == "forbidden":
            case.query, case.body = dict(planned.case.query or {}), planned.case.body
        elif planned.kind == "nasty":
            self._spoil(case)
        elif planned.kind == "cursor":
            self._tamper(case)
        try:
            self._put_headers(planned, case, credentials)
            sent = case.as_transport_kwargs(base_url=self._url)
            headers = dict(sent["headers"])
            headers.pop("Authorization", None)
            sent["headers"] = headers | credentials
            if planned.kind == "odd":
                make_odd(sent, self._lots)
        except (UnicodeError, ValueError, TypeError, RecursionError):
            return None
        return sent

    def path(self, audience: str, path: str) -> str:
        """A path with ids that are known in the places of its parameters."""
        parts = path.split("/")
        for at, part in enumerate(parts):
            if found := PARAMETER.fullmatch(part):
                known = self._known.id_at(audience, parts[at - 1], found[1])
                parts[at] = quote(str(known or new_id()), safe="")
        return "/".join(parts)

    def _spoil(self, case: schemathesis.Case) -> None:
        """One nasty value in an otherwise good request, or the id of something else."""
        holders = [each for each in (case.query, case.path_parameters) if each]
        other = self._known.of_another_kind()
        if isinstance(case.body, dict | list) and (not holders or self._lots.random() < 0.75):
            case.body = with_one_nasty(case.body, self._lots, other)
        elif holders:
            holder = self._lots.choice(holders)
            value = str(a_nasty_value(self._lots, other)) or " "
            # A slash in a part of a path would be another path.
            is_path = holder is case.path_parameters
            value = value.replace("/", "\u2215") if is_path else value
            holder[self._lots.choice(list(holder))] = value

    def _tamper(self, case: schemathesis.Case) -> None:
        cursors = self._known.cursors or [str(new_id())]
        kept = {name: case.query[name] for name in ("sort", "limit") if name in (case.query or {})}
        case.query = kept | {"after": tampered(self._lots.choice(cursors), self._lots)}

    def _put_headers(self, planned: Planned, case: schemathesis.Case, credentials: Headers) -> None:
        named = {each.name.lower() for each in planned.operation.headers}
        headers = dict(case.headers or {})
        for name in [each for each in headers if each.lower() in KEPT]:
            if planned.kind != "forbidden" or self._lots.random() < 0.5:
                del headers[name]
        if "idempotency-key" in named:
            headers.setdefault("Idempotency-Key", str(new_id()))
        if "x-channel" in named and self._lots.random() < 0.8:
            headers.pop("X-Channel", None)
        if "if-match" in named and self._lots.random() < 0.93:
            headers["If-Match"] = self._version(planned, case, credentials) or '"1"'
        case.headers = headers

    def _version(
        self, planned: Planned, case: schemathesis.Case, credentials: Headers
    ) -> str | None:
        path = planned.operation.path
        path = path if planned.is_readable else path.rpartition("/")[0]
        parameters = case.path_parameters or {}
        url = PARAMETER.sub(lambda found: quote(str(parameters[found[1]]), safe=""), path)
        return (self._read(url, credentials) or {}).get("etag")


def _copy(planned: Planned) -> schemathesis.Case:
    made = planned.case
    return planned.operation.Case(
        path_parameters=dict(made.path_parameters or {}),
        headers=dict(made.headers or {}),
        query=dict(made.query or {}),
        body=made.body,
        media_type=made.media_type,
    )
