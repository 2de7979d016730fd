"""Reports: reads across all domains, the audit among them."""

from app.services.reports.audit import INVARIANTS, Finding, audit

__all__ = ["INVARIANTS", "Finding", "audit"]
