"""Request and response shapes of the cart endpoints."""
