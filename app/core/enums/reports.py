"""Report vocabulary."""

from enum import StrEnum


class ReplayState(StrEnum):
    """`queued` and `running` ones are worked on; the others are over."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
