"""Ledger: double-entry accounts, journals and balances."""
