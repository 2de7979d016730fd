"""CRM: segments, campaigns, tickets and service."""
