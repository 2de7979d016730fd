"""Analytics: behaviour events and their roll-ups."""
