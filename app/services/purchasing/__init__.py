"""Purchasing: suppliers, purchase orders and receipts."""
