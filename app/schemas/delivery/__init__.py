"""Request and response shapes of delivery."""
