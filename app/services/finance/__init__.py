"""Finance: settlement, receivables and reconciliation."""
