"""What a gateway is answered."""

from app.schemas.base import Output


class NoticeOut(Output):
    """The status decides; the outcome is for people who read logs."""

    outcome: str
