"""A clock that is wrong: the application's own, stepped while it runs.

What the application asks for the time is `app.core.clock`, and the token library asks the machine;
timers of the event loop are monotonic and the database has a clock of its own. The offset is read
from a file, so that it can be changed under a running process.
"""

import mmap
import os
import struct
import sys
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

from typing_extensions import override

VARIABLE = "CHAOS_CLOCK"
_SECONDS = struct.Struct("<d")


def set_offset(path: Path, seconds: float) -> None:
    """Put every clock that follows the file that far off."""
    with path.open("r+b" if path.exists() else "w+b") as file:
        file.write(_SECONDS.pack(seconds))


def install() -> None:
    """Replace the clock in every module that has taken it, if the environment names a file."""
    path = os.environ.get(VARIABLE)
    if path is None:
        return
    with Path(path).open("rb") as file:
        shared = mmap.mmap(file.fileno(), _SECONDS.size, access=mmap.ACCESS_READ)

    def now() -> datetime:
        (seconds,) = _SECONDS.unpack(shared[: _SECONDS.size])
        return datetime.now(UTC) + timedelta(seconds=seconds)

    from jose import jwt  # noqa: PLC0415 - nobody needs it who is not told

    from app.core import clock  # noqa: PLC0415 - nor this

    class Stepped(datetime):
        @classmethod
        @override
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return now()

    vars(jwt)["datetime"] = Stepped
    right = clock.now
    for module in tuple(sys.modules.values()):
        for name, value in tuple(vars(module).items()) if hasattr(module, "__dict__") else ():
            if value is right:
                setattr(module, name, now)
