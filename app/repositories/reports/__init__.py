"""SQL that reads across domains: the audit's invariants."""
