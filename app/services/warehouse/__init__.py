"""Warehouse: receiving, waves, picking and shipping on the floor."""
