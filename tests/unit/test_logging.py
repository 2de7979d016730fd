"""One event is one line of known fields; what should stay secret does."""

import json
import logging
from typing import Any

import pytest
import structlog
from sqlalchemy.exc import DBAPIError

from app.core import logging as its
from app.core.context import RequestContext, enter


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    written: list[bytes] = []
    monkeypatch.setattr(its._Sink, "msg", lambda _self, line: written.append(line))
    monkeypatch.setattr(its._Sink, "info", lambda _self, line: written.append(line))
    monkeypatch.setattr(its._Sink, "error", lambda _self, line: written.append(line))
    its.configure_logging("info")
    yield written
    its.configure_logging("critical")


def said(lines: list[bytes]) -> dict[str, Any]:
    (line,) = lines
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    return json.loads(line)


def test_d23_a_line_cannot_be_forged(lines: list[bytes]) -> None:
    forged = 'x\r\n{"event":"paid","level":"info"}\x1b[31m\u2028'
    structlog.get_logger().info("request", principal=forged)
    assert said(lines)["principal"] == forged


def test_d24_only_known_fields_are_written(lines: list[bytes]) -> None:
    structlog.get_logger().info("request", status=200, password="hunter2", body={"card": "4111"})
    found = said(lines)
    assert found["status"] == 200
    assert set(found) <= {"event", "status", "level", "at", "request_id"}


def test_d24_an_exception_that_quotes_its_input_is_named_only(lines: list[bytes]) -> None:
    def fail() -> None:
        raise DBAPIError("INSERT", {"password": "hunter2"}, Exception("hunter2"))

    with pytest.raises(DBAPIError) as caught:
        fail()
    structlog.get_logger().error("unhandled", exc_info=caught.value)
    found = said(lines)
    assert found["error"] == "DBAPIError"
    assert "hunter2" not in json.dumps(found)
    assert "test_logging.py" in found["frames"][-1]


def test_other_libraries_log_the_same_way(lines: list[bytes]) -> None:
    enter(RequestContext("request-1", None))
    logging.getLogger("alembic").info("line one\nline two")
    found = said(lines)
    assert (found["event"], found["request_id"]) == ("line one\nline two", "request-1")


def test_d24_addresses_asked_over_http_are_not_logged(lines: list[bytes]) -> None:
    logging.getLogger("httpx").info("GET https://x.example/?token=hunter2")
    assert lines == []


def test_what_json_cannot_carry_is_written_as_text(lines: list[bytes]) -> None:
    structlog.get_logger().info("request", count=2**80, name="\ud800")
    assert str(2**80) in said(lines)["count"]


def test_f31_a_full_disk_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        def write(self, _line: bytes) -> None:
            raise OSError(28, "No space left on device")

    sink = its._Sink()
    sink._stream = Full()
    sink.msg(b"x\n")
