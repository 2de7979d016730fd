"""What a process reads before it serves: what only some jobs need is read when they run."""

import json
import subprocess
import sys

import pytest

from app.routers.endpoint import Endpoint
from tests.contract.test_endpoint import nothing

NEEDLESS = {
    *("alembic", "mako", "openpyxl", "xlsxwriter", "lxml", "PIL", "numpy", "pandas", "jieba"),
    *("pytest", "hypothesis", "matplotlib", "app.cli.demo", "app.cli.imports", "app.cli.embedded"),
}
"""Migrations, sheets, pictures, and whatever is there for tests or for other commands."""
TOLD = "import json, sys; import {}; print(json.dumps(sorted(sys.modules)))"


def read_by(module: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", TOLD.format(module)], capture_output=True, text=True, check=True
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("module", ["app.cli.asgi", "app.cli.serving"])
def test_what_serves_reads_nothing_it_does_not_need(module):
    read = read_by(module)
    assert {name for name in read if name in NEEDLESS or name.split(".")[0] in NEEDLESS} == set()


def test_an_endpoint_is_worked_out_when_it_is_first_used(monkeypatch):
    built = []
    monkeypatch.setattr("app.routers.endpoint._build", built.append)
    found = Endpoint("/things/{thing_id}", nothing, methods=["GET"], status_code=204)
    assert found.may_be_at(["", "things", "1"])
    assert not found.may_be_at(["", "others", "1"])
    assert not found.may_be_at(["", "things"])
    assert list(found.param_convertors) == ["thing_id"]
    assert built == []
    assert found.app is not None
    assert built == [found]
