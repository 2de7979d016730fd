"""`shop serve` starts the server with every limit it has."""

import uvicorn

from app.cli import serving
from app.cli.protocol import Protocol


def test_f1_f2_the_server_is_started_with_its_limits(monkeypatch) -> None:
    made: list[uvicorn.Config] = []
    monkeypatch.setattr(serving, "_check", lambda: None)
    monkeypatch.setattr(serving, "_run", made.append)
    serving.serve()
    (told,) = made
    assert told.http is Protocol
    assert told.loop == "app.cli.accepting:Loop"
    assert told.limit_concurrency == serving.CONNECTIONS
    assert told.server_header is False
    assert told.forwarded_allow_ips == "127.0.0.1"
