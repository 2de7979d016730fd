"""Payments: tenders, holds, gateway attempts, notices and refunds."""
