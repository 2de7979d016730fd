"""A file on its way in: on disk where it is large, with its digest."""

import asyncio
import hashlib
import tempfile
from collections.abc import AsyncIterator
from typing import IO

_SPOOL_BYTES = 1024 * 1024


class Spool:
    """Filled from a stream, then read from its beginning; `close` it."""

    def __init__(self) -> None:
        self.file: IO[bytes] = tempfile.SpooledTemporaryFile(_SPOOL_BYTES)  # noqa: SIM115 -- closed by `close`
        self._digest = hashlib.sha256()

    async def fill(self, chunks: AsyncIterator[bytes]) -> None:
        async for chunk in chunks:
            self._digest.update(chunk)
            await asyncio.to_thread(self.file.write, chunk)
        self.file.seek(0)

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    def close(self) -> None:
        self.file.close()
