"""Members: shoppers, guests, addresses and how they sign in."""
