"""Inventory: stock, reservations and movements."""
