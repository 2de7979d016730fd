"""Request and response shapes of payments."""
