"""Queries on what brings shoppers back."""

from app.repositories.crm.check_ins import CheckInRepository

__all__ = ["CheckInRepository"]
