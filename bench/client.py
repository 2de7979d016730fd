"""Runs the load generator and insists on the answers it expects."""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace

from bench.figures import Figure
from bench.load import Job, Request, Seen
from bench.server import ROOT


class UnexpectedAnswer(Exception):
    """A figure with failures in it is no figure."""


def see(job: Job) -> Seen:
    """What the generator saw; raises `UnexpectedAnswer` at the first wrong status."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.load"],
        cwd=ROOT,
        input=json.dumps(asdict(job)).encode(),
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise UnexpectedAnswer(done.stderr.decode()[-2000:])
    seen = Seen(**json.loads(done.stdout))
    if seen.unexpected or not seen.latencies_ms:
        raise UnexpectedAnswer(f"{job.requests[0].path}: {seen.unexpected or 'nothing answered'}")
    return seen


def measure(job: Job) -> Figure:
    seen = see(job)
    return Figure.of(seen.latencies_ms, seen.seconds)


def all_of(
    port: int, requests: Sequence[Request], *, connections: int, expected: int = 201
) -> Figure:
    """Every request once, nothing left out as warm-up: for requests that cannot be repeated."""
    return measure(
        Job(
            port=port,
            connections=connections,
            requests=list(requests),
            seconds=600,
            warm_seconds=0,
            expected=expected,
            once=True,
        )
    )


def with_token(request: Request, token: str) -> Request:
    return replace(request, headers={**request.headers, "authorization": f"Bearer {token}"})
