"""The API and the worker as processes that start at once: forked from one that has all imported.

`python -m bench.chaos.preloaded`: each line of standard input starts one, `serve PORT` or `work`;
its process id is the answer. Whoever wants them gone kills them.
"""

import asyncio
import gc
import os
import signal
import sys
from typing import NoReturn

import uuid_utils
import uvicorn

from app.adapters.resources import Resources
from app.cli import asgi, build
from app.core.settings import Settings
from app.worker.main import work
from bench.chaos import clock_steps


def main() -> None:
    clock_steps.install()
    settings = Settings()
    served = asgi.create()
    made = build.build(settings)
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the killed
    print("ready", flush=True)
    for line in sys.stdin:
        what, *port = line.split()
        pid = os.fork()
        if not pid:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # answers are the parent's to give
            uuid_utils.reseed_rng()  # else two processes would draw the same ids
            if what == "serve":
                _serve(served, int(port[0]))
            _work(made)
        print(pid, flush=True)


def _serve(app: object, port: int) -> NoReturn:
    uvicorn.run(app, port=port, log_config=None, access_log=False)  # type: ignore[arg-type]
    os._exit(0)


def _work(made: Resources) -> NoReturn:
    asyncio.run(work(made))
    os._exit(0)


if __name__ == "__main__":
    main()
