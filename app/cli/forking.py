"""Several processes that serve one port, forked from one that has read all the code.

What was read is shared by all of them: each has memory of its own only for what it changes, and
none imports anything. The one that watches answers nobody; it replaces whoever ends.
"""

import gc
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from types import FrameType

import structlog

log = structlog.stdlib.get_logger()

AGAIN_SECONDS = 1.0
"""Whoever ends at once is not replaced at once."""
SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Forked:
    """So many processes that run `serve` with a socket they share.

    Whoever makes it has imported what they need, and runs neither threads nor an event loop.
    """

    def __init__(
        self, listener: socket.socket, workers: int, serve: Callable[[socket.socket], None]
    ) -> None:
        self._listener, self._workers, self._serve = listener, workers, serve
        self._began: dict[int, float] = {}
        self._is_asked = False

    def watch(self) -> None:
        """Keep them running until SIGTERM or SIGINT, then until all have ended."""
        for number in SIGNALS:
            signal.signal(number, self._ask)
        # Looking through what is shared for garbage would write to it, and so copy it.
        gc.freeze()
        for _ in range(self._workers):
            self._fork()
        while self._began:
            pid, status = os.wait()
            began = self._began.pop(pid, None)
            if began is None or self._is_asked:
                continue
            log.warning("worker_ended", state=str(os.waitstatus_to_exitcode(status)))
            time.sleep(max(0.0, began + AGAIN_SECONDS - time.monotonic()))
            self._fork()

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        self._is_asked = True
        for pid in self._began:
            os.kill(pid, signal.SIGTERM)

    def _fork(self) -> None:
        # Between the fork and its note nobody is asked to end, or somebody would not be told.
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        try:
            if self._is_asked:
                return
            pid = os.fork()
            if not pid:
                self._become()
            self._began[pid] = time.monotonic()
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)

    def _become(self) -> None:
        """One that serves, to its end; of what the watching one would do at its own nothing."""
        code = 1
        try:
            for number in SIGNALS:
                signal.signal(number, _leave)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
            gc.enable()
            self._serve(self._listener)
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
        except BaseException as error:
            log.exception("worker_failed", error=type(error).__name__)
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)


def _leave(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)
