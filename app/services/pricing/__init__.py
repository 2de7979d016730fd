"""Pricing: price lists, price history and the pricing engine."""
