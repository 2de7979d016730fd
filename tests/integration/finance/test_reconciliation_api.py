"""Statements, differences and days over HTTP."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.scopes import Scope
from app.core.ids import new_id
from tests.factories import statements
from tests.factories.staff import bearer, make_staff
from tests.factories.statements import Fact

FINANCE = "/api/v1/admin/finance"
THEN = datetime.now(UTC) - timedelta(days=4)
DAY = THEN.date()
FILE = f"{FINANCE}/statements/sandbox/{DAY}/trades"
STRANGE = Fact("t-strange", "nobody", 700, THEN, fee=4)


def match(headers: dict[str, str], answer: httpx.Response) -> dict[str, str]:
    return headers | {"if-match": answer.headers["etag"]}


async def test_a_file_is_taken_in_once_or_refused(
    client: httpx.AsyncClient, clerk: dict[str, str]
) -> None:
    told = statements.sandbox([STRANGE])
    wrong = await client.put(FILE, content=statements.sandbox([STRANGE], off=1), headers=clerk)
    assert (wrong.status_code, wrong.json()["type"].rsplit("/", 1)[-1]) == (
        422,
        "statement-unreadable",
    )
    first = await client.put(FILE, content=told, headers=clerk)
    assert (first.status_code, first.json()["lines"]) == (200, 1), first.text
    again = await client.put(FILE, content=told, headers=clerk)
    assert again.json() == first.json()
    changed = statements.sandbox([replace(STRANGE, minor=701)])
    assert (await client.put(FILE, content=changed, headers=clerk)).status_code == 409
    unknown = FILE.replace("sandbox", "nobody")
    assert (await client.put(unknown, content=told, headers=clerk)).status_code == 404


async def test_a_difference_is_worked_on_and_the_day_signed(
    client: httpx.AsyncClient, clerk: dict[str, str], other: dict[str, str]
) -> None:
    await client.put(FILE, content=statements.sandbox([STRANGE]), headers=clerk)
    listed = await client.get(
        f"{FINANCE}/reconciliation/cases",
        params={"channel": "sandbox", "state": "open", "day": str(DAY)},
        headers=clerk,
    )
    (case,) = listed.json()["items"]
    assert (case["verdict"], case["difference_minor"]) == ("missing_local", 700)
    path = f"{FINANCE}/reconciliation/cases/{case['id']}"
    day = f"{FINANCE}/reconciliation/days/sandbox/{DAY}"
    seen = await client.get(day, headers=clerk)
    assert (seen.json()["open"], seen.json()["proof"][0]["unexplained_minor"]) == (1, 0)
    early = await client.post(f"{day}/sign", headers=match(clerk, seen))
    assert early.status_code == 409

    asked = await client.post(f"{path}/inquire", headers=clerk)
    assert asked.status_code == 404  # the number is not ours
    read = await client.get(path, headers=clerk)
    owned = await client.put(f"{path}/owner", json={"owner": "Lin"}, headers=match(clerk, read))
    assert owned.json()["owner"] == "Lin"
    noted = await client.post(f"{path}/notes", json={"note": "called them"}, headers=clerk)
    assert [each["note"] for each in noted.json()["notes"]] == ["called them"]
    stale = await client.post(
        f"{path}/propose", json={"reason": "theirs"}, headers=match(clerk, read)
    )
    assert stale.status_code == 412
    no = await client.post(f"{path}/dismiss", json={"reason": "no"}, headers=match(clerk, owned))
    assert no.status_code == 409
    asked = await client.post(
        f"{path}/propose", json={"reason": "theirs"}, headers=match(clerk, owned)
    )
    assert asked.json()["state"] == "proposed", asked.text
    own = await client.post(f"{path}/approve", headers=match(clerk, asked))
    assert own.status_code == 403
    back = await client.post(f"{path}/reject", headers=match(other, asked))
    assert back.json()["state"] == "open"
    asked = await client.post(
        f"{path}/propose", json={"reason": "theirs"}, headers=match(clerk, back)
    )
    done = await client.post(f"{path}/approve", headers=match(other, asked))
    assert (done.json()["resolution"], done.json()["raw"][:7]) == ("corrected", "payment")

    signed = await client.post(f"{day}/sign", headers=match(clerk, seen))
    assert signed.json()["state"] == "signed", signed.text
    days = await client.get(f"{FINANCE}/reconciliation/days", headers=clerk)
    assert days.json()["items"][0]["state"] == "signed"
    opened = await client.post(
        f"{day}/reopen", json={"reason": "again"}, headers=match(clerk, signed)
    )
    assert opened.json()["state"] == "open"


async def test_another_file_takes_the_place_of_a_days(
    client: httpx.AsyncClient, clerk: dict[str, str], other: dict[str, str]
) -> None:
    old, new = (statements.sandbox([replace(STRANGE, minor=minor)]) for minor in (700, 701))
    first = await client.put(FILE, content=old, headers=clerk)
    refused = await client.put(FILE, content=new, headers=clerk)
    assert refused.status_code == 409
    asked = {"kind": "trades", "sha256": refused.json()["sha256"], "reason": "they sent another"}
    path = f"{FINANCE}/reconciliation/days/sandbox/{DAY}/replacements"
    unasked = await client.put(f"{FILE}/replacement", content=new, headers=other)
    assert unasked.json()["type"] == "/problems/replacement-not-asked"
    answer = await client.post(path, json=asked, headers=clerk)
    assert (answer.status_code, answer.json()["taken_id"]) == (201, None), answer.text
    wrong = await client.post(path, json=asked | {"sha256": "no"}, headers=clerk)
    assert wrong.status_code == 422
    own = await client.put(f"{FILE}/replacement", content=new, headers=clerk)
    assert (own.status_code, own.json()["type"]) == (403, "/problems/second-person-needed")
    taken = await client.put(f"{FILE}/replacement", content=new, headers=other)
    assert taken.json()["replaces_id"] == first.json()["id"], taken.text
    again = await client.put(f"{FILE}/replacement", content=new, headers=other)
    assert again.json() == taken.json()
    (listed,) = (await client.get(path, headers=clerk)).json()
    assert listed["taken_id"] == taken.json()["id"]
    assert listed["approved_by"] not in {None, listed["asked_by"]}
    back = await client.post(path, json=asked | {"sha256": taken.json()["sha256"]}, headers=clerk)
    assert back.json()["type"] == "/problems/statement-is-there"
    nowhere = path.replace(str(DAY), "2026-01-01")
    assert (await client.post(nowhere, json=asked, headers=clerk)).status_code == 404
    stranger = f"{FILE}/replacement".replace("sandbox", "nobody")
    assert (await client.put(stranger, content=new, headers=other)).status_code == 404


async def test_each_operation_wants_its_right(
    client: httpx.AsyncClient, session: AsyncSession, clerk: dict[str, str]
) -> None:
    reader = await bearer(session, await make_staff(session, scopes=[Scope.FINANCE_READ]))
    content = statements.sandbox([STRANGE])
    assert (await client.put(FILE, content=content, headers=reader)).status_code == 403
    writer = await bearer(
        session, await make_staff(session, scopes=[Scope.FINANCE_READ, Scope.FINANCE_WRITE])
    )
    await client.put(FILE, content=content, headers=writer)
    day = f"{FINANCE}/reconciliation/days/sandbox/{DAY}"
    seen = await client.get(day, headers=writer)
    assert (await client.post(f"{day}/sign", headers=match(writer, seen))).status_code == 403
    missing = f"{FINANCE}/reconciliation/cases/{new_id()}"
    assert (await client.get(missing, headers=clerk)).status_code == 404
