"""System: staff, roles, sessions, idempotency, outbox and the operation log."""
