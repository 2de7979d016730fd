"""Search: full-text search, facets and suggestions."""
