"""Requests as they go out, and whether what comes back is what the documents name."""

import json
import traceback
from collections.abc import Callable, Mapping
from random import Random
from typing import Any

import requests
from schemathesis.core.failures import FailureGroup

from tests.fuzz.contract import CHECKS, undeclared_problem
from tests.fuzz.known import Known
from tests.fuzz.making import Maker, Planned
from tests.fuzz.odd import UNPUBLISHED, Sent, make_odd
from tests.fuzz.serving import Headers
from tests.fuzz.tally import Tally

NO_HTTP = "Invalid HTTP request received."
SLOW_SECONDS = 10.0
"""The longest answer of a busy machine; a request that was made to be dear takes longer."""

LOST = ("unauthenticated", "insufficient-scope", "member-frozen", "wrong-audience")
"""Problems of a caller who may do everything, but whom the requests before have shut out."""

Renew = Callable[[], Mapping[str, Headers]]


class Sender:
    """Sends to the server at `url`; `renew` makes callers anew who have been shut out."""

    def __init__(self, url: str, known: Known, lots: Random, tally: Tally, renew: Renew) -> None:
        self._url = url
        self._known = known
        self._lots = lots
        self._tally = tally
        self._renew = renew
        self._callers = renew()
        self._session = requests.Session()
        self._maker = Maker(url, known, lots, self._headers_at)

    def send(self, planned: Planned) -> None:
        caller = self._caller(planned.audience)
        sent = self._maker.request(planned, self._callers.get(caller, {}))
        if sent is None:
            return
        answer = self._judged(planned, caller, sent)
        if answer is not None and answer.ok and _is_once(planned) and self._lots.random() < 0.5:
            again = self._judged(planned, caller, sent)
            if again is not None and again.status_code != answer.status_code:
                self._tally.found(planned.label, "another answer to a repeat", _told(again))

    def look(self, audience: str, path: str) -> None:
        """Read a list or thing by what is known, to know more; not a case."""
        found = self._maker.path(audience, path)
        answer = self._session.get(
            f"{self._url}{found}", headers=self._callers[audience], timeout=60
        )
        if answer.ok:
            self._known.learn(audience, path, json_or_none(answer.text))

    def send_unpublished(self) -> None:
        """What gateways and carriers send is in no document; it is no 500 whatever it holds."""
        method, path = self._lots.choice(UNPUBLISHED)
        sent: Sent = {"method": method, "url": f"{self._url}{path}", "headers": {}}
        make_odd(sent, self._lots)
        answer = self._answer(f"{method} {path}", sent)
        if answer is not None:
            self._tally.sent("unpublished", "anybody", "odd", answer.status_code, slug_of(answer))
            if answer.status_code >= 500:
                self._tally.found(f"{method} {path}", str(answer.status_code), _told(answer))

    def _caller(self, audience: str) -> str:
        """Mostly who the API is for; one in 25 is nobody, one in 50 is of another API."""
        lot = self._lots.randrange(100)
        if lot < 4:
            return "nobody"
        others = [each for each in self._callers if each != audience]
        return self._lots.choice(others) if lot < 6 else audience

    def _judged(self, planned: Planned, caller: str, sent: Sent) -> requests.Response | None:
        answer = self._answer(planned.label, sent)
        if answer is None:
            return None
        slug = slug_of(answer)
        if slug in LOST and caller == planned.audience and planned.kind != "odd":
            self._callers = self._renew()
        self._tally.sent(planned.audience, caller, planned.kind, answer.status_code, slug)
        self._check(planned, answer, slug)
        if answer.ok:
            told = json_or_none(answer.text)
            self._known.learn(planned.audience, planned.operation.path, told)
        return answer

    def _answer(self, label: str, sent: Sent) -> requests.Response | None:
        try:
            answer = self._session.request(**sent, timeout=60, allow_redirects=False)
        except requests.Timeout as error:
            self._tally.found(label, "no answer in time", repr(error))
            return None
        except requests.ConnectionError as error:
            told = f"{error!r}\n{json.dumps(sent, default=repr)[:800]}"
            self._tally.found(label, "no answer", told)
            return None
        except (requests.RequestException, UnicodeError, ValueError, RecursionError):
            return None  # what no client can even send
        # The server's own word, before there is a request.
        return None if answer.text == NO_HTTP else answer

    def _check(self, planned: Planned, answer: requests.Response, slug: str | None) -> None:
        def found(what: str, why: object) -> None:
            told = f"{planned.kind}: {_told(answer)}\n{why}"
            self._tally.found(planned.label, f"{answer.status_code} {what}", told)

        try:
            planned.case.validate_response(answer, checks=CHECKS)
        except FailureGroup as failures:
            for each in failures.exceptions:
                found(type(each).__name__, each)
        except Exception:  # noqa: BLE001 - an answer that cannot be judged is looked at
            found("not judged", traceback.format_exc(limit=-3))
        if (why := undeclared_problem(planned.operation, answer.status_code, slug)) is not None:
            found(f"undeclared {slug}", why)
        if (seconds := answer.elapsed.total_seconds()) > SLOW_SECONDS:
            found("slow", f"{seconds:.1f} s")

    def _headers_at(self, path: str, credentials: Headers) -> Mapping[str, str] | None:
        try:
            answer = self._session.get(f"{self._url}{path}", headers=credentials, timeout=60)
        except requests.RequestException:
            return None
        return answer.headers


def slug_of(answer: requests.Response) -> str | None:
    if answer.headers.get("content-type") != "application/problem+json":
        return None
    told = json_or_none(answer.text)
    return str(told.get("type", "")).rpartition("/")[2] if isinstance(told, dict) else None


def json_or_none(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _told(answer: requests.Response) -> str:
    sent = answer.request
    headers = {
        name: value[:200]
        for name, value in sent.headers.items()
        if name.lower() not in {"authorization", "user-agent", "accept-encoding", "connection"}
    }
    body = sent.body if sent.body is not None else ""
    asked = f"{sent.method} {(sent.url or '')[:500]} {headers} {body[:700]!r}"
    return f"{asked}\n{answer.text[:500]}"


def _is_once(planned: Planned) -> bool:
    """Whether the operation promises that a repeat is answered as before."""
    return any(each.name.lower() == "idempotency-key" for each in planned.operation.headers)
