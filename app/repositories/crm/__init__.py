"""Queries on what brings shoppers back."""

from app.repositories.crm.check_ins import CheckInRepository
from app.repositories.crm.lotteries import LotteryRepository

__all__ = ["CheckInRepository", "LotteryRepository"]
