"""Requests and responses of the platform's own endpoints."""
