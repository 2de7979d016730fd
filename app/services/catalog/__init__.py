"""Catalog: channels, categories, brands, attributes, SPUs and SKUs."""
