"""Reports: reads across all domains, the audit among them."""
