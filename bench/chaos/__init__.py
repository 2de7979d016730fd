"""Kills the service during checkouts and shows that nothing was lost or done twice."""
