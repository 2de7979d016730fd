"""`shop serve` starts the server with every limit it has."""

import uvicorn

from app.cli import serving
from app.cli.protocol import Protocol


def test_f1_f2_the_server_is_started_with_its_limits(monkeypatch) -> None:
    told: dict[str, object] = {}
    monkeypatch.setattr(serving, "_check", lambda: None)
    monkeypatch.setattr(uvicorn, "run", lambda _app, **options: told.update(options))
    serving.serve()
    assert told["http"] is Protocol
    assert told["limit_concurrency"] == serving.CONNECTIONS
    assert told["server_header"] is False
    assert told["forwarded_allow_ips"] == "127.0.0.1"
